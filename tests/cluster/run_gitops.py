#!/usr/bin/env python3
"""What becomes of runs whose output is committed and applied by somebody: run_gitops.py TEKTONC ROOT [CASE...]

On a real cluster: applied twice, changed while a run is going, pruned as kubectl, Argo CD and Flux do, schedules, other names
by kustomize. ROOT: the files of the runtime's image (`make runtime-root`). Argo CD and Flux themselves are not here: what
they document about pruning is played by Folder.sync()."""
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import runs

BUSYBOX = "docker.io/library/busybox"
AT_ONCE = int(os.environ.get("TEKTONC_RUNS_AT_ONCE", "4"))


def until(what, seconds=120, pause=0.3):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(pause)
    raise AssertionError("not within %d s" % seconds)


def same(got, want, what=""):
    assert got == want, "%s: %r, not %r" % (what, got, want)


def pipeline(name, script, finally_script=None, **more):
    spec = lambda text: {"steps": [{"name": "s", "image": BUSYBOX, "imagePullPolicy": "IfNotPresent", "script": "#!/bin/sh\n" + text}]}
    inner = {"tasks": [{"name": "a", "taskSpec": spec(script)}]}
    if finally_script:
        inner["finally"] = [{"name": "f", "taskSpec": spec(finally_script)}]
    return {"apiVersion": "tekton.dev/v1", "kind": "PipelineRun", "metadata": {"name": name}, "spec": dict({"pipelineSpec": inner}, **more)}


class Folder:
    """An output that changes, and the cluster that it is applied to."""

    def __init__(self, api):
        self.api, self.space = api, runs.Space(api)
        self.work = tempfile.mkdtemp(prefix="tektonc-gitops-")
        self.out = os.path.join(self.work, "out")
        self.inventory = []

    def compile(self, definition, *words):
        path = os.path.join(self.work, "in.json")
        with open(path, "w") as f:
            json.dump(definition, f)
        done = subprocess.run([runs.TEKTONC, path, "--profile=tekton", "-n", self.space.name, "--runtime-image=" + runs.IMAGE, *words, "-o", self.out],
                              capture_output=True, text=True)
        same(done.returncode, 0, done.stderr[-600:])

    def kubectl(self, *words, text=None, code=0):
        done = subprocess.run(["kubectl", "-n", self.space.name, *words], input=text, capture_output=True, text=True)
        if code is not None:
            same(done.returncode, code, done.stdout[-400:] + done.stderr[-800:])
        return done.stdout

    def apply(self, *words):
        return self.kubectl("apply", "-k", self.out, *words)

    def objects(self, folder=None):
        text = self.kubectl("create", "--dry-run=client", "-o", "json", "-k", folder or self.out)
        found, at, decoder = [], 0, json.JSONDecoder()
        while at < len(text.rstrip()):
            one, end = decoder.raw_decode(text, at)
            found += one["items"] if one["kind"] == "List" else [one]
            at = end + len(text[end:]) - len(text[end:].lstrip())
        return [(o["kind"], o["metadata"]["name"]) for o in found]

    def sync(self, tool, *words):
        """Apply, then remove what was applied before and is in the output no more, as that tool does."""
        self.apply(*words)
        now = self.objects()
        for kind, name in self.inventory:
            if (kind, name) in now or tool == "kubectl":
                continue
            text = self.kubectl("get", kind, name, "-o", "json", "--ignore-not-found")
            if not text:
                continue
            meta = json.loads(text)["metadata"]
            notes = meta.get("annotations") or {}
            if tool == "argocd" and "Prune=false" in notes.get("argocd.argoproj.io/sync-options", ""):
                continue
            if tool == "flux" and notes.get("kustomize.toolkit.fluxcd.io/prune") == "disabled":
                continue
            self.kubectl("delete", kind, name, "--wait=false")
        self.inventory = now

    def jobs(self):
        items = self.space.get("jobs").get("items") or []
        return sorted(items, key=lambda j: (j["metadata"]["creationTimestamp"], j["metadata"]["name"]))

    def job_name(self):
        with open(os.path.join(self.out, "job.yaml")) as f:
            return re.search(r"(?m)^  name: (\S+)$", f.read()).group(1)

    def outcome(self, name):
        job = self.space.get("jobs", name)
        for c in (job.get("status") or {}).get("conditions") or []:
            if c["status"] == "True" and c["type"] in ("Complete", "Failed"):
                return "Succeeded" if c["type"] == "Complete" else "Failed"
        return None

    def ends(self, name, want, seconds=150):
        try:
            same(until(lambda: self.outcome(name), seconds), want, name)
        except AssertionError as e:
            raise AssertionError("%s\n%s" % (e, self.kubectl("logs", "job/" + name, "--tail=8", code=None)))

    def pods(self, job):
        """The run's Pods, by task."""
        uid = self.space.get("jobs", job)["metadata"]["uid"]
        items = self.space.get("pods", "?labelSelector=tektonc.dev/run-uid%3D" + uid).get("items") or []
        return {p["metadata"]["labels"]["tekton.dev/pipelineTask"]: p for p in items}

    def running(self, job, task="a"):
        return until(lambda: (self.pods(job).get(task) or {"status": {}})["status"].get("phase") == "Running")

    def log(self, job, task="a"):
        return self.kubectl("logs", self.pods(job)[task]["metadata"]["name"])

    def plans(self):
        items = self.space.get("configmaps", "?labelSelector=app.kubernetes.io/name%3Dtektonc-plan").get("items") or []
        return sorted(c["metadata"]["name"] for c in items)

    def close(self):
        self.space.close()
        shutil.rmtree(self.work, ignore_errors=True)


