#!/usr/bin/env python3
"""run.py [-v] [--root=DIR] BIN [FILE...]: runs every command in README.md, CONTRIBUTING.md and docs/*.md. BIN is where tektonc is.

A command is a line of a code block (indented by four, or between ```) whose first word is one of COMMANDS; what stands behind
two or more blanks explains it, a backslash at the end joins lines. Each file's commands run in their order, in a folder of their
own that has examples/ and
  pipeline.yaml, run.yaml    a Pipeline with its Tasks, and a run of it: those beside this file
  pipelines/                 the same in one folder      out/   what they compile to
  greet.yaml                 a run with a mistake in it
  results.yaml               results for `tektonc fill`      images.yaml   a map of images
and is a git repository with all of it on the branch main. They must exit with 0. What a file needs beyond that it says in
comments, which nobody sees who reads it:
  <!-- docs: file NAME -->              the block that follows is this file
  <!-- docs: before SHELL -->           run before the next command
  <!-- docs: shown -->                  what stands below the command in its block is in its output
  <!-- docs: exit N: COMMAND -->        how a command that begins so ends
  <!-- docs: skip REASON: COMMAND -->   is run by no test of this kind: not counted
`make` and scripts/ work on the checkout, and most of them are what CI runs anyway: of those only whether they are there is
looked at (make's targets, sh -n), but for RUN_HERE. kubectl, and engines that need a daemon or a cluster, are skipped where these are
not there. HOME is empty, and what a command would write to an absolute path goes nowhere. kubectl works in a namespace that is
made for it and goes again. RUN stands for the last run of `tektonc run`; where kubectl is used, for a run of a Job in the cluster,
whose image is made of DIR (make runtime-root). Relative links must lead to a file."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "cluster"))
import runs  # noqa: E402

COMMANDS = ("tektonc", "make", "scripts/", "cat", "kubectl", "git", "docker", "podman", "pre-commit", "curl", "diff", "export", "sed", "kpt", "kustomize")
RUN_HERE = ("scripts/demo.sh", "scripts/install-deps.sh")
SECONDS = 120
CLUSTER_RUN = """\
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: docs}
spec:
  pipelineSpec:
    tasks:
    - name: build
      taskSpec:
        steps:
        - {name: one, image: docker.io/library/busybox, imagePullPolicy: IfNotPresent, script: "exit 0"}
"""
RESULTS = """tasks:
  fetch: {results: {commit: 5f3c0de}}
