#!/usr/bin/env python3
"""Kills tektonc while it writes a folder, in YAML and in JSON: killed.py TEKTONC [KILLS [PODS]]

Two plans take turns over one folder. After each kill there is the old plan, the new one, or no kustomization.yaml; and the
next run that is left alone leaves exactly what it would write to an empty folder."""
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time



def source(path, word, pods):
    with open(path, "w") as f:
        f.write("apiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {name: many}\nspec:\n  pipelineSpec:\n    tasks:\n")
        for i in range(pods):
            f.write("    - {name: t%d, taskSpec: {steps: [{name: s, image: 'i:1', command: [%s, '%d']}]}}\n" % (i, word, i))


def tree(folder):
    found = {}
    for base, _, files in os.walk(folder):
        for name in files:
            path = os.path.join(base, name)
            with open(path, "rb") as f:
                found[os.path.relpath(path, folder)] = f.read()
    return found


def holds(now, wanted):
    return all(now.get(path) == text for path, text in wanted.items())


def main(tektonc, kills, pods, form):
    work = tempfile.mkdtemp(prefix="tektonc-killed-")
    out = os.path.join(work, "out")
    write = lambda which, to: [tektonc, os.path.join(work, which), "-o", to] + form
    wanted, problems, seen = {}, [], {"old": 0, "new": 0, "nothing": 0}
    for which, word in (("a.yaml", "one"), ("b.yaml", "two")):
        source(os.path.join(work, which), word, pods)
        start = time.monotonic()
        subprocess.run(write(which, os.path.join(work, which + ".out")), check=True)
        seconds = time.monotonic() - start
        wanted[which] = tree(os.path.join(work, which + ".out"))
    seed = random.randrange(1 << 32)
    random.seed(seed)
    last = None
    for i in range(kills):
        which = ("a.yaml", "b.yaml")[i % 2]
        p = subprocess.Popen(write(which, out))
        time.sleep(seconds * random.uniform(0.2, 1.1))
        p.kill()
        p.wait()
        now = tree(out)
        if "kustomization.yaml" not in now:
            seen["nothing"] += 1
        elif holds(now, wanted[which]):
            seen["new"] += 1
            last = which
        elif last and holds(now, wanted[last]):
            seen["old"] += 1
        else:
            problems.append("kill %d left a mixture that can be applied" % i)
        if i % 4 == 3:
            last = random.choice(list(wanted))
            subprocess.run(write(last, out), check=True)
            if tree(out) != wanted[last]:
                problems.append("after kill %d the next run did not repair" % i)
    shutil.rmtree(work)
    for problem in problems:
        print("FAIL seed %d: %s" % (seed, problem))
    print("killed%s (%s): %d passed, %d failed, 0 skipped" % (
        "".join(" " + word for word in form), ", ".join("%s %d" % s for s in seen.items()), kills - len(problems), len(problems)))
    return len(problems) > 0


if __name__ == "__main__":
    program, numbers = os.path.abspath(sys.argv[1]), [int(n) for n in (sys.argv[2:] + ["50", "400"][len(sys.argv) - 2:])]
    sys.exit(sum([main(program, *numbers, form) for form in ([], ["--json"])]))
