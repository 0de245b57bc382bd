"""What the controller needs for many Pods, against the made-up API server of tests/runtime/engine: no cluster needed.

controller.py TEKTONC CONTROLLER ENTRYPOINT [PODS]. Prints anonymous memory (RssAnon) at its largest and CPU time."""
import os
import sys
import time


def measure(tektonc, controller, entrypoint, pods=1000):
    """(largest RssAnon in MB, CPU seconds, seconds, exit code)"""
    argv, sys.argv = sys.argv, ["x", tektonc, controller, entrypoint]
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "runtime", "engine"))
    import test_engine as t
    sys.argv = argv
    folder = t.plan("bench", [t.task("task-%04d" % i) for i in range(pods)])
    s = t.server()
    s.run_for = 0.2
    begin, largest, cpu = time.monotonic(), 0, 0
    p = t.controller(s, folder)
    while p.poll() is None:
        try:
            with open("/proc/%d/status" % p.pid) as f:
                largest = max(largest, *(int(line.split()[1]) for line in f if line.startswith("RssAnon")), 0)
            with open("/proc/%d/stat" % p.pid) as f:
                fields = f.read().rsplit(")", 1)[1].split()
                cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        except (OSError, TypeError, ValueError):
            pass
        time.sleep(0.02)
    s.stop()
    return largest / 1024, cpu, time.monotonic() - begin, p.returncode, len(s.requests)


if __name__ == "__main__":
    mb, cpu, took, code, requests = measure(*sys.argv[1:4], *map(int, sys.argv[4:]))
    print("%.1f MB anonymous, %.2f s CPU, %.1f s, exit code %d, %d requests" % (mb, cpu, took, code, requests))
