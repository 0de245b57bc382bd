#!/usr/bin/env python3
"""What teams that commit the output rely on: gitops.py TEKTONC

Names change with what runs and with nothing else; the same bytes come out everywhere; --check says what is stale."""
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile

TEKTONC = None
PIPELINE = """\
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata:
  name: nightly
  labels: {team: shop, area: web}
spec:
  pipelineSpec:
    tasks:
    - name: build
      taskSpec:
        steps:
        - name: make
          image: gcc:14
          env: [{name: A, value: "1"}, {name: B, value: "2"}]
          computeResources: {requests: {cpu: "1", memory: 1Gi}}
          command: [make, all]
    - name: test
      runAfter: [build]
      taskSpec:
        steps:
        - name: run
          image: gcc:14
          script: |
            #!/bin/sh
            make check
"""


def same(got, want, what=""):
    assert got == want, "%s: %r, not %r" % (what, got, want)


def tree(folder):
    found = {}
    for base, _, files in os.walk(folder):
        for name in files:
            path = os.path.join(base, name)
            with open(path, "rb") as f:
                found[os.path.relpath(path, folder)] = f.read()
    return found


def run(*words, code=0, program=None, **how):
    done = subprocess.run([program or TEKTONC, *words], capture_output=True, stdin=subprocess.DEVNULL, **how)
    same(done.returncode, code, "exit code of %s (%s)" % (" ".join(words), done.stderr.decode()[-400:]))
    return done


