"""The deliberate differences between Tekton's Pods and ours, one rule each, as narrow as it can be.

A rule gets the two comparable trees (pods.pod_view, or the runs of tekton.py) and, where it finds exactly the
difference it is about, takes it out of both and answers True. docs/differences.md gives the reasons, by rule name.
"""
import collections
import posixpath
import re

import pods

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


def hides_verdict(case, answer, expected, errors):
    """case: has run_verdict (None where nobody asked the reconcilers) and text (the input); errors: ids of ours."""
    for r in ALL:
        if r.level == "verdict" and r.hide(case, answer, expected, errors):
            return r.name
    return None


def print_counts(hidden, files):
    """hidden: {rule's name: how many files}."""
    print("\ndeliberate differences (docs/differences.md), files that each hid:")
    for name in [r.name for r in ALL if hidden.get(r.name)]:
        print("  %-28s %5d  %4.1f %%" % (name, hidden[name], 100 * hidden[name] / max(1, files)))


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


def annotation_item(path, key):
    return {"path": path, "fieldRef": {"fieldPath": "metadata.annotations['%s']" % key}}


def remove_init(ours, theirs, name, command, args=None):
    """Takes one of Tekton's own init containers away, if its command (and its arguments, in any order) is as expected
    and we have none of that name."""
    if any(c["name"] == name for c in ours["initContainers"]):
        return False
    for c in theirs["initContainers"]:
        if c["name"] == name and c["command"] == command and (args is None or set(c["args"]) == args):
            theirs["initContainers"].remove(c)
            return True
    return False


PREPARE = ["/ko-app/entrypoint", "init", "/ko-app/entrypoint", "/tekton/bin/entrypoint"]


def prepared(view):
    """The names of the steps that `prepare` is given."""
    for c in view["initContainers"]:
        if c["name"] == "prepare" and c["command"][:4] == PREPARE:
            return c["command"][4:]
    return []


def below_workspace(path):
    return bool(path) and (not path.startswith("/") or path.startswith("/workspace/"))


def directories(view):
    """The working directories that have to be made."""
    paths = {posixpath.normpath(s["workingDir"]) for s in steps(view) if s.get("workingDir")}
    return {path for path in paths if below_workspace(path)}


def missing_directories(view):
    """Those of them that no mount brings."""
    mounts = {path for s in steps(view) for path in s.get("mounts", {})}
    return directories(view) - mounts


RUNTIME_IMAGE = "registry.example/tektonc:1"  # as ours.py gives it
NO_PRIVILEGES = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


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
def ready_at_creation(ours, theirs):
    """Without sidecars there is nothing to wait for: the annotation that lets the first step start is there at once."""
    key = "tekton.dev/ready"
    if len(steps(theirs)) != len(theirs["containers"]) or dig(theirs, "metadata", "annotations", key):
        return False
    if dig(ours, "metadata", "annotations", key) != "READY":
        return False
    take(ours, "metadata", "annotations", key)
    return True


@rule("pod")
def script_files(ours, theirs):
    """Scripts are projected from annotations, Tekton's are written by `place-scripts` into an emptyDir."""
    name = "tekton-internal-scripts"
    source = dig(ours, "volumes", name, "downwardAPI") or {}
    if dig(theirs, "volumes", name) != {"emptyDir": {}} or source.get("defaultMode") != 0o755:
        return False
    if any(item != annotation_item(item.get("path"), "tektonc.dev/%s" % item.get("path")) for item in source["items"]):
        return False
    if "unread place-scripts" in theirs or not any(c.get("args", [""])[0] == "-c" for c in theirs["initContainers"]):
        return False
    theirs["volumes"][name] = ours["volumes"][name]
    return remove_init(ours, theirs, "place-scripts", ["sh"])


@rule("pod")
def step_links(ours, theirs):
    """The links in /tekton/steps are made by the first step, which is told the names, not by `prepare`."""
    names = " ".join(prepared(theirs))
    items = dig(ours, "volumes", "tekton-internal-downward", "downwardAPI", "items") or []
    told = annotation_item("steps", "tektonc.dev/steps")
    if told not in items or dig(ours, "metadata", "annotations", "tektonc.dev/steps") != names or not steps(ours):
        return False
    items.remove(told)
    a, b = (dig(steps(v)[0], "mounts", "/tekton/steps") for v in (ours, theirs))
    if a == {"name": "tekton-internal-steps"} and b == {"name": "tekton-internal-steps", "readOnly": True}:
        a["readOnly"] = True
    return True


