#!/usr/bin/env python3
"""tektonc run --engine=kube, and status, logs, cancel, gc in a cluster: kube.py TEKTONC [NAME...]

On the cluster of $KUBECONFIG (tests/cluster/with-cluster.sh finds one), in a namespace for each case. The images are busybox'
of mirror.gcr.io, as in the corpus."""
import json
import os
import signal
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "cluster"))
import runs  # noqa: E402
import host  # noqa: E402
from host import pipeline, read_until, until  # noqa: E402


class Case(host.Case):
    def __init__(self, folder, space):
        super().__init__(folder)
        self.space = space
        self.env["KUBECONFIG"] = os.environ["KUBECONFIG"]

    def file(self, *objects, name="run.json"):
        text = json.dumps(objects).replace('"image": "busybox"', '"image": "mirror.gcr.io/busybox"')
        return super().file(*json.loads(text), name=name)

    def run(self, run, *words, code=0, objects=()):
        return self.call("run", "--engine=kube", "-n", self.space.name, self.file(run, *objects), *words, code=code)

    def start(self, run, *words):
        return self.begin("run", "--engine=kube", "-n", self.space.name, self.file(run), *words)

    def from_elsewhere(self, *words, code=0):
        """Without what is kept here: the cluster is asked."""
        kept, self.env["XDG_STATE_HOME"] = self.env["XDG_STATE_HOME"], os.path.join(self.folder, "elsewhere")
        try:
            return self.call(*words, "-n", self.space.name, code=code)
        finally:
            self.env["XDG_STATE_HOME"] = kept

    def objects(self, kind):
        return [o["metadata"]["name"] for o in self.space.get(kind)["items"] if not o["metadata"]["name"].endswith(".crt") and not o["metadata"].get("deletionTimestamp")]


SLOW = ("a", "trap 'exit 4' TERM; echo begin; sleep 60 & wait")


def case_a_run(c):
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "cm"}, "data": {"k": "from config"}}
    run = pipeline(("a", "echo $K; printf v > $(results.r.path)", {"results": [{"name": "r"}]}), ("b", "echo last $(tasks.a.results.r)"))
    run["spec"]["pipelineSpec"]["tasks"][1]["taskSpec"]["params"] = [{"name": "x"}]
    run["spec"]["pipelineSpec"]["tasks"][1]["params"] = [{"name": "x", "value": "$(tasks.a.results.r)"}]
    run["spec"]["pipelineSpec"]["tasks"][1]["taskSpec"]["steps"][0]["script"] = "#!/bin/sh\necho last $(params.x)"
    run["spec"]["pipelineSpec"]["tasks"][0]["taskSpec"]["steps"][0]["env"] = [{"name": "K", "valueFrom": {"configMapKeyRef": {"name": "cm", "key": "k"}}}]
    done = c.run(run, "-o", "json", objects=(config,))
    assert "[a : s] from config" in done.stderr and "[b : s] last v" in done.stderr, done.stderr
    assert json.loads(done.stdout)["status"]["conditions"][0]["status"] == "True"
    logs = "[a : s] from config\n[b : s] last v\n"
    assert c.call("logs", "r", code=0).stdout == logs and c.from_elsewhere("logs", "r").stdout == logs
    assert "2/2 tasks done" in c.from_elsewhere("status", "--engine=kube").stdout
    assert "Succeeded" in c.from_elsewhere("status", "r").stdout
    items = json.loads(c.from_elsewhere("status", "r", "-o", "json").stdout)["items"]
    assert [i["kind"] for i in items] == ["PipelineRun", "TaskRun", "TaskRun"], items
    assert "cm" in c.objects("configmaps")
    c.call("gc", "--keep=0", code=0)
    until(lambda: not c.objects("pods") and not c.objects("configmaps"), 60)


def case_names(c):
    c.space.api.call("POST", "/api/v1/namespaces/%s/configmaps" % c.space.name, {"metadata": {"name": "r"}})
    assert "r-2 succeeded" in c.run(pipeline(("a", "true"))).stdout
    assert c.run(pipeline(("a", "true")), "--name=r", code=3).returncode == 3
    assert "a cluster can't see" in c.run(pipeline(("a", "true")), "-w", "name=x,hostPath=.", code=2).stderr


def case_one_signal_cancels(c):
    p = c.start(pipeline(SLOW, finally_=[("f", "echo last")]))
    read_until(p.stdout, "begin")
    p.send_signal(signal.SIGINT)
    text = p.stdout.read()
    assert p.wait(60) == 1 and "[f : s] last" in text, text


def case_two_signals_stop(c):
    p = c.start(pipeline(SLOW, finally_=[("f", "sleep 60")]))
    read_until(p.stdout, "begin")
    p.send_signal(signal.SIGINT)
    read_until(p.stdout, "once more")
    p.send_signal(signal.SIGINT)
    assert p.wait(20) == 1
    until(lambda: not c.objects("pods") and not c.objects("configmaps"), 60)


def case_cancelled_from_elsewhere(c):
    p = c.start(pipeline(SLOW, finally_=[("f", "echo last")]))
    read_until(p.stdout, "begin")
    c.from_elsewhere("cancel", "r")
    text = p.stdout.read()
    assert p.wait(60) == 1 and "[f : s] last" in text, text
    assert c.from_elsewhere("cancel", "r", code=1).returncode == 1


def case_killed_and_taken_up(c):
    p = c.start(pipeline(("a", "echo begin; sleep 5; echo end-a"), ("b", "echo in-b", {"runAfter": ["a"]})))
    read_until(p.stdout, "begin")
    p.kill()
    p.wait()
    done = c.call("run", "--resume=r", code=0)
    assert "end-a" in done.stdout and "in-b" in done.stdout, done.stdout
    assert len(c.objects("pods")) == 2, c.objects("pods")


def case_parts(c):
    run = lambda fail: pipeline(("a", "echo ran-a"), ("b", "echo ran-b; " + fail, {"runAfter": ["a"]}))
    c.run(run("false"), code=1)
    done = c.run(run("true"), "--rerun-failed")
    assert "ran-b" in done.stdout and "ran-a" not in done.stdout, done.stdout


def case_sidecar(c):
    run = pipeline(("a", "sleep 1; echo done"))
    run["spec"]["pipelineSpec"]["tasks"][0]["taskSpec"]["sidecars"] = [{"name": "s", "image": "busybox", "script": "#!/bin/sh\nsleep 1000"}]
    start = time.monotonic()
    assert "[a : s] done" in c.run(run).stdout and time.monotonic() - start < 60


def main(argv):
    host.TEKTONC = os.path.abspath(argv[0])
    cases = [(n, f) for n, f in globals().items() if n.startswith("case_") and (not argv[1:] or any(w in n for w in argv[1:]))]
    why = runs.cluster()
    if why:
        print("run-kube: %s\nrun-kube: 0 passed, 0 failed, %d skipped" % (why, len(cases)))
        return 0
    api = runs.Api()
    passed = failed = 0
    for name, case in cases:
        space = runs.Space(api)
        with tempfile.TemporaryDirectory(prefix="tektonc-kube-") as folder:
            c = Case(folder, space)
            try:
                case(c)
                passed += 1
            except Exception as e:  # one case must not end the others
                failed += 1
                print("FAIL %s: %s %s" % (name, type(e).__name__, e), flush=True)
            c.close()
        space.close()
    api.close()
    print("run-kube: %d passed, %d failed, 0 skipped" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
