#!/usr/bin/env python3
"""Bad bytes: robust.py TEKTONC

Inputs that nobody means well: malformed, cut off, too deep, too large, growing by themselves. Each must end by itself with
exit code 0 or 1 (never by a signal), say an error where it is one, and stay within its CPU time and memory. Times are CPU
times, so that a busy machine does not matter; ROBUST_SCALE multiplies the limits (sanitizers)."""
import os
import resource
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(os.path.dirname(HERE), "golden")
SCALE = float(os.environ.get("ROBUST_SCALE", "1"))
MB = 1 << 20

TASK = b"""apiVersion: tekton.dev/v1
kind: Task
metadata: {name: t}
spec:
  params: [{name: p}]
  steps:
  - name: s
    image: bash:5.2
    env: [{name: P, value: $(params.p)}]
    script: |
      echo "${P}"
"""


def repeated(piece, size):
    return piece * (size // len(piece) + 1)


def task_with(extra):
    return TASK.replace(b"  steps:\n", extra + b"  steps:\n", 1)


def laughs(levels, width, merge=False):
    lines = [b"a0: &a0 {x: y}" if merge else b"a0: &a0 [x, x]"]
    for i in range(1, levels):
        of = b", ".join([b"*a%d" % (i - 1)] * width)
        lines.append(b"a%d: &a%d %s" % (i, i, b"{<<: [%s], k%d: [%s]}" % (of, i, of) if merge else b"[%s]" % of))
    return b"\n".join(lines) + b"\n"


def params(n, name):
    return b"  params: [" + b", ".join(b"{name: %s%d}" % (name, i) for i in range(n)) + b"]\n"


def cases():
    """name, bytes, wanted exit code (None: any of 0 and 1), CPU seconds, MB, what the messages hold"""
    small, large = (2, 100), (30, 4096)
    yield ("utf-8", TASK.replace(b"bash", b"b\xe9sh"), 1, *small, b"TK0002")
    yield ("overlong", TASK.replace(b"bash", b"b\xc0\xafsh"), 1, *small, b"TK0002")
    yield ("surrogate", TASK.replace(b"bash", b"b\xed\xa0\x80sh"), 1, *small, b"TK0002")
    yield ("utf-8 at the end", TASK + b"# \xe2\x82", 1, *small, b"TK0002")
    yield ("nul", TASK.replace(b"bash", b"ba\0sh"), 1, *small, b"TK0002")
    yield ("nul only", b"\0" * 4096, 1, *small, b"TK0002")
    yield ("utf-16", TASK.decode().encode("utf-16"), None, *small, b"")
    yield ("random", bytes((i * 7919 + (i >> 3) * 104729) & 255 for i in range(1 << 16)), 1, *small, b"error")
    yield ("empty", b"", 0, *small, b"")
    yield ("only comments", repeated(b"# nothing\n", MB), 0, *small, b"")
    yield ("bom", b"\xef\xbb\xbf" + TASK, 0, *small, b"")
    yield ("crlf", TASK.replace(b"\n", b"\r\n"), 0, *small, b"")
    yield ("billion laughs", laughs(12, 10), 1, *small, b"TK0003")
    yield ("billion laughs by merge keys", laughs(12, 10, True), 1, *small, b"TK0003")
    yield ("an anchor in itself", b"a: &a [*a]\n", None, *small, b"")
    deep = 100000
    yield ("deep [", b"[" * deep, 1, *small, b"error")
    yield ("deep [ closed", b"[" * deep + b"]" * deep, 1, *small, b"TK0003")
    yield ("deep {", b"{a: " * deep, 1, *small, b"error")
    yield ("deep { closed", b'{"a":' * deep + b"1" + b"}" * deep, 1, *small, b"TK0003")
    yield ("deep -", b"- " * deep + b"x\n", 1, *small, b"TK0003")
    yield ("deep ?", b"? " * deep + b"x\n", 1, *small, b"error")
    yield ("deep below spec", task_with(b"  volumes: " + b"[" * deep + b"]" * deep + b"\n"), 1, *small, b"TK0003")
    yield ("deep $(", task_with(b"  description: d\n").replace(b'echo "${P}"', b"$(" * deep), None, 5, 200, b"")
    yield ("long name", TASK.replace(b"name: t", b"name: " + b"a" * MB), 1, 3, 200, b"TK0201")
    yield ("long line", TASK + b"# " + b"x" * (8 * MB), 0, 3, 300, b"")
    yield ("ignore comments", TASK + repeated(b"# tektonc: ignore nothing ", 4 * MB), None, 20, 2500, b"TK0990")
    yield ("many documents", repeated(b"---\n" + TASK, 8 * MB), 0, 15, 2500, b"")
    yield ("many unused", task_with(b"").replace(b"  params: [{name: p}]\n", params(50000, b"p")).replace(b"$(params.p)", b"x"), 0, 3, 300, b"TK0908")
    yield ("many unknown", task_with(repeated(b"  nothing: here\n", 2 * MB)), 1, 15, 2000, b"error")
    yield ("many variables", TASK.replace(b'echo "${P}"', repeated(b"$(params.p) ", 4 * MB)), 0, 10, 1500, b"TK0924")
    yield ("many undeclared", TASK.replace(b'echo "${P}"', repeated(b"$(workspaces.w.path) ", MB)), 0, 10, 1500, b"TK0902")
    chain = b"".join(b"  - {name: t%d, runAfter: [t%d], taskRef: {name: x}}\n" % (i, i - 1) for i in range(1, 20000))
    pipeline = b"apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata: {name: p}\nspec:\n  tasks:\n"
    yield ("a long chain", pipeline + b"  - {name: t0, taskRef: {name: x}}\n" + chain, 0, 5, 800, b"")
    yield ("a long circle", pipeline + b"  - {name: t0, runAfter: [t19999], taskRef: {name: x}}\n" + chain, 1, 5, 800, b"error")
    yield ("utf-16 without a mark", TASK.decode().encode("utf-16-be"), 1, *small, b"TK0002")
    yield ("cr alone", TASK.replace(b"\n", b"\r"), 0, *small, b"")
    yield ("many small documents", b"---\na: b\n" * 100000, 1, 5, 400, b"TK0701")
    yield ("many keys", TASK + b"x:\n" + b"".join(b"  k%d: v\n" % i for i in range(200000)), 1, 5, 300, b"TK0101")
    yield ("many anchors", b"".join(b"a%d: &a%d x\nb%d: *a%d\n" % (i, i, i, i) for i in range(100000)), 1, 5, 300, b"TK0701")
    yield ("many aliases", b"a: &a [x]\nb:\n" + b"- *a\n" * 100000, 1, *small, b"TK0")
    yield ("a wide flow map", b"a: {" + b", ".join(b"k%d: v" % i for i in range(200000)) + b"}\n", 1, 5, 300, b"TK0701")
    yield ("plain text over many lines", b"a: x\n" + b"  word word\n" * 500000, 1, 5, 300, b"TK0701")
    yield ("many folded paragraphs", b"a: >\n" + b"  word word\n\n" * 300000, 1, 5, 300, b"TK0701")
    yield ("many quotes", b"a: '" + b"''" * 1000000 + b"'\n", 1, 5, 300, b"TK0701")
    yield ("a block without end", TASK.replace(b"script: |", b"script: |+")[:-1], 0, *small, b"")
    yield ("deep maps on lines of their own", b"".join(b" " * i + b"k:\n" for i in range(3000)), 1, 5, 300, b"TK0003")
    size = 100 * MB
    yield ("100 MB in one text", TASK.replace(b'echo "${P}"', b"x" * size), None, *large, b"")
    yield ("100 MB of lines", TASK.replace(b'echo "${P}"', repeated(b"echo a line\n      ", size)), None, *large, b"")
    yield ("100 MB of blanks", TASK + b" " * size, None, *large, b"")
    yield ("100 MB of {", b"{" * size, 1, *large, b"error")
    yield ("100 MB of quotes", b'a: "' + b"'" * size, 1, *large, b"error")
    yield ("100 MB of items", b"a: [" + b"x, " * (size // 3) + b"]\n", 1, 90, 16384, b"error")


def truncations():
    """Every golden's beginning, cut at some places: whatever is said, it ends."""
    names = sorted(n for n in os.listdir(GOLDEN) if n.endswith(".yaml") and not n.startswith("."))
    for name in names[::7]:
        with open(os.path.join(GOLDEN, name), "rb") as f:
            text = f.read()
        for k in range(1, 12):
            yield ("%s cut at %d/12" % (name, k), text[:len(text) * k // 12], None, 2, 200, b"")


def measure(tektonc, path, out):
    """Exit status of wait, CPU seconds, MB."""
    pid = os.fork()
    if pid == 0:
        fd = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(fd, 1)
        os.dup2(fd, 2)
        resource.setrlimit(resource.RLIMIT_CPU, (int(200 * SCALE), int(200 * SCALE)))
        os.execv(tektonc, [tektonc, "check", path])
    _, status, usage = os.wait4(pid, 0)
    return status, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def judge(case, tektonc, work):
    name, text, code, seconds, mb, wanted = case
    path, out = os.path.join(work, "input.yaml"), os.path.join(work, "out")
    with open(path, "wb") as f:
        f.write(text)
    status, cpu, used = measure(tektonc, path, out)
    with open(out, "rb") as f:
        said = f.read(4 * MB)
    problems = []
    if os.WIFSIGNALED(status):
        problems.append("ended by signal %d" % os.WTERMSIG(status))
    elif os.WEXITSTATUS(status) not in ((0, 1) if code is None else (code,)):
        problems.append("exit %d" % os.WEXITSTATUS(status))
    if wanted not in said:
        problems.append("%s is not said, but: %s" % (wanted.decode(), said[:200].decode(errors="replace")))
    if cpu > seconds * SCALE:
        problems.append("%.1f s of CPU time, limit %g" % (cpu, seconds * SCALE))
    if used > mb * SCALE:
        problems.append("%.0f MB, limit %g" % (used, mb * SCALE))
    if os.environ.get("ROBUST_VERBOSE"):
        print("%-34s %6.2f s %7.0f MB  %s" % (name, cpu, used, said[:90].split(b"\n")[0].decode(errors="replace")), flush=True)
    return problems


def main(argv):
    tektonc, words = os.path.abspath(argv[0]), argv[1:]
    passed = failed = 0
    work = tempfile.mkdtemp()
    try:
        for make in (cases, truncations):
            for case in make():
                if words and not any(w in case[0] for w in words):
                    continue
                problems = judge(case, tektonc, work)
                passed, failed = passed + (not problems), failed + bool(problems)
                for p in problems:
                    print("FAIL %s: %s" % (case[0], p))
    finally:
        shutil.rmtree(work)
    print("robust: %d passed, %d failed, 0 skipped" % (passed, failed))
    return failed > 0 or passed == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
