#!/usr/bin/env python3
"""What the fuzz targets begin with: seeds.py TEKTONC OUT

Writes OUT/seeds_NAME/ for each target and OUT/NAME.dict. From the goldens always; from the corpus, too, where it is there
(files as they are, and the scalars in them: those with a reference, durations, quantities, CEL). Nothing of it is kept in
the repository."""
import base64
import glob
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zlib

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
SHARED = os.environ.get("TEKTONC_SHARED") or os.path.join(os.path.dirname(TOP), "shared")
CORPUS = os.path.join(SHARED, "corpus")
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

DURATION = re.compile(r"[-+]?([0-9.]+(ns|us|µs|ms|s|m|h))+|0")
QUANTITY = re.compile(r"[-+]?[0-9.]+([eE][-+]?[0-9]+|[KMGTPE]i|[numkMGTPE])?")


class Seeds:
    def __init__(self, out):
        self.out, self.counts = out, {}

    def add(self, target, content):
        if isinstance(content, str):
            content = content.encode("utf-8", "surrogatepass")
        folder = os.path.join(self.out, "seeds_" + target)
        path = os.path.join(folder, hashlib.sha1(content).hexdigest()[:16])
        if not os.path.exists(path):
            os.makedirs(folder, exist_ok=True)
            with open(path, "wb") as f:
                f.write(content)
            self.counts[target] = self.counts.get(target, 0) + 1


def read(path):
    with open(path, "rb") as f:
        return f.read()


def files():
    goldens = sorted(glob.glob(os.path.join(TOP, "tests", "golden", "*.yaml")))
    corpus = []
    for folder, every in (("examples", 1), ("traps", 1), ("catalog", 3), ("tekton-reconciler-cases", 3), ("mutants", 15), ("tekton-validation-cases", 6)):
        corpus += sorted(glob.glob(os.path.join(CORPUS, folder, "*.yaml")))[::every]
    return goldens + corpus


def scalars(text):
    """All string scalars and their keys of a file, as far as it can be read."""
    found, seen = [], set()

    def walk(node, key):
        if id(node) in seen:  # aliases
            return
        seen.add(id(node))
        if isinstance(node, yaml.ScalarNode):
            found.append((key, node.value))
        elif isinstance(node, yaml.SequenceNode):
            for x in node.value:
                walk(x, key)
        elif isinstance(node, yaml.MappingNode):
            for k, v in node.value:
                walk(v, k.value if isinstance(k, yaml.ScalarNode) else "")
    try:
        for document in yaml.compose_all(text, Loader=LOADER):
            if document:
                seen.clear()
                walk(document, "")
    except (yaml.YAMLError, RecursionError, UnicodeDecodeError, ValueError):
        pass
    return found


def from_scalars(seeds, text):
    for key, value in scalars(text):
        if len(value) > 4096:
            continue
        if "$(" in value:
            seeds.add("ref", value)
            seeds.add("entrypoint", b"\2" + value.encode())
            seeds.add("entrypoint", b"\3" + value.encode())
        if DURATION.fullmatch(value) or "imeout" in key:
            seeds.add("duration", value)
        if QUANTITY.fullmatch(value) or key in ("memory", "cpu", "storage", "ephemeral-storage"):
            seeds.add("quantity", value)
        if key == "cel":
            seeds.add("cel", value)
        if key == "default" or "\n" in value:
            seeds.add("entrypoint", b"\7" + value.encode()[:600])


def pod(name, ok, containers, message):
    statuses = [{"name": c, "state": {"terminated": {
        "exitCode": 0 if ok else 1, "reason": "Completed" if ok else "Error", "message": message,
        "startedAt": "2023-11-14T22:13:20Z", "finishedAt": "2023-11-14T22:13:21Z"}}} for c in containers]
    return {"kind": "Pod", "metadata": {
        "name": name, "uid": "u-" + name, "labels": {"tektonc.dev/run-uid": "uid"},
        "annotations": {"tekton.dev/ready": "READY"}, "creationTimestamp": "2023-11-14T22:13:20Z"},
        "spec": {"containers": [{"name": c} for c in containers]},
        "status": {"phase": "Succeeded" if ok else "Failed", "containerStatuses": statuses}}


