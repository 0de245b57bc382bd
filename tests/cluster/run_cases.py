#!/usr/bin/env python3
"""Real runs that try one thing each: run_cases.py TEKTONC ROOT [NAME...]

What a chain, fan-out, finally, when, retries and a matrix do; cancel; Pods that are deleted, evicted, can't be pulled or
scheduled, run out of memory; sidecars; the same folder applied twice; a deleted Job. And controllers that are killed: each
attempt of each task writes a line on a shared volume, and no line may be there twice. ROOT: the files of the runtime's image."""
import json
import os
import random
import re
import signal
import subprocess
import sys
import time

import runs

BUSYBOX = "docker.io/library/busybox"


def step(script, name="one", **more):
    return dict({"name": name, "image": BUSYBOX, "imagePullPolicy": "IfNotPresent", "script": "#!/bin/sh\n" + script}, **more)


def task(name, script, after=(), results=(), params=(), **more):
    spec = {"steps": [step(script)], "results": [{"name": r} for r in results], "params": [{"name": p} for p, _ in params]}
    return dict({"name": name, "runAfter": list(after), "taskSpec": spec, "params": [{"name": p, "value": v} for p, v in params]}, **more)


def pipeline(name, tasks, finally_=(), **more):
    return {"apiVersion": "tekton.dev/v1", "kind": "PipelineRun", "metadata": {"name": name},
            "spec": dict({"pipelineSpec": {"tasks": tasks, "finally": list(finally_)}}, **more)}


def task_run(name, spec, **more):
    return {"apiVersion": "tekton.dev/v1", "kind": "TaskRun", "metadata": {"name": name}, "spec": dict({"taskSpec": spec}, **more)}


start = runs.start


def until(what, told=lambda: ""):
    """`told`: what to say of it when nothing came."""
    end = time.monotonic() + runs.LONG
    while time.monotonic() < end:
        value = what()
        if value:
            return value
        time.sleep(0.1)
    raise AssertionError("nothing after %d s %s" % (runs.LONG, told()))


def same(got, wanted, what=""):
    assert got == wanted, "%s: %r, expected %r" % (what, got, wanted)


def ends(run):
    """(task, attempt) → (ok, reason), and how the run ended."""
    record = run.record()
    done = [e for e in record if e["e"] == "done" and not e["run"]]
    return ({(e["r"], e["a"]): (e["ok"], e["reason"]) for e in record if e["e"] == "end"},
            (done[0]["status"], done[0]["reason"]) if done else None)


def status_of(run):
    """Name → YAML, of all ConfigMaps with the run's status."""
    uid = run.space.get("jobs", run.job)["metadata"]["uid"]
    found = run.space.get("configmaps", "?labelSelector=app.kubernetes.io/name%3Dtektonc-status,tektonc.dev/run-uid%3D" + uid)["items"]
    same([c["metadata"]["name"] for c in found][:1], [run.job + "-status"])
    return {k: v for c in found for k, v in c["data"].items()}


def pod_of(run, part):
    return until(lambda: next((p for n, p in run.pods().items() if part in n), None))


def running(run, part):
    return until(lambda: next((p for n, p in run.pods().items() if part in n and p["status"].get("phase") == "Running"), None))


# --- what a pipeline does ------------------------------------------------------------------------------------------------

