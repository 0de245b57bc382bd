"""What the entrypoint costs, beside another entrypoint if $OTHER_ENTRYPOINT names one (Tekton's, built for comparison).

Prints ratios and medians; nothing is asserted, because machines differ. The chains use ordinary files in a temporary
folder and no sandbox, so that only the programs are measured. Figures: file size, one step of /bin/true, memory while
waiting, time from the end of one step's command to the start of the next one's, a chain of 50 steps.
"""
import os
import shutil
import statistics
import subprocess
import tempfile
import time

OURS = os.environ.get("ENTRYPOINT", "build/entrypoint")
OTHER = os.environ.get("OTHER_ENTRYPOINT")


def flags(root, n, command, wait=True):
    words = ["-wait_file", f"{root}/run/{n - 1}/out"] if n and wait else []
    return words + ["-post_file", f"{root}/run/{n}/out", "-termination_path", f"{root}/term{n}", "-step_metadata_dir", f"{root}/run/{n}/status",
                    "-entrypoint", command[0], "--", *command[1:]]


class Folder:
    def __enter__(self):
        self.root = tempfile.mkdtemp(prefix="bench-entrypoint-")
        for n in range(50):
            os.makedirs(f"{self.root}/run/{n}")
        return self.root

    def __exit__(self, *_):
        shutil.rmtree(self.root, ignore_errors=True)


def one_step(program, rounds=50):
    times = []
    for _ in range(rounds):
        with Folder() as root:
            start = time.perf_counter()
            subprocess.run([program, *flags(root, 0, ["/bin/true"])], check=True)
            times.append(time.perf_counter() - start)
    return statistics.median(times)


def bare(rounds=50):
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        subprocess.run(["/bin/true"], check=True)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def chain(program, steps):
    """All steps start together, as in a Pod, and wait for each other; from the first one's go to the last post file."""
    with Folder() as root:
        processes = [subprocess.Popen([program, "-wait_file", f"{root}/go", *flags(root, 0, ["/bin/true"])])]
        processes += [subprocess.Popen([program, *flags(root, n, ["/bin/true"])]) for n in range(1, steps)]
        time.sleep(1)
        start = time.perf_counter()
        open(f"{root}/go", "w").close()
        last = f"{root}/run/{steps - 1}/out"
        while not os.path.exists(last):
            time.sleep(0.0002)
        took = time.perf_counter() - start
        for p in processes:
            p.wait()
        return took


def hand_over(program, rounds):
    """From the end of one command to the start of the next one, by their own clocks."""
    times = []
    stamp = "date +%s%N"
    for _ in range(rounds):
        with Folder() as root:
            later = subprocess.Popen([program, *flags(root, 1, ["/bin/sh", "-c", f"{stamp} > {root}/start"])])
            time.sleep(0.15)
            subprocess.run([program, *flags(root, 0, ["/bin/sh", "-c", f"sleep 0.02; {stamp} > {root}/end"])], check=True)
            later.wait()
            times.append((int(open(f"{root}/start").read()) - int(open(f"{root}/end").read())) / 1e9)
    return statistics.median(times)


def bare_hand_over(rounds):
    """The same two commands started by a shell: what of it is their own start."""
    times = []
    for _ in range(rounds):
        with Folder() as root:
            subprocess.run(["/bin/sh", "-c", f"/bin/sh -c 'sleep 0.02; date +%s%N > {root}/end'; /bin/sh -c 'date +%s%N > {root}/start'; :"], check=True)
            times.append((int(open(f"{root}/start").read()) - int(open(f"{root}/end").read())) / 1e9)
    return statistics.median(times)


def waiting_memory(program):
    with Folder() as root:
        process = subprocess.Popen([program, *flags(root, 1, ["/bin/true"])])
        time.sleep(0.5)
        with open(f"/proc/{process.pid}/smaps_rollup") as f:
            sizes = {line.split()[0]: int(line.split()[1]) for line in f if line.split()[-1] == "kB"}
        process.kill()
        process.wait()
        return sizes["Rss:"], sizes.get("Private_Dirty:", 0)


def report(name, program, rounds):
    rss, dirty = waiting_memory(program)
    print(f"{name}: file {os.path.getsize(program) / 1024:.1f} KiB; waiting: {rss} KiB resident, {dirty} KiB its own")
    print(f"{name}: one step of /bin/true {one_step(program) * 1000:.2f} ms (bare /bin/true {bare() * 1000:.2f} ms)")
    print(f"{name}: hand-over, two starts of sh and date included, median of {rounds}: {hand_over(program, rounds) * 1000:.2f} ms")
    took = [chain(program, 50) for _ in range(1 if rounds < 20 else 5)]
    print(f"{name}: chain of 50 steps: {statistics.median(took):.3f} s (best {min(took):.3f})")


if __name__ == "__main__":
    report("entrypoint", OURS, 30)
    if OTHER:
        report("other", OTHER, 5)
