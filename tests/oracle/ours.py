"""Our side: what tektonc made of a file, in the form that tekton.py describes. The only place of the comparison that
knows the layout of the output (docs/plan.md)."""
import json
import os

import common
import fill

UID = "00000000-0000-4000-8000-000000000001"
FLAGS = ["--name-suffix=run", "--run-uid=" + UID, "--image-entrypoint", "*=/image-entrypoint,image-cmd",
         "--runtime-image=registry.example/tektonc:1", "--json"]


def compile_file(path, out, alpha=False, more=()):
    args = [os.path.basename(path)] + FLAGS + (common.ALPHA if alpha else []) + list(more) + ["-o", out]
    return common.tektonc(args, cwd=os.path.dirname(path))


def runs(out):
    """The runs of an output folder: its own plan, or one in each folder below."""
    folders = [out] if os.path.exists(os.path.join(out, "plan.json")) else sorted(
        os.path.join(out, d) for d in os.listdir(out) if os.path.exists(os.path.join(out, d, "plan.json")))
    found = []
    for folder in folders:
        spec = read(folder, "plan.json")["spec"]
        for i in range(1, spec.get("parts", 1)):
            part = read(folder, "plan.%d.json" % i)["spec"]
            for section in ("tasks", "finally"):
                spec[section] = spec.get(section, []) + part.get(section, [])
        found.append(dict(run(spec, spec.get("holes"), os.path.join(folder, "pods")), folder=folder))
    return found


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as f:
        return json.load(f)


def plain_when(w, lookup):
    """A when expression that depends on no result, as Tekton writes it; else as it is."""
    try:
        return {k: fill.evaluate(v, lookup) for k, v in w.items()}
    except fill.Missing:
        return w


def run(spec, holes, pods):
    pipeline = spec["run"]["kind"] == "PipelineRun"
    r = {"name": spec["run"]["name"], "spec": spec, "graph": {} if pipeline else None, "tasks": {}, "pods": {},
         "units": {}, "children": {}, "holes": holes,
         "claims": {c["name"]: c["template"].get("spec") or {} for c in spec.get("claims") or []}}
    identity = fill.Run(r, {}, ()).common
    for section in ("tasks", "finally"):
        for t in spec.get(section) or []:
            name = t["name"]
            if pipeline:
                r["graph"][name] = {"deps": sorted(t.get("deps") or []), "finally": section == "finally"}
                r["tasks"][name] = {"retries": t.get("retries", 0), "onError": t.get("onError") or "stopAndFail",
                                    "skip": t.get("skip"), "custom": "custom" in t, "timeout": t.get("timeout"),
                                    "when": [plain_when(w, identity) for w in t.get("when") or []]}
            if "pipeline" in t:
                r["children"][name] = run(t["pipeline"], holes, pods)
            for u in t.get("units") or []:
                r["pods"][u["taskRun"]] = read(pods, u["pod"] + ".json")
                r["units"][u["taskRun"]] = (name, u)
    return r


MADE_UP = {"array": ["of a skipped task"], "object": {}}


def fill_folder(mine, emitted, skipped):
    """What `tektonc fill` makes of a run's folder, {TaskRun's name: Pod}, and what it says when it can't. Tasks that were
    skipped have a status; they get results as well, since all Pods are filled in one go."""
    r, given = fill.Run(mine, emitted, skipped), {}
    r.fan_out()
    for name, t in r.tasks.items():
        one = given[name] = {"results": {}, "status": r.common("tasks.%s.status" % name)}
        one["reason"] = r.common("tasks.%s.reason" % name)
        for result in t.get("results") or []:
            try:
                one["results"][result["name"]] = r.result(name, result["name"])
            except fill.Missing:
                one["results"][result["name"]] = MADE_UP.get(result["type"], "of a skipped task")
    out = mine["folder"] + ".filled"
    with open(out + ".json", "w", encoding="utf-8") as f:
        json.dump({"tasks": given}, f)
    answer = common.tektonc(["fill", mine["folder"], "--results=" + out + ".json", "--json", "-o", out])
    if answer.status != 0:
        return {}, answer.first_error() or answer.verdict
    pods = [read(out, name) for name in sorted(os.listdir(out)) if name.endswith(".json")]
    return {p["metadata"]["labels"]["tekton.dev/taskRun"]: p for p in pods}, None