@rule("pod")
def entrypoint_file(ours, theirs):
    """The entrypoint comes from a ConfigMap, Tekton's is copied by `prepare` into an emptyDir."""
    name, names = "tekton-internal-bin", prepared(theirs)
    source = dig(ours, "volumes", name, "configMap") or {}
    if dig(theirs, "volumes", name) != {"emptyDir": {}} or set(source) != {"name", "defaultMode"}:
        return False
    if source["defaultMode"] != 0o555 or not source["name"].startswith("tektonc-entrypoint"):
        return False
    theirs["volumes"][name] = ours["volumes"][name]
    if [n[:63].rstrip("-._") for n in names] != [s["name"] for s in steps(theirs)]:
        return False
    return remove_init(ours, theirs, "prepare", PREPARE + names)


def not_root(view):
    """Does the Pod say that it does not run as root?"""
    context = dig(view, "spec", "securityContext") or {}
    return bool(context.get("runAsNonRoot")) or context.get("runAsUser", 0) != 0


@rule("pod")
def working_directories(ours, theirs):
    """Tekton makes missing working directories below /workspace by an init container; for root the container runtime
    does it, and what is mounted there is there."""
    if not directories(theirs) or not_root(ours) and missing_directories(ours):
        return False
    return remove_init(ours, theirs, "working-dir-initializer", ["/ko-app/workingdirinit"], directories(theirs))


@rule("pod")
def own_init_containers(ours, theirs):
    """Where there are init containers, all of them are one image: the entrypoint copies itself, places the scripts and
    makes the working directories, without privileges."""
    expected = {
        "prepare": (["/tektonc/entrypoint", "init", "/tektonc/entrypoint", "/tekton/bin/entrypoint"] + prepared(theirs),
                    {"/tekton/bin": {"name": "tekton-internal-bin"}, "/tekton/steps": {"name": "tekton-internal-steps"}}),
        "place-scripts": (None, {"/tekton/scripts": {"name": "tekton-internal-scripts"}}),
        "working-dir-initializer": (None, {"/workspace": {"name": "tekton-internal-workspace"}}),
    }
    hid, his = False, {c["name"]: c for c in theirs["initContainers"]}
    for c in [c for c in ours["initContainers"] if c["name"] in expected and c["name"] in his]:
        command, mounts = expected[c["name"]]
        if c["image"] != RUNTIME_IMAGE or c["mounts"] != mounts or c.get("securityContext") != NO_PRIVILEGES:
            continue
        if command is None and c["command"][:2] != pods.PLACE or command is not None and c["command"] != command:
            continue
        if set(c) - {"name", "image", "command", "mounts", "securityContext", "workingDir"}:
            continue
        made = {posixpath.normpath(d) for d in c["command"][2::2]}
        if c["name"] == "working-dir-initializer" and not (
                missing_directories(theirs) <= made <= directories(theirs) and set(c["command"][3::2]) == {"/"}):
            continue
        if c["name"] == "place-scripts" and "unread place-scripts" in theirs:
            continue
        ours["initContainers"].remove(c)
        theirs["initContainers"].remove(his[c["name"]])
        hid = True
    return hid


FIXED_DIGEST = "@sha256:" + "0" * 64


def canonical_image(image):
    """The name that a registry client makes of an image's name, without tag and digest."""
    name = image.split("@")[0]
    head, slash, tail = name.rpartition("/")
    name = head + slash + tail.split(":")[0]
    first, slash, _ = name.partition("/")
    if slash and first == "docker.io":
        name = "index." + name
    elif not slash or not ("." in first or ":" in first or first == "localhost"):
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


ASSISTANT = "pipeline.tekton.dev/affinity-assistant"
TERMS = ("spec", "affinity", "podAffinity", "requiredDuringSchedulingIgnoredDuringExecution")


def term(labels):
    return {"labelSelector": {"matchLabels": labels}, "topologyKey": "kubernetes.io/hostname"}


def drop_term(view, wanted):
    terms = dig(view, *TERMS)
    terms.remove(wanted)
    if not terms:
        take(view, *TERMS)


@rule("pod")
def coschedule(ours, theirs):
    """Tasks that share a claim are kept on one node by an affinity to each other, not to a placeholder Pod."""
    name = dig(theirs, "metadata", "annotations", ASSISTANT)
    labels = dig(ours, "metadata", "labels") or {}
    his = term({"app.kubernetes.io/component": "affinity-assistant", "app.kubernetes.io/instance": name})
    mine = term({k: labels.get(k) for k in ("tekton.dev/pipelineRunUID", "tektonc.dev/claim")})
    claims = {v["persistentVolumeClaim"]["claimName"] for v in ours["volumes"].values() if "persistentVolumeClaim" in v}
    if not name or labels.get("tektonc.dev/claim") not in claims:
        return False
    if his not in (dig(theirs, *TERMS) or []) or mine not in (dig(ours, *TERMS) or []):
        return False
    take(theirs, "metadata", "annotations", ASSISTANT)
    drop_term(theirs, his)
    drop_term(ours, mine)
    return True