"""


def blocks(text):
    """(line number, line) of code, and the comments `docs: ...`."""
    fenced = False
    for number, line in enumerate(text.split("\n"), 1):
        note = re.match(r"<!-- docs: (.*?) -->\s*$", line)
        if note:
            yield number, "note", note.group(1)
        elif line.startswith("```"):
            fenced = not fenced
        elif fenced:
            yield number, "code", line
        elif line.startswith("    "):
            yield number, "code", line[4:]


def files(text):
    """{line number of the note: (file name, content)}: the code behind `docs: file NAME`, up to the next line that is none."""
    found, at, last = {}, None, 0
    for number, kind, line in blocks(text):
        if kind == "note" and line.startswith("file "):
            at, last = number, None
            found[at] = (line[5:].strip(), "")
        elif at is not None and kind == "code" and (last is None or number - last <= 2):
            found[at] = (found[at][0], found[at][1] + "\n" * (number - last - 1 if last else 0) + line + "\n")
            last = number
        else:
            at = None
    return found


def broken_links(name, text):
    """Relative links that lead to nothing."""
    folder = os.path.join(TOP, os.path.dirname(name))
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if "://" not in target and not os.path.exists(os.path.join(folder, target)):
            yield target


def commands(text):
    """(line number, command, shell to run before, lines of its output), and the rules of the file. A file is a command, too."""
    found, rules, before, joined, shown = [], [], [], None, None
    content = files(text)
    for number, kind, line in blocks(text):
        if number in content and kind == "note":
            found.append((number, content[number], [], None))
        elif kind == "note":
            word, _, rest = line.partition(" ")
            if word == "shown":
                shown = []
            elif word == "before":
                before.append(rest)
            else:
                rules.append((word,) + tuple(x.strip() for x in rest.partition(": ")[::2]))
            continue
        if joined is not None:
            joined = (joined[0], joined[1] + " " + line.strip().rstrip("\\").strip(), line.rstrip().endswith("\\"))
        else:
            line = line[2:] if line.startswith("$ ") else line
            first = line.split(" ")[0]
            if not any(first == c or (c.endswith("/") and first.startswith(c)) for c in COMMANDS):
                if shown is not None and found and found[-1][3] is shown and number <= found[-1][0] + len(shown) + 1:
                    shown.append(line)
                continue
            words = re.split(r" {2,}", line)[0].rstrip()
            joined = (number, words.rstrip("\\").strip(), words.endswith("\\"))
        if not joined[2]:
            if found and found[-1][3] is shown:
                shown = None
            found.append((joined[0], joined[1], before, shown))
            before, joined = [], None
    return found, rules


def fixture(folder, bin_folder):
    shutil.copytree(os.path.join(TOP, "examples"), os.path.join(folder, "examples"),
                    ignore=lambda d, names: [n for n in names if n == "build" and d.endswith("source")])
    os.mkdir(os.path.join(folder, "pipelines"))
    for name in ("pipeline.yaml", "run.yaml"):
        for to in (folder, os.path.join(folder, "pipelines")):
            shutil.copy(os.path.join(TOP, "tests", "docs", name), to)
    shutil.copy(os.path.join(TOP, "tests", "docs", "greet.yaml"), folder)
    for name, text in (("results.yaml", RESULTS), ("images.yaml", "docker.io/: registry.example.com/hub/\n")):
        with open(os.path.join(folder, name), "w") as f:
            f.write(text)
    subprocess.run([os.path.join(bin_folder, "tektonc"), "pipeline.yaml", "run.yaml", "-o", "out/"], cwd=folder, check=True, capture_output=True)
    git = ["git", "-c", "user.name=docs", "-c", "user.email=docs@example.com"]
    subprocess.run(git + ["init", "-q", "-b", "main"], cwd=folder, check=True)
    subprocess.run(git + ["add", "-A"], cwd=folder, check=True)
    subprocess.run(git + ["commit", "-q", "-m", "All"], cwd=folder, check=True)


def answers(*words):
    try:
        return subprocess.run(words, capture_output=True, timeout=10).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def uses_kubectl(command):
    return re.search(r"(^|[|;&]\s*)kubectl\b", command) is not None


def docker_answers():
    return os.path.exists("/var/run/docker.sock") or bool(os.environ.get("DOCKER_HOST"))


def sandbox():
    return answers("bwrap", "--unshare-all", "--ro-bind", "/", "/", "true")


def elsewhere(command, rules):
    return any(word == "skip" and command.startswith(start) for word, _, start in rules)


def why_not(command, namespace):
    """Why it can't run here, or None."""
    for part in re.split(r"\|\|?|&&|;", command):
        words = part.split()
        if words and "/" not in words[0] and words[0] not in ("tektonc", "export", "cd") and not shutil.which(words[0]):
            return "%s is not installed" % words[0]
    if uses_kubectl(command) or "--engine=kube" in command:
        if not namespace.name:
            return namespace.why
        if re.search(r"\bRUN\b", command) and not namespace.run:
            return "needs --root, to make a run in the cluster"
    if re.match(r"(docker|podman)\b", command) or "--engine=docker" in command:
        return None if docker_answers() else "needs a container engine"
    if re.match(r"tektonc run\b", command) and "--dry-run" not in command and not docker_answers() and not sandbox():
        return "needs sandboxes"
    return None


def expected(command, rules):
    for word, number, start in rules:
        if word == "exit" and command.startswith(start):
            return int(number)
    return 0


def last_run(state):
    runs = os.path.join(state, "tektonc", "runs")
    names = os.listdir(runs) if os.path.isdir(runs) else []
    names.sort(key=lambda n: os.path.getmtime(os.path.join(runs, n)))
    return names[-1] if names else "RUN"


def stay(command):
    """Without files outside of the folder: they are written to nowhere."""
    return re.sub(r"""(>>?)\s*("[^"]*\$[^"]*"|/(?!dev/null)[^\s|&;]*)""", r"\1/dev/null", command)


def shell(command, folder, env):
    try:
        done = subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=SECONDS)
        return done.returncode, done.stdout.decode(errors="replace")
    except subprocess.TimeoutExpired:
        return None, "still running after %d s" % SECONDS


def make(command, env):
    """Whether the targets are there."""
    _, base = shell("make -qp", TOP, env)
    there = set(re.findall(r"^([\w./-]+):", base, re.MULTILINE))
    missing = [w for w in command.split()[1:] if "=" not in w and not w.startswith("-") and w not in there]
    return (1, "no target " + ", ".join(missing)) if missing else (0, "")


def run(command, folder, env, namespace):
    first = command.split()[0]
    if first == "make":
        return make(command, env)
    if first.startswith("scripts/"):
        return shell(command if first in RUN_HERE else "sh -n " + first, TOP, env)
    name = namespace.run.job if uses_kubectl(command) and namespace.run else last_run(env["XDG_STATE_HOME"])
    return shell(re.sub(r"\bRUN\b", name, stay(command)), folder, env)


