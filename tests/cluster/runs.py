"""What the tests of real runs share: a cluster, the runtime's image in it, and one run from tektonc to its end.

The image comes from $TEKTONC_RUNTIME_IMAGE (any cluster that can pull it); else it is made of the build and put into the
containerd of ../shared/cluster."""
import concurrent.futures
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from dry_run import ALPHA, CORPUS, SHARED, TOP, Api, cluster  # noqa: E402,F401

TEKTONC = CONTROLLER_ROOT = None
IMAGE = os.environ.get("TEKTONC_RUNTIME_IMAGE")


def setup(tektonc, root):
    """Why there is nothing to test with, or None."""
    global TEKTONC, IMAGE
    TEKTONC = os.path.abspath(tektonc)
    why = cluster()
    if why or IMAGE:
        return why
    home = os.environ.get("MINICLUSTER_DIR") or os.path.expanduser("~/.cache/minicluster")
    socket = os.path.join(home, "run", "containerd.sock")
    if not os.path.exists(socket):
        return "no $TEKTONC_RUNTIME_IMAGE, and no containerd of ../shared/cluster"
    IMAGE = "docker.io/tektonc/runtime:test-%d" % os.getpid()
    with tempfile.NamedTemporaryFile(suffix=".tar") as tar:
        subprocess.run([os.path.join(TOP, "scripts", "oci-image.py"), root, tar.name, IMAGE], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["ctr", "--address", socket, "-n", "k8s.io", "images", "import", tar.name], check=True, stdout=subprocess.DEVNULL)
    return None


MERGE = "application/merge-patch+json"
LONG = int(os.environ.get("TEKTONC_LONG", "300"))  # seconds: a limit for what takes some, on a machine that has much else to do
AT_ONCE = int(os.environ.get("TEKTONC_RUNS_AT_ONCE", "6"))  # a run waits most of its time
local = threading.local()


def api():
    """One connection for each thread."""
    if not hasattr(local, "api"):
        local.api = Api()
    return local.api


def side_by_side(jobs):
    """What they return, as they end."""
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for done in concurrent.futures.as_completed([pool.submit(job) for job in jobs]):
            yield done.result()


def start(space, definition, *words):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
        json.dump(definition, f)
        f.flush()
        return Run(space, f.name, *words)


def image_words():
    """--image-entrypoints: what the local images run by themselves."""
    words = {}
    listed = os.path.join(SHARED, "cluster", "images.txt")
    with open(listed) if os.path.exists(listed) else open(os.devnull) as f:
        for line in f:
            parts = line.split("#")[0].split()
            for name in parts[3:]:
                chosen = (parts[1] if parts[1] != "-" else parts[2]).split(",")
                words[name] = chosen
                words[re.sub(":latest$", "", name)] = chosen
    return words