def messages(results):
    plain = json.dumps([{"key": r["name"], "type": 1, "value": {
        "array": '["x","y"]', "object": '{"url":"u","digest":"d"}'}.get(r.get("type"), "v")} for r in results])
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(plain.encode()) + packer.flush()
    return plain, "tknz:" + base64.b64encode(packed).decode().rstrip("="), packed


def from_plan(seeds, plan, number):
    """A plan with Pods that end in the order of the tasks: all well, the second one not, stopped in the middle."""
    document = yaml.load(plan, Loader=LOADER)
    run = document["spec"]["run"]
    tasks = document["spec"].get("tasks", []) + document["spec"].get("finally", [])
    script, packed = [], b""
    for i, task in enumerate(tasks):
        plain, short, packed = messages(task.get("results", []))
        seeds.add("inflate", packed)
        for unit in task.get("units", [])[:3]:
            name = ("run" if run["kind"] == "TaskRun" else "run-" + task["name"]) + "-pod"
            script.append(pod(name, number % 3 != 1 or i != 1, ["step-a", "step-b"][:1 + i % 2], short if i % 2 else plain))
            del unit
    if number % 4 == 2:
        script.insert(len(script) // 2, {"event": "cancel", "reason": ["Cancelled", "StoppedRunFinally", "CancelledRunFinally"][number % 3]})
    if number % 5 == 3:
        script.insert(0, {"event": "refused", "name": "run-" + tasks[0]["name"] + "-pod", "reason": "\0", "message": "exceeded quota"})
        script.insert(1, {"event": "time", "seconds": "61"})
    if number % 7 == 4:
        script.insert(1, {"event": "list"})
        script.insert(2, {"event": "listed"})
    seeds.add("run", plan + "".join("---\n%s\n" % json.dumps(x) for x in script))


def from_plans(seeds, tektonc):
    inputs = sorted(glob.glob(os.path.join(TOP, "tests", "golden", "plan-*.yaml"))) + sorted(
        glob.glob(os.path.join(CORPUS, "examples", "pipelineruns-*.yaml")))[::2] + sorted(
        glob.glob(os.path.join(CORPUS, "examples", "taskruns-*.yaml")))[::8]
    for number, path in enumerate(inputs):
        made = subprocess.run([tektonc, "--emit=plan", "--tekton-api=alpha", path], capture_output=True, check=False)
        text = made.stdout.decode(errors="replace")
        if made.returncode == 0 and len(text) < 20000 and "\n---" not in text:
            from_plan(seeds, text, number)


def words(seeds):
    """The command lines of the goldens, and one of each kind."""
    for path in sorted(glob.glob(os.path.join(TOP, "tests", "golden", "*.flags"))):
        seeds.add("words", re.sub(rb"\s+", b"\n", read(path).strip()))
    for line in ("-p s=x -p a=x,y -p o=k:v pipeline.yaml", "-p o=@file -p s=@@x -p e=z p", "--params-file=f p", "--params-file=ff p",
                 "-w name=w,emptyDir= p", "-w name=w,claimName=c,subPath=$(params.s) p", "-w name=w,config=c,item=a=b p",
                 "-w name=w,secret=s p", "-w name=w,csiFile=c p", "-w name=w,volumeClaimTemplateFile=cc p",
                 "--image-entrypoint=i=/a,b --image-entrypoints=f p", "--feature=enable-param-enum=true --tekton-api=alpha p",
                 "--name=n --name-suffix=s --run-uid=u -n ns -s sa --json --layout=plain p"):
        seeds.add("words", line.replace(" ", "\n"))


def others(seeds):
    for text in ('[{"input":"a","operator":"in","values":["a","$(steps.s.results.r)"]}]', '[{"input":"$(steps.s.results.r)","operator":"notin","values":["$(steps.s.results.r[*])"]}]'):
        seeds.add("entrypoint", b"\1" + text.encode())
    for text in ('["a","\\u00e9\\ud83d\\ude00",null,1e5,true,{"k":{"v":[]}}]', '{"uri":"u","digest":{"sha256":"d"}}'):
        seeds.add("entrypoint", b"\0" + text.encode())
        seeds.add("read", text)
    flags = "-wait_file\n/a\n-post_file=/b\n-termination_path\n/t\n-timeout=1h2m3.5s\n-results=a,b\n-on_error=continue\n-when_expressions=[]\n-basic-git=s=https://h\n-entrypoint\nsh\n--\n-c\necho $(steps.s.results.r[0])"
    seeds.add("entrypoint", b"\4" + flags.encode())
    for kind, text in ((5, "abcabcabcabc" * 20), (6, "QUJD"), (7, "a\nbb\nccc"), (7, '[{"key":"a","value":"b","type":1}]')):
        seeds.add("entrypoint", bytes([kind]) + text.encode())
    for text in (b"\x03\x00", b"\x4b\x4c\x4a\x06\x00", b"\x01\x03\x00\xfc\xffabc"):
        seeds.add("inflate", text)
    config = {"apiVersion": "v1", "kind": "Config", "current-context": "one",
              "contexts": [{"name": "one", "context": {"cluster": "c", "user": "u", "namespace": "n"}}],
              "clusters": [{"name": "c", "cluster": {"server": "https://host:6443/", "certificate-authority-data": "QUJD", "proxy-url": "http://p", "tls-server-name": "t"}}],
              "users": [{"name": "u", "user": {"token": "t", "client-certificate": "crt", "client-key-data": "QQ=="}}]}
    seeds.add("kubeconfig", yaml.safe_dump(config))
    config["users"][0]["user"] = {"exec": {"command": '{"token":"t","expirationTimestamp":"2026-01-01T00:00:00Z"}', "args": ["a"], "env": [{"name": "a", "value": "b"}]}}
    seeds.add("kubeconfig", json.dumps(config))
    config["users"][0]["user"] = {"username": "u", "password": "p", "tokenFile": "t"}
    seeds.add("kubeconfig", yaml.safe_dump(config))
    for text in ("10m", "1h30m", "-2562047h47m16.854775808s", ".5s", "1µs", "0"):
        seeds.add("duration", text)
    for text in ("1Gi", "0.5", "1e3", "-100m", "12E", "5n", "1Ki", "9223372036854775807"):
        seeds.add("quantity", text)
    for text in ('"a" in ["a","b"] && size("abc") == 3', '"$(params.x)".matches("^a+$") || 1u < 2u', "[1, 2].exists(x, x > 1) ? {'a': 1}['a'] : int('3')",
                 'timestamp("2026-01-01T00:00:00Z") + duration("1h") > timestamp("2026-01-01T00:00:00Z")', "/a(b|c)*[d-f]{2,3}$abcbdd"):
        seeds.add("cel", text)


def dictionary(out):
    """The fields of the schema's rows, for what is read as an object."""
    names = set()
    for path in glob.glob(os.path.join(TOP, "compiler", "schema", "*.def")):
        names.update(re.findall(r"\b[A-Z_]+\(\s*(?:[A-Za-z_]+,\s*)?([a-z][A-Za-z]+)\b", read(path).decode()))
        names.update(re.findall(r'"([A-Za-z]{2,40})"', read(path).decode()))
    more = ["$(params.", "$(tasks.", ".results.", "[*])", "$(context.", "$(workspaces.", "tekton.dev/v1", "tekton.dev/v1beta1", "kind: Task", "kind: Pipeline",
            "kind: TaskRun", "kind: PipelineRun", "kind: StepAction", "kind: CustomRun", "---\\x0a", "- name: ", "\\x0a  ", ": ", "&a ", "*a", "<<: ", "|-", ">+", "!!str ", "? "]
    lines = ['"%s"' % x for x in sorted(names) + more]
    for target in ("check", "run", "kubeconfig"):
        with open(os.path.join(out, target + ".dict"), "w", encoding="utf-8") as f:
            f.write("\n".join(lines) + "\n")
    for target in ("read", "plain", "cel"):
        shutil.copy(os.path.join(HERE, target + ".dict"), out)


def make(tektonc, out):
    for old in glob.glob(os.path.join(out, "seeds_*")):
        shutil.rmtree(old)
    seeds = Seeds(out)
    for path in files():
        text = read(path)
        if len(text) <= 16384:
            seeds.add("read", text)
            seeds.add("plain", text)
            seeds.add("check", text)
        from_scalars(seeds, text)
    from_plans(seeds, tektonc)
    words(seeds)
    others(seeds)
    dictionary(out)
    return seeds.counts


if __name__ == "__main__":
    print(make(*sys.argv[1:3]))
