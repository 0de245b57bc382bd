#!/usr/bin/env python3
"""cli.py TEKTONC: the program as a user and a shell meet it: help, manual page, completion, settings, plugins, functions, schema."""
import json
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
import xml.dom.minidom

TEKTONC = os.path.abspath(sys.argv[1])
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHARED = os.environ.get("TEKTONC_SHARED", os.path.join(ROOT, "..", "shared"))
counts = {"passed": 0, "failed": 0, "skipped": 0}
WORK = tempfile.mkdtemp()
ENV = {"PATH": os.path.dirname(TEKTONC) + ":" + os.environ["PATH"], "HOME": WORK, "LANG": "C.UTF-8"}
TASK = """apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: hello}
spec:
  taskSpec: {steps: [{name: s, image: "alpine:3", script: "echo"}]}
"""


def check(name, fine, why=""):
    counts["passed" if fine else "failed"] += 1
    if not fine:
        print(f"FAIL {name}: {why}")


def run(*words, program=TEKTONC, stdin="", cwd=WORK, **env):
    return subprocess.run([program, *words], input=stdin, capture_output=True, text=True, cwd=cwd, env=dict(ENV, **env), timeout=120)


def verbs():
    listed = run("--help").stdout.split("Verbs:")[1].split("\n\n")[0]
    return re.findall(r"^  ([a-z]+)", listed, re.M)


def help_texts():
    for verb in [None] + verbs():
        done = run("help", verb) if verb else run("--help")
        wide = [line for line in done.stdout.splitlines() if len(line) > 80]
        check(f"help {verb}: 80 columns", done.returncode == 0 and done.stdout and not wide and not done.stderr, wide)
        if verb and verb not in ("version", "help"):
            check(f"help {verb}: examples", "\nExamples:\n" in done.stdout)
            if verb != "compile":
                check(f"{verb} --help is help {verb}", run(verb, "--help").stdout == done.stdout)
    check("--version", run("--version").stdout == run("version").stdout and run("--version").stdout.startswith("tektonc "))


def explained():
    """Every field that people meet in a step or a Pod has a sentence, in 80 columns."""
    for kind in "task.spec", "step", "pipelinetask", "taskrun.spec", "pipelinerun.spec", "pod.spec", "container", "securitycontext", "affinity", "jobspec.podFailurePolicy":
        lines = run("explain", kind).stdout.splitlines()
        fields = [i for i, line in enumerate(lines) if re.match(r"  [a-zA-Z]", line)]
        bare = [lines[i] for i in fields if len(lines[i].split(None, 2)) < 3 and not (i + 1 < len(lines) and lines[i + 1].startswith(" " * 44))]
        check(f"explain {kind}", fields and not bare and not [line for line in lines if len(line) > 80], bare[:3])
    text = run("explain", "task.spec.steps.onError").stdout
    check("explain a field", "Default: stopAndFail" in text and "Variables $(...)" in text, text)


def codes():
    open(f"{WORK}/good.yaml", "w").write(TASK)
    open(f"{WORK}/bad.yaml", "w").write(TASK.replace("image", "imag"))
    for words, code in ((["good.yaml"], 0), (["check", "good.yaml"], 0), (["bad.yaml"], 1), (["check", "bad.yaml"], 1), (["graph", "bad.yaml"], 1), (["images", "bad.yaml"], 1),
                        (["--nonsense"], 2), (["graph", "--format=no", "good.yaml"], 2), (["completion"], 2), (["completion", "tcsh"], 2), (["schema", "Pod"], 2),
                        (["help", "no"], 2), (["explain", "no.such"], 2), (["none.yaml"], 3), (["graph", "none.yaml"], 3), (["good.yaml", "-o", "/proc/no/out"], 3),
                        (["graph", "good.yaml", "-o", "/proc/no/out.svg"], 3), (["good.yaml", "-o", "fresh", "--check"], 4)):
        done = run(*words)
        check(f"{' '.join(words)}: exit code {code}", done.returncode == code, f"{done.returncode} {done.stderr[-200:]}")
        if code in (2, 3):
            check(f"{' '.join(words)}: said on standard error", done.stderr.startswith("tektonc: ") and not done.stdout, done.stderr)