class Space:
    """A namespace of its own, gone at the end."""
    count = 0

    def __init__(self, api, labels=None):
        Space.count += 1
        self.api, self.name = api, "tektonc-run-%d-%d" % (os.getpid(), Space.count)
        api.call("POST", "/api/v1/namespaces", {"metadata": {"name": self.name, "labels": labels or {}}})
        while api.call("GET", "/api/v1/namespaces/%s/serviceaccounts/default" % self.name)[0] != 200:
            time.sleep(0.05)

    def get(self, kind, name=""):
        base = "/apis/batch/v1" if kind == "jobs" else "/api/v1"
        return self.api.call("GET", "%s/namespaces/%s/%s%s" % (base, self.name, kind, "/" + name if name and name[0] != "?" else name))[1]

    def patch(self, kind, name, patch):
        base = "/apis/batch/v1" if kind == "jobs" else "/api/v1"
        self.api.http.request("PATCH", "%s/namespaces/%s/%s/%s" % (base, self.name, kind, name), json.dumps(patch),
                              {"Content-Type": "application/merge-patch+json"})
        answer = self.api.http.getresponse()
        answer.read()
        return answer.status

    def delete(self, kind, name, options=None):
        base = "/apis/batch/v1" if kind == "jobs" else "/api/v1"
        return self.api.call("DELETE", "%s/namespaces/%s/%s/%s" % (base, self.name, kind, name), options)[0]

    def apply(self, *words, text=None):
        done = subprocess.run(["kubectl", "-n", self.name, "apply", *words], input=text, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            raise RuntimeError("apply: " + done.stdout[-600:])

    def close(self):
        self.api.call("DELETE", "/api/v1/namespaces/" + self.name, {"propagationPolicy": "Background"})


class Run:
    """One compiled and applied input."""

    def __init__(self, space, path, *words, cwd=None):
        self.space, self.out = space, tempfile.mkdtemp(prefix="tektonc-run-")
        entrypoints = os.path.join(self.out, "words.json")
        with open(entrypoints, "w") as f:
            json.dump(image_words(), f)
        done = subprocess.run([TEKTONC, path, *words, "-n", space.name, "--profile=tekton", "--runtime-image=" + IMAGE,
                               "--image-entrypoints=" + entrypoints, "-o", os.path.join(self.out, "out")],
                              cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            raise RuntimeError("tektonc: " + done.stdout[-600:])
        self.apply()
        jobs = glob.glob(os.path.join(self.out, "out", "job.yaml")) + glob.glob(os.path.join(self.out, "out", "*", "job.yaml"))
        if not jobs:
            raise RuntimeError("no Job was written")
        self.jobs = []
        for path in sorted(jobs):
            with open(path) as f:
                self.jobs.append(re.search(r"(?m)^  name: (\S+)$", f.read()).group(1))
        self.job = self.jobs[0]

    def apply(self):
        self.space.apply("-k", os.path.join(self.out, "out"))

    def state(self, name=None):
        """(ended, outcome, Job)"""
        job = self.space.get("jobs", name or self.job)
        for c in (job.get("status") or {}).get("conditions") or []:
            if c["status"] == "True" and c["type"] in ("Complete", "Failed"):
                return True, "Succeeded" if c["type"] == "Complete" else "Failed", job
        return False, None, job

    def wait(self, seconds=LONG):
        """How it ended; of several runs the first that did not succeed."""
        end, left = time.monotonic() + seconds, list(self.jobs)
        while time.monotonic() < end:
            ended, outcome, self.last = self.state(left[0])
            if ended and (outcome != "Succeeded" or len(left) == 1):
                return outcome
            if ended:
                left.pop(0)
            time.sleep(0.2)
        return "nothing after %d s" % seconds

    def pods(self):
        """The tasks' Pods by name."""
        items = self.space.get("pods", "?labelSelector=tektonc.dev/run-uid").get("items") or []
        return {p["metadata"]["name"]: p for p in items}

    def controllers(self):
        return self.space.get("pods", "?labelSelector=batch.kubernetes.io/job-name%3D" + self.job).get("items") or []

    def record(self):
        """All lines of the record."""
        found = {}
        for c in self.space.get("configmaps").get("items") or []:
            m = re.fullmatch(re.escape(self.job) + r"-record-(\d+)", c["metadata"]["name"])
            if m:
                found[int(m.group(1))] = c["data"]
        return [json.loads(line) for n in sorted(found) for key in sorted(found[n]) if key != "sealed" for line in found[n][key].splitlines()]

    def story(self):
        """For whoever reads why it failed."""
        lines = []
        for p in self.controllers():
            log = subprocess.run(["kubectl", "-n", self.space.name, "logs", p["metadata"]["name"]], stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True).stdout
            lines += ["  controller: " + line for line in log.splitlines()[-6:]]
        for name, p in self.pods().items():
            if p["status"].get("phase") in ("Succeeded",):
                continue
            lines.append("  Pod %s: %s" % (name, p["status"].get("phase")))
            for s in (p["status"].get("containerStatuses") or []):
                now = s["state"].get("terminated") or s["state"].get("waiting") or {}
                lines.append("    %s: %s %s %s" % (s["name"], now.get("exitCode", ""), now.get("reason", ""), (now.get("message") or "")[:200]))
        return "\n".join(lines)

    def close(self):
        shutil.rmtree(self.out, ignore_errors=True)
