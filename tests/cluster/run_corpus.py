#!/usr/bin/env python3
"""Real runs of what is known to run under Tekton: run_corpus.py TEKTONC ROOT [NAME...]

Each file of ../shared/corpus/runnable.txt is compiled, applied and followed to the end; the outcome must be Tekton's. ROOT:
the files of the runtime's image (`make runtime-root`)."""
import os
import re
import sys
import time

import runs

WITHOUT_DIGEST = "digests in image names stripped"


def secrets(path):
    """Secrets are never written by tektonc: who applies them applies the input's."""
    with open(path) as f:
        parts = re.split(r"(?m)^---.*$", f.read())
    return "\n---\n".join(p for p in parts if re.search(r"(?m)^kind: *[\"']?Secret\b", p))


def one(line):
    name, expected, _, note = (line.rstrip("\n").split("\t") + ["", "", ""])[:4]
    start, run, space = time.monotonic(), None, runs.Space(runs.api())
    try:
        path = os.path.join(runs.CORPUS, "examples", name)
        text = secrets(path)
        if text:
            space.apply("-f", "-", text=text)
        run = runs.Run(space, path, *(runs.ALPHA if "alpha" in note or "-alpha-" in name else []))
        outcome = run.wait()
        story = "" if outcome == expected else run.story()
    except Exception as e:  # one file must not end the others
        outcome, story = "not applied", "  " + str(e)
    if run:
        run.close()
    space.close()
    return name, expected, outcome, story, time.monotonic() - start


def main(argv):
    why = runs.setup(argv[0], argv[1])
    listed = os.path.join(runs.CORPUS, "runnable.txt")
    if why or not os.path.exists(listed):
        print("cluster-run: %s: skipped" % (why or "no ../shared/corpus/runnable.txt"))
        print("cluster-run: 0 passed, 0 failed, 1 skipped")
        return 0
    with open(listed) as f:
        lines = [line for line in f if line.strip() and not line.startswith("#")]
    if argv[2:]:
        lines = [line for line in lines if any(word in line.split("\t")[0] for word in argv[2:])]
    passed = failed = 0
    start = time.monotonic()
    for name, expected, outcome, story, took in runs.side_by_side([lambda line=line: one(line) for line in lines]):
        if outcome == expected:
            passed += 1
            print("ok   %-80s %5.1f s" % (name, took), flush=True)
        else:
            failed += 1
            print("FAIL %s: %s, expected %s\n%s" % (name, outcome, expected, story), flush=True)
    print("%d of %d files of the corpus end as under Tekton, in %.0f s" % (passed, len(lines), time.monotonic() - start))
    print("cluster-run: %d passed, %d failed, 0 skipped" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
