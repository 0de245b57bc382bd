#!/usr/bin/env python3
"""make bench-runtime: what a run costs, each figure beside Tekton's: cluster.py TEKTONC ROOT CONTROLLER ENTRYPOINT

Tekton's figures are those of Tekton 1.15 on a machine of the same kind; ratios to bare Pods, measured in the same minutes,
say more than seconds. Bare: the same Pods without a run, one created after the other has ended, or all at once. Measures,
asserts nothing. The part with a cluster is left out where there is none (tests/cluster/with-cluster.sh)."""
import json
import os
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "cluster")]
import entrypoint as ep  # noqa: E402
import controller as ctl  # noqa: E402
import runs  # noqa: E402

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
BUSYBOX = "docker.io/library/busybox"


def row(what, ours, tekton, reach=""):
    print("  %-58s %-22s %-24s %s" % (what, ours, tekton, reach), flush=True)


# --- the programs alone --------------------------------------------------------------------------------------------------

def programs(tektonc, controller, entrypoint):
    row("entrypoint, bytes", os.path.getsize(entrypoint), "46,100,000", "32,768")
    row("… resident while waiting", "%d KB" % ep.waiting_memory(entrypoint)[0], "35,000 KB")
    row("… one step of /bin/true", "%.2f ms" % (ep.one_step(entrypoint) * 1e3), "19-21 ms")
    whole, own = ep.hand_over(entrypoint, 30), ep.bare_hand_over(30)
    row("… one step's end to the next one's start, median", "%.2f ms (of %.2f)" % ((whole - own) * 1e3, whole * 1e3), "440 ms", "1 ms")
    row("… a chain of 50 steps", "%.3f s" % statistics.median(ep.chain(entrypoint, 50) for _ in range(5)), "23-26 s", "0.15 s")
    mb, cpu, _, code, _ = ctl.measure(tektonc, controller, entrypoint)
    row("controller, 1,000 Pods at once: anonymous memory", "%.1f MB" % mb, "67-89 MB resident", "6 MB")
    row("… CPU" + ("" if code == 0 else " (the run failed: %d)" % code), "%.2f s" % cpu, "2.55 s for 30 Pods")


# --- on a cluster --------------------------------------------------------------------------------------------------------

class Watched:
    """The Pods of a namespace, looked at often."""

    def __init__(self):
        self.api = runs.Api()
        self.space = runs.Space(self.api)

    def pods(self, selector=""):
        return self.space.get("pods", selector)["items"]

    def create(self, name, script="exit 0"):
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {
            "restartPolicy": "Never", "enableServiceLinks": False,
            "containers": [{"name": "c", "image": BUSYBOX, "imagePullPolicy": "IfNotPresent", "command": ["sh", "-c", script]}]}}
        self.api.call("POST", "/api/v1/namespaces/%s/pods" % self.space.name, pod)

    def close(self):
        self.space.close()
        self.api.close()


def until(what):
    end = time.monotonic() + runs.LONG
    while time.monotonic() < end:
        value = what()
        if value:
            return value
        time.sleep(0.02)
    raise RuntimeError("nothing after %d s" % runs.LONG)


def ended(pods, count):
    return len(pods) >= count and all(p["status"].get("phase") in ("Succeeded", "Failed") for p in pods)


def bare_chain(n):
    w = Watched()
    begin = time.monotonic()
    for i in range(n):
        w.create("p%d" % i)
        until(lambda: w.space.get("pods", "p%d" % i)["status"].get("phase") == "Succeeded")
    took = time.monotonic() - begin
    w.close()
    return took


def bare_fan(n):
    w = Watched()
    begin = time.monotonic()
    for i in range(n):
        w.create("p%d" % i)
    until(lambda: ended(w.pods(), n))
    took = time.monotonic() - begin
    w.close()
    return took


def task(i, after):
    return {"name": "t%d" % i, "runAfter": after, "taskSpec": {"steps": [
        {"name": "one", "image": BUSYBOX, "imagePullPolicy": "IfNotPresent", "command": ["sh", "-c", "exit 0"]}]}}


def run_of(n, chained):
    """Seconds from the Job's start to done, and from its first Pod to done. The API server's times are whole seconds, so ours
    are used."""
    w = Watched()
    tasks = [task(i, ["t%d" % (i - 1)] if chained and i else []) for i in range(n)]
    begin = time.monotonic()
    run = runs.start(w.space, {"apiVersion": "tekton.dev/v1", "kind": "PipelineRun", "metadata": {"name": "bench"},
                               "spec": {"pipelineSpec": {"tasks": tasks}, "status": "PipelineRunPending"}})
    begin = time.monotonic()
    w.api.call("PATCH", "/apis/batch/v1/namespaces/%s/jobs/%s" % (w.space.name, run.job), {"spec": {"suspend": False}}, runs.MERGE)
    first = until(lambda: run.pods()) and time.monotonic()
    until(lambda: done(run))
    took = time.monotonic() - begin
    outcome = run.wait()
    if outcome != "Succeeded":
        raise RuntimeError(outcome + run.story())
    run.close()
    w.close()
    return took, took - (first - begin)


