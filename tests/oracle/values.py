"""Values as Kubernetes reads them: quantities, and what counts as absent."""
import re
from fractions import Fraction

SUFFIX = {"": 1, "n": Fraction(1, 10**9), "u": Fraction(1, 10**6), "m": Fraction(1, 1000), "k": 10**3, "M": 10**6,
          "G": 10**9, "T": 10**12, "P": 10**15, "E": 10**18}
SUFFIX.update({p + "i": 1024**n for n, p in enumerate("KMGTPE", 1)})
QUANTITY = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)\Z")


def quantity(v):
    """A quantity's value, so that 1000m and 1 are equal; a text that is none stays as it is."""
    m = QUANTITY.match(str(v).strip()) if isinstance(v, (str, int, float)) and not isinstance(v, bool) else None
    if not m:
        return v
    number = Fraction(m.group(1)) * Fraction("1" + m.group(2) if m.group(2) else 1) * SUFFIX[m.group(3) or ""]
    return "=" + str(number)


# Maps of free keys: an empty text in them is a value.
FREE = {"labels", "annotations", "nodeSelector", "matchLabels", "volumeAttributes", "data"}
# Pointers in Kubernetes' types: false and 0 are values there. Everywhere else they are the same as absent.
POINTERS = {
    "privileged", "runAsUser", "runAsGroup", "runAsNonRoot", "readOnlyRootFilesystem", "allowPrivilegeEscalation",
    "fsGroup", "automountServiceAccountToken", "enableServiceLinks", "optional", "defaultMode", "mode", "hostUsers",
    "tolerationSeconds", "expirationSeconds", "activeDeadlineSeconds", "hostProcess", "terminationGracePeriodSeconds",
    "shareProcessNamespace", "controller", "blockOwnerDeletion",
}
# Empty objects that say something.
EMPTY_OBJECTS = {"emptyDir", "labelSelector", "namespaceSelector", "podSelector"}


def plain(v, key=""):
    """A tree without what the API server takes for absent: null, "", [], {}, and false or 0 where they are a default."""
    if isinstance(v, dict):
        if key in FREE:
            return {k: x for k, x in v.items() if x is not None}
        if key in ("limits", "requests", "capacity"):
            return {k: quantity(x) for k, x in v.items()}
        out = {}
        for k, x in v.items():
            x = quantity(x) if k in ("sizeLimit", "divisor") else plain(x, k)
            if x is None or x == "" or x == [] or (x == {} and k not in EMPTY_OBJECTS):
                continue
            if (x is False or (x == 0 and not isinstance(x, bool) and isinstance(x, int))) and k not in POINTERS:
                continue
            out[k] = x
        return out
    if isinstance(v, list):
        return [plain(x) for x in v]
    return v


def differences(ours, theirs, path=()):
    """(path, ours, theirs) for every place where two trees differ; lists of named objects are matched by name."""
    if type(ours) is type(theirs) and isinstance(ours, dict):
        for k in sorted(set(ours) | set(theirs), key=str):
            if k not in ours or k not in theirs:
                yield path + (k,), ours.get(k), theirs.get(k)
            else:
                yield from differences(ours[k], theirs[k], path + (k,))
        return
    if type(ours) is type(theirs) and isinstance(ours, list):
        a, b = names(ours), names(theirs)
        if a is not None and b is not None and len(set(a)) == len(a) and len(set(b)) == len(b):
            if a != b:
                yield path + ("(order)" if sorted(a) == sorted(b) else "(names)",), a, b
            other = dict(zip(b, theirs))
            for name, x in zip(a, ours):
                if name in other:
                    yield from differences(x, other[name], path + (name,))
            return
        if len(ours) == len(theirs):
            for i, (x, y) in enumerate(zip(ours, theirs)):
                yield from differences(x, y, path + (i,))
            return
    if ours != theirs or (isinstance(ours, bool) != isinstance(theirs, bool)):
        yield path, ours, theirs


def names(list_):
    if list_ and all(isinstance(x, dict) and isinstance(x.get("name"), str) for x in list_):
        return [x["name"] for x in list_]
    return None


def shown(ours, theirs, width=110):
    """Two values for one line; of long texts, the part where they part."""
    a, b = text(ours), text(theirs)
    if len(a) > width or len(b) > width:
        n = 0
        while n < min(len(a), len(b)) and a[n] == b[n]:
            n += 1
        start = max(0, n - width // 3)
        a, b = cut(a, start, width), cut(b, start, width)
    return a, b


def text(v):
    import json
    return "none" if v is None else json.dumps(v, ensure_ascii=False, sort_keys=True)


def cut(s, start, width):
    return ("…" if start else "") + s[start:start + width] + ("…" if len(s) > start + width else "")
