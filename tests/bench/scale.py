#!/usr/bin/env python3
"""What grows in an input must cost in proportion: each shape is compiled at two sizes, one eight times the other.

  scale.py TEKTONC [SHAPE...]

The user time may grow by LIMIT at most; work in the square of the size would grow by 64. Times are the least of several
runs, and only what is above that of an empty input counts, so the verdict holds on a busy machine.
"""
import os
import resource
import subprocess
import sys
import tempfile

TIMES, LIMIT, LEAST, ENOUGH = 8, 20.0, 0.004, 0.05
FLAGS = ["--runtime-image=r/t:1"]


def lines(n, text, first=0):
    return "".join(text % ((i,) * text.count("%d")) for i in range(first, first + n))


TASK = """apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: r%s}
spec:
%s  taskSpec:
%s    steps:
%s"""
STEP = "    - {name: s, image: a:1, command: [c]%s}\n"
PIPE = """apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: r}
spec:
%s  pipelineSpec:
%s    tasks:
%s"""
ONE = "    - {name: t, taskSpec: {steps: [{name: s, image: a:1, command: [c]}]}}\n"


def task(run="", spec="", steps=STEP % "", meta=""):
    return TASK % (meta, run, spec, steps)


def pipe(run="", spec="", tasks=ONE):
    return PIPE % (run, spec, tasks)


