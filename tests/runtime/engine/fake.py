"""An API server of a few hundred lines, for faults that a real one shows once a month.

Keeps ConfigMaps, Pods, Jobs, Events; lists in pages, watches with bookmarks, answers patches, preconditions and conflicts
as Kubernetes does. A Pod runs by itself: Pending, Running, Succeeded. `fault(server, handler, method, path)` is asked
before each request and may answer it itself (returns True)."""
import http.server
import json
import socket
import threading
import time
import urllib.parse

KINDS = ("pods", "configmaps", "jobs", "cronjobs", "events", "persistentvolumeclaims")


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    verbs = set()  # (resource, verb) that any server was asked for, as a Role names them
    request_queue_size = 64

    def __init__(self, token="good", tls=None):
        """tls: an ssl.SSLContext."""
        super().__init__(("127.0.0.1", 0), Handler)
        self.tls = tls
        self.sidecars = False      # containers named sidecar-… don't end by themselves
        self.lock = threading.Condition()
        self.objects = {}          # (kind, name) → object
        self.history = []          # (version, kind, type, object)
        self.version = 1000
        self.forgotten = 0         # watches from before this version get 410
        self.requests = []         # (method, path, body)
        self.made = []             # names of Pods, as often as they were made
        self.token = token
        self.fault = None
        self.bookmarks = 0.2
        self.outcome = lambda name: 0
        self.run_for = 0.03
        self.closing = False
        self.streams = set()
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def address(self):
        return "http%s://127.0.0.1:%d" % ("s" if self.tls else "", self.server_port)

    def get_request(self):
        connection, client = super().get_request()
        if self.tls:  # the handshake is the handler's: it may never come
            connection = self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, client

    def handle_error(self, request, client):
        pass

    def stop(self):
        self.closing = True
        with self.lock:
            self.lock.notify_all()
        self.shutdown()
        self.server_close()

    def change(self, kind, kind_of_change, o):
        """With the lock held."""
        self.version += 1
        o["metadata"]["resourceVersion"] = str(self.version)
        if kind_of_change == "DELETED":
            self.objects.pop((kind, o["metadata"]["name"]), None)
        else:
            self.objects[kind, o["metadata"]["name"]] = o
        self.history.append((self.version, kind, kind_of_change, json.loads(json.dumps(o))))
        self.lock.notify_all()

    def add(self, kind, o):
        with self.lock:
            o.setdefault("metadata", {}).setdefault("uid", "uid-%s-%d" % (o["metadata"]["name"], self.version))
            o["metadata"].setdefault("creationTimestamp", "2026-01-01T00:00:00Z")
            self.change(kind, "ADDED", o)
        return o

    def remove(self, kind, name):
        with self.lock:
            self.change(kind, "DELETED", self.objects[kind, name])

    def forget(self):
        """All watches end with 410, and versions so far are unknown from now on."""
        with self.lock:
            self.version += 1
            self.forgotten = self.version
            self.lock.notify_all()

    def cut(self):
        """All streams break off, without an end."""
        for s in list(self.streams):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def run_pod(self, name, uid):
        for phase in ("Running", "Succeeded"):
            time.sleep(self.run_for)
            with self.lock:
                old = self.objects.get(("pods", name))
                if not old or old["metadata"]["uid"] != uid:
                    return
                pod = json.loads(json.dumps(old))
                code = self.outcome(name)
                if code is None:
                    return
                status = pod["status"] = {"phase": phase, "containerStatuses": []}
                for c in pod["spec"]["containers"]:
                    state = {"running": {"startedAt": "2026-01-01T00:00:00Z"}}
                    if self.sidecars and c["name"].startswith("sidecar-"):
                        status["phase"] = "Running"
                    elif phase == "Succeeded":
                        state = {"terminated": {"exitCode": code, "reason": "Error" if code else "Completed", "startedAt": "2026-01-01T00:00:00Z",
                                                "finishedAt": "2026-01-01T00:00:01Z"}}
                        status["phase"] = "Running" if self.sidecars else "Failed" if code else "Succeeded"
                    status["containerStatuses"].append({"name": c["name"], "ready": True, "state": state})
                self.change("pods", "MODIFIED", pod)


