#!/usr/bin/env python3
"""run.py TEKTONC: every folder of examples/ is clean under `tektonc check`, warnings included, compiles, gives the same bytes
again, and passes its own cases (`tektonc test`); every one has cases. The C program is really built, on the host engine,
where there are bubblewrap and a compiler."""
import filecmp
import json
import os
import shutil
import subprocess
import sys
import tempfile

# What the runs need where there is no run.yaml.
MORE = {"c-program": ["-w", "name=source,claimName=sources", "-p", "url=https://git.example.com/count.git"]}
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def trees_differ(x, y):
    c = filecmp.dircmp(x, y)
    if c.left_only or c.right_only:
        return True
    _, wrong, odd = filecmp.cmpfiles(x, y, c.common_files, shallow=False)
    return bool(wrong or odd) or any(trees_differ(os.path.join(x, d), os.path.join(y, d)) for d in c.common_dirs)


def can_run():
    """Sandboxes may be forbidden here."""
    tools = all(shutil.which(tool) for tool in ("bwrap", "cc", "make"))
    return tools and subprocess.run(["bwrap", "--unshare-all", "--ro-bind", "/", "/", "true"], capture_output=True).returncode == 0


def really_run(tektonc):
    """What is wrong, or an empty text."""
    with tempfile.TemporaryDirectory() as work:
        folder = os.path.join(work, "c-program")
        shutil.copytree(os.path.join(TOP, "examples", "c-program"), folder, ignore=shutil.ignore_patterns("build"))
        done = subprocess.run([tektonc, "run", folder, "-w", "source=" + os.path.join(folder, "source"), "-p", "package=yes",
                               "--engine=host", "-o", "json"], capture_output=True, text=True, cwd=work, timeout=300,
                              env=dict(os.environ, XDG_STATE_HOME=os.path.join(work, "state")))
        try:
            status = json.loads(done.stdout)["status"]
        except (ValueError, KeyError):
            return "exit %d\n%s%s" % (done.returncode, done.stdout, done.stderr)
        want = {"version": "1.2.0", "tests": "5"}
        results = {r["name"]: r["value"] for r in status.get("results", [])}
        skipped = [t["name"] for t in status.get("skippedTasks", [])]
        made = os.path.exists(os.path.join(folder, "source", "build", "count-1.2.0.tar"))
        if done.returncode or results != want or skipped != ["checkout"] or not made:
            return "exit %d, results %s, skipped %s, packed: %s\n%s" % (done.returncode, results, skipped, made, done.stderr)
    return ""


def main(argv):
    tektonc = os.path.abspath(argv[0])
    passed = failed = skipped = 0

    def result(what, ok, why=""):
        nonlocal passed, failed
        passed += ok
        failed += not ok
        if not ok:
            print("FAIL %s\n%s" % (what, why))

    def run(*words):
        done = subprocess.run([tektonc] + list(words), capture_output=True, text=True, cwd=TOP)
        return done.returncode, done.stdout + done.stderr

    for name in sorted(os.listdir(os.path.join(TOP, "examples"))):
        folder = os.path.join("examples", name)
        if not os.path.isdir(os.path.join(TOP, folder)):
            continue
        code, text = run("check", "--fail-on=warning", folder)
        result("tektonc check " + folder, code == 0 and not text, text)
        with tempfile.TemporaryDirectory() as work:
            outs = [os.path.join(work, d) for d in ("a", "b")]
            codes = [run(folder, *MORE.get(name, []), "-o", out) for out in outs]
            result("tektonc " + folder, all(c == 0 for c, _ in codes), codes[0][1])
            if all(c == 0 for c, _ in codes):
                result("tektonc %s, again" % folder, not trees_differ(*outs), "other bytes came out")
        code, text = run("test", folder)
        lines = [line for line in text.splitlines() if line.startswith(("ok    ", "FAIL  "))]
        if not lines or (code == 0) != all(line.startswith("ok") for line in lines):
            result("tektonc test " + folder, False, text)
        for line in lines:
            result(line[6:], line.startswith("ok"), text)
    if can_run():
        why = really_run(tektonc)
        result("tektonc run examples/c-program", not why, why)
    else:
        skipped += 1
        print("SKIP tektonc run examples/c-program: no sandboxes or no compiler here")
    print("examples: %d passed, %d failed, %d skipped" % (passed, failed, skipped))
    return failed > 0 or passed == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
