"""What both comparisons share: where things are, how tektonc is called, how a tally is printed.

The corpus is a folder outside the repository ($TEKTONC_SHARED, by default ../shared beside the checkout). It holds
inputs (NAME.yaml) with the answers of Tekton's own code (NAME.oracle.json, labels.jsonl). Nothing of it is copied.
"""
import json
import os
import subprocess

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHARED = os.environ.get("TEKTONC_SHARED") or os.path.join(os.path.dirname(TOP), "shared")
CORPUS = os.path.join(SHARED, "corpus")
TEKTONC = os.environ.get("TEKTONC") or os.path.join(TOP, "build", "tektonc")

# What the oracle's -all-alpha switches on.
ALPHA = ["--tekton-api=alpha"] + [
    arg for name in ("enable-cel-in-whenexpression", "enable-param-enum", "enable-artifacts",
                     "enable-concise-resolver-syntax")
    for arg in ("--feature", name + "=true")]

RUN_SECONDS = 30  # a compilation that takes longer hangs


class Answer:
    """One call of tektonc: exit status, both outputs."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    @property
    def verdict(self):
        """accept, reject, or what else happened (a crash, bad usage, a time-out)."""
        if self.status == 0:
            return "accept"
        if self.status == 1:
            return "reject"
        if self.status is None:
            return "no end after %d s" % RUN_SECONDS
        if self.status < 0:
            return "signal %d" % -self.status
        return "exit %d" % self.status

    def first_error(self):
        for line in (self.err + "\n" + self.out).splitlines():
            if "error" in line:
                return line.strip()
        return self.err.strip().splitlines()[-1] if self.err.strip() else ""


def tektonc(args, cwd=None):
    env = {k: v for k, v in os.environ.items() if k in ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")}
    env["NO_COLOR"] = "1"
    try:
        p = subprocess.run([TEKTONC] + args, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, timeout=RUN_SECONDS)
    except subprocess.TimeoutExpired:
        return Answer(None, "", "")
    return Answer(p.returncode, p.stdout.decode("utf-8", "replace"), p.stderr.decode("utf-8", "replace"))


def check(path, alpha=False, closed=False):
    """`tektonc check` on one file: the answer and its diagnostics (dicts, one per line of JSON)."""
    args = ["check", "--profile=tekton", "--format=json"] + (ALPHA if alpha else []) + (["--closed"] if closed else [])
    answer = tektonc(args + [os.path.basename(path)], cwd=os.path.dirname(path))
    return answer, [json.loads(line) for line in answer.out.splitlines()]


def shown(d):
    """A diagnostic on one line."""
    return "%s:%s %s %s" % (d.get("line"), d.get("column"), d.get("id"), d.get("message"))


def refused(cluster_verdict, run_verdict):
    """The rule of the corpus: refuse iff the cluster or the reconcilers refuse; `unknown` and `none` say nothing."""
    return "reject" if "reject" in (cluster_verdict, run_verdict) else "accept"


def tally(name, passed, failed, skipped):
    """The line that .ci/run adds up."""
    print("%s: %d passed, %d failed, %d skipped" % (name, passed, failed, skipped), flush=True)
    return 1 if failed else 0


def skip_without_corpus(name):
    """True (after a counted line) when there is nothing to compare with."""
    if os.path.isdir(CORPUS):
        return False
    print("%s: no corpus at $TEKTONC_SHARED or ../shared: skipped" % name)
    tally(name, 0, 0, 1)
    return True