def pictures():
    picture = run("graph", "good.yaml", "--format=dot").stdout
    open(f"{WORK}/real.dot", "w").write("old")
    os.symlink("real.dot", f"{WORK}/link.dot")
    os.mkfifo(f"{WORK}/pipe.dot")
    run("graph", "good.yaml", "-o", "link.dot")
    check("graph: a link stays one", os.path.islink(f"{WORK}/link.dot") and open(f"{WORK}/real.dot").read() == picture)
    reader = subprocess.Popen(["cat", f"{WORK}/pipe.dot"], stdout=subprocess.PIPE, text=True)
    run("graph", "good.yaml", "-o", "pipe.dot")
    check("graph: a pipe is written to", reader.communicate(timeout=60)[0] == picture and not os.path.isfile(f"{WORK}/pipe.dot"))
    os.makedirs(f"{WORK}/kept/logs/pod")
    for pod, container, there in ("pod", "step-s", True), ("../..", "real.log", False), ("pod", "../../../real.log", False):
        for path in "kept/logs/pod/step-s", "real.log":
            open(f"{WORK}/{path}", "w").write("what-was-written")
        status = {"podName": pod, "steps": [{"name": "s", "container": container, "terminated": {"exitCode": 0}}]}
        json.dump({"apiVersion": "tekton.dev/v1", "kind": "TaskRun", "metadata": {"name": "hello"}, "status": status}, open(f"{WORK}/kept/status.json", "w"))
        done = run("graph", "good.yaml", "--run=kept", "--format=html")
        check(f"graph: logs are the run's own: {pod} {container}", done.returncode == 0 and ("what-was-written" in done.stdout) == there, done.stderr)
    strange = TASK.replace("TaskRun", "PipelineRun").replace("taskSpec:", r'pipelineSpec: {tasks: [{name: a, displayName: "<\uFFFE\x01&\">", taskSpec:').replace('"echo"}]}', '"echo"}]}}]}')
    done = run("graph", "-", "--format=svg", stdin=strange)
    check("graph: SVG is XML whatever a name has", done.returncode == 0 and xml.dom.minidom.parseString(done.stdout).getElementsByTagName("svg"), done.stderr)


def manual():
    page = run("man").stdout
    missing = [verb for verb in verbs() if f'.Ss "{verb}"' not in page]
    check("manual: all verbs", not missing, missing)
    if not shutil.which("mandoc"):
        counts["skipped"] += 1
        return
    done = subprocess.run(["mandoc", "-Tlint"], input=page, capture_output=True, text=True)
    check("mandoc -Tlint", done.returncode == 0 and not done.stdout, done.stdout[:500])


# ---- completion ----------------------------------------------------------------------------------------------------------

def bash_completes(line):
    """What bash would offer: its own splitting of the line, our function."""
    words = re.findall(r"=|[^\s=]+", line) + ([""] if line.endswith((" ", "=")) else [])
    script = f"source {WORK}/tektonc.bash; COMP_WORDS=({' '.join(repr(w) for w in words)}); COMP_CWORD={len(words) - 1}; _tektonc; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    done = subprocess.run(["bash", "-uc", script], capture_output=True, text=True, cwd=WORK, env=ENV)
    return done.stdout.split() if not done.stderr else [done.stderr]


def fish_completes(line):
    done = subprocess.run(["fish", "-N", "-c", f"source {WORK}/tektonc.fish; complete -C '{line}'"], capture_output=True, text=True, cwd=WORK, env=ENV)
    return [re.sub(r"^--[a-z-]+=", "", w.split("\t")[0]) if "=" in line else w.split("\t")[0] for w in done.stdout.splitlines()] or [done.stderr]


