#!/usr/bin/env python3
"""Runs in containers of what is known to run under Tekton: run_corpus.py TEKTONC [NAME...]

Each file of ../shared/corpus/runnable.txt (or $TEKTONC_SHARED) must end as it does under Tekton, and nothing must be left of
it. Images are local ones, as ../shared/cluster/images.txt maps them; the root file systems are those of that cluster."""
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile
import time

import service

HERE = os.path.dirname(os.path.abspath(__file__))
SHARED = os.environ.get("TEKTONC_SHARED", os.path.join(HERE, "..", "..", "..", "shared"))
CORPUS = os.path.join(SHARED, "corpus")
AT_ONCE = int(os.environ.get("TEKTONC_RUNS_AT_ONCE", "3"))
ALPHA = ["--tekton-api=alpha"] + ["--feature=%s=true" % f for f in ("enable-artifacts", "enable-param-enum", "enable-cel-in-whenexpression", "enable-concise-resolver-syntax")]


def images(s):
    with open(os.path.join(SHARED, "cluster", "images.txt")) as f:
        rows = [line.split() for line in f if line.strip() and not line.startswith("#")]
    first = {}  # of each root file system: the others share its files
    for root, entrypoint, cmd, *names in rows:
        folder = os.path.join(service.CACHED, root)
        if root == "pause":
            continue
        if not os.path.isdir(folder):
            raise service.Skip("%s is not there (../shared/cluster makes it)" % folder)
        names = [n for n in names if "@" not in n]
        words = [None if w == "-" else w.split(",") for w in (entrypoint, cmd)]
        if root in first:
            s.variant(names[0], first[root], *words)
        else:
            s.image(names[0], folder, *words)
        first.setdefault(root, names[0])
        for other in names[1:]:
            s.tag(names[0], other)


def one(tektonc, s, line):
    name, expected, _, note = (line.rstrip("\n").split("\t") + ["", "", ""])[:4]
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tektonc-run-") as state:
        path = os.path.join(state, name)
        with open(os.path.join(CORPUS, "examples", name)) as f, open(path, "w") as to:
            to.write(re.sub(r"@sha256:[0-9a-f]{64}", "", f.read()))  # a local image has no digest of a registry
        words = [tektonc, "run", "--engine=docker", path] + (ALPHA if "alpha" in note or "-alpha-" in name else [])
        env = s.env(XDG_STATE_HOME=state)
        try:
            done = subprocess.run(words, capture_output=True, text=True, env=env, timeout=240, stdin=subprocess.DEVNULL)
            outcome = {0: "Succeeded", 1: "Failed"}.get(done.returncode, "exit %d" % done.returncode)
            story = done.stdout + done.stderr
        except subprocess.TimeoutExpired as e:
            outcome, story = "no end in 240 s", str(e.stdout) + str(e.stderr)
        mine = [str(c) for c in s.ask("GET", "/containers/json?all=1")[1] if c["Labels"].get("tektonc.dev/run", "").startswith(state)]
        gc = subprocess.run([tektonc, "gc", "--keep=0"], capture_output=True, text=True, env=env)
        if mine or gc.returncode:
            outcome += ", left " + " ".join(mine) + gc.stderr
    return name, expected, outcome, story, time.monotonic() - start


def main(argv):
    try:
        with service.Service() as s:
            listed = os.path.join(CORPUS, "runnable.txt")
            if not os.path.exists(listed):
                raise service.Skip("no ../shared/corpus/runnable.txt")
            images(s)
            with open(listed) as f:
                lines = [line for line in f if line.strip() and not line.startswith("#")]
            if argv[1:]:
                lines = [line for line in lines if any(word in line.split("\t")[0] for word in argv[1:])]
            return run(argv[0], s, lines)
    except service.Skip as why:
        print("docker-corpus: %s: skipped" % why)
        print("docker-corpus: 0 passed, 0 failed, 1 skipped")
        return 0


def run(tektonc, s, lines):
    passed = failed = 0
    start = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for name, expected, outcome, story, took in pool.map(lambda line: one(tektonc, s, line), lines):
            if outcome == expected:
                passed += 1
                print("ok   %-80s %5.1f s" % (name, took), flush=True)
            else:
                failed += 1
                print("FAIL %s: %s, expected %s\n%s" % (name, outcome, expected, story), flush=True)
    containers, volumes = s.left()
    if containers or volumes:
        failed += 1
        print("FAIL left: %s %s" % (containers, volumes))
    print("%d of %d files of the corpus end as under Tekton, in %.0f s" % (passed, len(lines), time.monotonic() - start))
    print("docker-corpus: %d passed, %d failed, 0 skipped" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
