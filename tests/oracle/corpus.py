#!/usr/bin/env python3
"""Compares what tektonc makes of every file of the corpus with what Tekton itself makes of it.

For each file: the verdict (of `check`, and of the compilation where the file has a run), the graph, the claims and the
Pods, as they are and with made-up results in them. Prints every difference, one a line, and `N of M equal`. Deliberate
differences are the rules of rules.py; each prints how many files it hid. Exit 1 on any difference.
"""
import argparse
import atexit
import collections
import glob
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

import common
import fill
import ours
import pods
import rules
import tekton
import values

FOLDERS = ("examples", "catalog", "tekton-reconciler-cases", "traps")
DELIVERIES = ("configmap", "image")  # both ways to bring the entrypoint into a Pod
Outcome = collections.namedtuple("Outcome", "name differences hidden counts seconds")


class Case:
    def __init__(self, answer, top=common.CORPUS):
        self.answer = answer
        self.alpha = answer.endswith(".alpha.oracle.json")
        self.input = answer[:-len(".alpha.oracle.json" if self.alpha else ".oracle.json")] + ".yaml"
        self.name = os.path.relpath(answer, top)[:-len(".oracle.json")]


def cases(words):
    for folder in FOLDERS:
        for answer in sorted(glob.glob(os.path.join(common.CORPUS, folder, "*.oracle.json"))):
            case = Case(answer)
            if not words or any(w in case.name for w in words):
                yield case


def live(files, tmp):
    """Cases of files outside the corpus: the oracle is asked now."""
    out = os.path.join(tmp, "live")
    for file in files:  # one by one, for files of one name in several folders
        folder = os.path.dirname(os.path.abspath(file))
        subprocess.run([os.path.join(common.SHARED, "oracle", "run"), "batch", "-simulate", folder, out, ".oracle",
                        os.path.abspath(file)], check=True)
        name = os.path.splitext(os.path.basename(file))[0]
        yield Case(os.path.join(out, name + ".oracle.json"), out)


class Comparison:
    """The differences of one file: (place, ours, theirs) with place = task or "" and a path."""

    def __init__(self, case):
        self.case, self.found, self.hidden, self.counts = case, [], set(), collections.Counter()

    def say(self, where, path, a, b):
        self.found.append((where, path, a, b))

    def file(self):
        with open(self.case.input, encoding="utf-8", errors="replace") as f:
            oracle = tekton.Oracle(self.case.answer, f.read())
        expected = common.refused(oracle.cluster_verdict, oracle.run_verdict)
        has_run = oracle.run_verdict in ("accept", "reject")
        answer, found = common.check(self.case.input, self.case.alpha, closed=has_run)
        self.verdict("check", answer, expected, oracle, [d for d in found if d["severity"] == "error"])
        if not has_run:
            return
        folder = tempfile.mkdtemp(prefix="tektonc-corpus-")
        try:
            for way in DELIVERIES:
                out = os.path.join(folder, way)
                answer = ours.compile_file(self.case.input, out, self.case.alpha, ["--entrypoint-delivery=" + way])
                self.verdict("compilation", answer, expected, oracle)
                if answer.verdict == "reject" and os.path.exists(out) and os.listdir(out):
                    self.say("", "output in spite of an error", sorted(os.listdir(out)), None)
                if answer.verdict == "accept" == expected:
                    self.runs(ours.runs(out), list(oracle.runs()))
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def verdict(self, verb, answer, expected, oracle, errors=()):
        self.counts["verdicts"] += 1
        if answer.verdict == expected:
            return
        rule = rules.hides_verdict(oracle, answer, expected, [d["id"] for d in errors])
        if rule:
            self.hidden.add(rule)
            return
        mine, theirs = common.shown(errors[0]) if errors else answer.first_error(), next(oracle.errors(), "")
        self.say("", "verdict of " + verb, answer.verdict + (": " + mine if answer.verdict != "accept" else ""),
                 expected + (": " + theirs if expected == "reject" else ""))

    def runs(self, mine, theirs):
        mine, theirs = {r["name"]: r for r in mine}, {r["name"]: r for r in theirs}
        if set(mine) != set(theirs):
            self.say("", "runs", sorted(mine), sorted(theirs))
        for name in sorted(set(mine) & set(theirs)):
            if not theirs[name].get("stopped"):
                self.run(mine[name], theirs[name], "")

    def run(self, a, b, prefix):
        self.hidden |= rules.apply("run", a, b)
        self.counts["runs"] += 1
        if b["graph"] is not None:
            self.counts["graphs"] += 1
        for name, t in b["tasks"].items():
            for key in ("timeout", "when", "skip"):
                if name in a["tasks"] and (t[key] == tekton.OPEN or t[key] is None and key != "skip"):
                    a["tasks"][name][key] = t[key]
        for key in ("graph", "tasks", "claims"):
            for path, x, y in values.differences(values.plain(a[key]), values.plain(b[key])):
                self.say(prefix, (key,) + path, x, y)
        self.pod_set(a["pods"], b["pods"], prefix, "pods", set(a["pods"]) if b["filled"] else b["open"])
        if b["filled"]:
            self.filled(a, b, prefix)
        if set(a["children"]) != set(b["children"]):
            self.say(prefix, "children", sorted(a["children"]), sorted(b["children"]))
        for task in sorted(set(a["children"]) & set(b["children"])):
            self.run(a["children"][task], b["children"][task], prefix + task + "/")

    def filled(self, a, b, prefix):
        """The Pods that `tektonc fill` makes against Tekton's, and against what docs/plan.md says by itself."""
        try:
            expected, results = fill.fill(a, b["emitted"], b["skipped"])
            filled, problem = ours.fill_folder(a, b["emitted"], b["skipped"])
        except fill.Missing as e:
            self.say(prefix, "fill", "needs %s" % e, None)
            return
        if problem:
            self.say(prefix, "fill", problem, None)
        filled = {name: pod for name, pod in filled.items() if name in expected}
        for path, x, y in values.differences(filled, expected):
            self.say(prefix, ("fill, by docs/plan.md",) + path, x, y)
        for path, x, y in values.differences(results, b["results"]):
            self.say(prefix, ("results",) + path, x, y)
        self.pod_set(filled, b["filled"], prefix, "filled", set())

    def pod_set(self, mine, theirs, prefix, kind, optional):
        """optional: Pods that only we may have, since Tekton's code can't show them without results."""
        extra = set(mine) - set(theirs) - optional
        if extra or set(theirs) - set(mine):
            self.say(prefix, kind, sorted(extra) or None, sorted(set(theirs) - set(mine)) or None)
        for name in sorted(set(mine) & set(theirs)):
            self.counts[kind] += 1
            for problem in sorted(set(pods.loose_ends(mine[name])) - set(pods.loose_ends(theirs[name]))):
                self.say(prefix + name, kind, problem, None)
            a, b = pods.pod_view(mine[name]), pods.pod_view(theirs[name])
            self.hidden |= rules.apply("pod", a, b)
            for path, x, y in values.differences(a, b):
                self.say(prefix + name, (kind,) + path, x, y)


