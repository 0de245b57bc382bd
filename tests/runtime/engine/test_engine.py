#!/usr/bin/env python3
"""The controller against an API server that misbehaves: test_engine.py TEKTONC CONTROLLER ENTRYPOINT [NAME...]

Each case takes one run to its end with one kind of fault. Whatever the fault: each Pod is made once, the record is whole,
the exit code is right. The last case kills the controller at every single request, before and after it is carried out."""
import base64
import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time

import yaml

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fake  # noqa: E402

TEKTONC, CONTROLLER, ENTRYPOINT = (os.path.abspath(a) for a in sys.argv[1:4])
UID, JOB, SPACE = "run-uid", "job-1", "space"
WORK = tempfile.mkdtemp(prefix="tektonc-engine-")


def step(script="true"):
    return {"name": "one", "image": "busybox", "command": ["sh", "-c", script]}


def task(name, after=(), **more):
    return dict({"name": name, "runAfter": list(after), "taskSpec": {"steps": [step()]}}, **more)


def plan(name, tasks, finally_=(), **more):
    """The folder that a Job would mount."""
    folder, out = os.path.join(WORK, name), os.path.join(WORK, name + "-out")
    if os.path.isdir(folder):
        return folder
    source = os.path.join(WORK, name + ".json")
    with open(source, "w") as f:
        json.dump({"apiVersion": "tekton.dev/v1", "kind": "PipelineRun", "metadata": {"name": name},
                   "spec": dict({"pipelineSpec": {"tasks": tasks, "finally": list(finally_)}}, **more)}, f)
    subprocess.run([TEKTONC, source, "--profile=tekton", "--runtime-image=runtime:1", "-o", out], check=True)
    os.mkdir(folder)
    for top, _, files in os.walk(out):
        for f in files:
            path = os.path.relpath(os.path.join(top, f), out)
            if path.startswith(("plan", "pods")):
                shutil.copy(os.path.join(out, path), os.path.join(folder, path.replace("/", "_")))
    return folder


def chain(n=3):
    return plan("chain%d" % n, [task("t%d" % i, ["t%d" % (i - 1)] if i else []) for i in range(n)])


def server(**more):
    s = fake.Server(**more)
    s.add("jobs", {"metadata": {"name": JOB, "uid": UID}})
    return s


def kubeconfig(s, user=None, **cluster):
    path = os.path.join(WORK, "kubeconfig-%d" % s.server_port)
    with open(path, "w") as f:
        json.dump({"current-context": "x", "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u", "namespace": SPACE}}],
                   "clusters": [{"name": "c", "cluster": dict({"server": s.address()}, **cluster)}],
                   "users": [{"name": "u", "user": user or {"token": "good"}}]}, f)
    return path


def controller(s, folder, config=None, words=(), **env):
    return subprocess.Popen([CONTROLLER, "--plan=" + folder, "--entrypoint=" + ENTRYPOINT, "--kubeconfig=" + (config or kubeconfig(s)), *words],
                            env=dict(dict(os.environ, TEKTONC_RUN_NAME=JOB, TEKTONC_RUN_UID=UID, TEKTONC_NAMESPACE=SPACE), **env), stderr=subprocess.PIPE)


LONG = 120  # seconds: for a machine that has much else to do


def end(p, seconds=LONG):
    try:
        _, log = p.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        p.kill()
        raise AssertionError("it goes on after %d s: %s" % (seconds, p.communicate()[1].decode()[-800:]))
    return p.returncode, log.decode()


def made(s, pods=1):
    """Until so many Pods were made."""
    until = time.monotonic() + LONG
    while len(s.made) < pods:
        assert time.monotonic() < until, "%d Pods after %d s" % (len(s.made), LONG)
        time.sleep(0.02)


def same(got, wanted, what=""):
    assert got == wanted, "%s: %r, expected %r" % (what, got, wanted)


def record(s):
    lines = []
    n = 0
    while ("configmaps", "%s-record-%d" % (JOB, n)) in s.objects:
        data = s.objects["configmaps", "%s-record-%d" % (JOB, n)]["data"]
        for key in sorted(k for k in data if k != "sealed"):
            lines += data[key].splitlines()
        n += 1
    return [json.loads(x) for x in lines]


