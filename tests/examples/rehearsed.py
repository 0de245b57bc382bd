#!/usr/bin/env python3
"""rehearsed.py [-v] TEKTONC [FILE...]: what `tektonc test` plays is what happens. Each file is really run, on the host engine; what
its tasks did there (results, exit codes, attempts) becomes the fakes of a test, and how the run went (status, reason, message,
skipped tasks, order, results, attempts) what is expected. The test must pass.

Files: those named, else the example that can run here, one where nothing goes well, and those of ../shared/corpus that ran on a cluster; whether they succeed
here, where there are no images, makes no difference."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
SHARED = os.environ.get("TEKTONC_SHARED", os.path.join(TOP, "..", "shared"))
SECONDS = 20
OPTIONS = ["--tekton-api=alpha", "--image-entrypoint=*=true"]
# They last long, or end by the clock, or ask for what is not here.
NOT = ("timeout", "cancel", "sidecar", "workspace-in-sidecar", "dind", "kaniko", "git-", "buildid", "pipelinerun-with-task-timeout-override",
       "home-", "steps-run-in-order", "uid-duplicate-tasks")


def is_true(status, kind="Succeeded"):
    return next((c for c in status.get("conditions", []) if c["type"] == kind), {"status": "Unknown"})


def values(listed):
    return {x["name"]: x["value"] for x in listed or []}


def attempt_fake(status):
    """How one attempt went."""
    steps, failed = {}, False
    for step in status.get("steps", []):
        ended = step.get("terminated", {})
        one = {}
        if ended.get("exitCode") and step.get("terminationReason") != "Skipped":
            one["exitCode"] = ended["exitCode"]
        if step.get("results"):
            one["results"] = values(step["results"])
        if one:
            steps[step["name"]] = one
        failed = failed or bool(ended.get("exitCode"))
    fake = {"results": values(status.get("results"))}
    if steps:
        fake["steps"] = steps
    if is_true(status)["status"] == "False" and not failed:
        return None # ended by something that is no exit code
    return fake


def task_fake(run, declared):
    status = run["status"]
    attempts = [attempt_fake(s) for s in status.get("retriesStatus", []) + [status]]
    if None in attempts:
        return None
    for fake in attempts: # what was not written must not be made up
        for name in declared:
            fake["results"].setdefault(name, None)
    return {"attempts": attempts}


def expectation(run):
    status = run["status"]
    condition = is_true(status)
    return {"status": "Succeeded" if condition["status"] == "True" else "Failed", "reason": condition["reason"],
            "attempts": len(status.get("retriesStatus", [])) + 1, "results": values(status.get("results"))}


def strings(params):
    return {k: v for k, v in values(params).items() if isinstance(v, str)}


class Cannot(Exception):
    pass


def names_of_results(tektonc, path, name):
    """Task → the results that its Task declares, from the plan."""
    done = subprocess.run([tektonc, path, "--emit=plan", "--json", "--name=" + name] + OPTIONS, capture_output=True, text=True)
    found = {}

    def walk(spec, way):
        for t in spec.get("tasks", []) + spec.get("finally", []):
            found[way + t["name"]] = [r["name"] for r in t.get("results", [])]
            if "pipeline" in t:
                walk(t["pipeline"], way + t["name"] + "/")

    for line in done.stdout.splitlines():
        walk(json.loads(line)["spec"], "")
    return found


def case_of(items, declared):
    """The fakes and what is expected, from the status of the run and its TaskRuns."""
    by_name = {i["metadata"]["name"]: i for i in items}
    tasks, expect, skipped, ends = {}, {}, {}, []

    def walk(run, way):
        groups = {}
        for ref in run["status"].get("childReferences", []):
            groups.setdefault(ref["pipelineTaskName"], []).append(by_name.get(ref["name"]))
        for t in run["status"].get("skippedTasks", []):
            skipped[way + t["name"]] = t["reason"]
        for name, children in groups.items():
            if None in children:
                raise Cannot("a TaskRun has no status")
            if children[0]["kind"] == "PipelineRun":
                walk(children[0], way + name + "/")
                continue
            add(way + name, children)

    def add(name, children):
        fakes = [task_fake(c, declared.get(name, [])) for c in children]
        if None in fakes:
            raise Cannot("a task ended by something that is no exit code")
        expect[name] = {"taskRuns": len(children)}
        if len(children) == 1:
            tasks[name] = fakes[0]
            expect[name].update(expectation(children[0]))
        else:
            params = [strings(c.get("spec", {}).get("params")) for c in children]
            tasks[name] = {"combinations": [dict(f, params=p) for f, p in zip(fakes, params)]}
            expect[name]["combinations"] = [dict(expectation(c), params=p) for c, p in zip(children, params)]

    root = items[0]
    if root["kind"] == "PipelineRun":
        walk(root, "")
    else:
        add(next(iter(declared)), [root])
    condition = is_true(root["status"])
    whole = {"status": "Succeeded" if condition["status"] == "True" else "Failed", "reason": condition["reason"],
             "message": condition["message"], "skipped": skipped, "tasks": expect, "results": values(root["status"].get("results"))}
    return tasks, whole


def rehearse(tektonc, path, work, more=()):
    name = "run"
    env = dict(os.environ, XDG_STATE_HOME=os.path.join(work, "state"), NO_COLOR="1")
    try:
        done = subprocess.run([tektonc, "run", path, "--engine=host", "--name=" + name, "-o", "json"] + OPTIONS + list(more), cwd=work,
                              env=env, capture_output=True, text=True, timeout=SECONDS, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        raise Cannot("it runs longer than %d s" % SECONDS)
    if not done.stdout.strip():
        raise Cannot("it does not run here: " + (done.stderr.strip().splitlines() or [""])[-1])
    status = subprocess.run([tektonc, "status", name, "-o", "json"], cwd=work, env=env, capture_output=True, text=True)
    items = json.loads(status.stdout)
    items = items["items"] if items["kind"] == "List" else [items]
    tasks, expect = case_of(items, names_of_results(tektonc, path, name))
    test = {"apiVersion": "tektonc.dev/v1alpha1", "kind": "PipelineTest", "files": [path],
            "options": {"tekton-api": "alpha", "image-entrypoint": "*=true", "name": name, "param": [], "workspace": []},
            "cases": [{"name": "as it was", "tasks": tasks, "expect": expect}]}
    for option, value in zip(more[::2], more[1::2]):
        test["options"]["param" if option == "-p" else "workspace"].append(value.split(",hostPath=")[0] + ",emptyDir=" if option == "-w" else value)
    with open(os.path.join(work, "test.json"), "w") as f:
        json.dump(test, f, indent=1)
    played = subprocess.run([tektonc, "test", "test.json"], cwd=work, capture_output=True, text=True)
    return played.returncode == 0, played.stdout + played.stderr


def files(argv):
    if argv:
        return [(path, []) for path in argv]
    own = [(os.path.join(TOP, "tests", "docs", "pipeline.yaml"), []), (os.path.join(HERE, "rehearsed", "fails.yaml"), []), (os.path.join(TOP, "examples", "c-program"), None)]
    corpus = os.path.join(SHARED, "corpus", "runnable.txt")
    if os.path.exists(corpus):
        for line in open(corpus):
            name = line.split("\t")[0].strip()
            if name.endswith(".yaml") and not any(n in name for n in NOT):
                own.append((os.path.join(SHARED, "corpus", "examples", name), []))
    return own


def main(argv):
    talk = "-v" in argv
    tektonc, *named = [os.path.abspath(a) for a in argv if a != "-v"]
    passed = failed = 0
    if subprocess.run(["bwrap", "--unshare-all", "--ro-bind", "/", "/", "true"], capture_output=True).returncode != 0:
        print("SKIP no sandboxes here\nrehearsed: 0 passed, 0 failed, 1 skipped")
        return 0
    for path, more in files(named):
        with tempfile.TemporaryDirectory() as work:
            if more is None: # the C program, on a copy of its sources
                source = os.path.join(work, "source")
                shutil.copytree(os.path.join(path, "source"), source, ignore=shutil.ignore_patterns("build"))
                more = ["-w", "name=source,hostPath=" + source, "-p", "package=yes"]
            try:
                ok, text = rehearse(tektonc, os.path.abspath(path), work, more)
            except Cannot as why: # no test of a pipeline can say it: nothing to compare
                if talk:
                    print("none %s: %s" % (os.path.basename(path), why))
                continue
        passed += ok
        failed += not ok
        if not ok:
            print("FAIL %s\n%s" % (path, text))
        elif talk:
            print("ok   " + os.path.basename(path))
    print("rehearsed: %d passed, %d failed, 0 skipped" % (passed, failed))
    return failed > 0 or passed == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
