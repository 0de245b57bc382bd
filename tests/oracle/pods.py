"""A Pod as its user sees it.

In: a core/v1 Pod, Tekton's or ours. Out: a tree in which what both spell differently but mean the same has one form:
the entrypoint's command line taken apart into flags and the user's words, script files replaced by their texts,
volumeMounts by path, volumes by name, quantities by value, absent and empty alike. Nothing is left out here: what
differs on purpose is the business of rules.py.
"""
import base64
import json
import posixpath
import re

from values import plain

SCRIPTS = "/tekton/scripts/"
BOOLEAN_FLAGS = {"wait_file_content", "enable_spire", "breakpoint_on_failure", "debug_before_step"}
PLACE_BLOCK = re.compile(r"scriptfile=\"([^\"]+)\"\ntouch \$\{scriptfile\} && chmod \+x \$\{scriptfile\}\n"
                         r"cat > \$\{scriptfile\} << '_EOF_'\n([A-Za-z0-9+/=\n]*)\n_EOF_\n"
                         r"/tekton/bin/entrypoint decode-script \"\$\{scriptfile\}\"\n")
PLACE = ["/tektonc/entrypoint", "place"]
FIELD_ANNOTATION = re.compile(r"metadata\.annotations\['(.+)'\]\Z")


def decode_base64(text):
    return base64.b64decode(text).decode("utf-8", "replace")


def placed_scripts(spec):
    """Files that an init container writes: {path: text}, and what of its script is not understood. Tekton's is a shell
    script; ours is the entrypoint with words PATH BASE64 …"""
    files, rest = {}, ""
    for c in spec.get("initContainers") or []:
        if c.get("name") != "place-scripts":
            continue
        if c.get("command", [])[:2] == PLACE:
            words = c["command"][2:]
            files.update((path, decode_base64(b64)) for path, b64 in zip(words[::2], words[1::2]))
            continue
        text = (c.get("args") or [""])[-1]
        for path, b64 in PLACE_BLOCK.findall(text):
            files[path] = decode_base64(b64)
        rest = PLACE_BLOCK.sub("", text)
    return files, rest


def projected_scripts(pod, container):
    """Files below /tekton/scripts that come from the Pod's own annotations by the Downward API: {path: text}."""
    files = {}
    volumes = {v.get("name"): v for v in pod["spec"].get("volumes") or []}
    annotations = pod["metadata"].get("annotations") or {}
    for m in container.get("volumeMounts") or []:
        if not (clean_path(m.get("mountPath", "")) + "/").startswith(SCRIPTS):
            continue
        volume = volumes.get(m.get("name")) or {}
        sources = [volume] + ((volume.get("projected") or {}).get("sources") or [])
        for source in sources:
            for item in (source.get("downwardAPI") or {}).get("items") or []:
                key = FIELD_ANNOTATION.match((item.get("fieldRef") or {}).get("fieldPath", ""))
                if key and key.group(1) in annotations:
                    path = posixpath.join(m["mountPath"], item["path"])
                    if m.get("subPath"):
                        path = m["mountPath"]
                    files[path] = annotations[key.group(1)]
    return files


def clean_path(path):
    return posixpath.normpath(path) if path else path


def take_apart(args):
    """The entrypoint's command line: ({flag: value}, words after --). A repeated flag's values become a list."""
    flags, i = {}, 0
    while i < len(args) and args[i] != "--":
        word = args[i]
        i += 1
        if not word.startswith("-"):
            flags.setdefault("(stray words)", []).append(word)
            continue
        name, eq, value = word.lstrip("-").partition("=")
        if not eq:
            if name in BOOLEAN_FLAGS:
                value = True
            elif i < len(args):
                value = args[i]
                i += 1
        if name in flags:
            old = flags[name]
            flags[name] = (old if isinstance(old, list) else [old]) + [value]
        else:
            flags[name] = value
    if "when_expressions" in flags:
        flags["when_expressions"] = json.loads(flags["when_expressions"])
    return flags, args[i + 1:]


def as_command(words, files):
    """The user's words; a script file in front is replaced by its text."""
    if words and words[0] in files:
        return [{"script": files[words[0]]}] + words[1:]
    return words


def container_view(pod, c, placed):
    v = {k: x for k, x in c.items() if k not in ("command", "args", "volumeMounts", "env")}
    files = dict(placed)
    files.update(projected_scripts(pod, c))
    env = [dict(e) for e in c.get("env") or []]
    command, args = list(c.get("command") or []), list(c.get("args") or [])
    if c.get("name", "").startswith("step-"):
        v["entrypoint"] = command
        flags, words = take_apart(args)
        if "entrypoint" in flags:
            words = [flags.pop("entrypoint")] + words
        else:
            platforms = [e for e in env if e.get("name") == "TEKTON_PLATFORM_COMMANDS"]
            if platforms:
                words = json.loads(platforms[-1]["value"])["linux/amd64"] + words
                v["looked up"] = True
            env = [e for e in env if e not in platforms]
        v["flags"] = flags
        v["command"] = as_command(words, files)
    else:
        script = as_command(command, files)
        v["command"] = script
        v["args"] = args
    v["env"] = env
    v["mounts"] = mounts_view(c.get("volumeMounts") or [])
    return plain(v)


