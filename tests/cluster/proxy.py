"""Stands between a controller and the API server, so that the controller can be killed at any request.

`gate(method, path, body, status)` is asked before a request is passed on (status 0) and when it was carried out, before it is
answered; when it says True the connection is dropped. The server behind is that of `kubectl proxy`."""
import http.client
import http.server
import threading


class Proxy(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port, gate):
        super().__init__(("127.0.0.1", 0), Handler)
        self.behind, self.gate = port, gate
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True).start()

    def handle_error(self, request, client):
        pass  # the controller was killed

    def stop(self):
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *args):
        pass

    def pass_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
        if self.server.gate(self.command, self.path, body, 0):
            self.close_connection = True
            return
        behind = http.client.HTTPConnection("127.0.0.1", self.server.behind)
        try:
            behind.request(self.command, self.path, body, {k: v for k, v in self.headers.items() if k in ("Content-Type", "Accept")})
            answer = behind.getresponse()
            if "watch=1" in self.path and answer.status == 200:
                self.stream(answer)
                return
            data = answer.read()
        except OSError:
            self.close_connection = True
            return
        finally:
            behind.close()
        if self.server.gate(self.command, self.path, body, answer.status):
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name in ("Content-Type", "Retry-After"):
            if answer.headers.get(name):
                self.send_header(name, answer.headers[name])
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def stream(self, answer):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while True:
            piece = answer.read1(65536)
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            if not piece:
                return

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = pass_on
