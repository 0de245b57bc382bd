#!/usr/bin/env python3
"""run.py TEKTONC: every folder of examples/ is clean under `tektonc check`, warnings included, compiles, gives the same bytes
again, and passes its own cases (`tektonc test`); every one has cases."""
import filecmp
import os
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def trees_differ(x, y):
    c = filecmp.dircmp(x, y)
    if c.left_only or c.right_only:
        return True
    _, wrong, odd = filecmp.cmpfiles(x, y, c.common_files, shallow=False)
    return bool(wrong or odd) or any(trees_differ(os.path.join(x, d), os.path.join(y, d)) for d in c.common_dirs)


def main(argv):
    tektonc = os.path.abspath(argv[0])
    passed = failed = 0

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
            codes = [run(folder, "-o", out) for out in outs]
            result("tektonc " + folder, all(c == 0 for c, _ in codes), codes[0][1])
            if all(c == 0 for c, _ in codes):
                result("tektonc %s, again" % folder, not trees_differ(*outs), "other bytes came out")
        code, text = run("test", folder)
        lines = [line for line in text.splitlines() if line.startswith(("ok    ", "FAIL  "))]
        if not lines or (code == 0) != all(line.startswith("ok") for line in lines):
            result("tektonc test " + folder, False, text)
        for line in lines:
            result(line[6:], line.startswith("ok"), text)
    print("examples: %d passed, %d failed, 0 skipped" % (passed, failed))
    return failed > 0 or passed == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
