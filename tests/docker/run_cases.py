#!/usr/bin/env python3
"""Runs in containers: run_cases.py TEKTONC [NAME...]

Podman's service in namespaces of its own (service.py), images of busybox alone. Each case is a function; after each, no
container may be left."""
import concurrent.futures
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

import service

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = []
NOBODY = 65534


def case(f):
    CASES.append(f)
    return f


class World:
    """A service, a folder for the state of runs."""

    def __init__(self, tektonc, s):
        self.tektonc, self.s = os.path.abspath(tektonc), s
        self.folder = tempfile.mkdtemp(prefix="tektonc-cases-")
        self.state = os.path.join(self.folder, "state")

    def env(self):
        return self.s.env(XDG_STATE_HOME=self.state, NO_COLOR="1")

    def start(self, text, *options, **more):
        self.written = getattr(self, "written", 0) + 1
        path = os.path.join(self.folder, "input-%d.yaml" % self.written)
        with open(path, "w") as f:
            f.write(text)
        return subprocess.Popen([self.tektonc, "run", "--engine=docker", *options, path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True, env=self.env(), **more)

    def run(self, text, *options, code=0, limit=90):
        """The finished run (-o json) and what was logged."""
        p = self.start(text, "-o", "json", *options)
        try:
            out, err = p.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            p.kill()
            raise AssertionError("no end in %d s: %s" % (limit, "".join(map(str, p.communicate()))))
        assert p.returncode == code, "exit %d, not %d\n%s%s" % (p.returncode, code, out[-1500:], err[-3000:])
        return json.loads(out) if out.strip() else None, err

    def gc(self, *options):
        return subprocess.run([self.tektonc, "gc", *options], env=self.env(), capture_output=True, text=True)

    def mine(self):
        return [c for c in self.s.ask("GET", "/containers/json?all=1")[1] if c["Labels"].get("tektonc.dev/run", "").startswith(self.folder)]

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def condition(run):
    return run["status"]["conditions"][0]


def wait_for(what, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come")


def task_run(steps, name="t", more="", spec="", pod=""):
    return """apiVersion: tekton.dev/v1
kind: TaskRun
metadata: {name: %s}
spec:
%s
  taskSpec:
%s
    steps:
%s
""" % (name, spec, more, steps)


# --- steps, results -----------------------------------------------------------------------------------------------------


@case
def results_and_logs(w):
    run, log = w.run(task_run("""
    - {name: one, image: busybox, script: "echo to the log; printf %s 42 > $(results.answer.path)"}
    - {name: two, image: busybox, command: [sh, -c], args: ["echo -n no newline; echo; cat $(results.answer.path); echo err >&2"]}
""", more="    results: [{name: answer}]"))
    assert condition(run)["status"] == "True", condition(run)
    assert run["status"]["results"][0]["value"] == "42", run["status"]["results"]
    lines = log.splitlines()
    for line in ("[t : one] to the log", "[t : two] no newline"):
        assert line in lines, log
    assert "[t : two] 42err" in lines or "[t : two] 42" in lines, log  # two streams
    assert [s["terminated"]["exitCode"] for s in run["status"]["steps"]] == [0, 0]
    assert run["status"]["steps"][0]["imageID"].startswith("sha256:") or "@" in run["status"]["steps"][0]["imageID"]


@case
def a_step_fails(w):
    run, log = w.run(task_run("""
    - {name: bad, image: busybox, script: "exit 7"}
    - {name: never, image: busybox, script: "echo never"}
"""), code=1)
    assert condition(run)["reason"] == "StepFailed" and "exited with code 7" in condition(run)["message"], condition(run)
    assert [s["terminated"]["exitCode"] for s in run["status"]["steps"]] == [7, 1] and "[t : never] never" not in log


@case
def command_of_the_image(w):
    run, log = w.run(task_run("""
    - {name: all, image: "shell:1"}
    - {name: args, image: "shell:1", args: ["-c", "echo mine"]}
"""))
    assert "[t : all] from the image" in log and "[t : args] mine" in log, log


@case
def many_lines(w):
    _, log = w.run(task_run("""
    - {name: s, image: busybox, script: "i=0; while [ $i -lt 20000 ]; do echo line $i of many; i=$((i+1)); done"}
"""))
    seen = re.findall(r"\[t : s\] line (\d+) of many", log)
    assert seen == [str(i) for i in range(20000)], "%d lines, not 20000" % len(seen)


@case
def no_image(w):
    for policy, reason in (("Never", "ErrImageNeverPull"), ("IfNotPresent", "ErrImagePull")):
        start = time.monotonic()
        run, _ = w.run(task_run('\n    - {name: s, image: "nothing.invalid/x:1", imagePullPolicy: %s, command: ["true"]}\n' % policy), code=1)
        assert condition(run)["reason"] == "TaskRunImagePullFailed", condition(run)
        assert time.monotonic() - start < 60


# --- pipelines ------------------------------------------------------------------------------------------------------------


@case
def matrix_retries_finally(w):
    run, log = w.run("""apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: p}
spec:
  pipelineSpec:
    tasks:
    - name: grid
      matrix: {params: [{name: a, value: [v, w]}, {name: b, value: ["1", "2"]}]}
      taskSpec:
        params: [{name: a}, {name: b}]
        results: [{name: r}]
        steps: [{name: s, image: busybox, script: "printf %s $(params.a)$(params.b) > $(results.r.path)"}]
    - name: shaky
      retries: 2
      taskSpec:
        steps: [{name: s, image: busybox, script: "echo try $(context.task.retry-count); test $(context.task.retry-count) = 1"}]
    - name: after
      params: [{name: all, value: "$(tasks.grid.results.r[*])"}]
      taskSpec:
        params: [{name: all, type: array}]
        steps: [{name: s, image: busybox, command: [echo], args: ["got", "$(params.all[*])"]}]
    - name: skipped
      when: [{input: a, operator: in, values: [b]}]
      taskSpec: {steps: [{name: s, image: busybox, script: "exit 1"}]}
    finally:
    - name: last
      params: [{name: s, value: $(tasks.status)}]
      taskSpec:
        params: [{name: s}]
        steps: [{name: s, image: busybox, script: "echo all are $(params.s)"}]
""")
    assert condition(run)["reason"] == "Completed", condition(run)
    assert "[after : s] got v1 w1 v2 w2" in log and "[last : s] all are Completed" in log and "try 1" in log and "try 2" not in log, log
    assert [t["name"] for t in run["status"]["skippedTasks"]] == ["skipped"]


@case
def timeout(w):
    start = time.monotonic()
    run, _ = w.run("""apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: p}
spec:
  timeouts: {pipeline: 3s}
  pipelineSpec:
    tasks: [{name: slow, taskSpec: {steps: [{name: s, image: busybox, script: "sleep 1000"}]}}]
""", code=1)
    assert condition(run)["reason"] == "PipelineRunTimeout", condition(run)
    assert time.monotonic() - start < 40


SLOW = """apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: p}
spec:
  pipelineSpec:
    tasks: [{name: slow, taskSpec: {steps: [{name: s, image: busybox, script: "echo begun; sleep 1000"}, {name: t, image: busybox, script: "true"}]}}]
    finally: [{name: last, taskSpec: {steps: [{name: s, image: busybox, script: "echo cleaned up"}]}}]
"""


def running(w):
    return [c for c in w.mine() if c["State"] == "running" and c["Labels"].get("tektonc.dev/container") == "step-s"]


@case
def cancel(w):
    p = w.start(SLOW)
    wait_for(lambda: running(w))
    p.send_signal(signal.SIGINT)
    out, err = p.communicate(timeout=60)
    assert p.returncode == 1 and "[last : s] cleaned up" in out + err, out + err


@case
def stop_at_once(w):
    p = w.start(SLOW)
    wait_for(lambda: running(w))
    p.send_signal(signal.SIGTERM)
    time.sleep(0.2)
    p.send_signal(signal.SIGTERM)
    out, err = p.communicate(timeout=30)
    assert p.returncode == 1, out + err


@case
def killed_and_collected(w):
    p = w.start(SLOW, start_new_session=True)
    wait_for(lambda: running(w))
    os.killpg(p.pid, signal.SIGKILL)
    p.communicate()
    assert running(w), "containers ended with the process?"
    done = w.gc()
    assert done.returncode == 0 and not w.mine(), done.stderr
    assert not [f for f, _, _ in os.walk(w.state) if f.endswith("/work")], "work is left"
    assert w.gc("--keep=0").returncode == 0


@case
def taken_up_again(w):
    """The step that was cut off counts as an attempt; its container is gone before the next one begins."""
    p = w.start("""apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: p}
spec:
  pipelineSpec:
    tasks:
    - name: slow
      retries: 1
      taskSpec:
        volumes: [{name: k, persistentVolumeClaim: {claimName: resumed}}]
        steps: [{name: s, image: busybox, volumeMounts: [{name: k, mountPath: /keep}], script: "if [ -e /keep/x ]; then echo again; exit 0; fi; touch /keep/x; sleep 1000"}]
    finally: [{name: last, taskSpec: {steps: [{name: s, image: busybox, script: "echo cleaned up"}]}}]
""", start_new_session=True)
    wait_for(lambda: running(w))
    time.sleep(0.5)
    os.killpg(p.pid, signal.SIGKILL)
    p.communicate()
    again = subprocess.run([w.tektonc, "run", "--engine=docker", "--resume=p"], env=w.env(), capture_output=True, text=True, timeout=90)
    assert again.returncode == 0 and "[slow : s] again" in again.stdout and "[last : s] cleaned up" in again.stdout, again.stdout + again.stderr
    assert not w.mine()
    assert w.s.ask("DELETE", "/volumes/resumed")[0] == 204


# --- sidecars -------------------------------------------------------------------------------------------------------------


@case
def sidecars_with_probes(w):
    run, log = w.run(task_run("""
    - {name: s, image: busybox, script: "cat /shared/late; wget -qO- http://localhost:8080/x; nc localhost 9000 < /dev/null && echo port 9000"}
""".replace("script", "volumeMounts: [{name: shared, mountPath: /shared}], script"), more="""
    volumes: [{name: shared, emptyDir: {}}]
    sidecars:
    - {name: file, image: busybox, script: "sleep 1; echo exec probe > /shared/late; sleep 1000", volumeMounts: [{name: shared, mountPath: /shared}],
       readinessProbe: {exec: {command: [test, -e, /shared/late]}, periodSeconds: 1}}
    - {name: web, image: busybox, script: "mkdir /www; sleep 1; echo http probe > /www/x; httpd -f -p 8080 -h /www",
       readinessProbe: {httpGet: {path: /x, port: 8080}, periodSeconds: 1}}
    - {name: port, image: busybox, script: "sleep 1; while true; do nc -l -p 9000 < /dev/null > /dev/null; done", readinessProbe: {tcpSocket: {port: 9000}, periodSeconds: 1}}
"""))
    for line in ("exec probe", "http probe", "port 9000"):
        assert "[t : s] " + line in log, log
    assert len(run["status"]["sidecars"]) == 3


@case
def sidecars_end_with_the_steps(w):
    start = time.monotonic()
    w.run(task_run('\n    - {name: s, image: busybox, script: "true"}\n', more='    sidecars: [{name: long, image: busybox, script: "sleep 1000"}]'))
    assert time.monotonic() - start < 15, "it waited for the sidecar's grace"


# --- volumes --------------------------------------------------------------------------------------------------------------


@case
def volumes_of_all_kinds(w):
    _, log = w.run("""apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {a.txt: from the map, key: value}
---
apiVersion: v1
kind: Secret
metadata: {name: hidden}
stringData: {token: opensesame}
---
""" + task_run("""
    - name: s
      image: busybox
      env:
      - {name: FROM_MAP, valueFrom: {configMapKeyRef: {name: conf, key: key}}}
      - {name: FROM_SECRET, valueFrom: {secretKeyRef: {name: hidden, key: token}}}
      - {name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
      - {name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
      - {name: LIMIT, valueFrom: {resourceFieldRef: {resource: limits.memory}}}
      - {name: BOTH, value: "$(FROM_MAP) $(POD)"}
      computeResources: {limits: {memory: 64Mi}}
      volumeMounts:
      - {name: conf, mountPath: /conf}
      - {name: all, mountPath: /all}
      - {name: memory, mountPath: /memory}
      - {name: down, mountPath: /down}
      script: |
        cat /conf/a.txt; echo
        cat /all/x/secret; echo
        echo $BOTH, $LIMIT bytes
        ip addr | grep -q "inet $IP/" && echo my address
        grep ' /memory ' /proc/mounts | cut -d' ' -f3
        cat /down/name; echo
        touch /conf/new 2>/dev/null || echo read only
        test "$FROM_SECRET" = opensesame && echo secret is there
""", more="""
    volumes:
    - {name: conf, configMap: {name: conf}}
    - {name: memory, emptyDir: {medium: Memory, sizeLimit: 1Mi}}
    - {name: down, downwardAPI: {items: [{path: name, fieldRef: {fieldPath: metadata.name}}]}}
    - {name: all, projected: {sources: [{secret: {name: hidden, items: [{key: token, path: x/secret}]}}]}}
"""))
    for line in ("from the map", "opensesame", "value t-pod, 67108864 bytes", "my address", "tmpfs", "t-pod", "read only", "secret is there"):
        assert "[t : s] " + line in log, log


@case
def memory_is_shared_by_steps(w):
    _, log = w.run(task_run("""
    - {name: one, image: busybox, script: "echo kept > /memory/x", volumeMounts: [{name: m, mountPath: /memory}]}
    - {name: two, image: busybox, script: "cat /memory/x; grep ' /memory ' /proc/mounts | cut -d' ' -f3; df -k /memory | tail -1 | awk '{print $2}'", volumeMounts: [{name: m, mountPath: /memory}]}
""", more="    volumes: [{name: m, emptyDir: {medium: Memory, sizeLimit: 2Mi}}]"))
    for line in ("kept", "tmpfs", "2048"):
        assert "[t : two] " + line in log, log


CLAIMED = """apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: p}
spec:
  workspaces: [%s]
  pipelineSpec:
    workspaces: [{name: w}]
    tasks:
    - name: one
      workspaces: [{name: w}]
      taskSpec:
        workspaces: [{name: w}]
        steps: [{name: s, image: busybox, securityContext: {runAsUser: 1234}, script: "cat $(workspaces.w.path)/x; echo written > $(workspaces.w.path)/x"}]
    - name: two
      runAfter: [one]
      workspaces: [{name: w, subPath: below/it}]
      taskSpec:
        workspaces: [{name: w}]
        steps: [{name: s, image: busybox, script: "cat $(workspaces.w.path)/y; echo more > $(workspaces.w.path)/y; ls $(workspaces.w.path)"}]
"""


def volumes(w):
    return [v["Name"] for v in w.s.ask("GET", "/volumes")[1].get("Volumes") or []]


@case
def claims_live_on(w):
    text = CLAIMED.replace("cat ", "cat 2>/dev/null ") % "{name: w, persistentVolumeClaim: {claimName: kept}}"
    text = text.replace("/x;", "/x || true;").replace("/y;", "/y || true;", 1)
    _, first = w.run(text)
    assert "[one : s] written" not in first and "[two : s] y" in first, first
    assert volumes(w) == ["kept"]
    _, second = w.run(text)
    assert "[one : s] written" in second and "[two : s] more" in second, second
    assert w.gc("--keep=0").returncode == 0 and volumes(w) == ["kept"], "a claim of the user is gone"
    assert w.s.ask("DELETE", "/volumes/kept")[0] == 204


@case
def claims_of_templates(w):
    text = CLAIMED.replace("cat ", "cat 2>/dev/null ").replace("/x;", "/x || true;").replace("/y;", "/y || true;", 1)
    _, log = w.run(text % "{name: w, volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}")
    assert "[two : s] y" in log, log
    assert len(volumes(w)) == 1  # as long as the run is kept
    assert w.gc("--keep=0").returncode == 0 and volumes(w) == []


@case
def claims_of_the_last_run(w):
    text = (CLAIMED % "{name: w, volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}").replace(
        "cat $(workspaces.w.path)/x;", "").replace("cat $(workspaces.w.path)/y;", "test -e $(workspaces.w.path)/../../../tmp/never; cat $(workspaces.w.path)/y;")
    text = text.replace("metadata: {name: p}", "metadata: {generateName: p-}")
    w.run(text, code=1)
    before = volumes(w)
    run, log = w.run(text.replace("test -e $(workspaces.w.path)/../../../tmp/never; cat $(workspaces.w.path)/y;", "ls $(workspaces.w.path)/; "), "--rerun-failed")
    assert "[two : s] y" in log and "[one : s]" not in log, log
    assert volumes(w) == before, (before, volumes(w))
    assert w.gc("--keep=0").returncode == 0 and volumes(w) == []


@case
def a_folder_as_workspace(w):
    src = os.path.join(w.folder, "src")
    os.makedirs(src)
    with open(os.path.join(src, "in"), "w") as f:
        f.write("checked out\n")
    _, log = w.run("""apiVersion: tekton.dev/v1
kind: Task
metadata: {name: t}
spec:
  workspaces: [{name: src}]
  steps: [{name: s, image: busybox, workingDir: $(workspaces.src.path), script: "cat in; echo built > out"}]
""", "-w", "src=" + src)
    assert "checked out" in log and open(os.path.join(src, "out")).read() == "built\n", log


# --- who, how much ----------------------------------------------------------------------------------------------------------


@case
def security(w):
    _, log = w.run(task_run("""
    - {name: who, image: busybox, securityContext: {runAsUser: 1234, runAsGroup: 4321}, script: "id -u; id -g; echo x > /workspace/x && echo may write"}
    - {name: image, image: "nobody:1", script: "id -u"}
    - {name: caps, image: busybox, securityContext: {capabilities: {drop: [ALL]}, allowPrivilegeEscalation: false}, script: "grep -E 'CapEff|NoNewPrivs' /proc/self/status | tr -d '\\\\t'"}
    - {name: more, image: busybox, securityContext: {capabilities: {add: [NET_ADMIN]}}, script: "ip link add dummy0 type dummy 2>&1 || ip link set lo down && echo net admin"}
    - {name: root, image: busybox, securityContext: {readOnlyRootFilesystem: true}, script: "touch /x 2>/dev/null || echo read only"}
"""))
    for line in ("[t : who] 1234", "[t : who] 4321", "[t : who] may write", "[t : image] 65534", "[t : caps] CapEff:0000000000000000", "[t : caps] NoNewPrivs:1", "[t : more] net admin",
                 "[t : root] read only"):
        assert line in log, "%s is missing in:\n%s" % (line, log)
    run, _ = w.run(task_run('\n    - {name: s, image: busybox, securityContext: {runAsNonRoot: true}, script: "true"}\n'), code=1)
    assert "runAsNonRoot" in json.dumps(run["status"]), run["status"]


@case
def limits(w):
    _, log = w.run(task_run("""
    - name: s
      image: busybox
      computeResources: {limits: {memory: 64Mi, cpu: 500m}}
      script: |
        cd /sys/fs/cgroup
        cat memory.max cpu.max memory/memory.limit_in_bytes cpu/cpu.cfs_quota_us 2>/dev/null || true
"""))
    assert "67108864" in log and "50000" in log, log
    run, _ = w.run(task_run("""
    - {name: greedy, image: busybox, computeResources: {limits: {memory: 16Mi}}, script: "dd if=/dev/zero of=/dev/null bs=256M count=1; head -c 200000000 /dev/zero | tail -c 190000000 > /dev/null"}
"""), code=1)
    ended = run["status"]["steps"][0]["terminated"]
    assert ended["exitCode"] == 137 and ended["reason"] == ("OOMKilled" if w.s.tells_of_memory() else "Error"), ended


@case
def names_and_addresses(w):
    _, log = w.run(task_run("""
    - {name: s, image: busybox, script: "hostname; grep db.example /etc/hosts; cat /etc/resolv.conf; pwd", workingDir: /a/new/folder}
    - {name: t, image: busybox, script: "hostname; grep -c db.example /etc/hosts"}
""", spec="""
  podTemplate:
    hostAliases: [{ip: 10.1.2.3, hostnames: [db.example, cache.example]}]
    dnsPolicy: None
    dnsConfig: {nameservers: [10.9.9.9], searches: [one.example], options: [{name: ndots, value: "3"}]}
"""))
    for line in ("[t : s] t-pod", "10.1.2.3", "nameserver 10.9.9.9", "one.example", "ndots:3", "[t : s] /a/new/folder", "[t : t] t-pod"):
        assert line in log, "%s is missing in:\n%s" % (line, log)


@case
def a_user_who_is_not_root(w):
    """In the group of the socket, say: containers are root's, and leave files that the user can't remove."""
    os.chmod(w.s.socket, 0o666)
    os.chmod(w.s.root, 0o755)
    os.chmod(w.folder, 0o755)
    mine = os.path.join(w.folder, "mine")
    os.makedirs(mine)
    os.chown(mine, NOBODY, NOBODY)
    path = os.path.join(w.folder, "in.yaml")
    with open(path, "w") as f:
        f.write(task_run("""
    - {name: s, image: busybox, script: "mkdir -p -m 700 $HOME/x /workspace/deep/er /tekton/results/y; echo x > /workspace/deep/er/file; printf done > $(results.r.path)"}
    - {name: u, image: busybox, securityContext: {runAsUser: 77}, script: "mkdir -m 700 /workspace/of77; touch /workspace/of77/x"}
""", more="    results: [{name: r}]", name="mine"))
        f.write("---\n" + CLAIMED.replace("cat ", "cat 2>/dev/null ").replace("/x;", "/x || true;").replace("/y;", "/y || true;", 1) % "{name: w, persistentVolumeClaim: {claimName: of-nobody}}")
    tools = os.path.join(w.folder, "bin")
    os.makedirs(tools)
    for name in ("tektonc", "tektonc-engine"):
        shutil.copy(os.path.join(os.path.dirname(w.tektonc), name), tools)
    env = dict(w.env(), XDG_STATE_HOME=mine, HOME=mine)
    done = subprocess.run(["setpriv", "--reuid=%d" % NOBODY, "--regid=%d" % NOBODY, "--clear-groups", os.path.join(tools, "tektonc"), "run", "--engine=docker", path], env=env,
                          capture_output=True, text=True, timeout=120, cwd="/")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "can't be removed" not in done.stderr and "denied" not in done.stderr, done.stderr
    left = [f for f, _, _ in os.walk(mine) if f.endswith("/work")]
    assert not left, left
    assert w.s.ask("DELETE", "/volumes/of-nobody")[0] == 204
    with open(path, "w") as f:
        f.write(task_run('\n    - {name: s, image: busybox, script: "mkdir -m 700 /workspace/x; touch /workspace/x/y; echo ready; sleep 1000"}\n', name="killed"))
    as_nobody = ["setpriv", "--reuid=%d" % NOBODY, "--regid=%d" % NOBODY, "--clear-groups", os.path.join(tools, "tektonc")]
    p = subprocess.Popen(as_nobody + ["run", "--engine=docker", path], env=env, stdout=subprocess.PIPE, text=True, cwd="/", start_new_session=True)
    wait_for(lambda: "ready" in p.stdout.readline())
    os.killpg(p.pid, signal.SIGKILL)
    p.communicate()
    done = subprocess.run(as_nobody + ["gc"], env=env, capture_output=True, text=True, timeout=60, cwd="/")
    left = [f for f, _, _ in os.walk(mine) if f.endswith("/work")]
    assert done.returncode == 0 and not left, done.stderr + str(left)


@case
def twenty_at_once(w):
    text = task_run("""
    - {name: one, image: busybox, script: "echo $(context.taskRun.name) > /workspace/x"}
    - {name: two, image: busybox, script: "grep $(context.taskRun.name) /workspace/x"}
""").replace("name: t}", "generateName: many-}")
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        for code, story in pool.map(lambda _: (lambda p: (lambda o: (p.returncode, o))(p.communicate(timeout=240)))(w.start(text)), range(20)):
            assert code == 0, story


@case
def no_service(w):
    p = subprocess.run([w.tektonc, "run", "--engine=docker", "-"], input=task_run('\n    - {image: busybox, script: "true"}\n'), text=True, capture_output=True,
                       env=dict(w.env(), DOCKER_HOST="unix:///nowhere/docker.sock"))
    assert p.returncode == 3 and "unix:///nowhere/docker.sock" in p.stderr, p.stderr
    p = subprocess.run([w.tektonc, "run", "--engine=docker", "-"], input=task_run('\n    - {image: busybox, script: "true"}\n'), text=True, capture_output=True,
                       env=dict(w.env(), DOCKER_HOST="ssh://somewhere"))
    assert p.returncode == 3 and "unix:// and tcp://" in p.stderr, p.stderr


# --- all of them ------------------------------------------------------------------------------------------------------------


def one(f, tektonc, s):
    w = World(tektonc, s)
    try:
        f(w)
        left = w.mine()
        assert not left, "left: %s" % [c["Names"] for c in left]
        return None
    except Exception as e:
        where = traceback.extract_tb(e.__traceback__)[-1]
        return "line %d: %s\n%s" % (where.lineno, where.line, str(e)[-4000:])
    finally:
        w.gc("--keep=0")
        w.close()


def main(argv):
    wanted = [f for f in CASES if not argv[1:] or any(word in f.__name__ for word in argv[1:])]
    passed = failed = 0
    try:
        with service.Service() as s:
            for f in wanted:
                start = time.monotonic()
                why = one(f, argv[0], s)
                passed, failed = passed + (not why), failed + bool(why)
                print("%s %-40s %5.1f s" % ("FAIL" if why else "ok  ", f.__name__, time.monotonic() - start), flush=True)
                if why:
                    print("  " + why.replace("\n", "\n  "), flush=True)
            containers, named = s.left()
            if containers or named:
                failed += 1
                print("FAIL left: %s %s" % (containers, named))
    except service.Skip as why:
        print("docker: %s: skipped" % why)
        print("docker: 0 passed, 0 failed, %d skipped" % len(wanted))
        return 0
    print("docker: %d passed, %d failed, 0 skipped" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
