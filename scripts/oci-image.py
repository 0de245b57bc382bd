#!/usr/bin/env python3
"""An OCI image of folders, without any daemon: oci-image.py ROOT OUT.tar NAME [ARCHITECTURE [ROOT ARCHITECTURE]...]

One layer for each architecture (amd64 if none is named), reproducible: sorted, no times, owner root. User 65532, as
runtime/Containerfile says. Several make an index: who pulls it gets the one for its machine. `ctr images import`, `podman load`,
`skopeo copy oci-archive:OUT.tar …` take it."""
import gzip, hashlib, io, json, os, sys, tarfile

root, out, name = sys.argv[1:4]
more = sys.argv[4:] or ["amd64"]
images = list(zip([root] + more[1::2], more[0::2]))


def layer(root):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for folder, folders, files in os.walk(root):
            folders.sort()
            for entry in sorted(folders + files):
                path = os.path.join(folder, entry)
                info = tar.gettarinfo(path, os.path.relpath(path, root))
                info.mtime = info.uid = info.gid = 0
                info.uname = info.gname = ""
                with (open(path, "rb") if info.isreg() else io.BytesIO()) as content:
                    tar.addfile(info, content if info.isreg() else None)
    return data.getvalue()


blobs = {}


def blob(data, kind):
    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    blobs["blobs/sha256/" + digest[7:]] = data
    return {"mediaType": "application/vnd.oci.image." + kind, "digest": digest, "size": len(data)}


def text(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def image(root, architecture):
    """The descriptor of its manifest."""
    plain = layer(root)
    packed = blob(gzip.compress(plain, 9, mtime=0), "layer.v1.tar+gzip")
    config = {
        "architecture": architecture,
        "os": "linux",
        "config": {"User": "65532:65532", "Entrypoint": ["/tektonc/entrypoint"], "Env": ["PATH=/tektonc"]},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(plain).hexdigest()]},
    }
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "config": blob(text(config), "config.v1+json"), "layers": [packed]}
    entry = blob(text(manifest), "manifest.v1+json")
    entry["platform"] = {"os": "linux", "architecture": architecture}
    print("image: %s %s: %d bytes compressed, %d unpacked" % (out, architecture, packed["size"], len(plain)))
    return entry


entries = [image(*x) for x in images]
if len(entries) > 1:
    entries = [blob(text({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": entries}), "index.v1+json")]
entries[0]["annotations"] = {"io.containerd.image.name": name, "org.opencontainers.image.ref.name": name.rsplit(":", 1)[-1]}
blobs["index.json"] = text({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": entries})
blobs["oci-layout"] = text({"imageLayoutVersion": "1.0.0"})
with tarfile.open(out, "w", format=tarfile.PAX_FORMAT) as tar:
    for path in sorted(blobs):
        info = tarfile.TarInfo(path)
        info.size = len(blobs[path])
        tar.addfile(info, io.BytesIO(blobs[path]))