class Work:
    """A folder with in.yaml, to be compiled to out."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="tektonc-gitops-")
        self.out = os.path.join(self.path, "out")

    def compile(self, text=PIPELINE, *words, code=0, program=None, **how):
        with open(os.path.join(self.path, "in.yaml"), "w") as f:
            f.write(text)
        done = run("in.yaml", "-o", "out", *words, code=code, program=program, cwd=self.path, **how)
        self.said = done.stderr.decode()
        self.shown = done.stdout.decode()
        return self

    def names(self):
        """Of the Job and the ConfigMaps."""
        files = tree(self.out)
        job = re.search(rb"(?m)^  name: (\S+)$", files["job.yaml"]).group(1).decode()
        return [job] + re.findall(r"(?m)^- name: (\S+)$", files["kustomization.yaml"].decode())

    def close(self):
        shutil.rmtree(self.path, ignore_errors=True)


def names_of(work, text, *words, **how):
    return work.compile(text, *words, **how).names()


# --- names ------------------------------------------------------------------------------------------------------------------

def names_stay(work):
    """A comment, another order of keys, flow for block style, anchors: nothing that runs is different."""
    want = names_of(work, PIPELINE)
    same(want[1:], [want[0] + "-0"], "one ConfigMap")
    for what, old, new in (
            ("a comment", "- name: build\n", "- name: build # first\n"),
            ("order of keys", "          image: gcc:14\n          env:", "          env:"),
            ("order of labels", "{team: shop, area: web}", "{area: web, team: shop}"),
            ("order of limits", '{cpu: "1", memory: 1Gi}', '{memory: 1Gi, cpu: "1"}'),
            ("style of a list", "command: [make, all]", "command:\n          - make\n          - 'all'"),
            ("style of a text", "script: |\n            #!/bin/sh\n            make check\n", 'script: "#!/bin/sh\\nmake check\\n"\n'),
            ("an anchor", "  labels: {team: shop", "  labels: &labels {team: shop"),
            ("a document beside", "apiVersion: tekton.dev/v1\nkind: PipelineRun", "# nothing\n---\napiVersion: tekton.dev/v1\nkind: PipelineRun")):
        assert old in PIPELINE, what
        text = PIPELINE.replace(old, new, 1)
        if what == "order of keys":
            text = text.replace("          command: [make, all]\n", "          command: [make, all]\n          image: gcc:14\n")
        same(names_of(work, text), want, what)


def names_change(work):
    """What is run differs."""
    seen = {names_of(work, PIPELINE)[0]: "nothing"}
    for what, old, new in (
            ("a command", "[make, all]", "[make, install]"),
            ("a script", "make check", "make check V=1"),
            ("an image", "image: gcc:14\n          script", "image: gcc:15\n          script"),
            ("an order of tasks", "      runAfter: [build]\n", ""),
            ("an order of variables", '[{name: A, value: "1"}, {name: B, value: "2"}]', '[{name: B, value: "2"}, {name: A, value: "1"}]'),
            ("a retry", "      runAfter", "      retries: 1\n      runAfter"),
            ("a label", "team: shop", "team: store")):
        assert old in PIPELINE, what
        name = names_of(work, PIPELINE.replace(old, new, 1))[0]
        assert name not in seen, "%s has the same name as %s" % (what, seen[name])
        seen[name] = what
    for what, words in (("the image of the controller", ["--runtime-image=registry.example/r:2"]), ("a namespace", ["-n", "other"])):
        name = names_of(work, PIPELINE, *words)[0]
        assert name not in seen, "%s has the same name as %s" % (what, seen[name])
        seen[name] = what


def newer_tektonc(work):
    """Another version of the program changes no name, nor plan and Pods; only what says who made the rest."""
    before, names = tree(work.compile().out), work.names()
    version = run("version").stdout.split()[1]
    with open(TEKTONC, "rb") as f:
        program = f.read()
    other = re.sub(rb"[0-9]", b"9", version)
    assert other != version and version in program
    newer = os.path.join(work.path, "newer")
    with open(newer, "wb") as f:
        f.write(program.replace(version, other))
    os.chmod(newer, 0o755)
    same(run("version", program=newer).stdout.split()[1], other)
    after = tree(work.compile(program=newer).out)
    same(work.names(), names)
    same(sorted(after), sorted(before))
    for path, text in after.items():
        if path == "plan.yaml" or path.startswith("pods/"):
            same(text, before[path], path)
        same(text.split(b"\n")[1:], before[path].split(b"\n")[1:], path)


# --- the same bytes ------------------------------------------------------------------------------------------------------------

def everywhere_the_same(work):
    """Folder, locale, time zone, umask, user, environment make no difference."""
    want = None
    deep = os.path.join(work.path, "a folder", "ü", "deep")
    os.makedirs(deep)
    os.chmod(work.path, 0o755)
    for folder, env, umask, user in (
            (work.path, dict(os.environ), 0o022, None),
            (os.path.join(work.path, "two"), {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8", "TZ": "Asia/Kathmandu", "HOME": "/nowhere"}, 0o077, None),
            (deep, {"LC_ALL": "C", "TZ": "Pacific/Auckland", "USER": "nobody", "TMPDIR": "/nowhere", "KUBECONFIG": "/nowhere",
                    "SOURCE_DATE_EPOCH": "1", "POSIXLY_CORRECT": "1", "NO_COLOR": "1", "TERM": "vt100"}, 0o000, 65534)):
        os.makedirs(folder, exist_ok=True)
        if user is not None:
            if os.geteuid() != 0:
                user = None
            else:
                os.chown(folder, user, user)
        path = os.path.join(folder, "in.yaml")
        with open(path, "w") as f:
            f.write(PIPELINE)
        shutil.copy(TEKTONC, os.path.join(work.path, "tektonc"))
        how = {"env": env, "umask": umask, "cwd": folder}
        if user is not None:
            how.update(user=user, group=user)
        run("in.yaml", "-o", "out", program=os.path.join(work.path, "tektonc"), **how)
        run(path, "-o", "out2", program=os.path.join(work.path, "tektonc"), **how)
        for out in ("out", "out2"):
            made = {p: hashlib.sha256(text).hexdigest() for p, text in tree(os.path.join(folder, out)).items()}
            want = want or made
            same(made, want, "in %s" % folder)


# --- --check ---------------------------------------------------------------------------------------------------------------------

def check_says(work):
    """The exit code, a diff that patch takes, and nothing written."""
    work.compile("", "--check", code=1)
    work.compile(PIPELINE, "--check", code=4)
    assert not os.path.exists(work.out), "--check made the folder"
    assert "files missing" in work.said, work.said
    work.compile()
    want = tree(work.out)
    work.compile(PIPELINE, "--check")
    same((work.shown, work.said), ("", ""), "nothing to say")
    os.remove(os.path.join(work.out, "pods", "build.yaml"))
    with open(os.path.join(work.out, "plan.yaml"), "a") as f:
        f.write("# by hand\n")
    shutil.copy(os.path.join(work.out, "job.yaml"), os.path.join(work.out, "left.yaml"))
    with open(os.path.join(work.out, "mine.yaml"), "w") as f:
        f.write("a: 1\n")
    before = tree(work.out)
    work.compile(PIPELINE, "--check", code=4)
    same(tree(work.out), before, "nothing is written")
    assert "1 file missing, 1 file not as it would be written, 1 file left over" in work.said, work.said
    if shutil.which("patch"):
        done = subprocess.run(["patch", "-p0", "-E"], input=work.shown, text=True, cwd=work.path, capture_output=True)
        same(done.returncode, 0, done.stdout + done.stderr)
        same(tree(work.out), dict(want, **{"mine.yaml": b"a: 1\n"}), "patched")
        work.compile(PIPELINE, "--check")


def check_and_foreign_files(work):
    work.compile()
    for name in ("job.yaml", "plan.yaml"):
        os.remove(os.path.join(work.out, name))
    os.symlink("rbac.yaml", os.path.join(work.out, "job.yaml"))
    os.mkdir(os.path.join(work.out, "plan.yaml"))
    work.compile(PIPELINE, "--check", code=4)
    same(work.said.count("was not made by tektonc"), 2, work.said)
    work.compile(PIPELINE, code=3)
    assert os.path.islink(os.path.join(work.out, "job.yaml"))


# --- many pipelines --------------------------------------------------------------------------------------------------------------

def one_pipeline(name, command, more=""):
    return ("apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata: {name: %s}\nspec:\n  params: [{name: who, default: x}%s]\n  tasks:\n"
            "  - {name: a, taskRef: {name: shared}, params: [{name: word, value: %s}]}\n" % (name, more, command))


SHARED_TASK = """\
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: shared}
spec:
  params: [{name: word}]
  steps: [{name: s, image: "i:1", command: [echo, $(params.word)]}]