def done(run):
    """What people see: the controller has written how the run ended."""
    return (run.space.get("jobs", run.job)["metadata"].get("annotations") or {}).get("tektonc.dev/phase") in ("Succeeded", "Failed")


def start_of(make, count=5):
    """Median of: a Pod's creation to the moment that its first container's command ran, which that says itself."""
    times = []
    for i in range(count):
        w = Watched()
        begin = time.time()
        name, container = make(w, i)
        until(lambda: w.space.get("pods", name)["status"].get("phase") == "Succeeded")
        log = subprocess.run(["kubectl", "-n", w.space.name, "logs", name, "-c", container], stdout=subprocess.PIPE, text=True).stdout
        times.append(float(log.split()[-1]) - begin)
        w.close()
    return statistics.median(times)


NOW = "adjtimex | awk '/time.tv_sec/ {s = $2} /time.tv_usec/ {print s \".\" sprintf(\"%06d\", $2)}'"


def bare_start(w, i):
    w.create("p", NOW)
    return "p", "c"


def scripted(tektonc, config_map):
    """The Pod of a TaskRun with a script, as the controller makes it; `config_map` with the entrypoint is there."""
    def make(w, i):
        import copy
        pod = copy.deepcopy(config_map["pod"])
        cm = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "ep"}, "binaryData": config_map["data"]}
        w.api.call("POST", "/api/v1/namespaces/%s/configmaps" % w.space.name, cm)
        time.sleep(0.3)
        pod["metadata"].pop("namespace", None)
        for v in pod["spec"]["volumes"]:
            for part in [v] + (v.get("projected") or {}).get("sources", []):
                if str((part.get("configMap") or {}).get("name", "")).startswith("tektonc-entrypoint"):
                    part["configMap"]["name"] = "ep"
        status, answer = w.api.call("POST", "/api/v1/namespaces/%s/pods" % w.space.name, pod)
        if status != 201:
            raise RuntimeError(answer)
        return pod["metadata"]["name"], pod["spec"]["containers"][0]["name"]
    return make


def script_pod(tektonc, entrypoint):
    import base64
    source = {"apiVersion": "tekton.dev/v1", "kind": "TaskRun", "metadata": {"name": "start"}, "spec": {"taskSpec": {"steps": [
        {"name": "one", "image": BUSYBOX, "imagePullPolicy": "IfNotPresent", "script": "#!/bin/sh\n" + NOW}]}}}
    done = subprocess.run([tektonc, "-", "--emit=pods", "--json", "--profile=tekton"], input=json.dumps(source), stdout=subprocess.PIPE, text=True, check=True)
    with open(entrypoint, "rb") as f:
        return {"pod": json.loads(done.stdout.splitlines()[0]), "data": {"entrypoint": base64.b64encode(f.read()).decode()}}


def beside(what, ours, bare, tekton, reach):
    row(what, "%.1f s, bare %.1f: × %.2f" % (ours, bare, ours / bare), tekton, reach)


def cluster(tektonc, root, entrypoint):
    why = runs.setup(tektonc, root)
    if why:
        print("no cluster: " + why)
        return
    bare, ours = start_of(bare_start), start_of(scripted(tektonc, script_pod(tektonc, entrypoint)))
    row("create to the first step of a Pod with a script", "%.2f s, bare %.2f" % (ours, bare), "3.0 s, bare 0.62", "0.8 s")
    for n, chained, tekton in ((10, True, "37 s, bare 20: × 1.86"), (30, False, "16-70 s, bare 6.6: × 2.4-10")):
        pairs = []
        for _ in range(ROUNDS):
            pairs.append(((bare_chain if chained else bare_fan)(n), *run_of(n, chained)))
        bare, whole, inner = (statistics.median(x) for x in zip(*pairs))
        beside("%s of %d tasks, from the Job's start" % ("chain" if chained else "fan-out", n), whole, bare, tekton, "× 1.10")
        beside("… from its first Pod", inner, bare, "", "")


def main(tektonc, root, controller, entrypoint):
    print("  %-58s %-22s %-24s %s" % ("", "here", "Tekton 1.15", "to reach"))
    programs(tektonc, controller, entrypoint)
    cluster(tektonc, root, entrypoint)


if __name__ == "__main__":
    main(*map(os.path.abspath, sys.argv[1:5]))
