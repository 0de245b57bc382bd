"""Our side: what `tektonc FILE -o DIR --json` wrote, in the form that tekton.py describes. The only place of the
comparison that knows the layout of the output (docs/plan.md)."""
import json
import os

import common

UID = "00000000-0000-4000-8000-000000000001"
FLAGS = ["--name-suffix=run", "--run-uid=" + UID, "--image-entrypoint", "*=/image-entrypoint,image-cmd",
         "--runtime-image=registry.example/tektonc:1", "--json"]


def compile_file(path, out, alpha=False):
    args = [os.path.basename(path)] + FLAGS + (common.ALPHA if alpha else []) + ["-o", out]
    return common.tektonc(args, cwd=os.path.dirname(path))


def runs(out):
    """The runs of an output folder: its own plan, or one in each folder below."""
    if os.path.exists(os.path.join(out, "plan.json")):
        return [run(out)]
    return [run(os.path.join(out, d)) for d in sorted(os.listdir(out))
            if os.path.exists(os.path.join(out, d, "plan.json"))]


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as f:
        text = f.read()
    if text.startswith("#") or text.startswith("//"):
        text = text.split("\n", 1)[1]
    return json.loads(text)


def run(folder):
    plan = read(folder, "plan.json")
    spec = plan["spec"]
    pipeline = spec["run"]["kind"] == "PipelineRun"
    r = {"name": spec["run"]["name"], "folder": folder, "plan": plan, "graph": {} if pipeline else None, "tasks": {},
         "pods": {}, "units": {}, "filled": {}, "children": {},
         "claims": {c["name"]: c["spec"] for c in spec.get("claims") or []}}
    for section in ("tasks", "finally"):
        for t in spec.get(section) or []:
            if pipeline:
                r["graph"][t["name"]] = {"deps": sorted(t.get("deps") or []), "finally": section == "finally"}
                r["tasks"][t["name"]] = {"retries": t.get("retries", 0), "onError": t.get("onError") or "stopAndFail",
                                         "skip": t.get("skip"), "custom": False}
            for u in t.get("units") or []:
                r["pods"][u["taskRun"]] = read(folder, "pods", u["pod"] + ".json")
                r["units"][u["taskRun"]] = t["name"]
    return r


class FillError(Exception):
    pass


def fill(mine, theirs):
    raise FillError("tektonc fill")
