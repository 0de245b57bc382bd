#!/usr/bin/env python3
"""Asks a real API server whether it would take what tektonc writes: dry_run.py [-v] [-k] TEKTONC [FILE...]

Every file of the corpus with something to run that tektonc compiles, and the examples of this project; of each
  - every object is created in a server-side dry run with strict field validation: Pods with samples in their holes, the
    Job, its RBAC, the ConfigMaps, objects of the input;
  - the Job's own Pod is also tried where Pod Security is `restricted`;
  - with -k `kubectl kustomize` must take the folder.
FILE...: these instead. The server is that of $KUBECONFIG; without one: a counted skip. What the server would need beside the object (a namespace, service accounts,
priority classes) is made for real in namespaces of this test, which go at the end."""
import atexit
import concurrent.futures
import ctypes
import glob
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHARED = os.environ.get("TEKTONC_SHARED") or os.path.join(os.path.dirname(TOP), "shared")
CORPUS = os.path.join(SHARED, "corpus")
FOLDERS = ("examples", "catalog", "tekton-reconciler-cases", "traps")
UID = "00000000-0000-4000-8000-000000000001"
FLAGS = ["--name-suffix=run", "--run-uid=" + UID, "--image-entrypoint", "*=/image-entrypoint,image-cmd",
         "--runtime-image=registry.example/tektonc:1"]
ALPHA = ["--tekton-api=alpha"] + [w for name in ("enable-cel-in-whenexpression", "enable-param-enum", "enable-artifacts",
                                                 "enable-concise-resolver-syntax") for w in ("--feature", name + "=true")]
# The examples as each kind of Job that there is.
STARTS = [[], ["--schedule=@daily", "--time-zone=Europe/Rome", "--suspend"], ["--argocd-hook=PreSync", "--argocd-wave=-1", "--on-change=cancel", "--run-key=2"]]
SPACE = "tektonc-dry-run-%d" % os.getpid()
STRICT = SPACE + "-restricted"
# What the corpus's inputs themselves get wrong for any API server, seen in what they pass through or ask of a Pod.
KNOWN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "refused.txt")


def tally(passed, failed, skipped):
    print("cluster-dry-run: %d passed, %d failed, %d skipped" % (passed, failed, skipped), flush=True)
    return 1 if failed else 0


def cluster():
    """Why there is none to ask, or None (with-cluster.sh has looked)."""
    if os.environ.get("TEKTONC_NO_CLUSTER"):
        return os.environ["TEKTONC_NO_CLUSTER"]
    if os.environ.get("KUBECONFIG") and shutil.which("kubectl"):
        return None
    return "no $KUBECONFIG, or no kubectl: run this by tests/cluster/with-cluster.sh run"


# --- the API server, through `kubectl proxy`, so that any kubeconfig will do ----------------------------------------

def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: with the thread that made it


