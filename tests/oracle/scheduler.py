#!/usr/bin/env python3
"""Compares how the sequencer runs every PipelineRun of the corpus with how Tekton's own scheduler does (the oracle's
-simulate): which TaskRuns in which rounds, skipped tasks with reasons and when expressions, status, reason, message,
results. Each file as it is, then with single tasks, and some pairs of them, made to fail. Then made-up Pipelines, which
use results, when, onError, matrix and finally more than people do (pipelines.py).

Where the oracle's program was not built, only the stored answers (nothing fails) are compared. Exit 1 on a difference.
"""
import argparse
import glob
import itertools
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile

import common
import corpus
import ours
import pipelines

DRIVER = os.environ.get("SIMULATE") or os.path.join(common.TOP, "build", "simulate")
ORACLE = os.path.join(common.SHARED, "oracle", "run")
FAILURES = 8  # sets of failing tasks tried on each run


def oracle_built():
    home = os.environ.get("TEKTON_ORACLE_DIR") or os.path.expanduser("~/.cache/tekton-oracle")
    return bool(glob.glob(os.path.join(home, "oracle-*")))


def plans(out):
    """(the documents of a plan) for each run of an output folder."""
    for run in ours.runs(out):
        spec = ours.read(run["folder"], "plan.json")["spec"]
        names = ["plan.json"] + ["plan.%d.json" % i for i in range(1, spec.get("parts", 1))]
        yield run, [ours.read(run["folder"], n) for n in names]


