#!/usr/bin/env python3
"""testcases.py TEKTONC [COUNT [SEED]]: `tektonc test` over cases that are broken at random: it judges them, or says what is
wrong, with exit code 0, 1 or 2; it never crashes, hangs, or fails without a word. Then the same case twice: the same bytes."""
import os
import random
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = os.path.join(HERE, "..", "golden", "test-cases")
WORDS = ["null", "[]", "{}", "x", "1", "-5", '"a b"', "[null]", "{a: null}", "[[x]]", "Hangs", "Refused", "Deleted", "99999999999999999",
         "1h", "true", "list", "fan", "child/deep", "child", "0s", "-1h", "''"]


def mutate(r, text):
    lines = text.split("\n")
    for _ in range(r.randint(1, 6)):
        k = r.randrange(len(lines))
        what = r.random()
        if what < 0.2 and len(lines) > 1:
            del lines[k]
        elif what < 0.4:
            lines.insert(k, r.choice(lines))
        elif what < 0.5:
            lines[k] = " " * r.choice([0, 2, 4]) + lines[k].strip()
        else:
            found = list(re.finditer(r"[\w./-]+|\[.*?\]|\{.*?\}", lines[k]))
            if found:
                m = r.choice(found)
                lines[k] = lines[k][:m.start()] + r.choice(WORDS) + lines[k][m.end():]
    return "\n".join(lines)


def read(name):
    with open(os.path.join(CASES, name), encoding="utf-8") as f:
        return f.read()


def main(argv):
    tektonc, count, seed = os.path.abspath(argv[0]), int(argv[1]) if len(argv) > 1 else 300, int(argv[2]) if len(argv) > 2 else 1
    r, passed, failed = random.Random(seed), 0, 0
    with tempfile.TemporaryDirectory() as work:
        for name in os.listdir(CASES):
            with open(os.path.join(work, name), "w", encoding="utf-8") as f:
                f.write(read(name))
        for i in range(count):
            with open(os.path.join(work, "cases.yaml"), "w", encoding="utf-8") as f:
                text = mutate(r, read("cases.yaml"))
                f.write(text)
            runs = [subprocess.run([tektonc, "test", "cases.yaml"], cwd=work, capture_output=True, timeout=60) for _ in range(2)]
            said = runs[0].stdout + runs[0].stderr
            ok = runs[0].returncode in (0, 1, 2) and said and runs[0].stdout == runs[1].stdout and b"Sanitizer" not in said
            passed += bool(ok)
            failed += not ok
            if not ok:
                print("FAIL seed %d, case %d: exit %d\n%s\n%s" % (seed, i, runs[0].returncode, said.decode(errors="replace")[-2000:], text))
    print("broken tests: %d passed, %d failed, 0 skipped" % (passed, failed))
    return failed > 0 or passed == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