class Zsh:
    def __init__(self):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(WORK)
            os.execvpe("zsh", ["zsh", "-f"], dict(ENV, TERM="dumb", PS1="> "))
        self.read()
        self.type(f"unsetopt zle_bracketed_paste beep; LISTMAX=1000; autoload -U compinit; compinit -u -D; source {WORK}/_tektonc; zstyle ':completion:*' list-prompt ''; print rea''dy\n")
        self.read(["ready"])

    def read(self, wanted=(), seconds=20):
        """What comes until it is quiet, but not before all that is wanted has come, or the time is over."""
        text, end = "", time.monotonic() + seconds
        while select.select([self.fd], [], [], 0.3 if all(w in text for w in wanted) else max(0, end - time.monotonic()))[0]:
            try:
                text += os.read(self.fd, 65536).decode(errors="replace")
            except OSError:
                break
        return text

    def type(self, text):
        os.write(self.fd, text.encode())

    def completes(self, line, offered):
        self.type(line + "\t")
        text = self.read(offered)
        self.type("\x15")
        self.read()
        return text

    def end(self):
        self.type("\x04exit\n")
        os.close(self.fd)
        os.waitpid(self.pid, 0)


CASES = [  # line, what is offered, what is not
    ("tektonc gra", ["graph"], ["check"]),
    ("tektonc graph --form", ["--format"], ["--layout"]),
    ("tektonc graph --format=m", ["mermaid"], ["sarif"]),
    ("tektonc check --format=s", ["sarif"], ["svg"]),
    ("tektonc --lay", ["--layout"], ["--ascii"]),
    ("tektonc completion f", ["fish"], ["bash"]),
    ("tektonc check goo", ["good.yaml"], ["bad.yaml"]),
]


def completion():
    for shell, name in ("bash", "tektonc.bash"), ("zsh", "_tektonc"), ("fish", "tektonc.fish"):
        open(f"{WORK}/{name}", "w").write(run("completion", shell).stdout)
        if not shutil.which(shell):
            counts["skipped"] += len(CASES)
            continue
        zsh = Zsh() if shell == "zsh" else None
        for line, offered, not_offered in CASES:
            got = zsh.completes(line, offered) if zsh else (bash_completes if shell == "bash" else fish_completes)(line)
            flat = got if zsh else [w.rstrip("=") for w in got]
            check(f"{shell}: {line}", all(w in flat for w in offered) and not any(w in flat for w in not_offered), repr(got)[:300])
        if zsh:
            zsh.end()
    if shutil.which("shellcheck"):
        done = subprocess.run(["shellcheck", "-s", "bash", f"{WORK}/tektonc.bash"], capture_output=True, text=True)
        check("shellcheck of the completion", done.returncode == 0, done.stdout[:500])
    else:
        counts["skipped"] += 1


# ---- settings, colours, plugins ------------------------------------------------------------------------------------------

def settings():
    os.makedirs(f"{WORK}/xdg/tektonc")
    os.makedirs(f"{WORK}/project")
    open(f"{WORK}/xdg/tektonc/config.yaml", "w").write("serviceaccount: robot\nnamespace: user\n")
    open(f"{WORK}/project/.tektonc.yaml", "w").write("namespace: project\n")
    open(f"{WORK}/project/good.yaml", "w").write(TASK)
    name = lambda done: re.search(r"namespace: (\w+)", done.stdout).group(1)
    words = ["good.yaml", "--emit=pods"]
    check("the user's settings", name(run(*words, XDG_CONFIG_HOME=f"{WORK}/xdg")) == "user")
    check("the project's count more", name(run(*words, cwd=f"{WORK}/project", XDG_CONFIG_HOME=f"{WORK}/xdg")) == "project")
    check("the command line's most", name(run("-n", "mine", *words, cwd=f"{WORK}/project", XDG_CONFIG_HOME=f"{WORK}/xdg")) == "mine")
    check("what the project leaves out comes from the user", "serviceAccountName: robot" in run(*words, cwd=f"{WORK}/project", XDG_CONFIG_HOME=f"{WORK}/xdg").stdout)
    os.makedirs(f"{WORK}/.config/tektonc")
    open(f"{WORK}/.config/tektonc/config.yaml", "w").write("namespace: home\n")
    check("~/.config", name(run(*words)) == "home")
    open(f"{WORK}/.config/tektonc/config.yaml", "w").write("nonsense: 1\n")
    done = run(*words)
    check("a wrong option is named with its file", done.returncode == 2 and "config.yaml: nonsense" in done.stderr, done.stderr)
    shutil.rmtree(f"{WORK}/.config")


