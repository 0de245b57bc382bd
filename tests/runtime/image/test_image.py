#!/usr/bin/env python3
"""The image that `make image` has made: test_image.py IMAGE.tar AGAIN.tar. AGAIN: made a second time.

What a runtime of containers would look at: digests, both architectures, the user, what is in the layers, that each program
finds its libraries there; where qemu-user is, that the programs of the other architecture run."""
import gzip
import hashlib
import io
import json
import os
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile

LIMIT = 12_000_000
MACHINES = {"amd64": (62, "qemu-x86_64", "x86_64"), "arm64": (183, "qemu-aarch64", "aarch64")}


def same(got, wanted, what=""):
    assert got == wanted, "%s: %r, expected %r" % (what, got, wanted)


class Image:
    def __init__(self, path):
        with tarfile.open(path) as tar:
            self.files = {m.name: tar.extractfile(m).read() for m in tar if m.isreg()}

    def blob(self, descriptor):
        data = self.files["blobs/sha256/" + descriptor["digest"].split(":")[1]]
        same(hashlib.sha256(data).hexdigest(), descriptor["digest"].split(":")[1], "digest")
        same(len(data), descriptor["size"], "size")
        return data

    def manifests(self):
        index = json.loads(self.files["index.json"])
        same(len(index["manifests"]), 1)
        return json.loads(self.blob(index["manifests"][0]))["manifests"]


def well_formed(image):
    same(json.loads(image.files["oci-layout"]), {"imageLayoutVersion": "1.0.0"})
    for m in image.manifests():
        manifest = json.loads(image.blob(m))
        config = json.loads(image.blob(manifest["config"]))
        layer, = manifest["layers"]
        same(config["architecture"], m["platform"]["architecture"])
        same(config["rootfs"]["diff_ids"], ["sha256:" + hashlib.sha256(gzip.decompress(image.blob(layer))).hexdigest()])


def architectures(image):
    same([m["platform"]["architecture"] for m in image.manifests()], ["amd64", "arm64"])


def small(image):
    for m in image.manifests():
        manifest = json.loads(image.blob(m))
        size = m["size"] + manifest["config"]["size"] + manifest["layers"][0]["size"]
        assert size < LIMIT, "%s: %d bytes" % (m["platform"]["architecture"], size)


def nobody(image):
    for m in image.manifests():
        config = json.loads(image.blob(json.loads(image.blob(m))["config"]))
        same(config["config"]["User"], "65532:65532")


def layers(image):
    for m in image.manifests():
        layer, = json.loads(image.blob(m))["layers"]
        yield m["platform"]["architecture"], tarfile.open(fileobj=io.BytesIO(gzip.decompress(image.blob(layer))))


def content(image):
    """Two programs, libraries, a loader, passwd; owned by root, nothing set-uid, nothing writable but /tmp."""
    for architecture, tar in layers(image):
        for m in tar:
            allowed = m.name in ("etc", "etc/passwd", "lib", "lib64", "tmp", "tektonc", "tektonc/plan", "tektonc/controller", "tektonc/entrypoint") \
                or m.name.startswith(("lib/%s-linux-gnu" % MACHINES[architecture][2], "lib/ld-linux-", "lib64/ld-linux-"))
            assert allowed and (m.isreg() or m.isdir()), "%s: %s" % (architecture, m.name)
            same((m.uid, m.gid, m.mtime), (0, 0, 0), m.name)
            if m.name != "tmp":
                same(m.mode & 0o7022, 0, "mode of " + m.name)
            data = tar.extractfile(m).read(20) if m.isreg() else b""
            if data[:4] == b"\x7fELF":
                same(struct.unpack("<H", data[18:20])[0], MACHINES[architecture][0], "machine of " + m.name)
        same(len(tar.extractfile("tektonc/entrypoint").read()) <= (32768 if architecture == "amd64" else 40960), True, "size of the entrypoint")


def runs(image):
    """The controller finds its libraries and says how it is called; the entrypoint runs a command."""
    for architecture, tar in layers(image):
        _, qemu, machine = MACHINES[architecture]
        own = os.uname().machine == machine
        if not own and not shutil.which(qemu):
            raise Skip("no %s" % qemu)
        with tempfile.TemporaryDirectory() as root:
            tar.extractall(root)
            loader = next(os.path.join(root, m.name) for m in tar.getmembers() if "/ld-linux-" in m.name)
            library = os.path.join(root, "lib", machine + "-linux-gnu")
            before = [] if own else [qemu]
            done = subprocess.run(before + [loader, "--library-path", library, os.path.join(root, "tektonc/controller"), "--no-such"],
                                  stderr=subprocess.PIPE, text=True, env={})
            same((done.returncode, done.stderr[:6]), (2, "usage:"), architecture)
            done = subprocess.run(before + [loader, "--library-path", library, os.path.join(root, "tektonc/controller"), "--plan=/none"],
                                  stderr=subprocess.PIPE, text=True, env={})
            assert done.returncode == 1 and "/none" in done.stderr, done
            message = os.path.join(root, "message")
            done = subprocess.run(before + [os.path.join(root, "tektonc/entrypoint"), "-termination_path", message, "-entrypoint", "/bin/sh", "--",
                                            "-c", "exit 7"], stderr=subprocess.PIPE, text=True)
            same(done.returncode, 7, architecture + done.stderr)
            with open(message) as f:
                assert "StartedAt" in f.read()


class Skip(Exception):
    pass


def reproducible(image, again):
    same(sorted(image.files), sorted(again.files))
    for name in image.files:
        same(image.files[name] == again.files[name], True, name + " is the same")


def main(path, again):
    image, second = Image(path), Image(again)
    with open(path, "rb") as x, open(again, "rb") as y:
        counts = {"passed": 0, "failed": 0, "skipped": 0}
        equal = x.read() == y.read()
    for case in (well_formed, architectures, small, nobody, content, runs, reproducible):
        try:
            case(image, second) if case is reproducible else case(image)
            if case is reproducible:
                same(equal, True, "bytes of the two files")
            counts["passed"] += 1
        except Skip as e:
            counts["skipped"] += 1
            print("skip %s: %s" % (case.__name__, e))
        except (AssertionError, KeyError, ValueError, OSError) as e:
            counts["failed"] += 1
            print("FAIL %s: %s: %s" % (case.__name__, type(e).__name__, e))
    print("image: %(passed)d passed, %(failed)d failed, %(skipped)d skipped" % counts)
    return counts["failed"] > 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
