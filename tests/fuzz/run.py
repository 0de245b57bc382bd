#!/usr/bin/env python3
"""Runs fuzz targets: run.py [--seconds N] TEKTONC FOLDER [NAME...]

FOLDER holds fuzz_NAME for each target (make fuzz-build). Each gets its seeds (seeds.py), prints the edges of the code that it
reaches on them, then is fuzzed for some seconds. A target fails when something is found (the input stays in FOLDER), or
when its seeds reach little more than an input that is refused at once: then it tests nothing. With --seconds what was
learnt is kept in FOLDER/corpus_NAME."""
import argparse
import glob
import os
import re
import subprocess
import sys
import tempfile

import seeds

SECONDS = 3  # of each in `make test-fuzz`, with so many seeds at most to begin with
SOME = 150
FAR = 1.5    # the seeds must reach so many times the edges of a refused input


def run(program, options, folders):
    """Edges after reading the folders, edges at the end, runs, what was said."""
    p = subprocess.run([program, "-timeout=25", "-rss_limit_mb=3072", "-close_fd_mask=1"] + options + folders,
                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    said = p.stderr.decode("utf-8", "replace")
    edges = [int(x) for x in re.findall(r"\bcov: (\d+)", said)]
    first = re.search(r"INITED cov: (\d+)", said)
    runs = re.findall(r"^#(\d+)", said, re.M)
    return p.returncode, int(first.group(1)) if first else 0, max(edges, default=0), int(runs[-1]) if runs else 0, said


def try_target(folder, name, seconds, keep):
    program = os.path.join(folder, "fuzz_" + name)
    at = os.path.join(folder, "seeds_" + name)
    with tempfile.TemporaryDirectory() as tmp:
        refused, learnt = os.path.join(tmp, "refused"), os.path.join(folder, "corpus_" + name) if keep else os.path.join(tmp, "learnt")
        os.makedirs(refused)
        os.makedirs(learnt, exist_ok=True)
        with open(os.path.join(refused, "x"), "wb") as f:
            f.write(b"\x00\xff")
        low = run(program, ["-runs=0"], [refused])[1]
        some = at
        if not keep:
            some = os.path.join(tmp, "some")
            os.makedirs(some)
            for x in sorted(os.listdir(at))[:SOME]:
                os.symlink(os.path.join(at, x), os.path.join(some, x))
        options = ["-artifact_prefix=%s/found_%s_" % (folder, name), "-max_total_time=%d" % seconds]
        if not keep: # what CI says must not be a matter of luck: looking for more is what the long form is for
            options += ["-seed=1", "-runs=1000"]
        if os.path.exists(os.path.join(folder, name + ".dict")):
            options.append("-dict=" + os.path.join(folder, name + ".dict"))
        code, first, last, runs, said = run(program, ["-runs=0"] + options[:1], [at])
        if code == 0:
            code, _, last, runs, said = run(program, options, [learnt, some])
    count = len(os.listdir(at))
    print("  fuzz_%-10s %5d seeds reach %5d edges (a refused input %3d); then %d runs" % (name, count, first, low, runs)
          + (", %d edges" % last if keep else ""), flush=True)
    if code != 0:
        print("FAIL fuzz_%s:\n%s" % (name, "\n".join(said.splitlines()[-40:])))
    elif first < low * FAR:
        print("FAIL fuzz_%s: the seeds get no further than what is refused at once" % name)
    else:
        return True
    return False


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--seconds", type=int)
    p.add_argument("tektonc")
    p.add_argument("folder")
    p.add_argument("names", nargs="*")
    o = p.parse_args()
    folder = os.path.abspath(o.folder)
    names = o.names or sorted(os.path.basename(x)[5:] for x in glob.glob(os.path.join(folder, "fuzz_*")) if os.access(x, os.X_OK))
    seeds.make(os.path.abspath(o.tektonc), folder)
    passed = sum(try_target(folder, name, o.seconds or SECONDS, o.seconds) for name in names)
    print("fuzz: %d passed, %d failed, %d skipped" % (passed, len(names) - passed, 0 if os.path.isdir(seeds.CORPUS) else 1))
    return passed < len(names) or not names


if __name__ == "__main__":
    sys.exit(main())