# --- re-apply --------------------------------------------------------------------------------------------------------------

def versions(f):
    """What an apply could change, without what the controllers write."""
    text = f.kubectl("get", "configmap,serviceaccount,role,rolebinding,job,cronjob", "-l", "app.kubernetes.io/managed-by=tektonc", "-o", "json")
    return {(o["kind"], o["metadata"]["name"]): (o["metadata"]["uid"], o["metadata"].get("generation"), o.get("spec"), o.get("data"), o["metadata"].get("labels"))
            for o in json.loads(text)["items"]}


def twice(f, *words):
    f.compile(pipeline("twice", "echo once"))
    f.apply(*words)
    said = f.apply(*words)  # while it is going
    changed = [line for line in said.splitlines() if not line.endswith((" unchanged", " serverside-applied"))]
    same(changed, [], "changed by the second apply")
    f.ends(f.job_name(), "Succeeded")
    before = versions(f)
    said = f.apply(*words)
    changed = [line for line in said.splitlines() if not line.endswith((" unchanged", " serverside-applied"))]
    same(changed, [], "changed by an apply after the end")
    same(versions(f), before)
    same(len(f.jobs()), 1)
    same(f.log(f.job_name()), "once\n")


def applied_twice(f):
    twice(f)


def applied_twice_server_side(f):
    """The second one changes no resourceVersion: nothing is written."""
    f.compile(pipeline("quiet", "true"))
    f.apply("--server-side")
    f.ends(f.job_name(), "Succeeded")
    read = lambda: {(o["kind"], o["metadata"]["name"]): o["metadata"]["resourceVersion"]
                    for o in json.loads(f.kubectl("get", "configmap,serviceaccount,role,rolebinding,job", "-l", "app.kubernetes.io/managed-by=tektonc", "-o", "json"))["items"]}
    time.sleep(2)  # the last annotations are there
    before = read()
    f.apply("--server-side")
    same(read(), before)
    f.kubectl("diff", "--server-side", "-k", f.out)


def changed_once(f):
    """A comment starts nothing; a changed command exactly one run."""
    one = pipeline("changed", "echo one")
    f.compile(one)
    f.apply()
    first = f.job_name()
    f.ends(first, "Succeeded")
    one["metadata"]["annotations"] = {}
    f.compile(one)
    f.apply()
    same([j["metadata"]["name"] for j in f.jobs()], [first])
    f.compile(pipeline("changed", "echo two"))
    f.apply()
    second = f.job_name()
    assert second != first
    f.ends(second, "Succeeded")
    f.apply()
    same([j["metadata"]["name"] for j in f.jobs()], [first, second])
    same((f.log(first), f.log(second)), ("one\n", "two\n"))


def run_key(f):
    """The same plan again, by another key."""
    names = []
    for key in ("", "1", "2", "2"):
        f.compile(pipeline("again", "echo x"), *(["--run-key=" + key] if key else []))
        f.apply()
        names.append(f.job_name())
        f.ends(names[-1], "Succeeded")
    same(len(set(names)), 3)
    same(len(f.jobs()), 3)


