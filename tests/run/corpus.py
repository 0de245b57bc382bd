#!/usr/bin/env python3
"""Runs on this machine of what is known to run under Tekton: corpus.py [--engine=host] [--namespace=NAME] [--all] TEKTONC [NAME...]

Files of ../shared/corpus/runnable.txt (or $TEKTONC_SHARED); each must end as it does under Tekton, and nothing must be left
of it. Without --all a quick part of them."""
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "cluster"))
import runs  # noqa: E402

SHARED = os.environ.get("TEKTONC_SHARED", os.path.join(HERE, "..", "..", "..", "shared"))
CORPUS = os.path.join(SHARED, "corpus")
# What an image brings that a Debian machine may lack, and what only a cluster has.
NEEDS_IMAGE = {
    "pipelineruns-alpha-consume-artifacts-from-task.yaml": "python",
    "taskruns-alpha-produce-consume-artifacts.yaml": "python",
}
ALPHA = ["--tekton-api=alpha"] + ["--feature=%s=true" % f for f in ("enable-artifacts", "enable-param-enum", "enable-cel-in-whenexpression", "enable-concise-resolver-syntax")]
QUICK = 6  # every sixth


def one(tektonc, engine, line):
    name, expected, _, note = (line.rstrip("\n").split("\t") + ["", "", ""])[:4]
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tektonc-run-") as state:
        words = [tektonc, "run", "--engine=" + engine, os.path.join(CORPUS, "examples", name)]
        words += [o for o in sys.argv if o.startswith("--namespace=")]
        if engine == "kube":  # nobody looks up what an image runs
            listed = os.path.join(state, "images.json")
            with open(listed, "w") as f:
                json.dump(runs.image_words(), f)
            words.append("--image-entrypoints=" + listed)
        if "alpha" in note or "-alpha-" in name:
            words += ALPHA
        env = dict(os.environ, XDG_STATE_HOME=state)
        try:
            done = subprocess.run(words, capture_output=True, text=True, env=env, timeout=180)
            outcome = {0: "Succeeded", 1: "Failed"}.get(done.returncode, "exit %d" % done.returncode)
            story = done.stdout + done.stderr
        except subprocess.TimeoutExpired as e:
            outcome, story = "no end in 180 s", str(e.stdout)
        left = [os.path.join(base, x) for base, folders, files in os.walk(state) for x in folders if x == "work"]
        if left:
            outcome += ", left " + " ".join(left)
    return name, expected, outcome, story, time.monotonic() - start


def main(argv):
    options = [a for a in argv if a.startswith("--")]
    words = [a for a in argv if not a.startswith("--")]
    engine = next((o.split("=")[1] for o in options if o.startswith("--engine=")), "host")
    listed = os.path.join(CORPUS, "runnable.txt")
    if not os.path.exists(listed):
        print("run-corpus: 0 passed, 0 failed, 1 skipped")
        return 0
    with open(listed) as f:
        lines = [line for line in f if line.strip() and not line.startswith("#")]
    if words[1:]:
        lines = [line for line in lines if any(word in line.split("\t")[0] for word in words[1:])]
    elif "--all" not in options:
        lines = lines[::QUICK]
    passed = failed = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for name, expected, outcome, story, took in pool.map(lambda line: one(words[0], engine, line), lines):
            if outcome == expected:
                passed += 1
                if "-v" in options or "--all" in options:
                    print("ok   %-80s %5.1f s" % (name, took), flush=True)
            else:
                failed += 1
                print("FAIL %s: %s, expected %s\n%s" % (name, outcome, expected, story), flush=True)
    print("run-corpus: %d passed, %d failed, 0 skipped" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