"""


def times(folder):
    return {path: os.stat(os.path.join(folder, path)).st_mtime_ns for path in tree(folder)}


def touched(folder, before):
    now = times(folder)
    return sorted(p for p in set(now) | set(before) if now.get(p) != before.get(p))


def many_pipelines(work):
    """A folder for each, an index; what a change does not concern is not touched, times included."""
    source = os.path.join(work.path, "pipelines")
    os.makedirs(os.path.join(source, "deep"))

    def put(path, text):
        with open(os.path.join(source, path), "w") as f:
            f.write(text)

    compile_all = lambda *words, **how: run("pipelines", "-o", "out", *words, cwd=work.path, **how)
    put("build.yaml", one_pipeline("build", "one"))
    put("deep/test.yaml", one_pipeline("test", "two", ", {name: level}"))
    put("release.yaml", one_pipeline("release", "three") + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: words}\ndata: {a: b}\n")
    put("shared.yaml", SHARED_TASK)
    assert "level" in compile_all(code=1).stderr.decode(), "a parameter that is missing is said"
    compile_all("-p", "level=high")
    assert "no parameter other" in compile_all("-p", "level=high", "-p", "other=1", code=1).stderr.decode()
    folders = sorted({p.split("/")[0] for p in tree(work.out) if "/" in p})
    same(folders, ["build", "release", "test"])
    with open(os.path.join(work.out, "kustomization.yaml")) as f:
        same(re.findall(r"(?m)^- (\S+)$", f.read()), ["objects.yaml", "build", "test", "release"])
    before = times(work.out)
    compile_all("-p", "level=high")
    same(touched(work.out, before), [], "nothing changed")
    put("build.yaml", "# a comment\n" + one_pipeline("build", "one"))
    compile_all("-p", "level=high")
    same(touched(work.out, before), ["build/job.yaml", "build/kustomization.yaml", "build/rbac.yaml"], "a comment")
    before = times(work.out)
    put("build.yaml", one_pipeline("build", "four"))
    compile_all("-p", "level=high")
    same(touched(work.out, before), ["build/job.yaml", "build/kustomization.yaml", "build/plan.yaml", "build/pods/a.yaml", "build/rbac.yaml"], "a command")
    before = times(work.out)
    put("shared.yaml", SHARED_TASK.replace("echo", "print"))
    compile_all("-p", "level=high")
    changed = touched(work.out, before)
    same([p for p in changed if "/" not in p], [], "index and objects")
    same({p.split("/")[0] for p in changed}, {"build", "release", "test"}, "a Task of all")
    before = times(work.out)
    os.remove(os.path.join(source, "deep", "test.yaml"))
    compile_all()
    changed = touched(work.out, before)
    same({p.split("/")[0] for p in changed}, {"kustomization.yaml", "test"}, "one was removed")
    assert not os.path.exists(os.path.join(work.out, "test"))


def written_side_by_side(work):
    """-j N writes the same; what stands in the way is found as ever."""
    source = os.path.join(work.path, "pipelines")
    os.makedirs(source)
    with open(os.path.join(source, "all.yaml"), "w") as f:
        f.write("---\n".join([SHARED_TASK] + [one_pipeline("p%d" % i, "w%d" % i) for i in range(60)]))
    run("pipelines", "-o", "one", cwd=work.path)
    want = tree(os.path.join(work.path, "one"))
    for jobs in ("2", "7", "64"):
        run("pipelines", "-o", "two", "-j", jobs, cwd=work.path)
        same(tree(os.path.join(work.path, "two")), want)
        shutil.rmtree(os.path.join(work.path, "two"))
    os.makedirs(os.path.join(work.path, "two"))
    with open(os.path.join(work.path, "two", "p7"), "w") as f:
        f.write("a file where a folder goes")
    done = run("pipelines", "-o", "two", "-j4", cwd=work.path, code=3)
    assert b"p7" in done.stderr, done.stderr
    assert not os.path.exists(os.path.join(work.path, "two", "kustomization.yaml"))
    for jobs in ("0", "x", "65"):
        run("pipelines", "-o", "two", "-j=" + jobs, cwd=work.path, code=2)


def folders_of_names(work):
    """A generated name's folder stays when the run changes; runs of one name in two namespaces don't meet."""
    text = ("apiVersion: tekton.dev/v1\nkind: TaskRun\nmetadata: {%s}\n"
            "spec: {taskSpec: {steps: [{name: s, image: 'i:1', command: [%s]}]}}\n---\n")
    work.compile(text % ("generateName: nightly-", "a") + text % ("name: x, namespace: one", "b") + text % ("name: x, namespace: two", "c") +
                 text % ("generateName: y-", "d") + text % ("generateName: y-", "e") + text % ("name: pods", "f"))
    folders = sorted({p.split("/")[0] for p in tree(work.out) if "/" in p})
    same(len(folders), 6, folders)
    assert {"nightly", "one.x", "two.x", "pods-run"} < set(folders), folders
    for folder in folders:
        assert os.path.exists(os.path.join(work.out, folder, "job.yaml"))
    work.compile(text % ("generateName: nightly-", "other") + text % ("name: x, namespace: one", "b"))
    same(sorted({p.split("/")[0] for p in tree(work.out) if "/" in p}), ["nightly", "x"])


# --- diff ----------------------------------------------------------------------------------------------------------------------

def diff_since_a_revision(work):
    """PATH REV and REV:PATH, of input and output, from wherever one stands; nothing is checked out."""
    top = os.path.join(work.path, "a repository")
    sub = os.path.join(top, "ci", "deep")
    os.makedirs(sub)
    git = lambda *words: subprocess.run(["git", "-C", top, "-c", "user.name=x", "-c", "user.email=x@example.org", *words], check=True, capture_output=True)
    path = os.path.join(top, "ci", "in.yaml")

    def put(text):
        with open(path, "w") as f:
            f.write(text)
        run(path, "-o", os.path.join(top, "ci", "out"))

    git("init", "-q", "-b", "main")
    put(PIPELINE)
    git("add", "-A")
    git("commit", "-qm", "one")
    put(PIPELINE.replace("gcc:14", "gcc:15", 1))
    with open(os.path.join(sub, "more.yaml"), "w") as f:
        f.write("not: {in, the, revision\n")
    status = subprocess.run(["git", "-C", top, "status", "--porcelain"], capture_output=True).stdout
    want = "step make: gcc:14 → gcc:15"
    for cwd, words in ((top, ("ci/in.yaml", "HEAD")), (sub, ("../in.yaml", "main")), ("/", (path, "HEAD")), (top, ("HEAD:ci/in.yaml", "ci/in.yaml")),
                       (top, ("ci/out", "HEAD")), (top, ("ci/out/", "main")), (sub, ("../out", "HEAD")), (top, ("main:ci/out", "ci/in.yaml")),
                       (os.path.join(top, "ci"), ("out", "HEAD"))):
        shown = run("diff", *words, cwd=cwd).stdout.decode()
        assert want in shown and shown.count("→") == 1, (cwd, words, shown)
        same(run("diff", "--check", *words, cwd=cwd, code=4).stdout.decode(), shown)
    same(run("diff", "HEAD:ci/in.yaml", "HEAD:ci/out", cwd=top).stdout, b"nothing changes\n")
    assert b"is there in" not in run("diff", "ci/nothing.yaml", "HEAD", cwd=top, code=3).stdout
    run("diff", "ci/in.yaml", "no-such-revision", cwd=top, code=3)
    run("diff", "ci/in.yaml", "--", "--output=x", cwd=top, code=3)
    same(subprocess.run(["git", "-C", top, "status", "--porcelain"], capture_output=True).stdout, status, "untouched")


CASES = [many_pipelines, written_side_by_side, folders_of_names, names_stay, names_change, newer_tektonc, everywhere_the_same, check_says, check_and_foreign_files, diff_since_a_revision]


def main(argv):
    global TEKTONC
    TEKTONC = os.path.abspath(argv[0])
    passed = failed = 0
    for case in CASES:
        if argv[1:] and case.__name__ not in argv[1:]:
            continue
        work = Work()
        try:
            case(work)
            passed += 1
        except (AssertionError, KeyError, AttributeError, OSError) as e:
            failed += 1
            print("FAIL %s: %s: %s" % (case.__name__, type(e).__name__, e))
        work.close()
    print("gitops: %d passed, %d failed, 0 skipped" % (passed, failed))
    return failed > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
