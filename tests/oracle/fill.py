"""A plan's holes filled with given results, by docs/plan.md alone: a second implementation of what the runtime does, so
that a Pod with results in it can be compared, and the plan's format with it.

In: a run of ours.py (plan and Pods) and what its tasks gave: {TaskRun's name: {result: value}}, the names of skipped
tasks. Out: the Pod of every task that ran and the run's results. Every hole is filled, also those that have a value by default.
"""
import base64
import copy
import hashlib
import itertools
import json
import re

UID = "00000000-0000-4000-8000-000000000001"


class Missing(Exception):
    """A hole needs what the run did not give."""


# --- names (Tekton's rules) ------------------------------------------------------------------------------------

def child_name(parent, suffix):
    if len(parent) + len(suffix) <= 63:
        return parent + suffix
    if len(suffix) < 31:
        return parent[:31 - len(suffix)] + hashlib.md5(parent.encode()).hexdigest() + suffix
    whole = parent[:31] + hashlib.md5((parent + suffix).encode()).hexdigest() + suffix
    return re.sub(r"[^A-Za-z0-9]+\Z", "", whole[:63])


def task_run_name(run, task, i, n):
    if n <= 1:
        return child_name(run, "-" + task)
    name = child_name(run, "-%s-%d" % (task, i))
    if name.endswith("-%d" % i):
        return name
    return child_name(run, "-" + task)[:63 - len("-%d" % n)] + "-%d" % i


# --- value trees -----------------------------------------------------------------------------------------------

def evaluate(v, lookup):
    if isinstance(v, str):
        return v
    if isinstance(v, list):
        out = []
        for x in v:
            value = evaluate(x, lookup)
            out += value if isinstance(x, dict) and "splice" in x and isinstance(value, list) else [value]
        return out
    if "ref" in v:
        return lookup(v["ref"])
    if "object" in v:
        return {k: evaluate(x, lookup) for k, x in v["object"].items()}
    if "concat" in v:
        return "".join(text(evaluate(x, lookup)) for x in v["concat"])
    (kind, of), = [(k, x) for k, x in v.items() if k not in ("at", "name", "type")]
    value = evaluate(of, lookup)
    if kind == "splice":
        return value
    if kind == "index":
        if not isinstance(value, list) or v["at"] >= len(value):
            raise Missing("index %d of %r" % (v["at"], value))
        return value[v["at"]]
    if kind == "key":
        if not isinstance(value, dict) or v["name"] not in value:
            raise Missing("key %s of %r" % (v["name"], value))
        return value[v["name"]]
    if kind == "json":
        return go_json(value)
    if kind == "escape":
        return go_json(text(value))[1:-1]
    if kind == "base64":
        return base64.b64encode(text(value).encode()).decode()
    if kind == "length":
        return str(len(value))
    raise Missing("a value of kind %r" % kind)


def text(value):
    if not isinstance(value, str):
        raise Missing("a text, not %r" % (value,))
    return value


def go_json(value):
    out = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    for c in "<>&\u2028\u2029":
        out = out.replace(c, "\\u%04x" % ord(c))
    return out


# --- holes -----------------------------------------------------------------------------------------------------

def steps_of(path):
    return [p.replace("~1", "/").replace("~0", "~") for p in path.split("/")[1:]]


def fill_pod(pod, holes, lookup):
    pod, splices = copy.deepcopy(pod), []
    for h in holes:
        *parents, last = steps_of(h["path"])
        at = pod
        for p in parents:
            at = at[int(p)] if isinstance(at, list) else at[p]
        value = evaluate(h["value"], lookup)
        last = int(last) if isinstance(at, list) else last
        if isinstance(at, dict) and last not in at:
            raise Missing("nothing at %s" % h["path"])
        if isinstance(h["value"], dict) and "splice" in h["value"]:
            splices.append((at, last, value))
        else:
            at[last] = value
    for at, last, value in sorted(splices, key=lambda s: -s[1]):
        at[last:last + 1] = value
    return pod


def fan_out(matrix, lookup):
    """Combinations of a matrix, each {name: text}; None for an empty array: nothing runs."""
    params = [(p["name"], evaluate(p["value"], lookup)) for p in matrix.get("params") or []]
    if any(v == [] for _, v in params):
        return None
    includes = [{p["name"]: evaluate(p["value"], lookup) for p in i.get("params") or []}
                for i in matrix.get("include") or []]
    if not params:
        return includes
    arrays = [(name, v) for name, v in params if isinstance(v, list)]
    base = [dict(zip([n for n, _ in reversed(arrays)], row))
            for row in itertools.product(*[v for _, v in reversed(arrays)])]
    out = [dict(c) for c in base]
    for inc in includes:
        for before, c in zip(base, out):
            if all(before.get(k, x) == x for k, x in inc.items()):
                c.update(inc)
        if not any(c.get(k) == x for c in base for k, x in inc.items()):
            out.append(dict(inc))
    return out