def whole_pipeline(space):
    """Chain with results, fan-out, when, retries, matrix over a result, finally, results of the run."""
    run = start(space, pipeline("whole", [
        dict(task("a", "printf hello > $(results.r.path); printf '[\"x\",\"y\",\"z\"]' > $(results.l.path)", results=["r"]),
             taskSpec={"steps": [step("printf hello > $(results.r.path); printf '[\"x\",\"y\",\"z\"]' > $(results.l.path)")],
                       "results": [{"name": "r"}, {"name": "l", "type": "array"}]}),
        task("b", 'test "$(params.p)" = hello', params=[("p", "$(tasks.a.results.r)")]),
        *[task("c%d" % i, "true", after=["a"]) for i in range(3)],
        task("no", "false", when=[{"input": "$(tasks.a.results.r)", "operator": "in", "values": ["other"]}]),
        task("yes", "true", when=[{"input": "$(tasks.a.results.r)", "operator": "in", "values": ["hello"]}]),
        dict(task("again", 'test "$(context.task.retry-count)" = 2', retries=2)),
        dict(task("each", 'printf "$(params.v)" > $(results.o.path)', results=["o"]),
             matrix={"params": [{"name": "v", "value": "$(tasks.a.results.l[*])"}]},
             taskSpec={"params": [{"name": "v"}], "results": [{"name": "o"}], "steps": [step('printf "$(params.v)" > $(results.o.path)')]}),
        dict(task("join", ""), params=[{"name": "p", "value": "$(tasks.each.results.o[*])"}],
             taskSpec={"params": [{"name": "p", "type": "array"}], "steps": [step('test "$(params.p[0]) $(params.p[1]) $(params.p[2])" = "x y z"')]}),
    ], [task("last", 'test "$(params.s)" = Completed', params=[("s", "$(tasks.status)")])]))
    same(run.wait(), "Succeeded", "outcome\n" + run.story())
    attempts, end = ends(run)
    same(end, ("True", "Completed"))
    same(sorted(attempts), sorted([("a", 0), ("b", 0), ("c0", 0), ("c1", 0), ("c2", 0), ("yes", 0), ("again", 0), ("again", 1), ("again", 2),
                                   ("each#0", 0), ("each#1", 0), ("each#2", 0), ("join", 0), ("last", 0)]))
    annotations = run.last["metadata"].get("annotations") or {}
    same(annotations.get("tektonc.dev/phase"), "Succeeded")
    same(annotations.get("tektonc.dev/progress"), "11/11 tasks done")
    shown = status_of(run)
    assert "\n  - type: Succeeded\n    status: \"True\"\n    reason: Completed\n" in shown["run"], shown["run"]
    same(len(shown), 1 + 12, "keys of the status")  # a TaskRun with retries counts once
    retried = next(text for name, text in shown.items() if "-again" in name)
    same(retried.count("podName:"), 3, "attempts in " + retried)
    return run


def failure(space):
    """A task fails: what follows does not start, finally does; the Job fails for good."""
    run = start(space, pipeline("failure", [task("a", "exit 3"), task("b", "true", after=["a"])], [task("f", "true")]))
    same(run.wait(), "Failed")
    attempts, end = ends(run)
    same(attempts, {("a", 0): (False, "StepFailed"), ("f", 0): (True, "Succeeded")})
    same(end, ("False", "Failed"))
    same(len(run.controllers()), 1, "controllers")
    return run


def sidecar(space):
    """The step waits for the sidecar, the task ends with its step, the sidecar is stopped and its log is kept."""
    run = start(space, task_run("sidecar", {
        "steps": [step("cat /shared/up", volumeMounts=[{"name": "shared", "mountPath": "/shared"}])],
        "sidecars": [step("sleep 1; echo up > /shared/up; trap 'exit 0' TERM; while :; do sleep 0.2; done", "side",
                          volumeMounts=[{"name": "shared", "mountPath": "/shared"}],
                          readinessProbe={"exec": {"command": ["cat", "/shared/up"]}, "periodSeconds": 1})],
        "volumes": [{"name": "shared", "emptyDir": {}}]}))
    same(run.wait(), "Succeeded", "outcome\n" + run.story())
    until(lambda: pod_of(run, "-pod")["status"]["phase"] in ("Succeeded", "Failed"))
    return run


def timeout(space):
    run = start(space, pipeline("timeout", [task("a", "sleep 300", timeout="4s")], [task("f", "true")]))
    same(run.wait(), "Failed")
    attempts, _ = ends(run)
    same(attempts[("a", 0)], (False, "TaskRunTimeout"))
    same(attempts[("f", 0)][0], True)
    return run


def cancel(space, how="Cancelled", reason="Cancelled", finally_ran=False):
    run = start(space, pipeline("cancel", [task("a", "sleep 300"), task("b", "true", after=["a"])], [task("f", "true")]))
    running(run, "-a-pod")
    same(run.space.patch("jobs", run.job, {"metadata": {"annotations": {"tektonc.dev/cancel": how}}}), 200)
    same(run.wait(), "Failed")
    attempts, end = ends(run)
    same(end, ("False", reason))
    same(("f", 0) in attempts, finally_ran, "finally")
    until(lambda: not [n for n, p in run.pods().items() if "-a-pod" in n])
    return run