def mounts_view(mounts):
    out = {}
    for m in mounts:
        path = clean_path(m.get("mountPath", ""))
        while path in out:
            path += " (again)"
        out[path] = {k: x for k, x in m.items() if k != "mountPath"}
    return out


def by_name(items):
    out = {}
    for x in items or []:
        name = x.get("name", "")
        while name in out:
            name += " (again)"
        out[name] = {k: v for k, v in x.items() if k != "name"}
    return out


def pod_view(pod):
    """The comparable tree of a Pod."""
    meta, spec = pod.get("metadata") or {}, pod.get("spec") or {}
    pod = dict(pod, metadata=meta, spec=spec)
    placed, rest = placed_scripts(spec)
    view = {"type": [pod.get("apiVersion"), pod.get("kind")], "name": meta.get("name"),
            "namespace": meta.get("namespace") or "default"}
    view["metadata"] = plain({k: v for k, v in meta.items() if k not in ("name", "namespace", "creationTimestamp")})
    body = {k: v for k, v in spec.items() if k not in ("containers", "initContainers", "volumes")}
    view["spec"] = plain(body)
    view["containers"] = [container_view(pod, c, placed) for c in spec.get("containers") or []]
    view["initContainers"] = [container_view(pod, c, placed) for c in spec.get("initContainers") or []]
    if rest:
        view["unread place-scripts"] = rest
    view["volumes"] = {name: plain(v) for name, v in by_name(spec.get("volumes")).items()}
    return view


def loose_ends(pod):
    """What is wrong with a Pod in itself, whatever Tekton makes of it: mounts without a volume, files without a mount,
    steps that would wait for ever. One sentence each."""
    spec = pod.get("spec") or {}
    volumes = [v.get("name") for v in spec.get("volumes") or []]
    for name in sorted({v for v in volumes if volumes.count(v) > 1}):
        yield "two volumes %r" % name
    containers = (spec.get("initContainers") or []) + (spec.get("containers") or [])
    for c in containers:
        paths = [clean_path(m.get("mountPath", "")) for m in c.get("volumeMounts") or []]
        for p in sorted({p for p in paths if paths.count(p) > 1}):
            yield "%s: two mounts at %s" % (c.get("name"), p)
        for m in c.get("volumeMounts") or []:
            if m.get("name") not in volumes:
                yield "%s: mount of unknown volume %r" % (c.get("name"), m.get("name"))
    steps = [c for c in spec.get("containers") or [] if c.get("name", "").startswith("step-")]
    placed, _ = placed_scripts(spec)
    before, written = None, set()
    for c in steps:
        flags, words = take_apart(c.get("args") or [])
        words = ([flags["entrypoint"]] if "entrypoint" in flags else []) + words
        writable = {clean_path(m["mountPath"]) for m in c.get("volumeMounts") or [] if not m.get("readOnly")}
        readable = {clean_path(m["mountPath"]) for m in c.get("volumeMounts") or []}
        if words and words[0].startswith(SCRIPTS):
            files = dict(placed)
            files.update(projected_scripts({"metadata": pod.get("metadata") or {}, "spec": spec}, c))
            if words[0] not in files:
                yield "%s: its script %s is nowhere" % (c.get("name"), words[0])
        if before and before not in str(flags.get("wait_file", "")).split(","):
            yield "%s: waits for %s, the step before writes %s" % (c.get("name"), flags.get("wait_file"), before)
        for path in str(flags.get("wait_file", "")).split(","):
            if path and not under(path, readable):
                yield "%s: waits for %s, which nothing mounts" % (c.get("name"), path)
            if path.startswith("/tekton/run/") and path not in written:
                yield "%s: waits for %s, which nothing writes" % (c.get("name"), path)
        before = flags.get("post_file")
        written.add(before)
        if not before or not under(before, writable):
            yield "%s: can't write its post_file %s" % (c.get("name"), before)
        if c.get("terminationMessagePath") != flags.get("termination_path"):
            yield "%s: termination_path is %s, terminationMessagePath %s" % (
                c.get("name"), flags.get("termination_path"), c.get("terminationMessagePath"))


def under(path, mounts):
    return any(path.startswith(m.rstrip("/") + "/") for m in mounts)
