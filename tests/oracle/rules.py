"""The deliberate differences between Tekton's Pods and ours, one rule each, as narrow as it can be.

A rule gets the two comparable trees (pods.pod_view, or the runs of tekton.py) and, where it finds exactly the
difference it is about, takes it out of both and answers True. docs/differences.md gives the reasons, by rule name.
"""
import collections
import re

Rule = collections.namedtuple("Rule", "name level hide")
ALL = []


def rule(level):
    def add(f):
        ALL.append(Rule(f.__name__.replace("_", "-"), level, f))
        return f
    return add


def apply(level, ours, theirs):
    """Lets every rule of a level look; the names of those that hid something."""
    return {r.name for r in ALL if r.level == level and r.hide(ours, theirs)}


def hides_verdict(oracle, answer, expected):
    for r in ALL:
        if r.level == "verdict" and r.hide(oracle, answer, expected):
            return r.name
    return None


# --- helpers ---------------------------------------------------------------------------------------------------

def take(tree, *keys):
    """Removes the value at a path and the objects that become empty by it."""
    parents = []
    for k in keys[:-1]:
        parents.append((tree, k))
        tree = tree[k]
    value = tree.pop(keys[-1])
    for parent, k in reversed(parents):
        if parent[k] == {} or parent[k] == []:
            del parent[k]
    return value


def dig(tree, *keys):
    for k in keys:
        if not isinstance(tree, dict) or k not in tree:
            return None
        tree = tree[k]
    return tree


def steps(view):
    return [c for c in view["containers"] if c["name"].startswith("step-")]


def mounts_of(view, volume):
    """(container, path, mount) of every mount of a volume."""
    for c in view["containers"] + view["initContainers"]:
        for path, m in (c.get("mounts") or {}).items():
            if m.get("name") == volume:
                yield c, path, m


# --- Pods ------------------------------------------------------------------------------------------------------

@rule("pod")
def no_owner(ours, theirs):
    """Tekton's Pods belong to their TaskRun; ours to the run's record, which is made with the run."""
    owners = dig(theirs, "metadata", "ownerReferences")
    if not owners or len(owners) != 1 or owners[0].get("kind") != "TaskRun" or dig(ours, "metadata", "ownerReferences"):
        return False
    take(theirs, "metadata", "ownerReferences")
    return True


@rule("pod")
def no_release(ours, theirs):
    """The annotation with the release of Tekton's controller."""
    key = "pipeline.tekton.dev/release"
    if dig(theirs, "metadata", "annotations", key) != "unknown" or dig(ours, "metadata", "annotations", key):
        return False
    take(theirs, "metadata", "annotations", key)
    return True


@rule("pod")
def own_keys(ours, theirs):
    """Labels and annotations of ours below tektonc.dev/."""
    hid = False
    for kind in ("labels", "annotations"):
        for key in list(dig(ours, "metadata", kind) or {}):
            if key.split("/")[0] == "tektonc.dev":
                take(ours, "metadata", kind, key)
                hid = True
    return hid


TOOL_COMMAND = {
    "prepare": ["/ko-app/entrypoint", "init", "/ko-app/entrypoint", "/tekton/bin/entrypoint"],
    "place-scripts": ["sh"],
}


@rule("pod")
def no_init_containers(ours, theirs):
    """prepare and place-scripts: the entrypoint and the scripts are there as files when the Pod starts."""
    hid = False
    mine = {c["name"] for c in ours["initContainers"]}
    for c in list(theirs["initContainers"]):
        expected = TOOL_COMMAND.get(c["name"])
        if expected is None or c["name"] in mine or c["command"][:len(expected)] != expected:
            continue
        rest = c["command"][len(expected):]
        if c["name"] == "prepare" and rest != [s["name"] for s in steps(theirs)]:
            continue
        if c["name"] == "place-scripts" and ("unread place-scripts" in theirs or c.get("args", [""])[0] != "-c"):
            continue
        theirs["initContainers"].remove(c)
        hid = True
    return hid


FIXED_DIGEST = "@sha256:" + "0" * 64


def canonical_image(image):
    """The name that a registry client makes of an image's name, without tag and digest."""
    name = image.split("@")[0]
    head, slash, tail = name.rpartition("/")
    name = head + slash + tail.split(":")[0]
    first, slash, _ = name.partition("/")
    if not slash or not ("." in first or ":" in first or first == "localhost"):
        name = "index.docker.io/" + (name if slash else "library/" + name)
    return name


@rule("pod")
def no_image_lookup(ours, theirs):
    """Tekton asks the registry for the command and the digest of an image whose step has no command; we are told the
    command, and leave the image's name as it is."""
    hid = False
    mine = {c["name"]: c for c in ours["containers"]}
    for c in theirs["containers"]:
        if not c.pop("looked up", False):
            continue
        own = mine.get(c["name"], {}).get("image", "")
        name, _, digest = c["image"].partition("@")
        if canonical_image(own) == name and ("@" + digest == FIXED_DIGEST or own.endswith("@" + digest)):
            c["image"] = own
            hid = True
    for c in ours["containers"]:
        c.pop("looked up", None)
    return hid


ASSISTANT = re.compile(r"affinity-assistant-[0-9a-f]{10}\Z")