def plugins():
    for name, called in ("kubectl-tektonc", "kubectl tektonc"), ("tkn-tektonc", "tkn tektonc"):
        os.symlink(TEKTONC, f"{WORK}/{name}")
        check(f"{name}: help", f"Usage: {called} " in run("--help", program=f"{WORK}/{name}").stdout)
        check(f"{name}: messages", run("--nonsense", program=f"{WORK}/{name}").stderr.startswith(f"{called}: "))
        check(f"{name}: works", run("good.yaml", program=f"{WORK}/{name}").stdout == run("good.yaml").stdout)


# ---- KRM function --------------------------------------------------------------------------------------------------------

RESOURCES = """apiVersion: config.kubernetes.io/v1
kind: ResourceList
functionConfig:
  apiVersion: tektonc.dev/v1
  kind: Compile
  metadata: {name: c}
  spec: {namespace: ci, serviceaccount: robot}
items:
- apiVersion: v1
  kind: Service
  metadata: {name: web, annotations: {internal.config.kubernetes.io/index: "0"}}
- apiVersion: v1
  kind: Secret
  metadata: {name: s}
  stringData: {a: b}
- apiVersion: tekton.dev/v1
  kind: TaskRun
  metadata:
    name: hello
    annotations: {config.kubernetes.io/index: "1", internal.config.kubernetes.io/path: x.yaml, keep: me}
  spec: {taskSpec: {steps: [{name: s, image: "alpine:3", script: "echo"}]}}
"""


def krm():
    import yaml
    done = run("krm", stdin=RESOURCES)
    out = yaml.safe_load(done.stdout) or {}
    items = out.get("items", [])
    kinds = [item["kind"] for item in items]
    check("krm: manifests in place of Tekton's objects", done.returncode == 0 and kinds[:2] == ["Service", "Secret"] and "Job" in kinds and "ConfigMap" in kinds and "TaskRun" not in kinds, done.stderr + str(kinds))
    check("krm: others pass as they are", items and items[0] == yaml.safe_load(RESOURCES)["items"][0] and items[1]["stringData"] == {"a": "b"} and kinds.count("Service") == 1)
    text = json.dumps(items[2:])
    check("krm: options", '"namespace": "ci"' in text and "serviceAccountName: robot" in text, text[:300])
    check("krm: no notes of kustomize in Pods", "config.kubernetes.io" not in text and "keep: me" in text)
    done = run("krm", stdin=RESOURCES.replace("image", "imag"))
    out = yaml.safe_load(done.stdout) or {}
    check("krm: errors as results", done.returncode == 1 and any(r["severity"] == "error" and "imag" in r["message"] for r in out.get("results", [])), done.stdout[-300:])
    config = RESOURCES.replace("  apiVersion: tektonc.dev/v1\n  kind: Compile\n", "  apiVersion: v1\n  kind: ConfigMap\n").replace("spec: {namespace: ci, serviceaccount: robot}", 'data: {namespace: ci, param: "a=1\\nb=2"}')
    check("krm: options from a ConfigMap", "no parameter" in run("krm", stdin=config).stderr.lower() or run("krm", stdin=config).returncode in (0, 1))
    check("krm: an unknown option", run("krm", stdin=RESOURCES.replace("serviceaccount", "nonsense")).returncode == 2)
    check("krm: no list", run("krm", stdin="a: b\n").returncode == 1)
    check("krm: items are no list", run("krm", stdin="apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: {a: {kind: Service}}\n").returncode == 1)
    plain = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- {apiVersion: v1, kind: Service, metadata: {name: a}}\n"
    check("krm: nothing of Tekton's", len(yaml.safe_load(run("krm", stdin=plain).stdout)["items"]) == 1)
    kpt = shutil.which("kpt")
    if kpt: # neither kpt nor kustomize is a package of Debian: where they are not, this is not part of the test
        os.makedirs(f"{WORK}/kpt")
        os.symlink(TEKTONC, f"{WORK}/tektonc-krm")
        open(f"{WORK}/kpt/run.yaml", "w").write(TASK)
        done = subprocess.run([kpt, "fn", "eval", f"{WORK}/kpt", "--exec", f"{WORK}/tektonc-krm"], capture_output=True, text=True, env=ENV, timeout=60)
        texts = "".join(open(os.path.join(f"{WORK}/kpt", n)).read() for n in os.listdir(f"{WORK}/kpt"))
        check("kpt takes it", done.returncode == 0 and "kind: Job" in texts and not re.search("^kind: TaskRun", texts, re.M), done.stderr[-400:])
    kustomize = shutil.which("kustomize")
    if not kustomize:
        return
    folder = f"{WORK}/kustomize"
    os.makedirs(folder)
    os.symlink(TEKTONC, f"{folder}/tektonc-krm")
    open(f"{folder}/run.yaml", "w").write(TASK)
    open(f"{folder}/function.yaml", "w").write("apiVersion: tektonc.dev/v1\nkind: Compile\nmetadata:\n  name: compile\n  annotations:\n    config.kubernetes.io/function: |\n"
                                               "      exec:\n        path: ./tektonc-krm\nspec:\n  namespace: ci\n")
    open(f"{folder}/kustomization.yaml", "w").write("resources: [run.yaml]\ntransformers: [function.yaml]\n")
    done = subprocess.run([kustomize, "build", "--enable-alpha-plugins", "--enable-exec", "."], capture_output=True, text=True, cwd=folder, env=ENV, timeout=60)
    kinds = [d["kind"] for d in yaml.safe_load_all(done.stdout) if d] if done.returncode == 0 else []
    check("kustomize takes it", "Job" in kinds and "ConfigMap" in kinds and "TaskRun" not in kinds, done.stderr[-400:] + str(kinds))