def deleted(f):
    """Deleting the output removes all; applying it again runs again."""
    f.compile(pipeline("gone", "sleep 300"))
    f.apply()
    f.running(f.job_name())
    f.kubectl("delete", "-k", f.out)
    left = lambda: [n for kind in ("jobs", "pods") for n in (f.space.get(kind).get("items") or [])] + [
        c for c in f.space.get("configmaps")["items"] if c["metadata"]["name"].startswith(("gone", "tektonc"))]
    until(lambda: not left())
    f.compile(pipeline("gone", "true"))
    f.apply()
    f.ends(f.job_name(), "Succeeded")
    f.kubectl("delete", "job", f.job_name())
    f.apply()
    f.ends(f.job_name(), "Succeeded")


# --- changes while a run is going ----------------------------------------------------------------------------------------------

def pruned_without(f):
    """Without --on-change a tool that prunes ends the old run: the new one is alone."""
    f.compile(pipeline("bare", "sleep 300"))
    f.sync("argocd")
    first = f.job_name()
    f.running(first)
    f.compile(pipeline("bare", "true"))
    f.sync("argocd")
    f.ends(f.job_name(), "Succeeded")
    until(lambda: [j["metadata"]["name"] for j in f.jobs()] == [f.job_name()])


def finish(f, tool):
    """The old run ends by itself, though its controller is killed after the change; then it and its plan go."""
    names = []
    flags = ["--on-change=finish", "--keep=1"]
    f.compile(pipeline("finish", "sleep 12; echo one", "echo last"), *flags)
    f.sync(tool)
    names.append(f.job_name())
    f.running(names[0])
    f.compile(pipeline("finish", "echo two"), *flags)
    f.sync(tool)
    names.append(f.job_name())
    f.kubectl("delete", "pod", "-l", "batch.kubernetes.io/job-name=" + names[0], "--grace-period=0", "--force")
    f.ends(names[1], "Succeeded")
    f.ends(names[0], "Succeeded")
    same((f.log(names[0]), f.log(names[0], "f"), f.log(names[1])), ("one\n", "last\n", "two\n"))
    same(len(f.jobs()), 2)
    f.compile(pipeline("finish", "echo three"), *flags)
    f.sync(tool)
    names.append(f.job_name())
    f.ends(names[2], "Succeeded")
    until(lambda: [j["metadata"]["name"] for j in f.jobs()] == [names[2]])
    until(lambda: f.plans() == [names[2] + "-0"])
    until(lambda: not [c for c in f.space.get("configmaps")["items"] if c["metadata"]["name"].startswith((names[0], names[1]))])


def finish_argocd(f):
    finish(f, "argocd")


def finish_flux(f):
    finish(f, "flux")


def cancel(f, tool):
    """The old run is cancelled, its finally tasks run; exactly one new run."""
    flags = ["--on-change=cancel"]
    f.compile(pipeline("cancel", "sleep 300", "echo tidied"), *flags)
    f.sync(tool)
    first = f.job_name()
    f.running(first)
    f.compile(pipeline("cancel", "echo two"), *flags)
    f.sync(tool)
    second = f.job_name()
    f.ends(second, "Succeeded")
    f.ends(first, "Failed")
    same(f.log(first, "f"), "tidied\n")
    same(f.space.get("jobs", first)["metadata"]["annotations"]["tektonc.dev/reason"], "Cancelled")
    same([j["metadata"]["name"] for j in f.jobs()], [first, second])


def cancel_kubectl(f):
    cancel(f, "kubectl")


def cancel_argocd(f):
    cancel(f, "argocd")


def kept_only_so_many(f):
    flags = ["--on-change=finish", "--keep=2"]
    names = []
    for i in range(4):
        f.compile(pipeline("keep", "echo %d" % i), *flags)
        f.apply()
        names.append(f.job_name())
        f.ends(names[-1], "Succeeded")
        time.sleep(1.1)  # the order of Jobs of one second is that of their names
    until(lambda: [j["metadata"]["name"] for j in f.jobs()] == names[2:])
    until(lambda: f.plans() == sorted(n + "-0" for n in names[2:]))


