"""Made-up Pipelines for the comparison of schedulers: small, dense, and the same for the same number.

What tasks emit is known beforehand (the oracle's made-up results: p-run-T.r), so conditions can be made true or false."""
import json
import random

TASKS, FINALLY = 8, 3


def result_ref(r, producer, matrix):
    """A reference to a result of a task, and whether it is an array."""
    if matrix:
        return "$(tasks.%s.results.r[*])" % producer, True
    return r.choice([("$(tasks.%s.results.r)" % producer, False), ("$(tasks.%s.results.r)-x" % producer, False),
                     ("$(tasks.%s.results.a[1])" % producer, False), ("$(tasks.%s.results.o.k)" % producer, False),
                     ("$(tasks.%s.results.a[*])" % producer, True)])


def when(r, producers, matrixed):
    p = r.choice(producers) if producers and r.random() < 0.6 else None
    if p and p not in matrixed:
        text, value = "$(tasks.%s.results.r)" % p, "p-run-%s.r" % p
    else:
        text, value = "yes", "yes"
    values = r.choice([[value], ["other", value], ["other"]])
    return {"input": text, "operator": r.choice(["in", "in", "notin"]), "values": values}


def task(r, name, producers, matrixed, finally_, tasks):
    params, t = [], {"name": name}
    spec = {"results": [{"name": "r"}, {"name": "a", "type": "array"},
                        {"name": "o", "type": "object", "properties": {"k": {"type": "string"}}}],
            "steps": [{"image": "busybox", "script": "true"}]}
    for i in range(r.choice([0, 0, 1, 1, 2])):
        if not producers:
            break
        p = r.choice(producers)
        text, array = result_ref(r, p, p in matrixed)
        params.append({"name": "p%d" % i, "value": [text] if array else text})
    if finally_ and r.random() < 0.5:
        params.append({"name": "st", "value": "$(tasks.%s.status)" % r.choice(tasks)})
    if params:
        t["params"] = params
        spec["params"] = [{"name": p["name"], "type": "array" if isinstance(p["value"], list) else "string"} for p in params]
    if r.random() < 0.3:
        t["when"] = [when(r, producers, matrixed) for _ in range(r.choice([1, 1, 2]))]
    if r.random() < 0.2:
        spec.setdefault("params", []).append({"name": "m"})
        plain = [p for p in producers if p not in matrixed]
        arrays = ["x", "y"]
        if plain and r.random() < 0.5:
            arrays = ["$(tasks.%s.results.a[*])" % r.choice(plain)]
        t["matrix"] = {"params": [{"name": "m", "value": arrays}]}
        spec["results"] = [{"name": "r"}]
    if not finally_:
        after = [p for p in producers if r.random() < 0.25]
        if after:
            t["runAfter"] = after
        if r.random() < 0.25:
            t["onError"] = "continue"
    t["taskSpec"] = spec
    return t


def make(seed):
    r = random.Random(seed)
    names, matrixed, tasks = [], set(), []
    for i in range(r.randint(1, TASKS)):
        t = task(r, "t%d" % i, names, matrixed, False, names)
        if "matrix" in t:
            matrixed.add(t["name"])
        names.append(t["name"])
        tasks.append(t)
    last = [task(r, "f%d" % i, names, matrixed, True, names) for i in range(r.randint(0, FINALLY))]
    for t in last:
        t.pop("matrix", None)
        t["taskSpec"]["params"] = [p for p in t["taskSpec"].get("params", []) if p["name"] != "m"]
    spec = {"tasks": tasks}
    if last:
        spec["finally"] = last
    if r.random() < 0.5:
        plain = [n for n in names if n not in matrixed]
        spec["results"] = [{"name": "all-%s" % n, "value": "$(tasks.%s.results.r)" % n} for n in plain[:3]]
        if not spec["results"]:
            del spec["results"]
    run = {"apiVersion": "tekton.dev/v1", "kind": "PipelineRun", "metadata": {"name": "p-run"}, "spec": {"pipelineSpec": spec}}
    r.shuffle(tasks)
    fail = sorted(n for n in names + [t["name"] for t in last] if r.random() < r.choice([0, 0.1, 0.3]))
    return json.dumps(run, indent=1), fail