# --- the run ---------------------------------------------------------------------------------------------------

class Run:
    def __init__(self, mine, emitted, skipped):
        self.mine, self.spec, self.emitted, self.skipped = mine, mine["spec"], emitted, set(skipped)
        self.run = self.spec["run"]
        self.tasks = {t["name"]: t for section in ("tasks", "finally") for t in self.spec.get(section) or []}
        self.names = {t: [u["taskRun"] for u in x.get("units") or []] for t, x in self.tasks.items()}

    def result(self, task, name):
        values = [self.emitted[n][name] for n in sorted(self.names[task]) if name in self.emitted.get(n, {})]
        matrix = "matrix" in self.tasks[task] or "combinations" in self.tasks[task]
        if not values:
            raise Missing("result %s of task %s" % (name, task))
        return [v for x in values for v in (x if isinstance(x, list) else [x])] if matrix else values[0]

    def common(self, ref):
        """A ref that does not depend on the Pod it stands in."""
        run = {"context.pipelineRun.name": self.run["name"], "context.pipelineRun.uid": self.run.get("uid"),
               "context.pipelineRun.namespace": self.run["namespace"], "context.taskRun.uid": UID,
               "context.task.retry-count": "0", "context.entrypoint.configMap": "tektonc-entrypoint",
               "tasks.status": "Completed" if self.skipped & {t["name"] for t in self.spec.get("tasks") or []}
               else "Succeeded"}
        if ref in run:
            return run[ref]
        if ref.startswith("claims."):
            claims = {c["workspace"]: c["name"] for c in self.spec.get("claims") or []}
            if ref[len("claims."):] in claims:
                return claims[ref[len("claims."):]]
        section, _, rest = ref.partition(".")
        task = max((t for t in self.tasks if rest.startswith(t + ".")), key=len, default=None)
        if section not in ("tasks", "finally") or task is None:
            raise Missing("a value for " + ref)
        what = rest[len(task) + 1:]
        if what == "matrix.length":
            return str(len(self.names[task]))
        if what.startswith("results."):
            return self.result(task, what[len("results."):])
        if what == "status":
            return "None" if task in self.skipped else "Succeeded"
        if what == "reason":
            return "None" if task in self.skipped else "Succeeded"
        if what.split(".")[0] in ("inputs", "outputs"):
            return "$(%s)" % ref  # the oracle's tasks give no artifacts
        raise Missing("a value for " + ref)

    def lookup(self, task_run, task, combination):
        own = {"context.taskRun.name": task_run, "context.taskRun.namespace": self.run["namespace"],
               "context.pod.name": child_name(task_run, "-pod")}
        own.update({"matrix.%s.%s" % (task, k): v for k, v in combination.items()})
        return lambda ref: own[ref] if ref in own else self.common(ref)

    def pods(self):
        matrices, out = self.fan_out(), {}
        for name, t in self.tasks.items():
            if name in self.skipped:
                continue
            units = t.get("units") or []
            for i, task_run in enumerate(self.names[name]):
                unit = units[0] if name in matrices else units[i]
                pod = self.mine["pods"][unit["taskRun"]]
                combination = matrices[name][i] if name in matrices else {}
                own = {h["path"] for h in unit.get("holes") or []}
                holes = (unit.get("holes") or []) + [h for h in self.mine["holes"] or [] if h["path"] not in own]
                out[task_run] = fill_pod(pod, holes, self.lookup(task_run, name, combination))
        return out

    def fan_out(self):
        """The combinations of matrices over results; from then on the tasks' names are those of all their TaskRuns."""
        found = {}
        for name, t in self.tasks.items():
            if "matrix" in t and name not in self.skipped:
                found[name] = self.combinations(t)
                n = len(found[name])
                self.names[name] = [task_run_name(self.run["name"], name, i, n) for i in range(n)]
        return found

    def results(self):
        """The run's own results; one that needs what no task gave is left out."""
        out = {}
        for r in self.spec.get("results") or []:
            try:
                out[r["name"]] = evaluate(r["value"], self.common)
            except Missing:
                continue
        return out

    def combinations(self, t):
        found = fan_out(t["matrix"], self.common)
        if found is None:
            raise Missing("the elements of an empty matrix of " + t["name"])
        return found


def fill(mine, emitted, skipped):
    """(Pods by TaskRun's name, the run's results)"""
    run = Run(mine, emitted, skipped)
    return run.pods(), run.results()