# ---- schema --------------------------------------------------------------------------------------------------------------

MISTAKES = {
    "unknown field": TASK.replace("image:", "imag:"),
    "unknown field of the Pod template": TASK + "  podTemplate: {nodeSelektor: {a: b}}\n",
    "text for a list": TASK.replace("[{name: s", "{name: s").replace('"echo"}]', '"echo"}'),
    "a number for a text": TASK.replace('"echo"', "5"),
    "no kind": TASK.replace("kind: TaskRun\n", ""),
    "a step in place of steps": TASK.replace("steps:", "step:"),
    "wrong case": TASK.replace("taskSpec", "taskspec"),
}


def schema():
    try:
        import jsonschema
        import yaml
    except ImportError:
        counts["skipped"] += 1
        return
    whole = json.loads(run("schema").stdout)
    jsonschema.Draft7Validator.check_schema(whole)
    judge = jsonschema.Draft7Validator(whole)
    good = yaml.safe_load(TASK)
    check("schema: takes what is right", not list(judge.iter_errors(good)))
    for name, text in MISTAKES.items():
        check(f"schema: {name}", list(judge.iter_errors(yaml.safe_load(text))), "not found")
    one = jsonschema.Draft7Validator(json.loads(run("schema", "TaskRun").stdout))
    check("schema of one kind", not list(one.iter_errors(good)) and list(one.iter_errors(dict(good, kind="Task"))))
    examples = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples")
    for name in sorted(os.listdir(examples)):
        path = os.path.join(examples, name, "tests", name + ".yaml")
        text = open(path).read()
        check(f"schema takes the tests of {name}", not list(judge.iter_errors(yaml.safe_load(text))))
        check(f"schema: unknown field in the tests of {name}", list(judge.iter_errors(yaml.safe_load(text.replace("expect:", "expct:")))), "not found")
    folder = os.path.join(SHARED, "corpus", "examples")
    if not os.path.isdir(folder):
        counts["skipped"] += 1
        return
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".yaml"):
            continue
        bad = []
        try:
            documents = list(yaml.load_all(open(os.path.join(folder, name)), loader))
        except yaml.YAMLError:
            continue
        # What Tekton takes, tektonc takes: tests/oracle compares that.
        if run("check", "--profile=tekton", "--tekton-api=alpha", os.path.join(folder, name)).returncode:
            continue
        for document in documents:
            for item in (document or {}).get("items", [document]) if (document or {}).get("kind") == "List" else [document]:
                if item and str(item.get("apiVersion", "")).startswith("tekton.dev/"):
                    bad += [f"{'.'.join(map(str, e.absolute_path))}: {e.message}"[:200] for e in judge.iter_errors(json.loads(json.dumps(item, default=str)))]
        check(f"schema takes {name}", not bad, bad[:2])