REPEL = {"weight": 100, "podAffinityTerm": term({"app.kubernetes.io/component": "affinity-assistant"})}


@rule("pod")
def assistant_repels(ours, theirs):
    """Tekton writes the placeholder Pod's own anti-affinity into the run's Pod template when that has one."""
    keys = ("spec", "affinity", "podAntiAffinity", "preferredDuringSchedulingIgnoredDuringExecution")
    terms = dig(theirs, *keys) or []
    if REPEL not in terms or REPEL in (dig(ours, *keys) or []):
        return False
    terms.remove(REPEL)
    if not terms:
        take(theirs, *keys)
    return True


@rule("pod")
def deadline_in_range(ours, theirs):
    """Kubernetes refuses a deadline of 0 and one that 31 bits don't hold."""
    key, most = "activeDeadlineSeconds", 2147483647
    a, b = dig(ours, "spec", key), dig(theirs, "spec", key)
    if not (b == 0 and a == 1 or isinstance(b, int) and b > most and a == most):
        return False
    theirs["spec"][key] = a
    return True


@rule("pod")
def step_cel(ours, theirs):
    """CEL in a step's condition is evaluated when compiling; Tekton's entrypoint does it."""
    hid = False
    for a, b in zip(steps(ours), steps(theirs)):
        mine, tekton_s = (dig(x, "flags", "when_expressions") or [] for x in (a, b))
        for i, (x, y) in enumerate(zip(mine, tekton_s)):
            if x in CONSTANT and set(y) == {"cel"} and "$(" not in y["cel"]:
                tekton_s[i], hid = x, True
    return hid


CONSTANT = [{"input": word, "operator": "in", "values": ["true"]} for word in ("true", "false")]
RESULT = re.compile(r"(\$\((?:tasks|finally)\.[^.$()]+\.results\.[^.$()]+(?:\[\*\]|\.[^.$()]+)\))")
PARAM = re.compile(r"(\$\(params\.[^.$()]+(?:\[\*\]|\.[^.$()]+)\))")


def same_but_references(ours, theirs):
    """Equal texts, but for a result's whole array or a key of it where theirs has the parameter's array or key."""
    a, b = RESULT.split(ours), PARAM.split(theirs)
    if len(a) != len(b) or len(a) < 3 or a[::2] != b[::2]:
        return False
    return all(x.endswith("[*])") and y.endswith("[*])") or x.rsplit(".", 1)[1] == y.rsplit(".", 1)[1]
               for x, y in zip(a[1::2], b[1::2]))


def texts(container):
    """(holder, key) of every text of a container that a reference can stand in."""
    for i, word in enumerate(container.get("command") or []):
        yield (word, "script") if isinstance(word, dict) else (container["command"], i)
    for e in container.get("env") or []:
        if "value" in e:
            yield e, "value"


@rule("pod")
def bare_references(ours, theirs):
    """Before a run, what becomes an array or an object of another task's results shows that reference; Tekton, which
    makes no such Pod before the results are there, leaves the parameter's."""
    hid = False
    for a, b in zip(ours["containers"], theirs["containers"]):
        for (at, i), (to, j) in zip(texts(a), texts(b)):
            if same_but_references(at[i], to[j]):
                to[j] = at[i]
                hid = True
    return hid


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


# --- verdicts --------------------------------------------------------------------------------------------------

@rule("verdict")
def unlabelled_run(case, answer, expected, errors):
    """A run in a case of Tekton's validation tests, whose labels say what admission does and not what becomes of the
    run: parameters that are missing (TK0605) or of another type (TK0606) are refused when the run starts."""
    return (case.run_verdict is None and (expected, answer.verdict) == ("accept", "reject")
            and bool(errors) and set(errors) <= {"TK0605", "TK0606"})


@rule("verdict")
def later_refusal(case, answer, expected, errors):
    """A task that waits for results and that Tekton will refuse when its turn comes: said when compiling. The verdict of
    the corpus leaves such tasks out, but its answer shows what becomes of them."""
    def tasks(runs):
        for run in runs:
            for t in run.get("tasks") or []:
                yield t
                yield from tasks([t["child"]] if t.get("child") else [])
    runs = (getattr(case, "answer", None) or {}).get("pipelineRuns") or []
    return (case.run_verdict == "accept" and (expected, answer.verdict) == ("accept", "reject")
            and any(t.get("error") and (t.get("needsResults") or t.get("unresolved")) for t in tasks(runs)))
