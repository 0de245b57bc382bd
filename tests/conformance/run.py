#!/usr/bin/env python3
"""Tekton's own conformance suite: run.py TEKTONC [ENGINE...] [-run=REGEX]

Takes test/conformance from the Go module of github.com/tektoncd/pipeline, puts adapter_test.go beside it, and runs it on each
engine: docker (tests/docker/service.py), kube (the cluster of $KUBECONFIG) and host. Needs go, else a counted skip."""
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "docker"))
import run_corpus  # noqa: E402
import service  # noqa: E402

MODULE = "github.com/tektoncd/pipeline@v1.15.0"
CASES = 27
NODE, PERL = "mirror.gcr.io/node:lts-alpine3.20", "mirror.gcr.io/perl:devel-bullseye"
BUSYBOX_DIGEST = "sha256:1303dbf110c57f3edf68d9f5a16c082ec06c4cf7604831669faf2c712260b5a0"


def skip(engine, why):
    print("conformance on %s: %s: skipped" % (engine, why))
    print("conformance on %s: 0 passed, 0 failed, %d skipped" % (engine, CASES))


def go(words, **more):
    # What the module's own go.sum does not name is the module itself.
    env = dict(os.environ, GOFLAGS="-mod=mod -buildvcs=false", GONOSUMDB="github.com/tektoncd/pipeline")
    return subprocess.run(["go"] + words, capture_output=True, text=True, env=env, **more)


def suite(folder):
    """The suite's files, so that they compile: as they come, what util.go has is in another package than what uses it, and one
    function is there twice."""
    found = go(["mod", "download", "-json", MODULE], cwd="/")
    if found.returncode:
        return "the module can't be had: " + (found.stdout + found.stderr).strip()[-300:]
    module = json.loads(found.stdout)["Dir"]
    with open(os.path.join(module, "go.mod")) as f:
        own = re.sub(r"(?m)^module .*$", "module conformance\n\nrequire %s" % MODULE.replace("@", " "), f.read())
    with open(os.path.join(folder, "go.mod"), "w") as f:
        f.write(own)
    shutil.copyfile(os.path.join(module, "go.sum"), os.path.join(folder, "go.sum"))
    shutil.copyfile(os.path.join(module, "test", "conformance", "util.go"), os.path.join(folder, "util_test.go"))
    seen = {}

    def once(m):
        seen[m.group(1)] = seen.get(m.group(1), 0) + 1
        return "func %s%s(" % (m.group(1), "" if seen[m.group(1)] == 1 else "Again")

    with open(os.path.join(module, "test", "conformance", "conformance_test.go")) as f:
        text = re.sub(r"(?m)^func (Test\w+)\(", once, f.read())
    with open(os.path.join(folder, "conformance_test.go"), "w") as f:
        f.write(text)
    shutil.copy(os.path.join(HERE, "adapter_test.go"), folder)
    built = go(["test", "-c", "-tags=conformance", "-o", "suite", "."], cwd=folder)
    return "it can't be built: " + built.stderr.strip()[-1000:] if built.returncode else None


def node_root(folder):
    """The root file system of the debian images, with the node of this machine."""
    program = shutil.which("node")
    if not program:
        raise service.Skip("node is missing")
    subprocess.run(["cp", "-a", os.path.join(service.CACHED, "debian") + "/.", folder], check=True)
    files = [program] + re.findall(r"(/\S+) \(0x", subprocess.run(["ldd", program], capture_output=True, text=True).stdout)
    for path in files:
        to = folder + (path if path != program else "/usr/bin/node")
        os.makedirs(os.path.dirname(to), exist_ok=True)
        if os.path.lexists(to):
            os.unlink(to)
        shutil.copy(os.path.realpath(path), to)
    shutil.rmtree(folder + "/usr/share", ignore_errors=True)


def node(s):
    with tempfile.TemporaryDirectory() as folder:
        node_root(folder)
        s.image(NODE, folder, cmd=["node"])