# --- schedules -------------------------------------------------------------------------------------------------------------------

CLAIM = {"workspaces": [{"name": "w", "volumeClaimTemplate": {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}}}}]}


def scheduled(name, script):
    run = pipeline(name, script, **CLAIM)
    run["spec"]["pipelineSpec"]["workspaces"] = [{"name": "w"}]
    task = run["spec"]["pipelineSpec"]["tasks"][0]
    task["workspaces"] = [{"name": "w"}]
    task["taskSpec"]["workspaces"] = [{"name": "w"}]
    return run


def fires_twice(f):
    """Every minute a run with its own name, claims and record; with --keep=1 the older goes with all that is its."""
    run = scheduled("minutely", "echo $(context.pipelineRun.name); test ! -e /workspace/w/x && touch /workspace/w/x")
    run["metadata"]["annotations"] = {"tektonc.dev/schedule": "* * * * *"}
    f.compile(run, "--keep=1", "--time-zone=Europe/Rome")
    f.apply()
    first = until(lambda: f.jobs(), 100)[0]["metadata"]["name"]
    f.ends(first, "Succeeded", 55)
    same(f.log(first), first + "\n", "the run's name")
    claims = lambda: sorted(c["metadata"]["name"] for c in f.space.get("persistentvolumeclaims")["items"])
    old_claims = claims()
    same(len(old_claims), 1)
    second = until(lambda: [j["metadata"]["name"] for j in f.jobs() if j["metadata"]["name"] != first], 100)[0]
    f.ends(second, "Succeeded", 55)
    same(f.log(second), second + "\n")
    until(lambda: [j["metadata"]["name"] for j in f.jobs()] == [second], 60)
    until(lambda: claims() and not set(claims()) & set(old_claims), 60)
    until(lambda: not [c for c in f.space.get("configmaps")["items"] if c["metadata"]["name"].startswith(first)], 60)
    f.kubectl("patch", "cronjob", "minutely", "--type=merge", "-p", '{"spec":{"suspend":true}}')
    same(f.plans(), [n for n in f.plans() if n.startswith("minutely-")])
    owners = f.space.get("configmaps", f.plans()[0])["metadata"]["ownerReferences"]
    same([(o["kind"], o["name"]) for o in owners], [("CronJob", "minutely")])


def by_hand(f):
    """A suspended schedule: the same plan as often as one likes; with the CronJob all goes."""
    f.compile(scheduled("by-hand", "echo $(context.pipelineRun.name)"), "--schedule=0 0 1 1 *", "--suspend")
    f.apply()
    for name in ("first", "a-name-that-is-as-long-as-the-name-of-a-job-may-be-in-kubernetes"[:63].rstrip("-")):
        f.kubectl("create", "job", name, "--from=cronjob/by-hand")
        f.ends(name, "Succeeded")
        same(f.log(name), name + "\n")
    said = f.apply()
    same([line for line in said.splitlines() if not line.endswith(" unchanged")], [], "changed by an apply")
    f.kubectl("delete", "cronjob", "by-hand")
    until(lambda: not f.jobs() and not f.plans() and not f.space.get("persistentvolumeclaims")["items"])


def schedule_changes(f, tool):
    """A change while a scheduled run is going: it goes on with its own plan, also when its controller is killed; the old plan
    goes when nobody needs it."""
    flags = ["--schedule=0 0 1 1 *", "--suspend", "--keep=1"]
    f.compile(pipeline("changing", "sleep 12; echo one"), *flags)
    f.sync(tool)
    old = f.plans()
    f.kubectl("create", "job", "one", "--from=cronjob/changing")
    f.running("one")
    f.compile(pipeline("changing", "echo two"), *flags)
    f.sync(tool)
    same(len(f.plans()), 2, "plans")
    f.kubectl("delete", "pod", "-l", "batch.kubernetes.io/job-name=one", "--grace-period=0", "--force")
    f.ends("one", "Succeeded")
    same(f.log("one"), "one\n")
    for name in ("two", "three"):
        f.kubectl("create", "job", name, "--from=cronjob/changing")
        f.ends(name, "Succeeded")
        same(f.log(name), "two\n")
        until(lambda: [j["metadata"]["name"] for j in f.jobs()] == [name])
    until(lambda: len(f.plans()) == 1 and f.plans() != old)