def judge(case):
    start = time.monotonic()
    c = Comparison(case)
    try:
        c.file()
    except Exception:  # a shape that the adapter does not expect is a difference like any other
        c.say("", "comparison", traceback.format_exc(limit=-3).strip().replace("\n", " | "), None)
    seen = list({repr(x): x for x in c.found}.values())
    return Outcome(case.name, seen, c.hidden, c.counts, time.monotonic() - start)


def line_of(difference):
    where, path, a, b = difference
    path = path if isinstance(path, str) else ".".join(str(p) for p in path)
    a, b = values.shown(a, b)
    return "  %s%s: ours %s | Tekton %s" % (where + ": " if where else "", path, a, b)


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    p.add_argument("words", nargs="*", help="only the files whose name holds one of these")
    p.add_argument("--list", action="store_true", help="print the names of the files and stop")
    p.add_argument("--live", action="store_true", help="the words are files; ask Tekton's own code about them now")
    p.add_argument("--first", type=int, metavar="N", help="stop after N files that differ")
    p.add_argument("--lines", type=int, default=8, help="differences printed per file (default 8)")
    p.add_argument("-v", "--verbose", action="store_true", help="all differences, and the seconds of each file")
    p.add_argument("-j", type=int, default=2, help="processes (default 2)")
    o = p.parse_args()
    if common.skip_without_corpus("corpus"):
        return 0
    tmp = tempfile.mkdtemp(prefix="tektonc-live-")
    atexit.register(shutil.rmtree, tmp, ignore_errors=True)
    todo = list(live(o.words, tmp) if o.live else cases(o.words))
    if o.list:
        print("\n".join(c.name for c in todo))
        return 0
    start, failed, counts, hidden, slow = time.monotonic(), 0, collections.Counter(), collections.Counter(), []
    with multiprocessing.Pool(o.j) as pool:
        for outcome in pool.imap(judge, todo, chunksize=4):
            counts.update(outcome.counts)
            hidden.update(outcome.hidden)
            slow.append((outcome.seconds, outcome.name))
            if outcome.differences:
                failed += 1
                print("%s: %d differences" % (outcome.name, len(outcome.differences)))
                shown = outcome.differences if o.verbose else outcome.differences[:o.lines]
                print("\n".join(map(line_of, shown)), flush=True)
            if o.verbose:
                print("%s: %.2f s" % (outcome.name, outcome.seconds))
            if o.first and failed >= o.first:
                print("stopped after %d files that differ" % failed)
                return 1
    rules.print_counts(hidden, len(todo))
    print("compared: %s" % ", ".join("%d %s" % (n, what) for what, n in sorted(counts.items())))
    print("slowest: %s" % ", ".join("%s %.2f s" % (n, s) for s, n in sorted(slow, reverse=True)[:3]))
    print("%d of %d equal in %.0f s" % (len(todo) - failed, len(todo), time.monotonic() - start))
    return common.tally("corpus", len(todo) - failed, failed, 0)


if __name__ == "__main__":
    sys.exit(main())
