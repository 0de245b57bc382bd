"""Podman's service in namespaces and a root of its own, with local images: nothing of it remains, and no registry is asked.

    with service.Service() as s:   # raises Skip(why) where it can't run
        s.image("busybox", ...)
        subprocess.run(..., env=s.env())

$TEKTONC_TEST_DOCKER_HOST: another service (a real Docker, say) instead; it gets the images, and keeps them."""
import base64
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import tarfile
import tempfile
import time
import urllib.parse
from http import client as http

BUSYBOX = "/bin/busybox"
CACHED = os.path.join(os.environ.get("MINICLUSTER_DIR", os.path.expanduser("~/.cache/minicluster")), "images", "rootfs")
# tmpfs over what podman and CNI keep outside of their root; lo, so that services can be reached inside.
INSIDE = """
mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /dev/shm && mkdir -p /var/lib/cni && mount -t tmpfs tmpfs /var/lib/cni
mkdir -p /run/lock /run/netns; ip link set lo up
"$@" &
wait
"""


class Skip(Exception):
    pass


class Connection(http.HTTPConnection):
    def __init__(self, path):
        super().__init__("d", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(self.path)


def busybox_root(folder):
    """A root file system of busybox alone."""
    for name in ("bin", "dev", "etc", "home", "proc", "root", "sys", "tmp", "usr/bin", "var", "sbin"):
        os.makedirs(os.path.join(folder, name), exist_ok=True)
    os.chmod(os.path.join(folder, "tmp"), 0o1777)
    shutil.copy(BUSYBOX, os.path.join(folder, "bin", "busybox"))
    for applet in subprocess.run([BUSYBOX, "--list"], capture_output=True, text=True, check=True).stdout.split():
        path = os.path.join(folder, "bin", applet)
        if not os.path.lexists(path):
            os.symlink("busybox", path)
    with open(os.path.join(folder, "etc", "passwd"), "w") as f:
        f.write("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n")
    with open(os.path.join(folder, "etc", "group"), "w") as f:
        f.write("root:x:0:\nnogroup:x:65534:\n")


def limits():
    """Podman asks for more than a process without CAP_SYS_RESOURCE may have."""
    def least(kind, most):
        hard = resource.getrlimit(kind)[1]
        return most if hard == resource.RLIM_INFINITY else min(hard, most)
    with open("/proc/sys/kernel/pid_max") as f:
        processes = least(resource.RLIMIT_NPROC, min(32768, int(f.read())))
    return 'default_ulimits = ["nofile=%d:%d", "nproc=%d:%d"]\n' % ((least(resource.RLIMIT_NOFILE, 16384),) * 2 + (processes,) * 2)


class Service:
    def __init__(self):
        self.root = tempfile.mkdtemp(prefix="tektonc-docker-")
        self.socket = os.path.join(self.root, "podman.sock")
        self.host = os.environ.get("TEKTONC_TEST_DOCKER_HOST", "unix://" + self.socket)
        self.own = "TEKTONC_TEST_DOCKER_HOST" not in os.environ
        self.process = None

    def podman(self):
        return ["podman", "--root", self.root + "/root", "--runroot", self.root + "/run", "--tmpdir", self.root + "/tmp", "--cgroup-manager", "cgroupfs",
                "--events-backend", "file"]

    def __enter__(self):
        try:
            if self.own:
                self.start()
            elif self.host.startswith("unix://"):
                self.socket = self.host[7:]
                self.busybox()
            return self
        except BaseException:
            self.__exit__()
            raise

    def start(self):
        for program in ("podman", "unshare", "ip", BUSYBOX):
            if not shutil.which(program):
                raise Skip("%s is missing" % program)
        if os.geteuid() != 0:
            raise Skip("needs root")
        conf = self.root + "/containers.conf"
        with open(conf, "w") as f:
            f.write("[containers]\n" + limits() + '[network]\nnetwork_config_dir = "%s/net"\n' % self.root)
        self.log = open(self.root + "/log", "w")
        self.process = subprocess.Popen(["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", "-c", INSIDE, "inside"] + self.podman() +
                                        ["system", "service", "--time=0", "unix://" + self.socket], stdout=self.log, stderr=self.log, start_new_session=True,
                                        env=dict(os.environ, CONTAINERS_CONF=conf))
        end = time.monotonic() + 20
        while time.monotonic() < end and self.process.poll() is None:
            try:
                self.ask("GET", "/_ping")
                break
            except OSError:
                time.sleep(0.05)
        else:
            raise Skip("podman's service does not begin: " + self.story())
        self.busybox()
        why = self.trial()
        if why:
            raise Skip("podman can't run a container here: " + why)

    def story(self):
        with open(self.root + "/log") as f:
            return f.read()[-2000:]

    def ask(self, method, path, body=None, type_="application/json"):
        c = Connection(self.socket)
        data = body if isinstance(body, (bytes, type(None))) or hasattr(body, "read") else json.dumps(body).encode()
        c.request(method, "/v1.40" + path, data, {"Content-Type": type_} if data is not None else {}, encode_chunked=False)
        answer = c.getresponse()
        text = answer.read()
        c.close()
        try:
            return answer.status, json.loads(text)
        except ValueError:
            return answer.status, text.decode(errors="replace")

    def image(self, name, root, entrypoint=None, cmd=None, user=None):
        """Of a folder."""
        changes = [("changes", 'ENTRYPOINT %s' % json.dumps(entrypoint))] if entrypoint else []
        changes += [("changes", "CMD %s" % json.dumps(cmd))] if cmd else []
        changes += [("changes", "USER %s" % user)] if user else []
        repo, tag = name.rsplit(":", 1) if ":" in name.rsplit("/", 1)[-1] else (name, "latest")
        with tempfile.TemporaryFile() as f:
            with tarfile.open(fileobj=f, mode="w") as tar:
                tar.add(root, arcname=".")
            f.seek(0, 2)
            size = f.tell()
            f.seek(0)
            c = Connection(self.socket)
            # Podman takes no notice of "tag" here, Docker wants it.
            named = [("repo", "%s:%s" % (repo, tag))] if self.own else [("repo", repo), ("tag", tag)]
            query = urllib.parse.urlencode([("fromSrc", "-")] + named + changes)
            c.request("POST", "/v1.40/images/create?" + query, f, {"Content-Type": "application/x-tar", "Content-Length": str(size)})
            answer = c.getresponse()
            text = answer.read().decode(errors="replace")
            c.close()
        if answer.status != 200 or '"error"' in text:
            raise Skip("the image %s can't be made: %s" % (name, text))

    def variant(self, name, of, entrypoint=None, cmd=None):
        """The same files with another command."""
        status, made = self.ask("POST", "/containers/create", {"Image": of, "Cmd": ["true"]})
        changes = ["ENTRYPOINT %s" % json.dumps(entrypoint or []), "CMD %s" % json.dumps(cmd or [])]
        repo, tag = name.rsplit(":", 1)
        query = [("container", made["Id"]), ("repo", repo), ("tag", tag)] + [("changes", c) for c in changes]
        status, text = self.ask("POST", "/commit?" + urllib.parse.urlencode(query), {})
        self.ask("DELETE", "/containers/%s?force=1" % made["Id"])
        if status != 201:
            raise Skip("the image %s can't be made: %s" % (name, text))

    def tag(self, name, other):
        repo, tag = other.rsplit(":", 1)
        status, text = self.ask("POST", "/images/%s/tag?%s" % (name, urllib.parse.urlencode({"repo": repo, "tag": tag})))
        if status != 201:
            raise Skip("tag %s: %s" % (other, text))

    def alias(self, name, digested):
        """Another name with a digest that is not the image's: in the files of the storage, for who looks it up by name."""
        if not self.own:
            return
        digest, folder = digested.split("@")[1], self.root + "/root/overlay-images/"
        with open(folder + "images.json") as f:
            images = json.load(f)
        for image in images:
            if name in image.get("names", []):
                key = "manifest-" + digest
                image["names"].append(digested)
                image["big-data-names"].append(key)
                image["big-data-sizes"][key] = image["big-data-sizes"]["manifest"]
                image["big-data-digests"][key] = digest
                shutil.copy(folder + image["id"] + "/manifest", folder + image["id"] + "/=" + base64.b64encode(key.encode()).decode())
        with open(folder + "images.json", "w") as f:
            json.dump(images, f)
        with open(folder + "images.lock", "w") as f:
            f.write("changed by a test")

    def busybox(self):
        with tempfile.TemporaryDirectory() as folder:
            busybox_root(folder)
            self.image("docker.io/library/busybox:latest", folder, cmd=["sh"])
            self.image("docker.io/library/shell:1", folder, ["/bin/sh"], ["-c", "echo from the image"])
            self.image("docker.io/library/nobody:1", folder, cmd=["id"], user="65534:65534")

    def trial(self):
        status, made = self.ask("POST", "/containers/create", {"Image": "busybox", "Cmd": ["true"]})
        if status != 201:
            return str(made)
        status, why = self.ask("POST", "/containers/%s/start" % made["Id"])
        self.ask("DELETE", "/containers/%s?force=1" % made["Id"])
        return None if status == 204 else str(why)

    def tells_of_memory(self):
        """Whether it sees that a container was killed for its memory; Podman on cgroups of version 1 does not."""
        if not hasattr(self, "memory_told"):
            made = self.ask("POST", "/containers/create", {"Image": "busybox", "Cmd": ["tail", "-c", "190000000", "/dev/zero"], "HostConfig": {"Memory": 16 << 20}})[1]["Id"]
            self.ask("POST", "/containers/%s/start" % made)
            self.ask("POST", "/containers/%s/wait" % made)
            self.memory_told = self.ask("GET", "/containers/%s/json" % made)[1]["State"]["OOMKilled"]
            self.ask("DELETE", "/containers/%s?force=1" % made)
        return self.memory_told

    def env(self, **more):
        return dict(os.environ, DOCKER_HOST=self.host, DOCKER_CONFIG=self.root + "/nothing", **more)

    def left(self):
        """Names of all containers, and of volumes that belong to a run; claims by name live on."""
        containers = [c["Names"][0] for c in self.ask("GET", "/containers/json?all=1")[1]]
        volumes = [v["Name"] for v in self.ask("GET", "/volumes")[1].get("Volumes") or [] if "tektonc.dev/run-uid" in (v["Labels"] or {})]
        return containers, volumes

    def __exit__(self, *_):
        if self.process:
            if self.process.poll() is None:
                self.process.send_signal(signal.SIGKILL)  # --kill-child: all of its namespace
                self.process.wait()
            self.log.close()
            end = time.monotonic() + 10
            while time.monotonic() < end and self.root in open("/proc/mounts").read():
                time.sleep(0.1)
        shutil.rmtree(self.root, ignore_errors=True)