def schedule_changes_argocd(f):
    schedule_changes(f, "argocd")


def schedule_changes_flux(f):
    schedule_changes(f, "flux")


# --- kustomize, other layouts -------------------------------------------------------------------------------------------------------

OVERLAY = """\
resources: [out]
namePrefix: dev-
labels:
- pairs: {app.kubernetes.io/instance: an-application, argocd.argoproj.io/instance: an-application, team: shop}
  includeTemplates: true
patches:
- target: {kind: Job}
  patch: |
    - {op: add, path: /spec/template/spec/tolerations, value: [{key: build, operator: Exists}]}
"""


def overlay(f):
    """Other names, labels and a patch by kustomize: the run works, and the run's Pods carry none of the labels."""
    f.compile(pipeline("over", "echo $(context.pipelineRun.name)"), "--on-change=finish")
    with open(os.path.join(f.work, "kustomization.yaml"), "w") as k:
        k.write(OVERLAY)
    f.kubectl("apply", "-k", f.work)
    name = "dev-" + f.job_name()
    f.ends(name, "Succeeded")
    same(f.log(name), name + "\n")
    job = f.space.get("jobs", name)
    same((job["metadata"]["labels"]["team"], job["spec"]["template"]["metadata"]["labels"]["team"]), ("shop", "shop"))
    for pod in f.pods(name).values():
        labels = pod["metadata"]["labels"]
        same([k for k in labels if k == "team" or k.startswith(("argocd", "app.kubernetes.io/instance"))], [], "leaked")
    said = f.kubectl("apply", "-k", f.work)
    same([line for line in said.splitlines() if not line.endswith(" unchanged")], [])


def plain(f):
    """--layout=plain by apply -f, and -o - by a pipe; of both the same names as by kustomize."""
    f.compile(pipeline("plain", "echo x"))
    want = sorted(f.objects())
    shutil.rmtree(f.out)
    f.compile(pipeline("plain", "echo x"), "--layout=plain")
    f.kubectl("apply", "-f", f.out)
    f.ends(f.job_name(), "Succeeded")
    text = f.kubectl("get", "-f", f.out, "-o", "json")
    same(sorted((o["kind"], o["metadata"]["name"]) for o in json.loads(text)["items"]), want)
    said = f.kubectl("apply", "-f", f.out)
    same([line for line in said.splitlines() if not line.endswith(" unchanged")], [])
    path = os.path.join(f.work, "in.json")
    stream = subprocess.run([runs.TEKTONC, path, "--profile=tekton", "-n", f.space.name, "--runtime-image=" + runs.IMAGE, "--layout=plain", "-o", "-"],
                            capture_output=True, text=True, check=True).stdout
    said = f.kubectl("apply", "-f", "-", text=stream)
    same([line for line in said.splitlines() if not line.endswith(" unchanged")], [])


CASES = [fires_twice, applied_twice, applied_twice_server_side, changed_once, run_key, deleted, pruned_without, finish_argocd, finish_flux,
         cancel_kubectl, cancel_argocd, kept_only_so_many, by_hand, schedule_changes_argocd, schedule_changes_flux, overlay, plain]


def one(case):
    start = time.monotonic()
    try:
        f = Folder(runs.Api())
        try:
            case(f)
        finally:
            f.close()
            f.api.close()
        return case.__name__, None, time.monotonic() - start
    except (AssertionError, RuntimeError, KeyError, IndexError, OSError, AttributeError, subprocess.SubprocessError) as e:
        return case.__name__, "%s: %s" % (type(e).__name__, e), time.monotonic() - start


def main(argv):
    why = runs.setup(argv[0], argv[1])
    if why:
        print("cluster-gitops: %s: skipped" % why)
        print("cluster-gitops: 0 passed, 0 failed, %d skipped" % len(CASES))
        return 0
    chosen = [c for c in CASES if not argv[2:] or c.__name__ in argv[2:]]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for done in concurrent.futures.as_completed([pool.submit(one, c) for c in chosen]):
            name, problem, seconds = done.result()
            failed += problem is not None
            print("%s %-28s %5.1f s%s" % ("FAIL" if problem else "ok  ", name, seconds, ": " + problem if problem else ""), flush=True)
    print("cluster-gitops: %d passed, %d failed, 0 skipped" % (len(chosen) - failed, failed))
    return failed > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