def verbs(space):
    """What tektonc status, logs and cancel say of a Job's run."""
    run = start(space, pipeline("verbs", [task("a", "echo hello from a"), task("b", "echo up; sleep 300", after=["a"])]))
    running(run, "-b-pod")
    say = lambda *words: subprocess.run([runs.TEKTONC, words[0], run.job, "-n", space.name, *words[1:]], stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, timeout=60)
    until(lambda: "[b : one] up" in say("logs").stdout)
    same("[a : one] hello from a" in say("logs").stdout, True, "logs\n" + say("logs").stdout)
    same(say("logs", "--task=a").stdout.splitlines(), ["[a : one] hello from a"])
    status = say("status", "-o", "yaml").stdout
    same("kind: PipelineRun" in status and "reason: Running" in status, True, status)
    same(say("cancel", "--how=Cancelled").returncode, 0)
    same(run.wait(60), "Failed")
    shown = say("status")
    same("Cancelled" in shown.stdout, True, shown.stdout)
    return run


def cancel_finally(space):
    return cancel(space, "CancelledRunFinally", "Cancelled", True)


# --- Pods that go wrong ----------------------------------------------------------------------------------------------------

def deleted(space):
    """A Pod deleted by hand is a failed attempt; the retry succeeds."""
    run = start(space, pipeline("deleted", [task("a", 'test "$(context.task.retry-count)" = 1 || sleep 300', retries=1)]))
    pod = running(run, "-a-pod")
    run.space.delete("pods", pod["metadata"]["name"], {"gracePeriodSeconds": 0})
    same(run.wait(), "Succeeded", "outcome\n" + run.story())
    same(sorted(ends(run)[0]), [("a", 0), ("a", 1)])
    return run


def evicted(space):
    """The kubelet evicts a Pod that uses more of its disk than it may."""
    spec = {"steps": [step("dd if=/dev/zero of=/tmp/x bs=1M count=40; sleep 300", computeResources={"limits": {"ephemeral-storage": "4Mi"}})]}
    run = start(space, task_run("evicted", spec))
    same(run.wait(), "Failed")
    same(ends(run)[0], {("evicted", 0): (False, "PodEvicted")})
    return run


def no_image(space):
    spec = {"steps": [dict(step("true"), image="docker.io/library/there-is-no-such:1")]}
    run = start(space, task_run("no-image", spec))
    same(run.wait(), "Failed")
    same(ends(run)[0], {("no-image", 0): (False, "TaskRunImagePullFailed")})
    return run


def no_config(space):
    spec = {"steps": [dict(step("true"), env=[{"name": "X", "valueFrom": {"secretKeyRef": {"name": "none", "key": "k"}}}])]}
    run = start(space, task_run("no-config", spec))
    same(run.wait(), "Failed")
    same(ends(run)[0], {("no-config", 0): (False, "CreateContainerConfigError")})
    return run


def unschedulable(space):
    """Nothing hangs for ever: the time limit ends it."""
    run = start(space, task_run("unschedulable", {"steps": [step("true")]}, podTemplate={"nodeSelector": {"there-is": "none"}}, timeout="5s"))
    same(run.wait(), "Failed")
    same(ends(run)[0], {("unschedulable", 0): (False, "TaskRunTimeout")})
    return run


def out_of_memory(space):
    spec = {"steps": [step("tail /dev/zero", computeResources={"limits": {"memory": "12Mi"}})]}
    run = start(space, task_run("oom", spec))
    same(run.wait(), "Failed")
    attempts = ends(run)[0]
    assert attempts[("oom", 0)][0] is False and attempts[("oom", 0)][1] in ("StepOOM", "StepFailed"), attempts
    return run


# --- the Job ----------------------------------------------------------------------------------------------------------------

def applied_twice(space):
    run = start(space, pipeline("twice", [task("a", "true")]))
    same(run.wait(), "Succeeded")
    before = run.last["metadata"]["uid"]
    run.apply()
    time.sleep(1)
    same(run.state()[2]["metadata"]["uid"], before)
    same(len(run.pods()), 1)
    return run


def all_gone(space):
    """Deleting the Job leaves nothing: while it runs, and after its end."""
    for ending in (False, True):
        run = start(space, big_run("gone"))
        if ending:
            same(run.wait(), "Succeeded")
        else:
            pod_of(run, "-m0-pod")
        before = leftovers(space)
        assert {"persistentvolumeclaims", "configmaps", "pods"} <= {kind for kind, _ in before}, before
        run.space.delete("jobs", run.job, {"propagationPolicy": "Background"})
        until(lambda: not leftovers(space), lambda: str(leftovers(space)))
        if not ending:
            run.close()
    return run


