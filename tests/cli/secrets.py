#!/usr/bin/env python3
"""secrets.py TEKTONC: whatever the program is asked, values of Secrets are in nothing that it writes."""
import base64
import os
import re
import subprocess
import sys
import tempfile

TEKTONC = os.path.abspath(sys.argv[1])
PLANTED = "planted-5ecret-value"
ENCODED = base64.b64encode(PLANTED.encode()).decode()

INPUT = f"""apiVersion: v1
kind: Secret
metadata:
  name: access
  annotations:
    tekton.dev/git-0: https://git.example.com
    kubectl.kubernetes.io/last-applied-configuration: '{{"stringData":{{"token":"{PLANTED}"}}}}'
type: kubernetes.io/basic-auth
data: {{password: {ENCODED}}}
stringData: {{username: {PLANTED}, token: "{PLANTED}"}}
---
apiVersion: v1
kind: List
items:
- {{apiVersion: v1, kind: Secret, metadata: {{name: listed}}, stringData: {{token: {PLANTED}}}}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {{name: builder}}
secrets: [{{name: access}}]
---
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {{name: shop}}
spec:
  taskRunTemplate: {{serviceAccountName: builder}}
  workspaces: [{{name: keys, secret: {{secretName: listed}}}}]
  pipelineSpec:
    workspaces: [{{name: keys}}]
    tasks:
    - name: build
      workspaces: [{{name: keys}}]
      taskSpec:
        workspaces: [{{name: keys}}]
        steps:
        - name: go
          image: golang:1.24
          env: [{{name: TOKEN, valueFrom: {{secretKeyRef: {{name: access, key: token}}}}}}]
          script: go build
"""
# Wrong in many ways around the value, so that messages show lines near it.
BROKEN = f"""apiVersion: v1
kind: Secret
metadata: {{name: access, labels: [1]}}
data: {{password: "{PLANTED}"}}
stringData:
  token: {PLANTED}
  token: [{PLANTED}]
type: {{a: b}}
"""

counts = {"passed": 0, "failed": 0, "skipped": 0}


def holds(text):
    return any(value.encode() in text for value in (PLANTED, ENCODED, ENCODED[::-1]))


def run(work, name, words, files=()):
    done = subprocess.run([TEKTONC] + words, capture_output=True, cwd=work, timeout=60, env=dict(os.environ, XDG_STATE_HOME=work + "/state", HOME=work))
    texts = [("standard output", done.stdout), ("standard error", done.stderr)]
    for folder in files:
        for base, _, names in os.walk(os.path.join(work, folder)):
            for n in names:
                with open(os.path.join(base, n), "rb") as f:
                    texts.append((os.path.join(base, n), f.read()))
    wrote = any(text for _, text in texts)
    bad = [where for where, text in texts if holds(text)]
    counts["passed" if wrote and not bad else "failed"] += 1
    if bad or not wrote:
        print(f"FAIL {name}: {'the value is in ' + ', '.join(bad) if bad else 'nothing was written'}: {done.stderr[-200:]}")


with tempfile.TemporaryDirectory() as work:
    for name, text in ("in.yaml", INPUT), ("broken.yaml", BROKEN), ("map.yaml", "golang: mirror.example.com/go\n"):
        with open(os.path.join(work, name), "w") as f:
            f.write(text)
    # What each verb is asked; those that need an engine have tests of their own, and krm hands on what it is given.
    asked = {
        "": [["in.yaml", "-o", "-"], ["in.yaml", "-o", "-", "--json"], ["in.yaml", "-o", "-", "--image-map=map.yaml", "--layout=plain"],
             *[["in.yaml", f"--emit={stage}"] for stage in ("ast", "runs", "resolved", "dag", "pods", "plan")], ["broken.yaml"]],
        "check": [["broken.yaml", f"--format={form}"] for form in ("text", "json", "sarif", "github", "junit")] + [["in.yaml"]],
        "fill": [["out"]],
        "explain": [["secret"]],
        "graph": [["in.yaml", f"--format={form}"] for form in ("text", "list", "dot", "mermaid", "svg", "html")],
        "images": [["in.yaml", f"--format={form}"] for form in ("text", "json", "cyclonedx")],
        "diff": [["in.yaml", "other.yaml"], ["before.yaml", "after.yaml"], ["before.yaml", "after.yaml", "--format=markdown"]],
        "test": [["--show", "in.yaml"]],
        "schema": [[]],
        "completion": [["bash"], ["zsh"], ["fish"]],
        "man": [[]],
        "compile": [["in.yaml"]],
        "version": [[]],
        "help": [[]],
    }
    with open(os.path.join(work, "other.yaml"), "w") as f:
        f.write(INPUT.replace(PLANTED, PLANTED + "2").replace("go build", "go vet"))
    # Manifests with Secrets beside them, as kustomize puts them together.
    manifests = subprocess.run([TEKTONC, "in.yaml"], capture_output=True, text=True, cwd=work).stdout
    for name, text in ("before.yaml", INPUT), ("after.yaml", INPUT.replace(PLANTED, PLANTED + "2").replace(ENCODED, ENCODED[::-1])):
        with open(os.path.join(work, name), "w") as f:
            f.write(manifests + "---\n" + text.split("---\napiVersion: tekton.dev")[0])
    shown = subprocess.run([TEKTONC, "diff", "before.yaml", "after.yaml"], capture_output=True, text=True, cwd=work).stdout
    told = re.findall(r"(\S+): \(hidden\) → \(hidden, another one\)", shown)
    counts["passed" if sorted(told) == ["data.password", "stringData.token", "stringData.token", "stringData.username"] else "failed"] += 1
    if len(told) != 4:
        print("FAIL diff: that Secrets have other values:", shown)
    run(work, "folder", ["in.yaml", "-o", "out"], ["out"])
    run(work, "folder, plain", ["in.yaml", "-o", "plain", "--layout=plain"], ["plain"])
    for verb, commands in asked.items():
        for words in commands:
            run(work, " ".join([verb] + words), ([verb] if verb else []) + words)
    listed = subprocess.run([TEKTONC, "--help"], capture_output=True, text=True).stdout
    verbs = set(re.findall(r"^  ([a-z]+) {2,}", listed, re.M)) - {"run", "status", "logs", "cancel", "gc", "krm"}
    missing = verbs - set(asked)
    counts["failed" if missing else "passed"] += 1
    if missing:
        print("FAIL not asked:", ", ".join(sorted(missing)))
print("secrets: {passed} passed, {failed} failed, {skipped} skipped".format(**counts))
sys.exit(counts["failed"] > 0)