def whole(s, pods, code=0, result=(0, "")):
    same(result[0], code, "exit code\n" + result[1][-1500:])
    same(len(s.made), len(set(s.made)), "a Pod was made twice: %s" % s.made)
    same(len(s.made), pods, "Pods")
    lines = record(s)
    same([e["e"] for e in lines].count("start"), 1)
    same(lines[-1]["e"], "done")
    ended = [(e["r"], e["a"]) for e in lines if e["e"] == "end"]
    same(len(ended), len(set(ended)), "an attempt ended twice")
    same(len(ended), pods, "ends")


def faulty(n, method, part, status, reason="", headers=(), after=0):
    """The requests after the first `after` of a kind are refused n times."""
    left = {"skip": after, "n": n}

    def fault(s, handler, m, path):
        if m != method or part not in path or "watch=1" in path:
            return False
        with s.lock:
            if left["skip"]:
                left["skip"] -= 1
                return False
            if not left["n"]:
                return False
            left["n"] -= 1
        handler.refuse(status, reason, "injected", headers)
        return True
    fault.left = left
    return fault


# --- cases -----------------------------------------------------------------------------------------------------------------

def plain():
    s = server()
    whole(s, 3, 0, end(controller(s, chain())))
    entrypoint = [o for (k, n), o in s.objects.items() if k == "configmaps" and n.startswith("tektonc-entrypoint-")]
    same(len(entrypoint), 1)
    with open(ENTRYPOINT, "rb") as f:
        same(base64.b64decode(entrypoint[0]["binaryData"]["entrypoint"]), f.read(), "the entrypoint")
    first = s.objects["configmaps", JOB + "-record-0"]["metadata"]
    same(first["ownerReferences"][0]["uid"], UID, "owner of the record")
    for (k, _), o in s.objects.items():
        if k == "pods":
            same([(r["uid"], r.get("controller")) for r in o["metadata"]["ownerReferences"]], [(first["uid"], True)], "owner of a Pod")
    return s


def failed():
    s = server()
    s.outcome = lambda name: 1 if "t1" in name else 0
    result = end(controller(s, chain()))
    whole(s, 2, 10, result)
    return s


def gone_410():
    """The server forgets, again and again: list anew each time."""
    s = server()
    s.run_for = 0.15
    p = controller(s, chain(6))
    while p.poll() is None:
        time.sleep(0.3)
        s.forget()
    whole(s, 6, 0, end(p))
    lists = [r for r in s.requests if "/pods?" in r[1] and "watch=1" not in r[1]]
    assert len(lists) > 3, "only %d lists" % len(lists)
    return s


def cut_off():
    """Streams break in the middle: the watch goes on from where it was, without a list."""
    s = server()
    s.run_for = 0.15
    p = controller(s, chain(6))
    while p.poll() is None:
        time.sleep(0.12)
        s.cut()
    whole(s, 6, 0, end(p))
    same(len([r for r in s.requests if "/pods?" in r[1] and "watch=1" not in r[1]]), 1, "lists")
    return s


def missed():
    """What happened while no watch was open is seen all the same: a Pod that vanished meanwhile is a failed attempt."""
    s = server()
    s.outcome = lambda name: None
    p = controller(s, plan("retry", [task("a", retries=1)]))
    made(s)
    time.sleep(0.3)
    s.outcome = lambda name: 0
    s.fault = lambda srv, h, m, path: "watch=1" in path and (h.refuse(503, "x"), True)[1]
    s.cut()
    with s.lock:
        s.change("pods", "DELETED", json.loads(json.dumps(s.objects["pods", s.made[0]])))
        s.history = []
    s.forget()
    s.fault = None
    whole(s, 2, 0, end(p))
    return s


def many_pages():
    """A list of several pages, the continue token going stale on the way."""
    s = server()
    folder = plan("wide", [task("w%d" % i) for i in range(60)])
    s.outcome = lambda name: None
    p = controller(s, folder)
    made(s, 60)
    time.sleep(0.2)
    p.kill()
    end(p)
    stale = {"n": 2}

    def fault(srv, handler, m, path):
        if "continue=" in path and stale["n"]:
            stale["n"] -= 1
            handler.refuse(410, "Expired")
            return True
        return False
    s.fault = fault
    s.outcome = lambda name: 0
    for (k, name), o in list(s.objects.items()):
        if k == "pods":
            threading.Thread(target=s.run_pod, args=(name, o["metadata"]["uid"]), daemon=True).start()
    whole(s, 60, 0, end(controller(s, folder)))
    same(stale["n"], 0)
    return s