def leftovers(space):
    """What is there but for what kubectl applied: the plan's ConfigMaps and the account."""
    applied = lambda o: o["metadata"]["name"] == "kube-root-ca.crt" or "kubectl.kubernetes.io/last-applied-configuration" in (o["metadata"].get("annotations") or {})
    return [(kind, o["metadata"]["name"]) for kind in ("pods", "configmaps", "persistentvolumeclaims") for o in space.get(kind)["items"] if not applied(o)]


def changed_meanwhile(space):
    """Another input is applied over a run that has not ended: two runs, each with its own name, Pods, record, result."""
    one = start(space, pipeline("changed", [task("a", "sleep 6; printf one > $(results.r.path)", results=["r"])]))
    running(one, "-a-pod")
    two = start(space, pipeline("changed", [task("a", "printf two > $(results.r.path)", results=["r"])]))
    assert one.job != two.job, one.job
    same((two.wait(), one.wait()), ("Succeeded", "Succeeded"))
    for run, result in ((one, "one"), (two, "two")):
        uid = run.state()[2]["metadata"]["uid"]
        same([p["metadata"]["labels"]["tektonc.dev/run-uid"] for n, p in run.pods().items() if n.startswith(run.job)], [uid])
        same([e["results"] for e in run.record() if e["e"] == "end"], [{"r": result}])
        assert "value: %s\n" % result in status_of(run)[run.job + "-a"], status_of(run)
    one.close()
    return two


def same_node(space):
    """Tasks that share a claim are bound to one node, even if there is no room for all; without that they use both.

    The second node is an object only: what the scheduler decides is seen, nothing runs there. Each task asks for more than a
    fifth of it, so that six of them need two nodes."""
    api, ghost = space.api, space.name
    taint = {"key": "ghost", "value": ghost, "effect": "NoSchedule"}
    same(api.call("POST", "/api/v1/nodes", {"apiVersion": "v1", "kind": "Node", "metadata": {"name": ghost, "labels": {"kubernetes.io/hostname": ghost}},
                                            "spec": {"taints": [taint]}})[0], 201)
    room = {"cpu": "2", "memory": "4Gi", "pods": "100"}
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    ready = {"type": "Ready", "status": "True", "reason": "Simulated", "lastHeartbeatTime": now, "lastTransitionTime": now}
    same(api.call("PATCH", "/api/v1/nodes/%s/status" % ghost, {"status": {"capacity": room, "allocatable": room, "conditions": [ready]}}, runs.MERGE)[0], 200)
    tasks = [marking("a%d" % i, then="sleep 300") for i in range(6)]
    for t in tasks:
        t["taskSpec"]["steps"][0]["computeResources"] = {"requests": {"cpu": "450m"}}
    out = pipeline("node", tasks, workspaces=big_run("")["spec"]["workspaces"], taskRunTemplate={"podTemplate": {"tolerations": [{"operator": "Exists"}]}})
    out["spec"]["pipelineSpec"]["workspaces"] = [{"name": "w"}]
    run = None
    try:
        for words, expected in (((), 1), (("--feature=coschedule=disabled",), 2)):
            if run:
                run.close()
            run = start(space, out, *words)
            nodes = until(lambda: scheduled(run, 6), lambda: where(run))
            same(len(set(nodes.values()) - {None}), expected, "nodes with %s: %s" % (words, nodes))
            run.space.delete("jobs", run.job, {"propagationPolicy": "Background"})
            until(lambda: not run.controllers())
            for name in run.pods():  # there is no kubelet to say that they have ended
                run.space.delete("pods", name, {"gracePeriodSeconds": 0})
            until(lambda: not run.pods(), lambda: where(run))
    finally:
        api.call("DELETE", "/api/v1/nodes/" + ghost)
    return run


def scheduled(run, count):
    """Pod → node, or None where the scheduler found no room; when it has looked at all."""
    nodes = {}
    for name, p in run.pods().items():
        if p["spec"].get("nodeName") or any("Insufficient cpu" in c.get("message", "") for c in p["status"].get("conditions") or []):
            nodes[name] = p["spec"].get("nodeName")
    return nodes if len(nodes) == count else None


