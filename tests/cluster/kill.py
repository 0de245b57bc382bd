#!/usr/bin/env python3
"""Controllers that are killed on a real cluster: kill.py TEKTONC ROOT [--short] [NAME...]

The Job is suspended, and its controller runs here, restarted at once when it was killed: in the cluster the Job controller
would wait 10 s, 20 s, 40 s, … All else is real. Each attempt of each task writes one line on a shared volume: after all
the kills every line must be there exactly once. Series:
  writes   after every single request that changes the run (record, Pods, claims) is carried out, before it is answered
  next     before the request that follows it
  telling  after requests that only tell people (Events, status, the Job's annotations), and at each request of the start
  random   at random moments
For each kill it prints the request before or after which it came, and in brackets the latest entry of the run's record.
--short: `writes` only, with a smaller run."""
import collections
import json
import os
import random
import re
import subprocess
import sys
import threading
import time

import runs
from proxy import Proxy
from run_cases import BUSYBOX, big_run, log_of, marking, pipeline, same

RANDOM_RUNS, RANDOM_KILLS, LONGEST, MOST = 5, 10, 900, 500
WORKSPACE = [{"name": "w", "volumeClaimTemplate": {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}}}}]


def twenty_tasks(name):
    """(definition, the lines that it writes): 20 tasks with retries, sidecars, a task that is skipped, finally."""
    def side(name, after):
        t = marking(name, after)
        t["taskSpec"]["sidecars"] = [{"name": "s", "image": BUSYBOX, "imagePullPolicy": "IfNotPresent",
                                      "script": "#!/bin/sh\ntrap 'exit 0' TERM; while :; do sleep 0.2; done"}]
        return t
    tasks = [marking("t0"), *[marking("m%d" % i, ["t0"]) for i in range(6)], side("s0", ["t0"]), side("s1", ["s0"]),
             marking("r0", ["t0"], retries=2, then='test "$(context.task.retry-count)" = 2'),
             marking("r1", ["m0"], retries=1, then='test "$(context.task.retry-count)" = 1'),
             marking("c0", ["m0", "m1"]), marking("c1", ["c0"]), marking("c2", ["c1", "r0"]), marking("c3", ["c2", "s1"]),
             marking("no", ["t0"], when=[{"input": "a", "operator": "in", "values": ["b"]}]),
             marking("b0", ["m2"]), marking("b1", ["m3"])]
    out = pipeline(name, tasks, [marking("f0"), marking("f1")], workspaces=WORKSPACE)
    out["spec"]["pipelineSpec"]["workspaces"] = [{"name": "w"}]
    lines = ["%s 0" % t["name"] for t in tasks + out["spec"]["pipelineSpec"]["finally"] if t["name"] != "no"] + ["r0 1", "r0 2", "r1 1"]
    return out, sorted(lines)


def small(name):
    from run_cases import BIG
    return big_run(name), BIG


def folder_of(run):
    """The plan's folder as the Job mounts it."""
    folder = os.path.join(run.out, "plan")
    os.mkdir(folder)
    for top, _, files in os.walk(os.path.join(run.out, "out")):
        for f in files:
            path = os.path.relpath(os.path.join(top, f), os.path.join(run.out, "out"))
            if path.startswith(("plan", "pods")):
                os.link(os.path.join(top, f), os.path.join(folder, path.replace("/", "_")))
    return folder


class Lives:
    """Starts the controller again and again, until it ends by itself."""

    def __init__(self, run, root, choose):
        self.run, self.root, self.choose = run, root, choose
        self.lock = threading.Lock()
        self.process, self.count, self.changed, self.hits, self.killed = None, {}, 0, [], False
        self.latest, self.phase = "nothing", "nothing"  # the latest request; the latest entry of the record
        self.ready = threading.Event()
        self.api = runs.Api()
        self.proxy = Proxy(self.api.port, self.gate)
        self.config = os.path.join(run.out, "kubeconfig")
        with open(self.config, "w") as f:
            json.dump({"current-context": "x", "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
                       "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:%d" % self.proxy.server_port}}],
                       "users": [{"name": "u", "user": {}}]}, f)
        self.folder = folder_of(run)
        self.uid = run.state()[2]["metadata"]["uid"]

    def gate(self, method, path, body, status):
        when, what = "after" if status else "before", kind_of(method, path, body)
        self.ready.wait()
        with self.lock:
            if self.killed:
                return True
            self.count[when, what] = self.count.get((when, what), 0) + 1
            self.latest = "%s %s" % (when, what)
            if what == "POST record" or what == "PATCH record":
                self.phase = json.loads([v for k, v in json.loads(body)["data"].items() if k != "sealed"][0].splitlines()[-1])["e"]
            if what in CHANGES and 200 <= status < 300:
                self.changed += 1
            elif what in CHANGES and status:
                return False  # nothing happened: to be killed there would be no progress
            if len(self.hits) >= MOST or not self.choose(self, when, what):
                return False
            self.kill("%s %s" % (when, what))
            return True

    def kill(self, hit):
        """With the lock held."""
        self.process.kill()
        self.killed = True
        self.hits.append("%s [%s]" % (hit, self.phase))

    def live(self):
        """Its exit code."""
        log = os.path.join(self.run.out, "log")
        with open(log, "a") as f, self.lock:
            self.count, self.changed, self.killed = {}, 0, False
            self.ready.clear()
            self.process = subprocess.Popen(
                [os.path.join(self.root, "tektonc/controller"), "--plan=" + self.folder, "--kubeconfig=" + self.config, "--runtime-image=" + runs.IMAGE,
                 "--entrypoint=" + os.path.join(self.root, "tektonc/entrypoint")], stderr=f,
                env=dict(os.environ, TEKTONC_RUN_NAME=self.run.job, TEKTONC_RUN_UID=self.uid, TEKTONC_NAMESPACE=self.run.space.name))
            self.ready.set()
        return self.process.wait()

    def all(self):
        end = time.monotonic() + LONGEST
        while time.monotonic() < end:
            code = self.live()
            if code in (0, 10):
                return code
            if not self.killed:
                time.sleep(0.5)
        return None

    def close(self):
        self.ready.set()
        self.proxy.stop()
        self.api.close()