def retry_after():
    """429 with Retry-After: not before that."""
    s = server()
    s.fault = faulty(1, "POST", "/pods", 429, "TooManyRequests", [("Retry-After", "2")])
    begin = time.monotonic()
    whole(s, 3, 0, end(controller(s, chain())))
    posts = [r for r in s.requests if r[0] == "POST" and "/pods" in r[1]]
    same(len(posts), 4, "POSTs")
    assert time.monotonic() - begin >= 2, "it did not wait"
    return s


def errors_5xx():
    """Everything fails now and then: tried again, nothing twice."""
    s = server()
    state = {"n": 0}

    def fault(srv, handler, m, path):
        with srv.lock:
            state["n"] += 1
            hit = state["n"] % 3 == 0
        if hit:
            handler.refuse((500, 502, 503, 504)[state["n"] // 3 % 4], "x")
        return hit
    s.fault = fault
    whole(s, 4, 0, end(controller(s, chain(4))))
    return s


def lost_answers():
    """The server carries a request out, and the connection breaks before the answer."""
    s = server()
    state = {"n": 0}

    def fault(srv, handler, m, path):
        if m == "GET":
            return False
        with srv.lock:
            state["n"] += 1
            hit = state["n"] % 2 == 0
        if not hit:
            return False
        parts = path.strip("/").split("?")[0].split("/")
        kind = next(k for k in fake.KINDS if k in parts)
        name = parts[parts.index(kind) + 1] if parts.index(kind) + 1 < len(parts) else None
        with srv.lock:
            getattr(handler, m.lower())(kind, name)
        handler.close_connection = True
        handler.connection.shutdown(2)
        return True
    s.fault = fault
    whole(s, 4, 0, end(controller(s, chain(4)), 60))
    return s


def backoff():
    """A dead server is asked less and less often."""
    s = server()
    times = []

    def fault(srv, handler, m, path):
        times.append(time.monotonic())
        handler.refuse(503, "x")
        return True
    s.fault = fault
    p = controller(s, chain())
    time.sleep(4)
    s.fault = None
    whole(s, 3, 0, end(p))
    gaps = [b - a for a, b in zip(times, times[1:])]
    assert 4 <= len(times) <= 12, "%d requests in 4 s" % len(times)
    assert gaps[-1] > gaps[0] * 3, gaps
    return s


def server_away():
    """Nobody listens for a while; then all goes on."""
    s = server()
    s.run_for = 0.2
    p = controller(s, chain(4))
    made(s)
    away = {"yes": True}

    def fault(srv, handler, m, path):
        if away["yes"]:
            handler.close_connection = True
            handler.connection.shutdown(2)
        return away["yes"]
    s.fault = fault
    s.cut()
    time.sleep(3)
    away["yes"] = False
    whole(s, 4, 0, end(p))
    return s


def conflict():
    """Somebody else writes the record: read again, go on, nothing twice."""
    s = server()
    s.run_for = 0.15
    p = controller(s, chain(4))
    for _ in range(3):
        time.sleep(0.25)
        with s.lock:
            o = s.objects.get(("configmaps", JOB + "-record-0"))
            if o:
                new = json.loads(json.dumps(o))
                new["metadata"]["labels"]["touched"] = str(s.version)
                s.change("configmaps", "MODIFIED", new)
    result = end(p)
    whole(s, 4, 0, result)
    assert "somebody else" in result[1], result[1]
    return s


def two_controllers():
    s = server()
    s.run_for = 0.1
    folder = plan("two", [task("a"), *[task("b%d" % i, ["a"]) for i in range(5)], task("c", ["b%d" % i for i in range(5)])])
    first, second = controller(s, folder), controller(s, folder)
    results = [end(first), end(second)]
    whole(s, 7, 0, results[0])
    same(results[1][0], 0, results[1][1])
    return s


def cancelled():
    s = server()
    s.outcome = lambda name: None
    p = controller(s, chain())
    made(s)
    with s.lock:
        job = json.loads(json.dumps(s.objects["jobs", JOB]))
        job["metadata"].setdefault("annotations", {})["tektonc.dev/cancel"] = "Cancelled"
        s.change("jobs", "MODIFIED", job)
    whole(s, 1, 10, end(p))
    same([k for k in s.objects if k[0] == "pods"], [], "Pods left")
    same(s.objects["jobs", JOB]["metadata"]["annotations"]["tektonc.dev/phase"], "Failed")
    return s


def job_gone():
    """The Job is deleted, its record with it: no new record, no new Pod."""
    s = server()
    s.outcome = lambda name: None
    p = controller(s, chain())
    made(s)
    time.sleep(1.3)
    s.remove("jobs", JOB)
    s.remove("configmaps", JOB + "-record-0")
    s.outcome = lambda name: 0
    s.remove("pods", s.made[0])
    same(end(p)[0], 1)
    same(len(s.made), 1)
    assert ("configmaps", JOB + "-record-0") not in s.objects
    return s


def other_job():
    """A record of an earlier Job of the same name, which is being removed: wait for that."""
    s = server()
    s.add("configmaps", {"metadata": {"name": JOB + "-record-0", "labels": {"tektonc.dev/run-uid": "older"}}, "data": {"000000": "{}"}})
    p = controller(s, chain())
    time.sleep(1.5)
    same(s.made, [])
    s.remove("configmaps", JOB + "-record-0")
    whole(s, 3, 0, end(p))
    return s


def foreign_pod():
    s = server()
    folder = chain(1)
    s.add("pods", {"metadata": {"name": JOB + "-t0-pod"}, "spec": {"containers": []}})
    code, log = end(controller(s, folder))
    same(code, 10, log)
    same([(e["reason"], e["ok"]) for e in record(s) if e["e"] == "end"], [("PodCreationFailed", False)])
    return s


def new_token():
    """The token's file is read again when the server refuses the old one."""
    s = server()
    s.run_for = 0.3
    path = os.path.join(WORK, "token")
    with open(path, "w") as f:
        f.write("good\n")
    p = controller(s, chain(), kubeconfig(s, {"tokenFile": path}))
    made(s)
    with open(path, "w") as f:
        f.write("better\n")
    s.token = "better"
    whole(s, 3, 0, end(p))
    return s


def exec_plugin():
    s = server()
    plugin = os.path.join(WORK, "plugin")
    with open(plugin, "w") as f:
        f.write("#!/bin/sh\necho $KUBERNETES_EXEC_INFO >>%s.log\n[ \"$1 $X\" = 'give y' ] || exit 1\n"
                "echo '{\"kind\":\"ExecCredential\",\"status\":{\"token\":\"good\"}}'\n" % plugin)
    os.chmod(plugin, 0o755)
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": plugin, "args": ["give"], "env": [{"name": "X", "value": "y"}]}}
    whole(s, 3, 0, end(controller(s, chain(), kubeconfig(s, user))))
    with open(plugin + ".log") as f:
        said = [json.loads(line) for line in f]
    same(len(said), 1, "calls of the plugin")
    same(said[0]["apiVersion"], "client.authentication.k8s.io/v1")
    return s


def wrong_token():
    s = server(token="other")
    code, log = end(controller(s, chain()))
    same(code, 1)
    assert "401" in log or "no" in log, log
    return s


CERTIFICATES = """
umask 077
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test-ca -keyout ca.key -out ca.crt
sign() {
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" -keyout $1.key -out $1.csr
    printf '%s\n' "$3" >$1.ext
    openssl x509 -req -in $1.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile $1.ext -out $1.crt
}
sign server server 'subjectAltName=IP:127.0.0.1,DNS:api.test'
sign other other 'subjectAltName=DNS:api.test'
sign client somebody 'extendedKeyUsage=clientAuth'
"""


def certificates():
    """A CA, two servers (`other` not for the address that is asked), a client."""
    folder = os.path.join(WORK, "certificates")
    if not os.path.isdir(folder):
        os.mkdir(folder)
        done = subprocess.run(["sh", "-e", "-c", CERTIFICATES], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        same(done.returncode, 0, done.stdout)
    return folder


def tls_server(name="server", client=False, **more):
    folder = certificates()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(folder, name + ".crt"), os.path.join(folder, name + ".key"))
    if client:
        context.load_verify_locations(os.path.join(folder, "ca.crt"))
        context.verify_mode = ssl.CERT_REQUIRED
    return server(tls=context, **more)


def pem(name):
    with open(os.path.join(certificates(), name)) as f:
        return f.read()


def encoded(name):
    return base64.b64encode(pem(name).encode()).decode()


def ca():
    return {"certificate-authority-data": encoded("ca.crt")}


def client_certificate():
    """Client certificates in the kubeconfig, then beside it, by relative names."""
    for user in ({"client-certificate-data": encoded("client.crt"), "client-key-data": encoded("client.key")},
                 {"client-certificate": "certificates/client.crt", "client-key": "certificates/client.key"}):
        s = tls_server(client=True, token=None)
        whole(s, 3, 0, end(controller(s, chain(), kubeconfig(s, user, **{"certificate-authority": "certificates/ca.crt"}))))
        s.stop()
    s = tls_server(client=True, token=None)
    same(give_up(controller(s, chain(), kubeconfig(s, {}, **ca())))[0], 1)
    same(s.requests, [])
    return s


def give_up(p, seconds=1.5):
    """A controller asks on and on when nobody answers: what it says until it is told to end."""
    time.sleep(seconds)
    p.send_signal(signal.SIGTERM)
    return end(p)


def unknown_authority():
    s = tls_server()
    code, log = give_up(controller(s, chain()))
    assert code == 1 and "certificate" in log, log
    same(s.requests, [])
    return s


def server_name():
    """tls-server-name: the certificate is for another name than the address."""
    s = tls_server("other")
    code, log = give_up(controller(s, chain(), kubeconfig(s, **ca())))
    assert code == 1 and "name" in log, log
    whole(s, 3, 0, end(controller(s, chain(), kubeconfig(s, **dict(ca(), **{"tls-server-name": "api.test"})))))
    return s


def insecure():
    s = tls_server("other")
    whole(s, 3, 0, end(controller(s, chain(), kubeconfig(s, **{"insecure-skip-tls-verify": True}))))
    return s


def password():
    s = server(token="Basic " + base64.b64encode(b"me:secret").decode())
    whole(s, 3, 0, end(controller(s, chain(), kubeconfig(s, {"username": "me", "password": "secret"}))))
    return s


def contexts():
    """Several files: the first that names something counts; --context picks another than the current one."""
    s, wrong = server(), server(token="other")
    first, second = kubeconfig(wrong), os.path.join(WORK, "second")
    with open(second, "w") as f:
        json.dump({"current-context": "y", "contexts": [{"name": "y", "context": {"cluster": "d", "user": "v"}}, {"name": "x", "context": {"cluster": "d", "user": "v"}}],
                   "clusters": [{"name": "d", "cluster": {"server": s.address()}}], "users": [{"name": "v", "user": {"token": "good"}}]}, f)
    whole(s, 3, 0, end(controller(s, chain(), first + ":" + second, ["--context=y"])))
    same(wrong.requests, [])
    same(end(controller(s, chain(), first + ":" + second))[0], 1)
    assert wrong.requests
    code, log = end(controller(s, chain(), first, ["--context=none"]))
    assert code != 0 and "none" in log, log
    wrong.stop()
    return s


def exec_certificate():
    """A plugin gives a client certificate; it is asked again when that has expired."""
    s = tls_server(client=True, token=None)
    s.run_for = 0.4
    plugin, answer = os.path.join(WORK, "certificate-plugin"), os.path.join(WORK, "certificate-answer")
    with open(answer, "w") as f:
        json.dump({"apiVersion": "client.authentication.k8s.io/v1beta1", "kind": "ExecCredential", "status": {
            "clientCertificateData": pem("client.crt"), "clientKeyData": pem("client.key"),
            "expirationTimestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2))}}, f)
    with open(plugin, "w") as f:
        f.write("#!/bin/sh\necho x >>%s.log\ncat %s\n" % (plugin, answer))
    os.chmod(plugin, 0o755)
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": "./certificate-plugin", "interactiveMode": "Never"}}
    whole(s, 5, 0, end(controller(s, chain(5), kubeconfig(s, user, **ca()))))
    with open(plugin + ".log") as f:
        same(len(f.readlines()) > 1, True, "asked again")
    return s


def broken_plugin():
    """What a plugin says on stderr is shown; a command that is not there is named."""
    s = server()
    plugin = os.path.join(WORK, "broken-plugin")
    with open(plugin, "w") as f:
        f.write("#!/bin/sh\necho 'log in first' >&2\nexit 3\n")
    os.chmod(plugin, 0o755)
    for command, said in ((plugin, "log in first"), ("there-is-no-such-plugin", "there-is-no-such-plugin")):
        user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": command}}
        code, log = give_up(controller(s, chain(), kubeconfig(s, user)))
        assert code != 0 and said in log, log
    return s


def claims():
    """A claim is made once, before the Pods that use it, and owned like them."""
    s = server()
    folder = plan("claims", [{"name": "a", "taskSpec": {"workspaces": [{"name": "w"}], "steps": [step()]}, "workspaces": [{"name": "w"}]}], workspaces=[
        {"name": "w", "volumeClaimTemplate": {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}}}}])
    whole(s, 1, 0, end(controller(s, folder)))
    made_first = [path for method, path, _ in s.requests if method == "POST" and ("claims" in path or path.endswith("/pods"))]
    assert "claims" in made_first[0] and len(made_first) == 2, made_first
    claim, = [o for (k, _), o in s.objects.items() if k == "persistentvolumeclaims"]
    same(claim["metadata"]["ownerReferences"][0]["uid"], s.objects["configmaps", JOB + "-record-0"]["metadata"]["uid"])
    return s


def sidecars():
    """The steps have ended, a sidecar runs on: its image is replaced by the controller's own."""
    s = server()
    s.add("pods", {"metadata": {"name": "self"}, "spec": {"containers": [{"name": "controller", "image": "runtime:1"}]}, "status": {}})
    s.sidecars = True
    folder = plan("sidecars", [{"name": "a", "taskSpec": {"steps": [step()], "sidecars": [dict(step("sleep 9"), name="side")]}}])
    result = end(controller(s, folder, TEKTONC_POD_NAME="self"))
    same(result[0], 0, result[1])
    patches = [body for method, path, body in s.requests if method == "PATCH" and "/pods/" in path and "spec" in body]
    same([c["image"] for c in patches[0]["spec"]["containers"]], ["runtime:1"])
    return s


def role():
    """The Role that tektonc writes has exactly the verbs that all the cases before this one used."""
    out = os.path.join(WORK, "chain3-out")
    chain()
    with open(os.path.join(out, "rbac.yaml")) as f:
        rules, = [d["rules"] for d in yaml.safe_load_all(f) if d["kind"] == "Role"]
    same(sorted((kind, verb) for r in rules for kind in r["resources"] for verb in r["verbs"]), sorted(fake.Server.verbs))
    return server()


def relative(s, name, second, ended=False, plan=None, owner=None, label="build"):
    """A Job of the same pipeline, unless its name or its owner says otherwise."""
    meta = {"name": name, "uid": "uid-" + name, "labels": {"tektonc.dev/name": label}, "creationTimestamp": "2026-01-01T00:00:%02dZ" % second}
    if owner:
        meta["ownerReferences"] = [{"kind": "CronJob", "name": owner, "uid": "uid-" + owner, "controller": True}]
    sources = [{"configMap": {"name": plan or name + "-0"}}]
    s.add("jobs", {"metadata": meta, "spec": {"template": {"spec": {"volumes": [{"name": "plan", "projected": {"sources": sources}}]}}},
                   "status": {"conditions": [{"type": "Complete", "status": "True"}] if ended else []}})


def old_plan(s, name, second=0):
    s.add("configmaps", {"metadata": {"name": name, "uid": "uid-" + name, "creationTimestamp": "2026-01-01T00:00:%02dZ" % second,
                                      "labels": {"tektonc.dev/name": "build", "app.kubernetes.io/name": "tektonc-plan"}}})


def relatives():
    """Of earlier runs of the same pipeline those that are going are cancelled, ended ones beyond --keep go, and plans of nobody."""
    s = fake.Server()
    me = "build-aaaaaaaaaa"
    relative(s, me, 30)
    relative(s, "build-1111111111", 1, ended=True)
    relative(s, "build-2222222222", 2, ended=True)
    relative(s, "build-3333333333", 3)
    relative(s, "build-4444444444", 40)                              # is younger
    relative(s, "build-5555555555", 30)                              # of the same second: the name decides
    relative(s, "build-cccccccccc", 30)
    relative(s, "dev-build-6666666666", 1, ended=True)               # of an overlay with a prefix
    relative(s, "build-7777777777", 1, ended=True, owner="build")    # of a schedule
    relative(s, "build-8888888888", 1, ended=True, label="other")
    relative(s, "build-by-hand", 1, ended=True)
    for name in ("build-9999999999-0", "build-1111111111-0", "build-3333333333-0", "dev-build-0000000000-0", me + "-0"):
        old_plan(s, name)
    old_plan(s, "build-bbbbbbbbbb-0", 31)                            # applied after this run began
    s.verbs.clear()
    result = end(controller(s, chain(), words=["--keep=2", "--on-change=cancel"], TEKTONC_RUN_NAME=me, TEKTONC_RUN_UID="uid-" + me))
    same(result[0], 0, result[1][-800:])
    jobs = {name: o for (kind, name), o in s.objects.items() if kind == "jobs"}
    same("build-1111111111" in jobs, False, "beyond --keep")
    same(len(jobs), 10, sorted(jobs))
    cancelled_ = sorted(n for n, o in jobs.items() if (o["metadata"].get("annotations") or {}).get("tektonc.dev/cancel"))
    same(cancelled_, ["build-3333333333", "build-5555555555"])
    plans = sorted(n for k, n in s.objects if k == "configmaps" and "-record-" not in n and "entrypoint" not in n and "status" not in n)
    same(plans, sorted(["build-3333333333-0", "dev-build-0000000000-0", me + "-0", "build-bbbbbbbbbb-0"]))
    allowed = {("jobs", "delete"), ("configmaps", "list"), ("configmaps", "delete")}
    same(allowed - fake.Server.verbs, set(), "verbs that the Role of --keep has, and nobody needs")
    return s


def relatives_of_a_schedule():
    """The CronJob becomes an owner of the plan, keeps its own Jobs, and says which plan is the next."""
    s = fake.Server()
    me = "nightly-29000000"
    relative(s, me, 30, plan="nightly-aaaaaaaaaa-0", owner="nightly")
    relative(s, "nightly-28999999", 3, plan="nightly-bbbbbbbbbb-0", owner="nightly")
    relative(s, "nightly-28999998", 2, plan="nightly-aaaaaaaaaa-0", owner="nightly")
    relative(s, "nightly-28999997", 1, ended=True, plan="nightly-aaaaaaaaaa-0", owner="nightly")
    template = {"spec": {"volumes": [{"name": "plan", "projected": {"sources": [{"configMap": {"name": "nightly-cccccccccc-0"}}]}}]}}
    s.add("cronjobs", {"metadata": {"name": "nightly", "uid": "uid-nightly"}, "spec": {"jobTemplate": {"spec": {"template": template}}}})
    for letter in "abcd":
        old_plan(s, "nightly-%s-0" % (letter * 10))
    result = end(controller(s, chain(), words=["--keep=1", "--on-change=cancel"], TEKTONC_RUN_NAME=me, TEKTONC_RUN_UID="uid-" + me))
    same(result[0], 0, result[1][-800:])
    same(len([1 for k, _ in s.objects if k == "jobs"]), 4, "the CronJob's controller removes its Jobs")
    cancelled_ = [n for (k, n), o in s.objects.items() if k == "jobs" and (o["metadata"].get("annotations") or {}).get("tektonc.dev/cancel")]
    same(cancelled_, ["nightly-28999999"], "of another plan")
    plans = sorted(n for k, n in s.objects if k == "configmaps" and n.endswith("-0") and "record" not in n)
    same(plans, ["nightly-%s-0" % (letter * 10) for letter in "abc"])
    owners = s.objects["configmaps", "nightly-aaaaaaaaaa-0"]["metadata"]["ownerReferences"]
    same([(o["kind"], o["name"], o["uid"]) for o in owners], [("CronJob", "nightly", "uid-nightly")])
    return s


def family_fails():
    """What can't be done for relatives is logged; the run is none the worse."""
    s = server()
    s.fault = faulty(1, "GET", "/jobs/" + JOB, 403, "Forbidden")
    result = end(controller(s, chain(), words=["--keep=1", "--on-change=finish"]))
    whole(s, 3, 0, result)
    assert "Job " + JOB in result[1], result[1]
    return s


def stopped():
    """SIGTERM: ends at once with a code that starts it again."""
    s = server()
    s.outcome = lambda name: None
    folder = chain()
    p = controller(s, folder)
    made(s)
    time.sleep(0.2)
    p.send_signal(signal.SIGTERM)
    begin = time.monotonic()
    same(end(p)[0], 1)
    assert time.monotonic() - begin < 1.5, "slow"
    s.outcome = lambda name: 0
    threading.Thread(target=s.run_pod, args=(s.made[0], s.objects["pods", s.made[0]]["metadata"]["uid"]), daemon=True).start()
    whole(s, 3, 0, end(controller(s, folder)))
    return s


def large_record():
    """More than one ConfigMap of record, and a controller that is killed in the middle reads all of them."""
    s = server()
    s.run_for = 0.01
    folder = plan("large", [task("task-with-a-rather-long-name-%03d" % i) for i in range(260)])
    p = controller(s, folder)
    made(s, 200)
    p.kill()
    end(p)
    whole(s, 260, 0, end(controller(s, folder), 60))
    assert ("configmaps", JOB + "-record-1") in s.objects, "one chunk only"
    same(s.objects["configmaps", JOB + "-record-0"]["data"]["sealed"], "true")
    return s


class Killing:
    """Kills the controller at the n-th request to the server, before it is carried out or after."""

    def __init__(self, s, at, after):
        self.at, self.n, self.hit, self.process, self.there = at, 0, None, None, threading.Event()
        if after:
            s.fault, s.after = (lambda *a: False), (lambda srv, method, path: self.counts(srv, method, path))
        else:
            s.fault = lambda srv, handler, method, path: self.counts(srv, method, path) and self.hang_up(handler)

    def start(self, process):
        self.process = process
        self.there.set()

    def counts(self, srv, method, path):
        if "watch=1" in path:
            return False
        with srv.lock:
            self.n += 1
            if self.n != self.at or self.hit:
                return False
            self.hit = "%s %s" % (method, path.split("?")[0])
        self.there.wait()  # its first request may come before we know it
        self.process.kill()
        return True

    def hang_up(self, handler):
        handler.close_connection = True
        return True


def killed_at(folder, at, after):
    """What was hit, or None: there are fewer requests."""
    s = server()
    s.run_for = 0.005
    s.outcome = lambda name: 1 if "-b-pod" in name and "retry" not in name else 0
    killing = Killing(s, at, after)
    killing.start(controller(s, folder))
    result = end(killing.process)
    if killing.hit:
        result = end(controller(s, folder))
    try:
        whole(s, 6, 0, result)
    except AssertionError as e:
        raise AssertionError("killed %s request %d, %s: %s" % ("after" if after else "before", at, killing.hit, e))
    s.stop()
    return killing.hit


def killed_everywhere():
    """SIGKILL at each request, before it is carried out and after."""
    folder = plan("killed", [task("a"), task("b", ["a"], retries=1), task("c", ["a"]), task("d", ["b", "c"])], [task("f")])
    hits = []
    for after in (False, True):
        at = 1
        while (hit := killed_at(folder, at, after)) is not None:
            hits.append(hit)
            at += 1
    print("     killed at %d points" % len(hits))
    assert len(hits) > 30, hits
    return server()


CASES = [plain, failed, gone_410, cut_off, missed, many_pages, retry_after, errors_5xx, lost_answers, backoff, server_away, conflict, two_controllers,
         cancelled, job_gone, other_job, foreign_pod, new_token, exec_plugin, wrong_token, stopped, large_record,
         client_certificate, unknown_authority, server_name, insecure, password, contexts, exec_certificate, broken_plugin, claims, sidecars,
         killed_everywhere, role, relatives, relatives_of_a_schedule, family_fails]


def main():
    passed = failed_ = 0
    for case in CASES:
        if case is role and sys.argv[4:]:
            continue
        if sys.argv[4:] and case.__name__ not in sys.argv[4:]:
            continue
        begin = time.monotonic()
        try:
            case().stop()
            passed += 1
            if os.environ.get("VERBOSE"):
                print("ok   %-20s %5.1f s" % (case.__name__, time.monotonic() - begin), flush=True)
        except AssertionError as e:
            failed_ += 1
            print("FAIL %s: %s" % (case.__name__, e), flush=True)
    shutil.rmtree(WORK)
    print("engine: %d passed, %d failed, 0 skipped" % (passed, failed_))
    return 1 if failed_ else 0


if __name__ == "__main__":
    sys.exit(main())