def merge(old, patch):
    for k, v in patch.items():
        if v is None:
            old.pop(k, None)
        elif isinstance(v, dict) and isinstance(old.get(k), dict):
            merge(old[k], v)
        else:
            old[k] = v


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *args):
        pass

    def answer(self, status, body, headers=()):
        data = json.dumps(body).encode()
        self.send_response(status)
        for k, v in headers:
            self.send_header(k, v)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def refuse(self, status, reason, message="no", headers=()):
        self.answer(status, {"kind": "Status", "status": "Failure", "code": status, "reason": reason, "message": message}, headers)

    def handle_any(self):
        s = self.server
        length = int(self.headers.get("Content-Length") or 0)
        self.body = json.loads(self.rfile.read(length)) if length else None
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        parts = url.path.strip("/").split("/")
        kind = next((k for k in KINDS if k in parts), None)
        name = parts[parts.index(kind) + 1] if kind and parts.index(kind) + 1 < len(parts) else None
        with s.lock:
            s.requests.append((self.command, self.path, self.body))
            reading = "get" if name else "watch" if query.get("watch") else "list"
            s.verbs.add((kind, {"POST": "create", "PATCH": "patch", "DELETE": "delete"}.get(self.command, reading)))
        if s.token and self.headers.get("Authorization") != (s.token if " " in s.token else "Bearer " + s.token):
            return self.refuse(401, "Unauthorized")
        if s.fault and s.fault(s, self, self.command, self.path):
            return
        self.do(kind, name, query)
        if s.fault and getattr(s, "after", None):
            s.after(s, self.command, self.path)

    do_GET = do_POST = do_PATCH = do_DELETE = handle_any

    def do(self, kind, name, query):
        s = self.server
        if kind is None:
            return self.refuse(404, "NotFound")
        if self.command == "GET" and query.get("watch"):
            return self.watch(kind, query)
        with s.lock:
            if self.command == "GET" and name is None:
                status, body = self.list(kind, query)
            else:
                status, body = getattr(self, self.command.lower())(kind, name)
        self.answer(status, body)

    def failure(self, status, reason, message="no"):
        return status, {"kind": "Status", "status": "Failure", "code": status, "reason": reason, "message": message}

    def get(self, kind, name):
        o = self.server.objects.get((kind, name))
        return (200, o) if o else self.failure(404, "NotFound")

    def post(self, kind, _):
        s, o = self.server, self.body
        name = o["metadata"]["name"]
        if (kind, name) in s.objects:
            return self.failure(409, "AlreadyExists")
        o["metadata"]["uid"] = "uid-%s-%d" % (name, s.version)
        o["metadata"].setdefault("creationTimestamp", "2026-01-01T00:00:00Z")
        if kind == "pods":
            o["status"] = {"phase": "Pending"}
            s.made.append(name)
            threading.Thread(target=s.run_pod, args=(name, o["metadata"]["uid"]), daemon=True).start()
        s.change(kind, "ADDED", o)
        return 201, o

    def patch(self, kind, name):
        s, patch = self.server, self.body
        old = s.objects.get((kind, name))
        if not old:
            return self.failure(404, "NotFound")
        meta = patch.get("metadata", {})
        if meta.get("resourceVersion", old["metadata"]["resourceVersion"]) != old["metadata"]["resourceVersion"]:
            return self.failure(409, "Conflict")
        if meta.get("uid", old["metadata"]["uid"]) != old["metadata"]["uid"]:
            return self.failure(409, "Conflict")
        new = json.loads(json.dumps(old))
        merge(new, patch)
        s.change(kind, "MODIFIED", new)
        return 200, new

    def delete(self, kind, name):
        s = self.server
        old = s.objects.get((kind, name))
        if not old:
            return self.failure(404, "NotFound")
        only = ((self.body or {}).get("preconditions") or {}).get("uid")
        if only and only != old["metadata"]["uid"]:
            return self.failure(409, "Conflict")
        s.change(kind, "DELETED", json.loads(json.dumps(old)))
        return 200, old

    def list(self, kind, query):
        s = self.server
        items = [o for (k, _), o in sorted(s.objects.items()) if k == kind and self.selected(o, query)]
        first, version = 0, s.version
        if query.get("continue"):
            version, first = (int(x) for x in query["continue"].split(":"))
            if version < s.forgotten:
                return self.failure(410, "Expired")
        limit = int(query.get("limit", 500))
        more = "%d:%d" % (version, first + limit) if first + limit < len(items) else ""
        return 200, {"metadata": {"resourceVersion": str(version), "continue": more}, "items": items[first:first + limit]}

    def selected(self, o, query):
        label, field = query.get("labelSelector"), query.get("fieldSelector")
        for one in label.split(",") if label else []:
            k, v = one.split("=")
            if o["metadata"].get("labels", {}).get(k) != v:
                return False
        return not field or o["metadata"]["name"] == field.split("=")[1]

    def watch(self, kind, query):
        s, at = self.server, int(query["resourceVersion"])
        with s.lock:
            if at < s.forgotten:
                return self.refuse(410, "Expired")
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        s.streams.add(self.connection)
        try:
            while not s.closing:
                with s.lock:
                    if at < s.forgotten:
                        self.piece({"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"}})
                        break
                    due = self.due(kind, at, query)
                    if not due:
                        s.lock.wait(s.bookmarks)
                        due = self.due(kind, at, query)  # a change may come with the end of the wait
                        if at < s.forgotten:
                            continue
                    if not due:
                        at = s.version
                        self.piece({"type": "BOOKMARK", "object": {"kind": "x", "metadata": {"resourceVersion": str(at)}}})
                        continue
                for version, _, change, o in due:
                    self.piece({"type": change, "object": o})
                    at = version
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.close_connection = True
        finally:
            s.streams.discard(self.connection)

    def due(self, kind, at, query):
        return [h for h in self.server.history if h[0] > at and h[1] == kind and self.selected(h[3], query)]

    def piece(self, event):
        """In two chunks, so that lines come in parts."""
        data = json.dumps(event).encode() + b"\n"
        for part in (data[:7], data[7:]):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        self.wfile.flush()