def kind_of(method, path, body):
    """What a request is about, in two words."""
    path, query = (path.split("?") + [""])[:2]
    name = path.split("/")[-1]
    if method == "POST" and name == "configmaps":
        name = json.loads(body)["metadata"]["name"]
    found = [kind for part, kind in (("-record-", "record"), ("tektonc-entrypoint", "entrypoint"), ("-status", "status")) if part in name]
    kind = found[0] if "/configmaps" in path and found else re.search("/(pods|jobs|events|configmaps|persistentvolumeclaims)", path).group(1)
    if method == "GET":
        method = "WATCH" if "watch=1" in query else "GET" if "/configmaps" in path or name not in ("pods", "jobs") else "LIST"
    return method + " " + kind


CHANGES = {"POST entrypoint", "POST record", "PATCH record", "POST pods", "PATCH pods", "DELETE pods", "POST persistentvolumeclaims"}
TELLS = {"POST events", "PATCH jobs", "PATCH status", "POST status"}


def writes(lives, when, what):
    return when == "after" and what in CHANGES


def next_(lives, when, what):
    return when == "before" and what in CHANGES and lives.changed > 0


def telling(lives, when, what):
    """Life n of the first lives ends at request n of the start; the others at every second one that tells."""
    n = len(lives.hits)
    if n < 24:
        return when == ("before", "after")[n % 2] and sum(x for (w, _), x in lives.count.items() if w == when) == n // 2 + 1
    return when == "after" and what in TELLS and sum(x for (w, k), x in lives.count.items() if w == when and k in TELLS) == 2 and n < 120


def never(lives, when, what):
    return False


def at_random(lives, chance, kills):
    """In a thread beside it."""
    for _ in range(kills):
        time.sleep(chance.uniform(0.05, 2.5))
        with lives.lock:
            if lives.process.poll() is None and not lives.killed:
                lives.kill("at random, %s" % lives.latest)


def one(name, make, choose, root, kills=0, seed=0):
    """(name, problem or None, hits, seconds)"""
    begin, api = time.monotonic(), runs.Api()
    space, run, lives, problem = runs.Space(api), None, None, None
    try:
        definition, lines = make("killed")
        definition["spec"]["status"] = "PipelineRunPending"
        run = runs.start(space, definition)
        lives = Lives(run, root, choose)
        if kills:
            threading.Thread(target=at_random, args=(lives, random.Random(seed), kills), daemon=True).start()
        same(lives.all(), 0, "exit code")
        done = [e for e in run.record() if e["e"] == "done" and not e["run"]]
        same([e["status"] for e in done], ["True"], "outcome")
        same(sorted(log_of(run)), sorted(lines), "what ran")
    except (AssertionError, RuntimeError, KeyError, OSError) as e:
        problem = "%s: %s" % (type(e).__name__, e)
        if run:
            with open(os.path.join(run.out, "log")) as f:
                problem += "\n" + f.read()[-1500:] + "\n" + run.story()
    hits = lives.hits if lives else []
    if lives:
        lives.close()
    if run:
        run.close()
    space.close()
    api.close()
    return name, problem, hits, time.monotonic() - begin


def main(argv):
    short = "--short" in argv
    tektonc, root, *names = [a for a in argv if a != "--short"]
    seed = random.randrange(1 << 30)
    series = [("writes", small, writes, 0)] if short else [
        ("writes", twenty_tasks, writes, 0), ("next", twenty_tasks, next_, 0), ("telling", twenty_tasks, telling, 0),
        *[("random-%d" % i, twenty_tasks, never, RANDOM_KILLS) for i in range(RANDOM_RUNS)]]
    series = [s for s in series if not names or s[0] in names]
    why = runs.setup(tektonc, root)
    if why:
        print("cluster-kill: %s: skipped" % why)
        print("cluster-kill: 0 passed, 0 failed, %d skipped" % len(series))
        return 0
    passed = failed = 0
    every = 0
    for name, problem, hits, took in runs.side_by_side([lambda s=s, i=i: one(s[0], s[1], s[2], os.path.abspath(root), s[3], seed + i)
                                                        for i, s in enumerate(series)]):
        every += len(hits)
        passed, failed = passed + (not problem), failed + bool(problem)
        print("%s %-10s %5.1f s, killed %d times: %s" % ("FAIL" if problem else "ok  ", name, took, len(hits), ", ".join(
            "%s%s" % (x[0], " × %d" % x[1] if x[1] > 1 else "") for x in collections.Counter(hits).most_common())), flush=True)
        if problem:
            print("  seed %d\n  %s" % (seed, problem))
        elif not hits:
            failed, passed = failed + 1, passed - 1
            print("FAIL %s: never killed" % name)
    print("controllers were killed %d times" % every)
    print("cluster-kill: %d passed, %d failed, 0 skipped" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