def where(run):
    return json.dumps({n: [p["spec"].get("nodeName"), p["metadata"].get("deletionTimestamp"), p["status"]] for n, p in run.pods().items()})[:3000]


def api_server_away(space):
    """The API server is killed, and comes again after 20 s. Only where we can do that: ../shared/cluster."""
    home = os.environ.get("MINICLUSTER_DIR") or os.path.expanduser("~/.cache/minicluster")
    pid, up = os.path.join(home, "run", "kube-apiserver.pid"), os.path.join(runs.SHARED, "cluster", "up.sh")
    if not os.path.exists(pid) or not os.path.exists(up):
        return None
    run = start(space, big_run("away"))
    pod_of(run, "-m0-pod")
    with open(pid) as f:
        shell = int(f.read())
    with open("/proc/%d/task/%d/children" % (shell, shell)) as f:
        processes = [int(x) for x in f.read().split()] or [shell]
    for p in processes:
        os.kill(p, signal.SIGKILL)
    time.sleep(20)
    same(subprocess.run([up], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL).returncode, 0, "up.sh")
    space.api.close()
    space.api = run.space.api = runs.Api()
    same(run.wait(), "Succeeded", "outcome\n" + run.story())
    same(sorted(log_of(run)), BIG, "what ran")
    return run


# --- controllers that die ------------------------------------------------------------------------------------------------------

def marking(name, after=(), **more):
    """Each attempt writes one line on the shared volume."""
    line = 'echo "%s $(context.task.retry-count)" >> /workspace/w/log;' % name
    extra = more.pop("then", "true")
    spec = {"workspaces": [{"name": "w", "mountPath": "/workspace/w"}], "steps": [step(line + extra)]}
    return dict({"name": name, "runAfter": list(after), "taskSpec": spec, "workspaces": [{"name": "w"}]}, **more)


def big_run(name):
    tasks = [marking("t0")]
    tasks += [marking("m%d" % i, ["t0"]) for i in range(5)]
    tasks += [marking("r", ["t0"], retries=2, then='test "$(context.task.retry-count)" = 2')]
    tasks += [marking("n0", ["m0", "m1"]), marking("n1", ["n0", "r"]), marking("n2", ["n1"])]
    out = pipeline(name, tasks, [marking("f")], workspaces=[{"name": "w", "volumeClaimTemplate": {
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}}}}])
    out["spec"]["pipelineSpec"]["workspaces"] = [{"name": "w"}]
    return out


BIG = ["f 0", "m0 0", "m1 0", "m2 0", "m3 0", "m4 0", "n0 0", "n1 0", "n2 0", "r 0", "r 1", "r 2", "t0 0"]


def log_of(run):
    """The lines that the tasks wrote."""
    claim = run.space.get("persistentvolumeclaims")["items"][0]["metadata"]["name"]
    run.space.api.call("POST", "/api/v1/namespaces/%s/pods" % run.space.name, {"metadata": {"name": "look"}, "spec": {
        "restartPolicy": "Never", "volumes": [{"name": "w", "persistentVolumeClaim": {"claimName": claim}}],
        "containers": [{"name": "c", "image": BUSYBOX, "imagePullPolicy": "IfNotPresent", "command": ["cat", "/w/log"],
                        "volumeMounts": [{"name": "w", "mountPath": "/w"}]}]}})
    until(lambda: run.space.get("pods", "look")["status"].get("phase") == "Succeeded")
    return subprocess.run(["kubectl", "-n", run.space.name, "logs", "look"], stdout=subprocess.PIPE, text=True).stdout.split("\n")[:-1]


RUNS, KILLS = 4, 3


def kill(run):
    """SIGKILL at once: the Pod is gone, too. True: there was a controller to kill."""
    alive = [p for p in run.controllers() if p["status"].get("phase") == "Running" and not p["metadata"].get("deletionTimestamp")]
    return bool(alive) and run.space.delete("pods", alive[0]["metadata"]["name"], {"gracePeriodSeconds": 0}) == 200