def archive(path, name, root, cmd):
    """An image of a folder as `docker save` writes it."""
    layer = path + ".layer"
    with tarfile.open(layer, "w") as tar:
        tar.add(root, arcname=".")
    with open(layer, "rb") as f:
        digest = hashlib.file_digest(f, "sha256").hexdigest()
    config = json.dumps({"architecture": "amd64", "os": "linux", "config": {"Cmd": cmd, "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]},
                         "rootfs": {"type": "layers", "diff_ids": ["sha256:" + digest]}}).encode()
    manifest = json.dumps([{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]).encode()
    with tarfile.open(path, "w") as tar:
        for part, data in (("config.json", config), ("manifest.json", manifest)):
            info = tarfile.TarInfo(part)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        tar.add(layer, arcname="layer.tar")
    os.unlink(layer)


def into_cluster():
    """The images that ../shared/cluster does not have, into its containerd. Any other cluster can pull them."""
    script = os.path.join(run_corpus.SHARED, "cluster", "env.sh")
    home = os.path.dirname(os.path.dirname(service.CACHED))
    if not os.path.exists(script) or not os.environ["KUBECONFIG"].startswith(home + "/"):
        return
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(folder + "/root")
        node_root(folder + "/root")
        archive(folder + "/node.tar", NODE, folder + "/root", ["node"])
        # An image of its own: a status shows any of an image's names.
        archive(folder + "/busybox.tar", "docker.io/library/busybox:conformance", os.path.join(service.CACHED, "busybox"), ["sh"])
        commands = """cd %s; . ./env.sh
            ctr_ images import %s/node.tar && ctr_ images import %s/busybox.tar && ctr_ images tag --force mirror.gcr.io/perl:latest %s &&
            ctr_ images tag --force docker.io/library/busybox:conformance docker.io/library/busybox@%s"""
        done = subprocess.run(["bash", "-c", commands % (os.path.dirname(script), folder, folder, PERL, BUSYBOX_DIGEST)], capture_output=True, text=True)
        if done.returncode:
            raise service.Skip("images: " + done.stderr[-300:])


def judge(folder, engine, tektonc, env, only):
    words = ["./suite", "-test.v", "-test.parallel=4", "-test.timeout=20m"] + (["-test.run=" + only] if only else [])
    done = subprocess.run(words, cwd=folder, env=dict(env, TEKTONC=os.path.abspath(tektonc), ENGINE=engine, NO_COLOR="1"), capture_output=True, text=True)
    results = re.findall(r"(?m)^--- (PASS|FAIL|SKIP): (\w+)", done.stdout)
    bad = [name for word, name in results if word == "FAIL"]
    if bad or not results:
        print(done.stdout[-12000:] + done.stderr[-3000:])
    for name in bad:
        print("FAIL %s on %s" % (name, engine))
    counts = [sum(word == w for word, _ in results) for w in ("PASS", "FAIL", "SKIP")]
    if done.returncode and not bad:
        counts[1] += 1
    print("conformance on %s: %d passed, %d failed, %d skipped" % ((engine,) + tuple(counts)), flush=True)
    return bool(counts[1])


def on_docker(folder, tektonc, only):
    try:
        with service.Service() as s:
            run_corpus.images(s)
            node(s)
            s.variant(PERL, "mirror.gcr.io/perl:latest", cmd=["perl"])
            s.alias("docker.io/library/busybox:latest", "docker.io/library/busybox@" + BUSYBOX_DIGEST)
            return judge(folder, "docker", tektonc, s.env(), only)
    except service.Skip as why:
        return skip("docker", why)


def on_kube(folder, tektonc, only):
    if not os.environ.get("KUBECONFIG"):
        return skip("kube", "no $KUBECONFIG")
    try:
        into_cluster()
    except service.Skip as why:
        return skip("kube", why)
    # Nobody looks into a registry: what the images of steps without a command run has to be told.
    told = " ".join("--image-entrypoint=%s=sh" % image for image in ("mirror.gcr.io/busybox", "busybox@" + BUSYBOX_DIGEST))
    return judge(folder, "kube", tektonc, dict(os.environ, RUN_OPTIONS=told), only)


def main(argv):
    only = next((a.split("=", 1)[1] for a in argv if a.startswith("-run=")), None)
    words = [a for a in argv if not a.startswith("-")]
    engines = words[1:] or ["docker", "kube"]
    if not shutil.which("go"):
        for engine in engines:
            skip(engine, "go is missing")
        return 0
    with tempfile.TemporaryDirectory(prefix="tektonc-conformance-") as folder:
        why = suite(folder)
        if why:
            for engine in engines:
                skip(engine, why)
            return 0
        failed = False
        for engine in engines:
            if engine == "docker":
                failed |= bool(on_docker(folder, words[0], only))
            elif engine == "kube":
                failed |= bool(on_kube(folder, words[0], only))
            else:
                failed |= judge(folder, engine, words[0], os.environ, only)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
