#!/usr/bin/env python3
"""tektonc run on the host engine as people use it: host.py TEKTONC [NAME...]

Each case gets a state folder of its own, and after each nothing may be left: no process, no volume. Without sandboxes
(no bubblewrap, no user namespaces) all count as skipped."""
import inspect
import json
import os
import pty
import random
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time

TEKTONC = None


def pipeline(*tasks, **more):
    """Tasks as (name, script, extra); a run of them."""
    def one(name, script, extra=None):
        spec = {"steps": [{"name": "s", "image": "busybox", "script": "#!/bin/sh\n" + script}]}
        task = {"name": name, "taskSpec": spec}
        for key, value in (extra or {}).items():
            (spec if key in ("results", "params", "sidecars", "volumes", "workspaces", "stepTemplate") else task)[key] = value
        return task
    spec = {"tasks": [one(*t) for t in tasks]}
    if "finally_" in more:
        spec["finally"] = [one(*t) for t in more.pop("finally_")]
    spec.update(more.pop("spec", {}))
    run = {"apiVersion": "tekton.dev/v1", "kind": "PipelineRun", "metadata": {"name": more.pop("name", "r")}, "spec": {"pipelineSpec": spec}}
    run["spec"].update(more)
    return run


class Case:
    def __init__(self, folder):
        self.folder = folder
        self.state = os.path.join(folder, "state")
        self.env = dict(os.environ, XDG_STATE_HOME=self.state, NO_COLOR="1")
        for name in ("KUBECONFIG", "DOCKER_HOST"):
            self.env.pop(name, None)
        self.env["HOME"] = folder
        self.started = []

    def file(self, *objects, name="run.json"):
        path = os.path.join(self.folder, name)
        with open(path, "w") as f:
            f.write("\n---\n".join(json.dumps(o) for o in objects))
        return path

    def words(self, *words):
        return [TEKTONC] + list(words)

    def call(self, *words, code=None, **more):
        done = subprocess.run(self.words(*words), capture_output=True, text=True, env=self.env, cwd=self.folder, timeout=120, **more)
        if code is not None:
            assert done.returncode == code, "exit code %d:\n%s%s" % (done.returncode, done.stdout, done.stderr)
        return done

    def run(self, run, *words, code=0, objects=()):
        return self.call("run", "--engine=host", self.file(run, *objects), *words, code=code)

    def begin(self, *words):
        p = subprocess.Popen(self.words(*words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=self.env, cwd=self.folder)
        self.started.append(p)
        return p

    def start(self, run, *words):
        return self.begin("run", "--engine=host", self.file(run), *words)

    def close(self):
        for p in self.started:
            p.kill()
            p.wait()

    def status(self, name="r"):
        return json.loads(self.call("status", name, "-o", "json", code=0).stdout)["items"]

    def marked(self):
        """Processes of this state's runs."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open("/proc/%s/environ" % pid, "rb") as f:
                    if ("TEKTONC_RUN=" + self.state).encode() in f.read():
                        found.append(int(pid))
            except OSError:
                pass
        return found

    def left(self):
        works = [os.path.join(base, "work") for base, folders, _ in os.walk(self.state) if "work" in folders]
        return ["process %d" % p for p in self.marked()] + works


def until(what, seconds=30):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "not in %d s" % seconds
        time.sleep(0.02)


def read_until(stream, word):
    text = ""
    while word not in text:
        line = stream.readline()
        assert line, "ended before %r came:\n%s" % (word, text)
        text += line
    return text


# --- what a run does --------------------------------------------------------------------------------------------------------

def case_results_go_on(c):
    run = pipeline(("a", "printf v1 > $(results.r.path)", {"results": [{"name": "r"}]}),
                   ("b", "echo got $(params.x)", {"params": [{"name": "x", "value": "$(tasks.a.results.r)"}]}),
                   spec={"results": [{"name": "out", "value": "$(tasks.a.results.r)"}]})
    run["spec"]["pipelineSpec"]["tasks"][1]["params"] = run["spec"]["pipelineSpec"]["tasks"][1]["taskSpec"].pop("params")
    run["spec"]["pipelineSpec"]["tasks"][1]["taskSpec"]["params"] = [{"name": "x"}]
    done = c.run(run, "-o", "json")
    assert "[b : s] got v1" in done.stderr, done.stderr
    status = json.loads(done.stdout)["status"]
    assert status["results"] == [{"name": "out", "value": "v1"}], status
    assert status["conditions"][0]["status"] == "True"


def case_failure_and_finally(c):
    done = c.run(pipeline(("a", "exit 3"), ("b", "echo never", {"runAfter": ["a"]}), finally_=[("f", "echo last")]), code=1)
    assert "✗ a failed" in done.stdout and "- b skipped" in done.stdout and "[f : s] last" in done.stdout and "never" not in done.stdout, done.stdout


def case_output_forms(c):
    assert c.run(pipeline(("a", "true")), "-o", "name").stdout == "pipelinerun.tekton.dev/r\n"
    done = c.run(pipeline(("a", "echo log")), "-o", "yaml")
    assert done.stdout.startswith("apiVersion: tekton.dev/v1\nkind: PipelineRun\n") and "log" in done.stderr, done.stdout


def case_configs_and_secrets(c):
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "cm"}, "data": {"k": "from config"}}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"p": "aHVzaA=="}}
    run = pipeline(("a", "cat /etc/cm/k /var/run/deep/down/p; echo; echo $A $B"))
    spec = run["spec"]["pipelineSpec"]["tasks"][0]["taskSpec"]
    spec["volumes"] = [{"name": "v", "configMap": {"name": "cm"}}, {"name": "w", "secret": {"secretName": "s"}}]
    spec["steps"][0]["volumeMounts"] = [{"name": "v", "mountPath": "/etc/cm"}, {"name": "w", "mountPath": "/var/run/deep/down"}]
    spec["steps"][0]["env"] = [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "cm", "key": "k"}}},
                               {"name": "B", "valueFrom": {"secretKeyRef": {"name": "s", "key": "p"}}}]
    done = c.run(run, objects=(config, secret))
    assert "[a : s] from confighush\n[a : s] from config hush" in done.stdout, done.stdout
    texts = subprocess.run(["grep", "-rl", "-e", "hush", "-e", "aHVzaA", c.state], capture_output=True, text=True).stdout
    assert all("/logs/" in line for line in texts.splitlines()), "a secret stays on the disk: " + texts
    missing = c.run(run, code=1)
    assert 'configmap "cm" not found' in missing.stdout and "input" in missing.stdout, missing.stdout


def case_folder_of_the_user(c):
    os.mkdir(os.path.join(c.folder, "src"))
    with open(os.path.join(c.folder, "src", "in"), "w") as f:
        f.write("mine")
    run = pipeline(("a", "cat $(workspaces.w.path)/in; echo made > $(workspaces.w.path)/out; pwd", {"workspaces": [{"name": "w"}]}))
    task = run["spec"]["pipelineSpec"]["tasks"][0]
    task["workspaces"] = [{"name": "w"}]
    run["spec"]["pipelineSpec"]["workspaces"] = [{"name": "w"}]
    run["spec"]["workspaces"] = [{"name": "w", "emptyDir": {}}]
    assert "[a : s] mine" in c.run(run, "-w", "w=src").stdout
    with open(os.path.join(c.folder, "src", "out")) as f:
        assert f.read() == "made\n"
    assert c.run(run, "-w", "name=w,hostPath=src/nothing", code=2).returncode == 2


def case_nothing_else_is_writable(c):
    secret = os.path.join(c.folder, "precious")
    open(secret, "w").write("x")
    run = pipeline(("a", "ls %s 2>&1; echo > %s; touch /usr/x /etc/passwd /boot/x; ls /home /root; echo done" % (c.folder, secret)))
    done = c.run(run)
    assert "done" in done.stdout and open(secret).read() == "x" and not os.path.exists("/usr/x"), done.stdout


def case_own_volume_of_a_host_path_is_read_only(c):
    run = pipeline(("a", "cat /h/precious; echo no > /h/precious || echo refused"))
    open(os.path.join(c.folder, "precious"), "w").write("x\n")
    spec = run["spec"]["pipelineSpec"]["tasks"][0]["taskSpec"]
    spec["volumes"] = [{"name": "h", "hostPath": {"path": c.folder}}]
    spec["steps"][0]["volumeMounts"] = [{"name": "h", "mountPath": "/h"}]
    assert "refused" in c.run(run).stdout and open(os.path.join(c.folder, "precious")).read() == "x\n"


def case_claims_live_on(c):
    def run(script):
        r = pipeline(("a", script, {"workspaces": [{"name": "w"}]}))
        r["spec"]["pipelineSpec"]["tasks"][0]["workspaces"] = [{"name": "w"}]
        r["spec"]["pipelineSpec"]["workspaces"] = [{"name": "w"}]
        r["spec"]["workspaces"] = [{"name": "w", "persistentVolumeClaim": {"claimName": "cache"}}]
        return r
    assert "the claim cache is a folder that stays" in c.run(run("echo kept > $(workspaces.w.path)/f")).stdout
    assert "[a : s] kept" in c.run(run("cat $(workspaces.w.path)/f")).stdout


def case_sidecar(c):
    run = pipeline(("a", "cat /shared/f"))
    spec = run["spec"]["pipelineSpec"]["tasks"][0]["taskSpec"]
    spec["volumes"] = [{"name": "v", "emptyDir": {}}]
    mount = [{"name": "v", "mountPath": "/shared"}]
    spec["steps"][0]["volumeMounts"] = mount
    spec["sidecars"] = [{"name": "db", "image": "busybox", "script": "#!/bin/sh\nsleep 0.3; echo ready > /shared/f; sleep 1000", "volumeMounts": mount,
                         "readinessProbe": {"exec": {"command": ["test", "-s", "/shared/f"]}, "periodSeconds": 1}}]
    start = time.monotonic()
    assert "[a : s] ready" in c.run(run).stdout
    assert time.monotonic() - start < 15, "the sidecar was waited for"


def case_probe_over_tls(c):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    run = pipeline(("a", "echo ready"))
    server = "import socket\ns = socket.create_server(('127.0.0.1', %d))\nwhile True: s.accept()[0].close()" % port
    run["spec"]["pipelineSpec"]["tasks"][0]["taskSpec"]["sidecars"] = [
        {"name": "web", "image": "python", "command": ["python3", "-c", server], "readinessProbe": {"httpGet": {"port": port, "scheme": "HTTPS"}, "periodSeconds": 1}}]
    run["spec"]["timeouts"] = {"pipeline": "20s"}
    assert "[a : s] ready" in c.run(run).stdout


def case_secrets_in_no_command_line(c):
    run = pipeline(("a", "echo begin; sleep 2; echo $WORD"))
    run["spec"]["pipelineSpec"]["tasks"][0]["taskSpec"]["steps"][0]["env"] = [{"name": "WORD", "value": "hush-hush"}]
    p = c.start(run)
    read_until(p.stdout, "begin")
    seen = []
    for pid in c.marked():
        with open("/proc/%d/cmdline" % pid, "rb") as f:
            seen.append(f.read())
    assert seen and not any(b"hush-hush" in s for s in seen), seen
    assert "[a : s] hush-hush" in p.stdout.read() and p.wait(20) == 0


def case_names_lead_nowhere(c):
    run = pipeline(("a", "touch $(workspaces.w.path)/x", {"workspaces": [{"name": "w"}]}))
    run["spec"]["pipelineSpec"]["tasks"][0]["workspaces"] = [{"name": "w", "workspace": "w"}]
    run["spec"]["pipelineSpec"]["workspaces"] = [{"name": "w"}]
    run["spec"]["workspaces"] = [{"name": "w", "persistentVolumeClaim": {"claimName": "../../../../evil"}}]
    c.run(run, code=1)
    assert not os.path.exists(os.path.join(c.folder, "evil"))


def case_retries_and_timeout(c):
    done = c.run(pipeline(("a", "[ $(context.task.retry-count) = 2 ]", {"retries": 2}), ("b", "sleep 100", {"timeout": "1s"})), code=1)
    assert "↻ a failed, retry 2 of 2" in done.stdout and "✓ a succeeded" in done.stdout and "b" in done.stdout, done.stdout


def case_many_lines(c):
    done = c.run(pipeline(("a", "i=0; while [ $i -lt 5000 ]; do echo line $i; i=$((i+1)); done; printf 'no end'")))
    lines = re.findall(r"^\[a : s\] line (\d+)$", done.stdout, re.M)
    assert [int(n) for n in lines] == list(range(5000)), len(lines)
    assert "[a : s] no end\n" in done.stdout
    assert "line 4999\n[a : s] no end\n" in c.call("logs", "r", code=0).stdout


def case_output_without_end(c):
    """One that writes faster than it is read must not keep the clock from being looked at."""
    words = c.words("run", "--engine=host", c.file(pipeline(("a", "exec yes", {"timeout": "4s"}))))
    done = subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=c.env, cwd=c.folder, timeout=40)
    assert done.returncode == 1
    assert "TaskRunTimeout" in json.dumps(c.status()), c.status()


def case_lines_as_they_come(c):
    p = c.start(pipeline(("a", "echo one; sleep 1.5; echo two; sleep 0.1; echo three; sleep 10")))
    read_until(p.stdout, "one")
    start = time.monotonic()
    read_until(p.stdout, "three")
    assert time.monotonic() - start < 5, "lines are held back"
    assert p.wait(30) == 0


# --- signals, kills ------------------------------------------------------------------------------------------------------------

SLOW = [("a", "trap 'exit 4' TERM; echo begin; sleep 60 & wait"), ("b", "true", {"runAfter": ["a"]})]


def case_one_signal_cancels(c):
    p = c.start(pipeline(*SLOW, finally_=[("f", "echo last")]))
    read_until(p.stdout, "begin")
    p.send_signal(signal.SIGINT)
    text = p.stdout.read()
    assert p.wait(20) == 1 and "[f : s] last" in text and "cancelled" in text, text
    assert c.status()[0]["status"]["conditions"][0]["reason"] == "Cancelled" or c.status()[0]["spec"]["status"] == "CancelledRunFinally", c.status()[0]


def case_signal_ends_all_of_it(c):
    p = c.begin("run", "--engine=host", c.file(pipeline(*SLOW), pipeline(("a", "echo second"), name="r2")))
    read_until(p.stdout, "begin")
    p.send_signal(signal.SIGINT)
    text = p.stdout.read()
    assert p.wait(20) == 1 and "second" not in text, text


def case_two_signals_stop(c):
    p = c.start(pipeline(("a", "trap '' TERM; echo begin; while true; do sleep 1; done"), finally_=[("f", "echo last; sleep 60")]))
    read_until(p.stdout, "begin")
    p.send_signal(signal.SIGINT)
    read_until(p.stdout, "once more")
    start = time.monotonic()
    p.send_signal(signal.SIGINT)
    assert p.wait(20) == 1 and time.monotonic() - start < 5
    assert "Stopped" in c.call("status", "r", code=0).stdout


def case_cancel_verb(c):
    p = c.start(pipeline(*SLOW, finally_=[("f", "echo last")]))
    read_until(p.stdout, "begin")
    assert "Running" in c.call("status", code=0).stdout
    c.call("cancel", "r", code=0)
    text = p.stdout.read()
    assert p.wait(20) == 1 and "[f : s] last" in text, text
    assert c.call("cancel", "r").returncode == 1


def case_logs_follow(c):
    p = c.start(pipeline(("a", "echo one; sleep 1; echo two")))
    read_until(p.stdout, "one")
    done = c.call("logs", "-f", "r", code=0)
    assert done.stdout == "[a : s] one\n[a : s] two\n", done.stdout
    p.stdout.read(), p.wait(20)
    assert c.call("logs", "r", "--task=x").returncode == 3


def case_killed_then_collected(c):
    p = c.start(pipeline(*SLOW))
    read_until(p.stdout, "begin")
    p.kill()
    p.wait()
    until(lambda: not c.marked())  # the sandbox goes with its parent, but for a moment while it is made
    assert "Interrupted" in c.call("status", code=0).stdout
    assert c.left(), "the volumes should be there"
    c.call("gc", code=0)
    assert not c.left(), c.left()
    done = c.call("run", "--resume=r")
    assert done.returncode == 1 and "PodDeleted" in c.call("status", "r", "-o", "json").stdout, done.stdout
    c.call("gc", "--keep=0", code=0)
    assert "no runs" in c.call("status").stderr


def case_killed_and_taken_up(c):
    p = c.start(pipeline(("a", "echo done-a"), ("b", "echo begin; sleep 60", {"runAfter": ["a"], "retries": 1})))
    read_until(p.stdout, "begin")
    p.kill()
    p.wait()
    with open(os.path.join(c.state, "tektonc", "runs", "r", "record.jsonl")) as f:
        assert '"e":"end","r":"a"' in f.read()
    q = c.begin("run", "--resume=r")
    text = read_until(q.stdout, "[b : s] begin")
    assert "done-a" not in text, "a ran twice"
    assert "retry 1 of 1" in text, text
    q.send_signal(signal.SIGINT)
    q.stdout.read(), q.wait(20)
    assert q.returncode == 1
    assert c.call("run", "--resume=r").returncode == 2


def case_terminal(c):
    pid, fd = pty.fork()
    if pid == 0:
        env = dict(c.env, TERM="xterm-256color")
        env.pop("NO_COLOR")
        os.execve(TEKTONC, c.words("run", "--engine=host", c.file(pipeline(*SLOW, finally_=[("f", "echo last")]))), env)
    text = b""
    sent = False
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if not select.select([fd], [], [], 1)[0]:
            continue
        try:
            text += os.read(fd, 65536)
        except OSError:
            break
        if b"begin" in text and b"0/3 tasks" in text and not sent:
            sent = os.write(fd, b"\x03") == 1
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    shown = text.decode(errors="replace")
    assert sent and status == 1, shown
    assert "last" in shown and "\x1b[36m[a : s]" in shown and "cancelling" in shown, shown


# --- parts of a run ----------------------------------------------------------------------------------------------------------------

def case_parts(c):
    def run(fail):
        return pipeline(("a", "echo ran-a; printf v > $(results.r.path)", {"results": [{"name": "r"}]}), ("b", "echo ran-b; %s" % fail, {"runAfter": ["a"]}),
                        ("c", "echo ran-c", {"runAfter": ["b"]}), finally_=[("f", "echo ran-f")])
    ran = lambda done: re.findall(r"ran-(\w)", done.stdout)
    assert c.run(run("true"), "--from=b", code=2).returncode == 2
    assert ran(c.run(run("false"), code=1)) == ["a", "b", "f"]
    plan = c.run(run("true"), "--rerun-failed", "--dry-run").stdout
    assert "a: kept from r" in plan and "b; after a" in plan, plan
    assert ran(c.run(run("true"), "--rerun-failed")) == ["b", "c", "f"]
    assert ran(c.run(run("true"), "--from=c")) == ["c", "f"]
    assert ran(c.run(run("true"), "--only=b")) == ["b"]
    assert "no task x" in c.run(run("true"), "--only=x", code=2).stderr


# --- many --------------------------------------------------------------------------------------------------------------------------

def case_twenty_at_once(c):
    path = c.file(pipeline(("a", "echo $(context.pipelineRun.name)"), ("b", "true", {"runAfter": ["a"]})))
    all_ = [subprocess.Popen(c.words("run", "--engine=host", path), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=c.env) for _ in range(20)]
    names = set()
    for p in all_:
        text = p.communicate(timeout=120)[0]
        assert p.returncode == 0, text
        names.add(re.search(r"\[a : s\] (\S+)", text).group(1))
    assert len(names) == 20, names


def case_one_after_another(c):
    path = c.file(pipeline(("a", "true")))
    for _ in range(int(os.environ.get("TEKTONC_RUNS", "25"))):
        c.call("run", "--engine=host", path, code=0)
    kept = os.listdir(os.path.join(c.state, "tektonc", "runs"))
    assert len(kept) == 20, kept


def case_killed_anywhere(c):
    """Killed at random moments: gc leaves nothing, and taken up again nothing runs twice."""
    note = "echo $(context.pipelineRun.name) $(context.task.name) $(context.task.retry-count) >> $(workspaces.w.path)/ran; sleep 0.05"
    tasks = [(n, note, {"workspaces": [{"name": "w"}], "retries": 1, "runAfter": after}) for n, after in (("a", []), ("b", []), ("d", ["a", "b"]))]
    run = pipeline(*tasks, workspaces=[{"name": "w", "emptyDir": {}}])
    for t in run["spec"]["pipelineSpec"]["tasks"]:
        t["workspaces"] = [{"name": "w"}]
    run["spec"]["pipelineSpec"]["workspaces"] = [{"name": "w"}]
    path, left, ends = c.file(run), [], {}
    for n in range(int(os.environ.get("TEKTONC_KILLS", "12"))):
        p = c.begin("run", "--engine=host", path, "-w", "w=.", "--keep=1000")
        time.sleep(random.random() * 0.5)
        p.kill()
        p.communicate()
    c.call("gc", "--keep=1000", code=0)
    assert not c.left(), c.left()
    for name in sorted(os.listdir(os.path.join(c.state, "tektonc", "runs"))):
        if name.startswith(".") or "Interrupted" not in c.call("status", name).stdout:
            continue
        left.append(name)
        done = c.call("run", "--resume=" + name)
        assert done.returncode in (0, 1), done.stdout + done.stderr
        ends[name] = done.stdout + done.stderr
    ran = open(os.path.join(c.folder, "ran")).read().splitlines() if os.path.exists(os.path.join(c.folder, "ran")) else []
    twice = [line for line in set(ran) if ran.count(line) > 1]
    assert not twice, "ran twice: %s\n%s" % (twice, ends)
    for name in left:
        assert all("%s %s-%s " % (name, name, t) in "\n".join(ran) for t in "abd") or "failed" in ends[name], "%s: %s\n%s" % (name, [r for r in ran if r.startswith(name + " ")], ends[name])


def main(argv):
    global TEKTONC
    TEKTONC = os.path.abspath(argv[0])
    cases = [(n, f) for n, f in globals().items() if n.startswith("case_") and inspect.isfunction(f) and (not argv[1:] or any(w in n for w in argv[1:]))]
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="tektonc-host-") as folder:
        probe = Case(folder).call("run", "--engine=host", Case(folder).file(pipeline(("a", "true"))))
        if probe.returncode == 3:
            print("%s\nrun-host: 0 passed, 0 failed, %d skipped" % (probe.stderr.strip(), len(cases)))
            return 0
    for name, case in cases:
        with tempfile.TemporaryDirectory(prefix="tektonc-host-") as folder:
            c = Case(folder)
            try:
                case(c)
                left = c.left()
                assert not left, "left behind: %s" % left
                passed += 1
            except Exception as e:  # one case must not end the others
                failed += 1
                print("FAIL %s: %s %s" % (name, type(e).__name__, e), flush=True)
            c.close()
            for pid in c.marked():
                os.kill(pid, signal.SIGKILL)
    print("run-host: %d passed, %d failed, 0 skipped" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
