"""A root for one entrypoint: bubblewrap with a temporary folder as /tekton and the system's programs read-only.

What comes in: flags and files of a step. What goes out: exit status, output, and the files it left. The program under
test is $ENTRYPOINT; the same cases run for the musl build and for the build with sanitizers.
"""
import base64
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import zlib

ENTRYPOINT = os.environ.get("ENTRYPOINT", os.path.join(os.path.dirname(__file__), "../../../build/entrypoint"))
SYSTEM = [p for p in ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64") if os.path.exists(p)]


def sandbox_works():
    try:
        return subprocess.run(["bwrap", "--ro-bind", "/", "/", "true"], capture_output=True).returncode == 0
    except OSError:
        return False


class Pod(unittest.TestCase):
    """One temporary Pod for each test: /tekton, /workspace and /tmp are folders of it."""

    def setUp(self):
        if not sandbox_works():
            self.skipTest("bubblewrap can't make a sandbox here")
        self.root = tempfile.mkdtemp(prefix="entrypoint-")
        for name in ("tekton", "workspace", "tmp", "etc"):
            os.mkdir(os.path.join(self.root, name))
        self.started = []

    def tearDown(self):
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.wait()
            for stream in (process.stdout, process.stderr):
                if stream:
                    stream.close()
        shutil.rmtree(self.root, ignore_errors=True)

    # files -----------------------------------------------------------------------------------------------------
    def path(self, name):
        return self.root + name

    def put(self, name, content="", mode=None):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(content if isinstance(content, bytes) else content.encode())
        if mode is not None:
            os.chmod(path, mode)

    def get(self, name):
        with open(self.path(name), "rb") as f:
            return f.read()

    def exists(self, name):
        return os.path.lexists(self.path(name))

    def result(self, step, name, content):
        """A step result as a later step sees it, by the link that step-init makes."""
        self.put(f"/tekton/steps/step-{step}/results/{name}", content)

    # running -----------------------------------------------------------------------------------------------------
    def command(self, args, env=None, pid1=False, prefix=(), bind=(), cwd="/"):
        box = ["bwrap", "--die-with-parent", "--unshare-pid"]
        if pid1:
            box += ["--as-pid-1"]
        for p in SYSTEM:
            box += ["--symlink", os.readlink(p), p] if os.path.islink(p) else ["--ro-bind", p, p]
        box += ["--dev", "/dev", "--proc", "/proc", "--ro-bind", os.path.abspath(ENTRYPOINT), "/entrypoint"]
        for name in ("tekton", "workspace", "tmp", "etc"):
            box += ["--bind", self.path("/" + name), "/" + name]
        for b in bind:
            box += list(b)
        box += ["--chdir", cwd, "--clearenv", "--setenv", "PATH", "/usr/bin:/bin"]
        for key, value in (env or {}).items():
            box += ["--setenv", key, value]
        return box + ["--"] + list(prefix) + ["/entrypoint"] + list(args)

    def start(self, *args, **options):
        stdin = options.pop("stdin", subprocess.DEVNULL)
        process = subprocess.Popen(self.command(args, **options), stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.started.append(process)
        return process

    def run_raw(self, *args, timeout=30, **options):
        process = self.start(*args, **options)
        try:
            self.out, self.err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            self.fail("the entrypoint did not end: " + " ".join(args))
        self.code = process.returncode
        if b"Sanitizer" in self.err or b"runtime error" in self.err:
            self.fail(self.err.decode(errors="replace"))
        return self.code

    FLAGS = ["-post_file", "/tekton/run/0/out", "-termination_path", "/tekton/termination", "-step_metadata_dir", "/tekton/run/0/status"]

    def step(self, *flags, sh=None, command=None, **options):
        """Runs one step: `sh` is a shell text, `command` words."""
        words = ["sh", "-c", sh] if sh is not None else list(command if command is not None else ["true"])
        return self.run_raw(*self.FLAGS, *flags, "-entrypoint", words[0], "--", *words[1:], **options)

    # what it left --------------------------------------------------------------------------------------------------
    def message(self, path="/tekton/termination"):
        text = self.get(path)
        if text.startswith(b"tknz:"):
            raw = text[5:]
            text = zlib.decompress(base64.b64decode(raw + b"=" * (-len(raw) % 4)), -15)
        return json.loads(text)

    def entries(self, kind):
        return [(e["key"], e["value"]) for e in self.message() if e.get("type", 0) == kind]

    def internal(self):
        """Internal entries without StartedAt, whose form is checked."""
        entries = dict(self.entries(3))
        self.assertRegex(entries.pop("StartedAt"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        return entries

    def ended(self, code, post, exit_code=None, internal=None):
        """The four columns of the outcome table."""
        self.assertEqual(self.code, code, self.err.decode(errors="replace"))
        files = [name for name in ("out", "out.err") if self.exists("/tekton/run/0/" + name)]
        self.assertEqual(files, [post] if post else [], self.err.decode(errors="replace"))
        for name in files:
            self.assertEqual(self.get("/tekton/run/0/" + name), b"")
        has = self.exists("/tekton/run/0/status/exitCode")
        self.assertEqual(self.get("/tekton/run/0/status/exitCode").decode() if has else None, exit_code)
        if internal is not None:
            self.assertEqual(self.internal(), internal)

    def wait_until(self, condition, seconds=10, what="condition"):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                self.fail(what + " did not come true")
            time.sleep(0.01)

    def sandboxed_pid(self, process):
        """The pid, outside, of the entrypoint in a sandbox: the process below bwrap that runs /entrypoint."""
        def children(pid):
            try:
                with open(f"/proc/{pid}/task/{pid}/children") as f:
                    return [int(c) for c in f.read().split()]
            except OSError:
                return []

        def find(pid):
            for child in children(pid):
                try:
                    with open(f"/proc/{child}/cmdline", "rb") as f:
                        if f.read().split(b"\0")[0] == b"/entrypoint":
                            return child
                except OSError:
                    pass
                below = find(child)
                if below:
                    return below
            return None

        end = time.monotonic() + 5
        while time.monotonic() < end:
            pid = find(process.pid)
            if pid:
                return pid
            time.sleep(0.01)
        self.fail("no entrypoint in the sandbox")

    def finish(self, process, timeout=20):
        try:
            self.out, self.err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            self.fail("the entrypoint did not end")
        self.code = process.returncode
        if b"Sanitizer" in self.err or b"runtime error" in self.err:
            self.fail(self.err.decode(errors="replace"))
        return self.code


SIGNALS = [n for n in range(1, 65) if n not in (signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD)]