SHAPES = {
    "parameters of a TaskRun": lambda n: task(
        "  params:\n" + lines(n, "  - {name: p%d, value: v}\n"), "    params:\n" + lines(n, "    - {name: p%d}\n"),
        STEP % (", args: [" + lines(n, "$(params.p%d), ") + "x]")),
    "parameters of a PipelineRun": lambda n: pipe(
        "  params:\n" + lines(n, "  - {name: p%d, value: v}\n"), "    params:\n" + lines(n, "    - {name: p%d}\n"),
        "    - name: t\n      params:\n" + lines(n, "      - {name: p%d, value: $(params.p%d)}\n") +
        "      taskSpec: {params: [" + lines(n, "{name: p%d}, ") + "{name: q, default: x}], steps: [{name: s, image: a:1, command: [c]}]}\n"),
    "defaults that use each other": lambda n: pipe(
        "", "    params:\n    - {name: p0, default: x}\n" + "".join("    - {name: p%d, default: $(params.p0)}\n" % i for i in range(1, n))),
    "an array": lambda n: task(
        "  params: [{name: p, value: [" + lines(n, "v%d, ") + "x]}]\n", "    params: [{name: p, type: array}]\n",
        STEP % ', args: ["$(params.p[*])"]'),
    "an object": lambda n: task(
        "  params: [{name: p, value: {" + lines(n, "k%d: v, ") + "x: v}}]\n",
        "    params: [{name: p, type: object, properties: {" + lines(n, "k%d: {}, ") + "x: {}}}]\n",
        STEP % (", args: [" + lines(n, "$(params.p.k%d), ") + "x]")),
    "claims of a run": lambda n: pipe(
        "  workspaces:\n" + lines(n, "  - {name: w%d, volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}\n"),
        "    workspaces:\n" + lines(n, "    - {name: w%d}\n"),
        lines(n, "    - {name: t%d, workspaces: [{name: w, workspace: w%d}], taskSpec: {workspaces: [{name: w}], steps: [{name: s, image: a:1, command: [c]}]}}\n")),
    "tasks in a row": lambda n: pipe("", "", ONE.replace("name: t", "name: t0", 1) + "".join(
        ONE.replace("name: t", "name: t%d, runAfter: [t%d]" % (i, i - 1), 1) for i in range(1, n))),
    "tasks that wait for all before one": lambda n: pipe("", "", lines(n, ONE.replace("name: t", "name: t%d", 1)) +
        ONE.replace("name: t", "name: last, runAfter: [" + lines(n - 1, "t%d, ") + "t%d]" % (n - 1), 1)),
    "results of a task": lambda n: pipe("", "",
        "    - {name: a, taskSpec: {results: [" + lines(n, "{name: r%d}, ") + "{name: x}], steps: [{name: s, image: a:1, command: [c]}]}}\n"
        "    - name: b\n      params:\n" + lines(n, "      - {name: p%d, value: $(tasks.a.results.r%d)}\n") +
        "      taskSpec: {params: [" + lines(n, "{name: p%d}, ") + "{name: q, default: x}], steps: [{name: s, image: a:1, command: [c]}]}\n"),
    "results of a Pipeline": lambda n: pipe("", "    results:\n" + lines(n, "    - {name: o%d, value: $(tasks.t%d.results.r)}\n"),
        lines(n, "    - {name: t%d, taskSpec: {results: [{name: r}], steps: [{name: s, image: a:1, command: [c]}]}}\n")),
    "conditions": lambda n: pipe("", "", "    - name: t\n      when:\n" + lines(n, "      - {input: x%d, operator: in, values: [x%d]}\n") +
        "      taskSpec: {steps: [{name: s, image: a:1, command: [c]}]}\n"),
    "steps of a task": lambda n: task(steps=lines(n, "    - {name: s%d, image: a:1, command: [c]}\n")),
    "environment": lambda n: task(steps=STEP % (", env: [" + lines(n, "{name: E%d, value: x}, ") + "{name: X, value: v}]")),
    "stepTemplate's environment": lambda n: task("", "    stepTemplate: {env: [" + lines(n, "{name: E%d, value: x}, ") + "{name: X, value: v}]}\n",
        STEP % (", env: [" + lines(n, "{name: E%d, value: z}, ") + "{name: X, value: v}]")),
    "volumes": lambda n: task("", "    volumes:\n" + lines(n, "    - {name: v%d, emptyDir: {}}\n"),
        STEP % (", volumeMounts: [" + lines(n, "{name: v%d, mountPath: /v%d}, ") + "{name: v0, mountPath: /x}]")),
    "workspaces of a task": lambda n: task("  workspaces:\n" + lines(n, "  - {name: w%d, emptyDir: {}}\n"),
        "    workspaces:\n" + lines(n, "    - {name: w%d}\n")),
    "sidecars": lambda n: task("", "    sidecars:\n" + lines(n, "    - {name: c%d, image: a:1}\n")),
    "labels": lambda n: "apiVersion: tekton.dev/v1\nkind: TaskRun\nmetadata:\n  name: r\n  labels:\n" + lines(n, "    l%d: v\n") +
        "spec: {taskSpec: {steps: [{name: s, image: a:1, command: [c]}]}}\n",
    "references in a script": lambda n: task("", "    params: [{name: p, default: x}]\n", "    - name: s\n      image: a:1\n      script: |\n" +
        lines(n, "        echo $(params.p) $(context.taskRun.name) %d\n")),
    "taskRunSpecs": lambda n: pipe("  taskRunSpecs:\n" + lines(n, "  - {pipelineTaskName: t%d, serviceAccountName: x}\n"), "",
        lines(n, ONE.replace("name: t", "name: t%d", 1))),
    "runs": lambda n: "---\n".join(task(meta=str(i)) for i in range(n)),
    "Tasks that runs refer to": lambda n: "".join(
        "apiVersion: tekton.dev/v1\nkind: Task\nmetadata: {name: t%d}\nspec: {steps: [{name: s, image: a:1, command: [c]}]}\n---\n" % i for i in range(n)) +
        pipe("", "", lines(n, "    - {name: t%d, taskRef: {name: t%d}}\n")),
    "aliases": lambda n: task("", "    stepTemplate: {env: &e [{name: A, value: b}]}\n",
        lines(n, "    - {name: s%d, image: a:1, command: [c], env: *e}\n")),
}
SIZES = {"Tasks that runs refer to": 500, "taskRunSpecs": 500, "runs": 200, "steps of a task": 60, "sidecars": 200, "aliases": 60, "claims of a run": 300,
         "workspaces of a task": 300}


def seconds(tektonc, path):
    def once():
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        p = subprocess.run([tektonc, path, "-o", "-"] + FLAGS, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if p.returncode:
            raise SystemExit("%s: exit %d\n%s" % (path, p.returncode, p.stderr.decode()[:2000]))
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    return min(once() for _ in range(3))


def main():
    tektonc, words = sys.argv[1], sys.argv[2:]
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="tektonc-scale-") as tmp:
        def measure(shape, n):
            path = os.path.join(tmp, "x.yaml")
            with open(path, "w") as f:
                f.write(SHAPES[shape](n))
            return seconds(tektonc, path)
        for shape in SHAPES:
            if words and not any(w in shape for w in words):
                continue
            n = SIZES.get(shape, 1000)
            small, large = measure(shape, n), measure(shape, n * TIMES)
            growth = large / max(small, LEAST)
            good = growth <= LIMIT or large < ENOUGH
            passed, failed = passed + good, failed + (not good)
            if words or not good:
                print("%s %-36s %6d: %.3f s, %6d: %.3f s, times %.1f" % ("ok  " if good else "FAIL", shape, n, small, n * TIMES, large, growth))
    print("scale: %d passed, %d failed, 0 skipped" % (passed, failed))
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