def drive(documents, simulation, fail):
    given = {"plan": documents, "emitted": simulation.get("emitted") or {}, "fail": fail,
             "refuse": sorted(simulation.get("errors") or {})}
    p = subprocess.run([DRIVER], input=json.dumps(given).encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    if p.returncode != 0:
        return None, p.stderr.decode("utf-8", "replace").strip()[-300:] or "exit %d" % p.returncode
    return json.loads(p.stdout.decode()), None


def whens(skipped):
    """when expressions without the empty fields that Go leaves out or in."""
    return [{k: v for k, v in w.items() if v} for w in skipped.get("whenExpressions") or []]


def tekton_view(s):
    skipped = sorted((t["name"], t["reason"], json.dumps(whens(t), sort_keys=True)) for t in s.get("skipped") or [])
    return {"rounds": [sorted(r) for r in s.get("rounds") or []], "skipped": skipped, "status": s["status"], "reason": s["reason"],
            "message": s.get("message") or "", "results": {r["name"]: r["value"] for r in s.get("results") or []}}


def our_view(answer):
    status = answer["run"]["status"]
    c = status["conditions"][0]
    skipped = sorted((t["name"], t["reason"], json.dumps(whens(t), sort_keys=True)) for t in status.get("skippedTasks") or [])
    return {"rounds": [sorted(r) for r in answer["rounds"]], "skipped": skipped, "status": c["status"], "reason": c["reason"],
            "message": c.get("message") or "", "results": {r["name"]: r["value"] for r in status.get("results") or []}}


def differences(tekton, mine):
    """Where results are missing, Tekton shows sometimes all references of `when` as text and sometimes only some."""
    unfilled = {t[0] for view in (tekton, mine) for t in view["skipped"] if "$(tasks." in t[2]}
    for view in (tekton, mine):
        view["skipped"] = [t if t[0] not in unfilled else t[:2] for t in view["skipped"]]
    for key in tekton:
        if tekton[key] != mine[key]:
            yield "%s: Tekton %s, we %s" % (key, json.dumps(tekton[key])[:400], json.dumps(mine[key])[:400])


def excluded(run, simulation):
    """Why the two can't be compared; None: they can."""
    tasks = list(run["spec"].get("tasks") or []) + list(run["spec"].get("finally") or [])
    if simulation.get("panic"):
        return "Tekton panics"
    if any("pipeline" in t for t in tasks):
        return "the oracle ends child PipelineRuns without running them"
    if any("custom" in t for t in tasks):
        return "the oracle ends custom tasks without a controller"
    if "reconcile" in (simulation.get("errors") or {}) and not simulation.get("rounds"):
        return "Tekton refuses the run before it begins"
    return None


def live(path, fail, alpha):
    args = [ORACLE, "pods", "-compact", "-simulate"] + (["-all-alpha"] if alpha else [])
    if fail:
        args += ["-fail", ",".join(fail)]
    try:
        p = subprocess.run(args + [path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=20)
    except subprocess.TimeoutExpired:  # what it asks again and again grows with the graph's paths
        return {}
    return json.loads(p.stdout.decode())


def usable(simulation):
    """The oracle stops at the first reconcile that makes no TaskRun; Tekton, told by its own write, would go on."""
    return simulation and not simulation.get("panic") and simulation["status"] != "Unknown"


def fail_sets(run):
    names = [t["name"] for t in (run["spec"].get("tasks") or []) + (run["spec"].get("finally") or [])]
    sets = [[n] for n in names] + [list(p) for p in itertools.combinations(names, 2)]
    step = max(1, len(sets) // FAILURES)
    return sets[::step][:FAILURES]


def compare_random(seed, tried, found):
    """One made-up Pipeline, with one made-up set of tasks that fail."""
    tmp = tempfile.mkdtemp(prefix="tektonc-scheduler-")
    try:
        path = os.path.join(tmp, "p.yaml")
        text, fail = pipelines.make(seed)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        answer = ours.compile_file(path, os.path.join(tmp, "out"))
        if answer.status != 0:
            found.append("random %d: refused: %s" % (seed, answer.first_error()))
            return
        simulation = (live(path, fail, False).get("pipelineRuns") or [{}])[0].get("simulation")
        if not usable(simulation):
            return
        tried.append(seed)
        for run, documents in plans(os.path.join(tmp, "out")):
            answer, problem = drive(documents, simulation, fail)
            for d in [problem] if problem else differences(tekton_view(simulation), our_view(answer)):
                found.append("random %d fail %s: %s" % (seed, ",".join(fail), d))
    finally:
        shutil.rmtree(tmp)


def compare(case, tried, found, built):
    tmp = tempfile.mkdtemp(prefix="tektonc-scheduler-")
    try:
        if ours.compile_file(case.input, os.path.join(tmp, "out"), case.alpha).status != 0:
            return
        mine = {run["name"]: (run, documents) for run, documents in plans(os.path.join(tmp, "out")) if run["graph"] is not None}
        with open(case.answer, encoding="utf-8") as f:
            stored = {r["name"]: r.get("simulation") for r in json.load(f).get("pipelineRuns") or []}
        for name, (run, documents) in mine.items():
            if not stored.get(name) or excluded(run, stored[name]):
                continue
            for fail in [[]] + (fail_sets(run) if built else []):
                simulation = stored[name]
                if fail:
                    simulation = {r["name"]: r.get("simulation") for r in live(case.input, fail, case.alpha).get("pipelineRuns") or []}.get(name)
                    if not usable(simulation):
                        continue
                tried.append(name)
                answer, problem = drive(documents, simulation, fail)
                for d in [problem] if problem else differences(tekton_view(simulation), our_view(answer)):
                    found.append("%s %s%s: %s" % (case.name, name, " fail " + ",".join(fail) if fail else "", d))
    finally:
        shutil.rmtree(tmp)


def work(case):
    tried, found = [], []
    try:
        if isinstance(case, int):
            compare_random(case, tried, found)
        else:
            compare(case, tried, found, oracle_built())
    except (OSError, ValueError, KeyError, subprocess.SubprocessError) as e:
        found.append("%s: %s: %s" % (getattr(case, "name", "random %s" % case), type(e).__name__, e))
    return len(tried), found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*", help="only files whose name has one of these")
    parser.add_argument("-j", type=int, default=2)
    parser.add_argument("--random", type=int, default=150, help="so many made-up Pipelines")
    parser.add_argument("--seed", type=int, default=1, help="the first of them")
    args = parser.parse_args()
    if not os.path.isdir(common.CORPUS):
        print("scheduler: 0 passed, 0 failed, 1 skipped (no %s)" % common.CORPUS)
        return 0
    tried, failed = 0, 0
    todo = list(corpus.cases(args.words))
    if oracle_built() and not args.words:
        todo += range(args.seed, args.seed + args.random)
    with multiprocessing.Pool(args.j) as pool:
        for n, found in pool.imap(work, todo, 4):
            for line in found:
                print(line)
            tried += n
            failed += len({line.split(": ")[0] for line in found})
    note = "" if oracle_built() else " (without failures: the oracle is not built)"
    print("scheduler: %d passed, %d failed, %d skipped%s" % (tried - failed, failed, 0 if oracle_built() else 1, note))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
