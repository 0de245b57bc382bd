"""Pipelines of any size as YAML: a fan, a chain, and tasks that wait for some before them."""
import random

HEAD = """apiVersion: tekton.dev/v1
kind: Task
metadata: {name: t}
spec:
  params: [{name: x, default: ""}]
  results: [{name: digest, description: d}]
  steps:
  - {name: build, image: "golang:1.22", script: "echo </script> > $(results.digest.path)"}
---
apiVersion: tekton.dev/v1
kind: Pipeline
metadata: {name: p}
spec:
  tasks:
"""


def task(name, after=(), result=None):
    text = f"  - name: {name}\n    taskRef: {{name: t}}\n"
    if after:
        text += f"    runAfter: [{', '.join(after)}]\n"
    if result:
        text += f"    params: [{{name: x, value: $(tasks.{result}.results.digest)}}]\n"
    return text


def fan(n):
    names = [f"test-{i}" for i in range(n)]
    text = task("checkout") + "".join(task(name, ["checkout"]) for name in names)
    return HEAD + text + task("collect", names) + task("publish", ["collect"], "checkout")


def chain(n):
    return HEAD + "".join(task(f"t{i}", [f"t{i - 1}"] if i else [], "t0" if i else None) for i in range(n))


def some(n, seed=1):
    random.seed(seed)
    text, names = HEAD, []
    for i in range(n):
        pool = names[-12:]
        after = random.sample(pool, min(len(pool), random.choice([0, 1, 1, 2, 3])))
        result = random.choice(names[-20:]) if names and random.random() < 0.3 else None
        text += task(f"task-{i}", after, result)
        names.append(f"task-{i}")
    return text + "  finally:\n" + task("report") + task("notify").replace("{name: t}", "{name: t}\n    params: [{name: x, value: $(tasks.task-0.status)}]")