def killed(space):
    """Controllers killed at random moments, several runs at once; each attempt ran once, and each run ends well.

    The Job controller waits 10 s before it makes another Pod, then 20, then 40: so only a few kills for each run."""
    seed = random.randrange(1 << 30)
    chance = random.Random(seed)
    spaces = [space] + [runs.Space(space.api) for _ in range(RUNS - 1)]
    all_runs = [start(s, big_run("killed")) for s in spaces]
    kills = {run: [] for run in all_runs}
    due = {run: time.monotonic() + chance.uniform(0.5, 6) for run in all_runs}
    end, left = time.monotonic() + runs.LONG, list(all_runs)
    while left and time.monotonic() < end:
        for run in list(left):
            if len(kills[run]) == KILLS or run.state()[0]:
                left.remove(run)
            elif time.monotonic() > due[run] and kill(run):
                lines = run.record()
                kills[run].append("%d:%s" % (len(lines), lines[-1]["e"] if lines else "nothing"))
                due[run] = time.monotonic() + 10 * 2 ** (len(kills[run]) - 1) + chance.uniform(0.1, 5)
        time.sleep(0.03)
    for run in all_runs:
        same(run.wait(), "Succeeded", "outcome (seed %d, killed at %s)\n%s" % (seed, kills[run], run.story()))
        same(sorted(log_of(run)), BIG, "what ran (seed %d, killed at %s)" % (seed, kills[run]))
    print("     killed at these lines of the record: %s (seed %d)" % ("; ".join(" ".join(k) for k in kills.values()), seed))
    assert any(kills.values()), "never killed"
    for s in spaces[1:]:
        s.close()
    return all_runs[0]


def two_at_once(space):
    """A second controller of the same run: both write, one loses, nothing runs twice."""
    run = start(space, big_run("two"))
    first = until(lambda: next((p for p in run.controllers() if p["status"].get("phase") == "Running"), None))
    twin = {"metadata": {"name": "twin"}, "spec": dict(first["spec"])}
    for field in ("nodeName", "tolerations", "serviceAccount", "priority", "preemptionPolicy", "schedulerName"):
        twin["spec"].pop(field, None)
    twin["spec"]["volumes"] = [v for v in first["spec"]["volumes"] if not v["name"].startswith("kube-api-access")]
    for c in twin["spec"]["containers"]:
        c["volumeMounts"] = [m for m in c["volumeMounts"] if not m["name"].startswith("kube-api-access")]
        for e in c["env"]:
            if e["name"] in ("TEKTONC_RUN_NAME", "TEKTONC_RUN_UID"):
                e.pop("valueFrom")
                e["value"] = run.job if e["name"].endswith("NAME") else run.state()[2]["metadata"]["uid"]
    status, answer = run.space.api.call("POST", "/api/v1/namespaces/%s/pods" % space.name, twin)
    same(status, 201, answer)
    same(run.wait(), "Succeeded", "outcome\n" + run.story())
    same(sorted(log_of(run)), BIG, "what ran")
    return run


CASES = [killed, two_at_once, all_gone, evicted, whole_pipeline, failure, sidecar, timeout, cancel, cancel_finally, verbs, deleted, no_image, no_config,
         unschedulable, out_of_memory, applied_twice, changed_meanwhile, same_node]
ALONE = [api_server_away]  # nothing else can go on meanwhile


def one(case):
    """(name, how it went, problem or None, seconds)"""
    begin, space, problem, skipped = time.monotonic(), runs.Space(runs.api()), None, False
    try:
        run = case(space)
        skipped = run is None
        if run:
            run.close()
    except Exception as e:  # one case must not end the others
        problem = "%s: %s" % (type(e).__name__, e)
    try:
        space.close()
    except OSError:
        pass
    return case.__name__, "FAIL" if problem else "skip" if skipped else "ok  ", problem, time.monotonic() - begin


def main(argv):
    why = runs.setup(argv[0], argv[1])
    if why:
        print("cluster-cases: %s: skipped" % why)
        print("cluster-cases: 0 passed, 0 failed, %d skipped" % len(CASES + ALONE))
        return 0
    chosen = lambda cases: [c for c in cases if not argv[2:] or c.__name__ in argv[2:]]
    counts = {"ok  ": 0, "FAIL": 0, "skip": 0}
    for cases in (chosen(CASES), *([c] for c in chosen(ALONE))):
        for name, how, problem, took in runs.side_by_side([lambda c=c: one(c) for c in cases]):
            counts[how] += 1
            print("%s %-20s %5.1f s%s" % (how, name, took, ": " + problem if problem else ""), flush=True)
    print("cluster-cases: %d passed, %d failed, %d skipped" % (counts["ok  "], counts["FAIL"], counts["skip"]))
    return 1 if counts["FAIL"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
