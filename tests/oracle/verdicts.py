#!/usr/bin/env python3
"""Checks `tektonc check` against Tekton's verdicts on the mutants and on the cases of Tekton's own validation tests.

A file is to be refused iff `clusterVerdict` or `runVerdict` refuses it. Where it is refused, one error must stand on a
line that was changed against the file it was made from (or name such a line in a note), and speak of the same field.
Prints the agreement of verdicts and of places, and every difference by operator. Exit 1 on a wrong verdict.
"""
import argparse
import collections
import difflib
import json
import multiprocessing
import os
import re
import sys
import time

import common
import rules

Outcome = collections.namedtuple("Outcome", "name group verdict place line hidden", defaults=(None,))
BASES = ("examples", "catalog", "tekton-reconciler-cases", "traps")


class Case:
    def __init__(self, folder, label, alpha=False):
        self.label, self.alpha = label, alpha
        self.folder = os.path.basename(folder)
        self.path = os.path.join(folder, label["file"])
        self.name = "%s/%s%s" % (self.folder, label["file"], " (alpha)" if alpha else "")
        self.run_verdict = label.get("runVerdict")
        self.group = label.get("operator") or label.get("test") or "-"
        if alpha:
            self.expected = label["alphaVerdict"]
            self.errors = label.get("alphaErrors") or []
        else:
            self.expected = common.refused(label["clusterVerdict"], label.get("runVerdict"))
            self.errors = (label.get("clusterErrors") or []) + (label.get("runErrors") or [])

    @property
    def text(self):
        return "\n".join(read_lines(self.path))


FOLDERS = [os.path.join(common.CORPUS, x) for x in ("mutants", "tekton-validation-cases")]


def cases(folders, words):
    found = []
    for folder in folders:
        with open(os.path.join(folder, "labels.jsonl"), encoding="utf-8") as f:
            for x in map(json.loads, f):
                found.append(Case(folder, x))
                # The alpha verdict is the webhooks' alone: it counts where the API server has nothing to add.
                if "alphaVerdict" in x and set(x.get("clusterErrors") or []) == set(x.get("errors") or []):
                    found.append(Case(folder, x, alpha=True))
    return [c for c in found if not words or any(w in c.name or w == c.group for w in words)]


# --- places ----------------------------------------------------------------------------------------------------

def base_path(label):
    for folder in BASES:
        path = os.path.join(common.CORPUS, folder, label["base"])
        if os.path.exists(path):
            return path
    return None


def read_lines(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return f.read().splitlines()


def normal(line):
    """A line without the layout that another YAML writer gives it: quotes, spaces, comments, list dashes."""
    line = re.sub(r"(^|\s)#.*", "", line)
    return re.sub(r"[\s\"'\-]+", " ", line).strip()


def changed_lines(path, base):
    """What a mutation did: line numbers (from 1) of `path` that are not in `base`; beside a removal, the lines around
    it; and the text of all lines that came or went."""
    new, old = [normal(x) for x in read_lines(path)], [normal(x) for x in read_lines(base)]
    changed, around, texts = set(), set(), []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        texts += old[i1:i2] + new[j1:j2]
        if tag == "delete":
            around.update((j1, j1 + 1))
        else:
            changed.update(range(j1 + 1, j2 + 1))
    return {n for n in changed if new[n - 1]}, around, " ".join(texts)


def enclosing(lines, numbers):
    """The keys above a place, by indentation: what a message about something that is not there can point to."""
    out = set()
    for n in numbers:
        indent = 10**6
        for i in range(min(n, len(lines)), 0, -1):
            text = lines[i - 1]
            here = len(text) - len(text.lstrip(" -"))
            if text.strip() and here < indent and not text.lstrip().startswith("#"):
                out.add(i)
                indent = here
                if here == 0:
                    break
    return out


def diagnostic_lines(d):
    """Every line that a diagnostic names: its own range and its notes'."""
    for x in [d] + (d.get("notes") or []):
        if isinstance(x.get("line"), int):
            last = x.get("endLine") or x["line"]
            yield from range(x["line"], min(last, x["line"] + 200) + 1)


FIELD = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:\[[^\]]*\])?(?:\.[A-Za-z][A-Za-z0-9\-/]*(?:\[[^\]]*\])?)+")


def fields_of(errors):
    """The fields that Tekton's messages name, as stems in lower case: spec.steps[0].image gives image; of a list's
    item or its name, the list: spec.params[x].name gives param."""
    out = set()
    for e in errors:
        for path in FIELD.findall(e):
            if path.startswith("tekton.dev"):
                continue
            parts = re.sub(r"\[[^\]]*\]", "", path).lower().split(".")
            out.add(parts[-1].rstrip("s"))
            if parts[-1] in ("name", "value", "properties") and len(parts) > 1:
                out.add(parts[-2].rstrip("s"))
    return out


def names_field(found, fields):
    """Does one of our messages (or its path, or its help) name one of the fields?"""
    if not fields:
        return True
    for d in found:
        text = "%s %s %s" % (d.get("message", ""), d.get("path", ""), d.get("help", ""))
        words = [w.lower() for w in re.findall(r"[A-Za-z]+", text)]
        if any(w.startswith(f) for f in fields for w in words):
            return True
    return False


WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]*[A-Za-z0-9]")
KEYS = set("""name value default params type spec steps tasks image script metadata kind description results env string
array object workspaces taskRef taskSpec pipelineRef pipelineSpec run task pipeline""".split())


