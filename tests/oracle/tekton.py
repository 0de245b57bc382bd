"""Tekton's side: NAME.oracle.json as verdicts and runs.

A run, on both sides, is a dict:
  name      of the TaskRun or PipelineRun
  graph     {task: {"deps": [task…], "finally": bool}}; None for a TaskRun
  tasks     {task: {"retries", "onError", "skip": reason or None, "custom": bool, "timeout", "when"}}; the last two
            None where the answer does not say them, or not before there are results
  pods      {TaskRun's name: core/v1 Pod with result references as text}; a matrix has several
  filled    {TaskRun's name: core/v1 Pod with made-up results in it}, where the run was simulated
  claims    {PersistentVolumeClaim's name: its spec}
  emitted   {TaskRun's name: {result: value}} made up for the simulated run; `skipped`: its skipped tasks
  results   {name: value} of the simulated run
  open      names of TaskRuns whose Pods the answer leaves open
  children  {pipeline task: run}, pipelines in pipelines
Of a run whose spec.status keeps it from starting there is only the name, and `stopped`.
"""
import json

# A pipeline task is an entry per matrix combination; what is the same for all of them.
MATRIX_UNKNOWN = "matrix depends on results"


OPEN = "not known"  # whether a task is skipped


class Oracle:
    def __init__(self, path, text=""):
        with open(path, encoding="utf-8") as f:
            self.answer = json.load(f)
        docs = self.answer.get("validate") or []
        refused = any((d.get("cluster") or d)["verdict"] == "reject" for d in docs)
        self.cluster_verdict = "reject" if refused else "accept"
        self.run_verdict = self.answer["runVerdict"]
        self.text = text

    def errors(self):
        for d in self.answer.get("validate") or []:
            c = d.get("cluster") or {}
            for key in ("unknownFields", "schemaErrors", "metadataErrors", "webhookErrors"):
                for e in c.get(key) or []:
                    yield ("unknown field " + e) if key == "unknownFields" else e
            if not c:
                yield from d.get("errors") or []
        yield from self.answer.get("runErrors") or []

    def runs(self):
        claims = {c["metadata"]["name"]: c for c in self.answer.get("created") or []
                  if c["kind"] == "PersistentVolumeClaim"}
        for t in self.answer.get("taskRuns") or []:
            if t.get("pod"):
                run = {"name": t["name"], "graph": None, "children": {}, "results": {}, "emitted": {}, "skipped": [], "open": set(),
                       "tasks": {}, "pods": {t["name"]: t["pod"]}, "filled": {}}
                run["claims"] = claims_of(claims, run)
                yield run
            elif t.get("stage") in ("cancelled", "pending"):
                yield {"name": t["name"], "stopped": True}
        for p in self.answer.get("pipelineRuns") or []:
            if not p.get("error"):
                yield pipeline_run(p, claims)
            elif p.get("reason") == "PipelineRunPending":
                yield {"name": p["name"], "stopped": True}


def open_when(t):
    """Do its when expressions hold text that looks like a reference to another task?"""
    return "$(" in json.dumps(t.get("when"))


def pipeline_run(p, claims):
    run = {"name": p["name"], "tasks": {}, "pods": {}, "filled": {}, "children": {}, "results": {},
           "emitted": {}, "skipped": [], "open": set(),
           "graph": {n["name"]: {"deps": sorted(n["deps"]), "finally": bool(n.get("finally"))} for n in p["graph"]}}
    needs_results, simulation = False, p.get("simulation") or {}
    simulated = simulation["pods"] if simulation.get("status") == "True" else {}
    skipped = {s["name"] for s in simulation.get("skipped") or []}
    for t in p["tasks"]:
        run["tasks"][t["name"]] = {"retries": t.get("retries", 0), "onError": t.get("onError") or "stopAndFail",
                                   "skip": t.get("skippedReason") or (OPEN if open_when(t) else None),
                                   "custom": t["kind"] == "CustomTask",
                                   "timeout": ((t.get("taskRun") or {}).get("spec") or {}).get("timeout"),
                                   "when": None if open_when(t) else t.get("when") or []}
        if t.get("childPipelineRun"):
            run["children"][t["name"]] = pipeline_run(t["childPipelineRun"], claims)
        needs_results = needs_results or bool(t.get("unresolved") or t.get("needsResults"))
        if t.get("pod") and not (t.get("note") or "").startswith(MATRIX_UNKNOWN):
            # what results change is compared with results in it, where the run was simulated
            if open_when(t) and t["name"] in skipped:
                run["open"].add(t["taskRunName"])  # Tekton's code was not asked whether it would skip this one
                continue
            if simulated.get(t["taskRunName"], t["pod"]) == t["pod"]:
                run["pods"][t["taskRunName"]] = t["pod"]
            else:
                needs_results = True
    if simulated:
        run["results"] = {r["name"]: r["value"] for r in simulation.get("results") or []}
        run["emitted"] = {name: {r["name"]: r["value"] for r in list_}
                          for name, list_ in (simulation.get("emitted") or {}).items()}
        run["skipped"] = sorted(skipped)
        run["filled"] = simulated if needs_results else {}
    run["claims"] = claims_of(claims, run)
    return run


def claims_of(claims, run):
    """The claims made that the run's Pods mount: runs of one file have one uid here, and so share names of claims."""
    used = {(v.get("persistentVolumeClaim") or {}).get("claimName")
            for pod in run["pods"].values() for v in pod["spec"].get("volumes") or []}
    return {name: c["spec"] for name, c in claims.items()
            if name in used or any(o["name"] == run["name"] for o in c["metadata"].get("ownerReferences") or [])}
