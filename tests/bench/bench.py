#!/usr/bin/env python3
"""Prints what a compilation costs: seconds, MB/s, peak memory, beside a program that only reads and writes.

  bench.py TEKTONC BASELINE [N...]

Wall-clock seconds, the best of several runs; memory is the peak resident set. No figure is judged here: the machine is
shared, compare ratios of one run.
"""
import glob
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
SHARED = os.environ.get("TEKTONC_SHARED") or os.path.join(os.path.dirname(TOP), "shared")
FLAGS = ["--runtime-image=registry.example/tektonc:1"]


def run(args, stdout):
    """(seconds, peak KB, status) of one process."""
    start = time.monotonic()
    p = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(p.pid, 0)
    seconds = time.monotonic() - start
    p.returncode = os.waitstatus_to_exitcode(status)
    return seconds, usage.ru_maxrss, p.returncode


def best(args, times, stdout_path=os.devnull, before=lambda: None):
    runs = []
    for _ in range(times):
        before()
        with open(stdout_path, "wb") as f:
            runs.append(run(args, f))
    return min(r[0] for r in runs), max(r[1] for r in runs), runs[-1][2]


def tree_bytes(path):
    return sum(os.path.getsize(os.path.join(d, f)) for d, _, files in os.walk(path) for f in files)


def line(*cells):
    print("%8s %-6s %9s %9s %10s %9s %9s %7s" % cells, flush=True)


def compilation(tektonc, baseline, sizes, tmp):
    line("tasks", "to", "input MB", "output MB", "seconds", "MB/s in", "peak MB", "ratio")
    seconds_of = {}
    for n in sizes:
        source, stream, folder = (os.path.join(tmp, x) for x in ("many.yaml", "stream", "out"))
        with open(source, "wb") as f:
            subprocess.run([sys.executable, os.path.join(HERE, "generate.py"), str(n)], stdout=f, check=True)
        size = os.path.getsize(source)
        times = 5 if n <= 10000 else 2
        clean = lambda: shutil.rmtree(folder, ignore_errors=True)
        for to, args, out in (("-", ["-o", "-"], stream), ("files", ["-o", folder], os.devnull)):
            seconds, peak, status = best([tektonc, source] + FLAGS + args, times, out, clean)
            if status != 0:
                line(n, to, "%.2f" % (size / 1e6), "exit %d" % status, "", "", "", "")
                continue
            written = os.path.getsize(stream) if to == "-" else tree_bytes(folder)
            least, _, _ = best([baseline, str(written), source], times, os.path.join(tmp, "baseline"))
            seconds_of[n, to] = seconds
            line(n, to, "%.2f" % (size / 1e6), "%.2f" % (written / 1e6), "%.4f" % seconds,
                 "%.1f" % (size / 1e6 / seconds), "%.1f" % (peak / 1024), "%.2f" % (seconds / least))
    for to in ("-", "files"):
        if (10000, to) in seconds_of and (50000, to) in seconds_of:
            print("50,000 tasks (%s) cost %.2f times 10,000" % (to, seconds_of[50000, to] / seconds_of[10000, to]))


def start(tektonc):
    runs = [run([tektonc, "version"], subprocess.DEVNULL)[0] for _ in range(50)]
    true = [run(["/bin/true"], subprocess.DEVNULL)[0] for _ in range(50)]
    print("start (tektonc version), median of 50: %.2f ms; /bin/true %.2f ms" % (
        1000 * statistics.median(runs), 1000 * statistics.median(true)))


def tekton(files, tmp):
    """Documents, how many of them Tekton's own code reads and validates in a second of CPU time, Pods, how many of them it
    makes in one; None: no oracle."""
    oracle = os.path.join(SHARED, "oracle", "run")
    built = os.environ.get("TEKTON_ORACLE_DIR") or os.path.expanduser("~/.cache/tekton-oracle")
    if not os.path.exists(oracle) or not glob.glob(os.path.join(built, "oracle-*")):
        return None
    folder = os.path.join(tmp, "catalog")
    os.mkdir(folder)
    for name in files:
        shutil.copy(name, folder)
    rounds = 3
    made = subprocess.run([oracle, "bench", folder, str(rounds)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    if made.returncode != 0:
        return None
    answer = json.loads(made.stdout)
    return answer["docs"] // rounds, answer["cpu_yaml2json_validate_docs_per_s"], answer["pods"] // rounds, answer["cpu_pods_per_s"]


def cpu(args, times):
    """(CPU seconds, those of them before the runs are looked at), the least of several: a busy machine makes them longer,
    never shorter."""
    least = first = 1e9
    for _ in range(times):
        p = subprocess.Popen(args + ["--timings"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        said = p.stderr.read().decode()
        p.stderr.close()
        _, status, usage = os.wait4(p.pid, 0)
        p.returncode = os.waitstatus_to_exitcode(status)
        seconds = usage.ru_utime + usage.ru_stime
        runs = re.search(r"^runs +([0-9.]+) ms", said, re.M)
        least, first = min(least, seconds), min(first, seconds - float(runs.group(1)) / 1e3)
    return least, first


def catalog(tektonc, baseline, tmp):
    files = sorted(glob.glob(os.path.join(SHARED, "corpus", "catalog", "*.yaml")))
    if not files:
        print("catalog: no corpus at $TEKTONC_SHARED or ../shared, not measured")
        return
    documents = size = 0
    for name in files:
        with open(name, "rb") as f:
            text = f.read()
        size += len(text)
        documents += sum(1 for part in re.split(rb"^---", text, flags=re.M) if re.search(rb"^kind:", part, re.M))
    check = [tektonc, "check", "--profile=tekton"] + files
    seconds, peak, status = best(check, 20)
    least, _, _ = best([baseline, "0"] + files, 20)
    print("check of the catalog: %d files, %d documents, %.2f MB in %.3f s (exit %d): %.0f documents/s, peak %.1f MB; "
          "libyaml alone %.3f s, ratio %.2f" % (len(files), documents, size / 1e6, seconds, status, documents / seconds,
                                                peak / 1024, least, seconds / least))
    answer = tekton(files, tmp)
    if answer is None:
        print("Tekton's own code: not measured, the oracle is not built")
        return
    documents, rate, pods, pods_rate = answer
    whole, first = cpu(check, 30)
    theirs = documents / rate + pods / pods_rate
    print("CPU time, beside Tekton's own code on the same %d documents: validation alone %.0f documents/s, Tekton %.0f: %.0f "
          "times; with all runs resolved and %d Pods made %.3f s, Tekton %.2f s: %.0f times" % (
              documents, documents / first, rate, documents / first / rate, pods, whole, theirs, theirs / whole))


def main():
    tektonc, baseline = sys.argv[1:3]
    sizes = [int(n) for n in sys.argv[3:]] or [100, 1000, 10000, 50000]
    tmp = tempfile.mkdtemp(prefix="tektonc-bench-")
    try:
        start(tektonc)
        compilation(tektonc, baseline, sizes, tmp)
        catalog(tektonc, baseline, tmp)
    finally:
        shutil.rmtree(tmp, ignore_errors=True)


if __name__ == "__main__":
    main()