def values_in(text):
    """The words of a text that can be names given by its author: of $(params.x) also x."""
    words = set(WORD.findall(text))
    return {w for x in words for w in [x] + x.split(".")} - KEYS


def item_of(lines, numbers):
    """The text of the list item around each place: a parameter's value is contradicted by what has its name."""
    out = []
    for n in enclosing(lines, numbers):
        out += [x for x in lines[n - 1:n + 3] if re.match(r"[\s\-]*name:", x)]
    return " ".join(out)


def place_of(case, errors):
    """right: on a changed line, or beside what was taken away; contradicts: on a line that has a name in common with
    what was changed; near: on a key above; elsewhere."""
    base = base_path(case.label)
    if not base:
        return "no base"
    changed, around, texts = changed_lines(case.path, base)
    named = {n for d in errors for n in diagnostic_lines(d)}
    lines = read_lines(case.path)
    if named & changed or (not changed and named & (around | enclosing(lines, around))):
        return "right"
    subject = values_in(texts) | values_in(item_of(lines, changed | around)) | values_in(case.label.get("detail", ""))
    if any(values_in(lines[n - 1]) & subject for n in named if n <= len(lines)):
        return "contradicts"
    if named & enclosing(lines, changed | around):
        return "near"
    return "elsewhere"


# --- one file --------------------------------------------------------------------------------------------------

def judge(case):
    closed = case.run_verdict in ("accept", "reject")
    answer, found = common.check(case.path, case.alpha, closed)
    errors = [d for d in found if d.get("severity") == "error"]
    if answer.verdict != case.expected:
        rule = rules.hides_verdict(case, answer, case.expected, [d["id"] for d in errors])
        if rule:
            return Outcome(case.name, case.group, True, None, "", rule)
        why = case.errors[:1] if case.expected == "reject" else [common.shown(d) for d in errors[:1]]
        why = " ".join(why or [answer.first_error()])[:170].replace("\n", " ")
        return Outcome(case.name, case.group, False, None, "%s, Tekton %s: %s [%s]" % (
            answer.verdict, case.expected, why, case.label.get("detail", "")))
    if case.expected == "accept":
        return Outcome(case.name, case.group, True, None, "")
    if not errors:
        return Outcome(case.name, case.group, False, None, "exit 1 without an error in the JSON")
    unplaced = [d for d in errors if not isinstance(d.get("line"), int) or d["line"] < 1]
    place = place_of(case, errors) if "base" in case.label else ("no position" if unplaced else "")
    field = names_field(errors, fields_of(case.errors))
    line = ""
    if place not in ("right", "contradicts", "no base", "") or not field:
        line = "%s%s: %s | Tekton: %s [%s]" % (
            place, "" if field else ", other field", common.shown(errors[0]),
            " ".join(case.errors[:1])[:150].replace("\n", " "), case.label.get("detail", ""))
    return Outcome(case.name, case.group, True, (place, field), line)


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    p.add_argument("words", nargs="*", help="only files whose name holds one of these, or of these operators")
    p.add_argument("--folder", action="append", help="another folder of files with a labels.jsonl (`oracle mutate`)")
    p.add_argument("--list", action="store_true")
    p.add_argument("-v", "--verbose", action="store_true", help="places that differ, too")
    p.add_argument("-j", type=int, default=2, help="processes (default 2)")
    o = p.parse_args()
    folders = o.folder or FOLDERS
    if not o.folder and common.skip_without_corpus("verdicts"):
        return 0
    todo = cases(folders, o.words)
    if o.list:
        print("\n".join("%s\t%s\t%s" % (c.name, c.group, c.expected) for c in todo))
        return 0
    start = time.monotonic()
    with multiprocessing.Pool(o.j) as pool:
        outcomes = list(pool.imap(judge, todo, chunksize=16))
    wrong, places = collections.defaultdict(list), collections.defaultdict(list)
    for x in outcomes:
        if not x.verdict:
            wrong[x.group].append(x)
        elif x.line:
            places[x.group].append(x)
    for title, groups, show in (("wrong verdicts", wrong, True), ("other places or fields", places, o.verbose)):
        print("%s, by operator or test:" % title)
        for group, list_ in sorted(groups.items(), key=lambda g: (-len(g[1]), g[0])):
            print("  %s: %d" % (group, len(list_)))
            for x in list_ if show else []:
                print("    %s: %s" % (x.name, x.line))
    for folder in map(os.path.basename, folders):
        mine = [x for x in outcomes if x.name.startswith(folder + "/")]
        placed = [x.place for x in mine if x.place]
        count = collections.Counter(place or "given" for place, _ in placed)
        print("%s: %d of %d verdicts agree; of %d refusals: places %s; field named %d" % (
            folder, sum(x.verdict for x in mine), len(mine), len(placed),
            ", ".join("%d %s" % (n, k) for k, n in count.most_common()), sum(f for _, f in placed)))
    rules.print_counts(collections.Counter(x.hidden for x in outcomes), len(todo))
    bad = sum(not x.verdict for x in outcomes)
    print("%d of %d equal in %.0f s" % (len(todo) - bad, len(todo), time.monotonic() - start))
    return common.tally("verdicts", len(todo) - bad, bad, 0)


if __name__ == "__main__":
    sys.exit(main())