class Namespace:
    """Where kubectl works, and a run in it. Made when the first page asks for it."""

    def __init__(self, tektonc, root):
        self.tektonc, self.root, self.asked = tektonc, root, False
        self.name = self.space = self.run = self.config = self.why = None

    def make(self):
        self.asked = True
        self.why = runs.setup(self.tektonc, self.root) if self.root else runs.cluster()
        if self.why:
            return
        self.space = runs.Space(runs.Api())
        self.name = self.space.name
        self.config = subprocess.run(["kubectl", "config", "view", "--raw", "--minify", "--flatten"], check=True, capture_output=True).stdout
        if self.root:
            with tempfile.NamedTemporaryFile("w", suffix=".yaml") as f:
                f.write(CLUSTER_RUN)
                f.flush()
                self.run = runs.Run(self.space, f.name)
            self.run.wait()

    def environment(self, work):
        if not self.asked:
            self.make()
        if not self.name:
            return {}
        path = os.path.join(work, "kubeconfig")
        with open(path, "wb") as f:
            f.write(self.config)
        os.chmod(path, 0o600)
        subprocess.run(["kubectl", "config", "set-context", "--current", "--namespace=" + self.name], check=True, capture_output=True,
                       env=dict(os.environ, KUBECONFIG=path))
        return {"KUBECONFIG": path}

    def remove(self):
        if self.run:
            self.run.close()
        if self.space:
            self.space.close()


def main(argv):
    talk = "-v" in argv
    root = next((a[7:] for a in argv if a.startswith("--root=")), None)
    bin_folder, *files = [a for a in argv if a != "-v" and not a.startswith("--root=")]
    bin_folder = os.path.abspath(bin_folder)
    docs = sorted(os.path.join("docs", n) for n in os.listdir(os.path.join(TOP, "docs")) if n.endswith(".md"))
    namespace = Namespace(os.path.join(bin_folder, "tektonc"), root)
    try:
        return run_pages(talk, bin_folder, files or ["README.md", "CONTRIBUTING.md"] + docs, namespace)
    finally:
        namespace.remove()


def run_pages(talk, bin_folder, pages, namespace):
    passed = failed = skipped = 0
    for name in pages:
        with open(os.path.join(TOP, name), encoding="utf-8") as f:
            text = f.read()
        found, rules = commands(text)
        for target in broken_links(name, text):
            failed += 1
            print("FAIL %s: the link to %s leads nowhere" % (name, target))
        for word, _, start in rules: # a rule that fits nothing is a mistake
            if word not in ("exit", "skip") or not start or not any(isinstance(c[1], str) and c[1].startswith(start) for c in found):
                failed += 1
                print("FAIL %s: no command begins with \"%s\"" % (name, start))
        if not found:
            continue
        with tempfile.TemporaryDirectory() as work:
            folder = os.path.join(work, "work")
            env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
            env.update(PATH=bin_folder + ":" + env["PATH"], XDG_STATE_HOME=os.path.join(work, "state"), NO_COLOR="1", TERM="dumb",
                       HOME=os.path.join(work, "home"))
            os.makedirs(os.path.join(work, "home", ".config", "fish", "completions"))
            os.mkdir(os.path.join(work, "links")) # as make install makes them
            env["PATH"] = os.path.join(work, "links") + ":" + env["PATH"]
            for link in ("tektonc-krm", "kubectl-tektonc", "tkn-tektonc"):
                os.symlink(os.path.join(bin_folder, "tektonc"), os.path.join(work, "links", link))
            env.update(namespace.environment(work) if any("kubectl" in str(c[1]) or "=kube" in str(c[1]) for c in found) else {})
            os.mkdir(folder)
            fixture(folder, bin_folder)
            for number, command, before, shown in found:
                if isinstance(command, tuple):
                    with open(os.path.join(folder, command[0]), "w", encoding="utf-8") as f:
                        f.write(command[1])
                    continue
                where = "%s:%d: %s" % (name, number, command)
                if elsewhere(command, rules):
                    continue
                reason = why_not(command, namespace)
                if reason:
                    skipped += 1
                    print("SKIP %s: %s" % (where, reason))
                    continue
                for words in before:
                    code, text = shell(words, folder, env)
                    if code != 0:
                        print("what goes before failed: %s\n%s" % (words, text))
                code, text = run(command, folder, env, namespace)
                want = expected(command, rules)
                missing = [line for line in shown or [] if line not in text.split("\n")]
                passed += code == want and not missing
                failed += code != want or bool(missing)
                if code != want:
                    print("FAIL %s\nexit %s, %d is expected\n%s" % (where, code, want, text[-3000:]))
                elif missing:
                    print("FAIL %s\nits output is\n%s\nand lacks\n%s" % (where, text[-3000:], "\n".join(missing)))
                elif talk:
                    print("ok   " + where)
    print("docs: %d passed, %d failed, %d skipped" % (passed, failed, skipped))
    return failed > 0 or passed == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