# ---- for repositories ----------------------------------------------------------------------------------------------------

def repositories():
    """The GitHub Action's last step and the hooks of pre-commit, run as those would run them."""
    import shlex
    import yaml
    action = yaml.safe_load(open(os.path.join(ROOT, "action.yml")))
    script = action["runs"]["steps"][-1]["run"]
    inputs = {f"INPUT_{name.upper().replace('-', '_')}": str(row.get("default", "")) for name, row in action["inputs"].items()}
    bash = lambda **given: subprocess.run(["bash", "-e", "-o", "pipefail", "-c", script], capture_output=True, text=True, cwd=WORK, env=dict(dict(ENV, **inputs), **given))
    done = bash(INPUT_PATHS="good.yaml")
    check("action: good", done.returncode == 0, done.stderr)
    done = bash(INPUT_PATHS="bad.yaml")
    check("action: errors as annotations", done.returncode == 1 and "::error" in done.stdout + done.stderr, done.stdout + done.stderr)
    check("action: output that is stale", bash(INPUT_PATHS="good.yaml", INPUT_OUTPUT="action-out").returncode == 4)
    run("good.yaml", "-o", "action-out")
    check("action: output that is not", bash(INPUT_PATHS="good.yaml", INPUT_OUTPUT="action-out").returncode == 0)
    for outcome, code in ("Succeeded", 0), ("Failed", 1):
        with open(os.path.join(WORK, outcome + ".test"), "w") as f:
            json.dump({"apiVersion": "tektonc.dev/v1alpha1", "kind": "PipelineTest", "files": ["good.yaml"],
                       "cases": [{"name": "it runs", "expect": {"status": outcome}}]}, f)
        done = bash(INPUT_PATHS="good.yaml", INPUT_TESTS=outcome + ".test")
        check(f"action: tests, {outcome}", done.returncode == code and ("::error" in done.stdout) == (code == 1), done.stdout + done.stderr)
    if shutil.which("shellcheck"):
        done = subprocess.run(["shellcheck", "-s", "bash", "-"], input=script, capture_output=True, text=True)
        check("action: shellcheck", done.returncode == 0, done.stdout)
    else:
        counts["skipped"] += 1
    hooks = {hook["id"]: hook for hook in yaml.safe_load(open(os.path.join(ROOT, ".pre-commit-hooks.yaml")))}
    for name, files, code in ("tektonc-check", ["good.yaml"], 0), ("tektonc-check", ["bad.yaml"], 1):
        words = shlex.split(hooks[name]["entry"]) + hooks[name].get("args", []) + files
        done = subprocess.run(words, capture_output=True, text=True, cwd=WORK, env=ENV)
        check(f"pre-commit: {name} {files[0]}", done.returncode == code, done.stderr)
    for outcome, code in ("Succeeded", 0), ("Failed", 1):
        words = shlex.split(hooks["tektonc-test"]["entry"]) + [outcome + ".test"]
        done = subprocess.run(words, capture_output=True, text=True, cwd=WORK, env=ENV)
        check(f"pre-commit: tektonc-test, {outcome}", done.returncode == code, done.stdout + done.stderr)
    hook = hooks["tektonc-output"]
    done = subprocess.run(shlex.split(hook["entry"]) + ["good.yaml", "-o", "action-out"], capture_output=True, text=True, cwd=WORK, env=ENV)
    check("pre-commit: tektonc-output", done.returncode == 0 and hook["pass_filenames"] is False, done.stderr)


try:
    for part in help_texts, explained, codes, pictures, manual, completion, settings, plugins, krm, schema, repositories:
        try:
            part()
        except Exception as e:  # one part's end is not the others'
            check(part.__name__, False, repr(e))
finally:
    shutil.rmtree(WORK)
print("command line: {passed} passed, {failed} failed, {skipped} skipped".format(**counts))
sys.exit(counts["failed"] > 0)