class Api:
    def __init__(self):
        # It must not outlive us, whatever ends us, nor keep what we write to open.
        self.proxy = subprocess.Popen(["kubectl", "proxy", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, preexec_fn=die_with_parent)
        atexit.register(self.close)
        self.port = int(re.search(rb":(\d+)", self.proxy.stdout.readline()).group(1))
        self.http = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        self.paths = {}

    def call(self, method, path, body=None, kind="application/json"):
        self.http.request(method, path, None if body is None else json.dumps(body), {"Content-Type": kind})
        answer = self.http.getresponse()
        text = answer.read()
        try:
            return answer.status, json.loads(text)
        except ValueError:
            return answer.status, {"message": text.decode(errors="replace").strip()}

    def resource(self, version, kind):
        """(path, plural, namespaced), or None for a kind that the server does not have."""
        base = "/api/" + version if "/" not in version else "/apis/" + version
        if base not in self.paths:
            status, found = self.call("GET", base)
            self.paths[base] = {r["kind"]: (base, r["name"], r["namespaced"]) for r in found.get("resources") or []
                                if "/" not in r["name"]}
        return self.paths[base].get(kind)

    def create(self, o, space, dry=True):
        """None, or why it is refused."""
        found = self.resource(o.get("apiVersion", ""), o.get("kind", ""))
        if not found:
            return "no kind %s in %s" % (o.get("kind"), o.get("apiVersion"))
        base, plural, namespaced = found
        if namespaced:
            o = dict(o, metadata=dict(o["metadata"], namespace=space))
            base += "/namespaces/" + space
        status, answer = self.call("POST", base + "/" + plural + "?fieldValidation=Strict" + ("&dryRun=All" if dry else ""), o)
        if status in (200, 201, 202) or (status == 409 and answer.get("reason") == "AlreadyExists"):
            return None
        return answer.get("message") or "status %d" % status

    def close(self):
        atexit.unregister(self.close)
        self.proxy.kill()
        self.proxy.wait()
        self.proxy.stdout.close()


# --- one compilation --------------------------------------------------------------------------------------------------

def samples(node, into):
    """A value for every reference in a plan."""
    if isinstance(node, list):
        for x in node:
            samples(x, into)
    if not isinstance(node, dict):
        return
    ref = node.get("ref")
    if isinstance(ref, str):
        if node.get("type") == "array":
            into.setdefault(ref, ["sample-a", "sample-b"])
        elif node.get("type") == "object":
            into.setdefault(ref, {})
        else:
            into.setdefault(ref, "sample")
    of = node.get("key")
    if isinstance(of, dict) and isinstance(of.get("ref"), str):
        samples(of, into)
        into[of["ref"]][node["name"]] = "sample"
    of = node.get("index")
    if isinstance(of, dict) and isinstance(of.get("ref"), str):
        into[of["ref"]] = ["sample-%d" % i for i in range(max(node["at"] + 1, len(into.get(of["ref"], []))))]
    for value in node.values():
        samples(value, into)


def documents(text):
    return [json.loads(line) for line in text.splitlines() if line]


def compiled(job):
    """(name, objects, problems) of one file."""
    tektonc, name, words, kustomize = job
    problems, objects = [], []
    with tempfile.TemporaryDirectory() as work:
        out = os.path.join(work, "out")
        args = words[:-1] + FLAGS
        done = subprocess.run([tektonc, os.path.basename(words[-1])] + args + ["--json", "-o", "-"], cwd=os.path.dirname(words[-1]),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode == 1:
            return name, None, []  # whether that is right is the business of test-corpus
        if done.returncode:
            return name, [], ["tektonc ends with %d: %s" % (done.returncode, done.stderr.decode(errors="replace")[:300])]
        written = documents(done.stdout.decode())
        values = {}
        for d in written:
            if d.get("kind") == "Plan":
                samples(d, values)
        own = ("context.", "claims.", "matrix.")
        values = {k: v for k, v in values.items() if not k.split("/")[-1].startswith(own)}
        results = os.path.join(work, "results.json")
        with open(results, "w") as f:
            json.dump(values, f)
        filled = subprocess.run([tektonc, "fill", "-", "--json", "--results", results], input=done.stdout,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if filled.returncode:
            problems.append("fill: " + filled.stderr.decode(errors="replace").strip())
        objects = documents(filled.stdout.decode()) + [d for d in written if d.get("kind") not in ("Plan", "Pod")]
        plain = subprocess.run([tektonc, os.path.basename(words[-1])] + args + ["--json", "--layout=plain", "-o", "-"],
                               cwd=os.path.dirname(words[-1]), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        objects += [d for d in documents(plain.stdout.decode()) if d.get("kind") == "ConfigMap" and d.get("immutable")]
        if kustomize:
            subprocess.run([tektonc, os.path.basename(words[-1])] + args + ["-o", out], cwd=os.path.dirname(words[-1]),
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            made = subprocess.run(["kubectl", "kustomize", out], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            if made.returncode:
                problems.append("kustomize: " + made.stderr.decode(errors="replace").strip())
    return name, objects, problems


def corpus_jobs(tektonc, kustomize):
    for folder in FOLDERS:
        for answer in sorted(glob.glob(os.path.join(CORPUS, folder, "*.oracle.json"))):
            with open(answer) as f:
                said = json.load(f)
            if not said.get("pipelineRuns") and not said.get("taskRuns"):
                continue
            alpha = answer.endswith(".alpha.oracle.json")
            path = answer[:-len(".alpha.oracle.json" if alpha else ".oracle.json")] + ".yaml"
            yield tektonc, os.path.relpath(answer, CORPUS)[:-len(".oracle.json")], (ALPHA if alpha else []) + [path], kustomize


def jobs(tektonc, files, kustomize):
    if files:
        return [(tektonc, f, [os.path.abspath(f)], kustomize) for f in files]
    own = [(tektonc, " ".join(["examples/" + d] + words), words + [os.path.join(TOP, "examples", d)], kustomize)
           for d in sorted(os.listdir(os.path.join(TOP, "examples"))) for words in STARTS]
    return own + list(corpus_jobs(tektonc, kustomize))


# --- the check --------------------------------------------------------------------------------------------------------

def known_refusals():
    if not os.path.exists(KNOWN):
        return []
    with open(KNOWN) as f:
        lines = [line.strip() for line in f]
    return [tuple(line.split("  ", 1)) for line in lines if line and not line.startswith("#")]


def wait_for(api, path):
    for _ in range(100):
        if api.call("GET", path)[0] == 200:
            return
        time.sleep(0.1)


def prepare(api, objects):
    for space, labels in ((SPACE, {}), (STRICT, {"pod-security.kubernetes.io/enforce": "restricted"})):
        api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": space, "labels": labels}}, None, dry=False)
        wait_for(api, "/api/v1/namespaces/%s/serviceaccounts/default" % space)
    accounts = {o["spec"].get("serviceAccountName") for o in objects if o.get("kind") == "Pod"}
    for name in sorted(a for a in accounts if a):
        api.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}}, SPACE, dry=False)


def tidy(api):
    for space in (SPACE, STRICT):
        api.call("DELETE", "/api/v1/namespaces/" + space)


def main(argv):
    verbose, kustomize = "-v" in argv, "-k" in argv
    tektonc, *files = [a for a in argv if not a.startswith("-")]
    tektonc = os.path.abspath(tektonc)
    why = cluster()
    if why:
        print("cluster-dry-run: %s: skipped" % why)
        return tally(0, 0, 1)
    start = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        all_compiled = list(pool.map(compiled, jobs(tektonc, files, kustomize)))
    refused = sum(objects is None for _, objects, _ in all_compiled)
    all_compiled = [c for c in all_compiled if c[1] is not None]
    between = time.monotonic()
    api, known, used = Api(), known_refusals(), set()
    passed = failed = count = 0
    try:
        prepare(api, [o for _, objects, _ in all_compiled for o in objects])
        for name, objects, problems in all_compiled:
            for o in objects:
                count += 1
                what = "%s %s" % (o.get("kind"), (o.get("metadata") or {}).get("name"))
                why = api.create(o, SPACE)
                if not why and o.get("kind") in ("Job", "CronJob"):
                    spec = o["spec"]["jobTemplate"]["spec"] if o["kind"] == "CronJob" else o["spec"]
                    template = spec["template"]
                    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": dict(template["metadata"], name="job"),
                           "spec": dict(template["spec"], serviceAccountName="default")}
                    why = api.create(pod, STRICT)
                if why:
                    problems.append("%s: %s" % (what, why))
            left = []
            for problem in problems:
                rule = next((k for k in known if re.search(k[0], name) and re.search(k[1], problem)), None)
                used.add(rule) if rule else left.append(problem)
                if rule and verbose:
                    print("known %s: %s" % (name, problem))
            if left:
                failed += 1
                print("FAIL %s\n  %s" % (name, "\n  ".join(left)))
            else:
                passed += 1
    finally:
        tidy(api)
        api.close()
    if not files:
        for rule in known:
            if rule not in used:
                failed += 1
                print("FAIL %s: `%s  %s` is refused no longer" % (os.path.basename(KNOWN), *rule))
    print("%d objects of %d files (%d more did not compile); compiled in %.1f s, asked in %.1f s" % (
        count, len(all_compiled), refused, between - start, time.monotonic() - between))
    return tally(passed, failed, 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
