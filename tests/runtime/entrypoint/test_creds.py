"""Credentials (facts 5): files below /tekton/creds and their copies in HOME."""
import base64
import json
import os

from sandbox import Pod


class Creds(Pod):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("/tekton/creds"))

    def secret(self, name, **keys):
        for key, value in keys.items():
            self.put(f"/tekton/creds-secrets/{name}/{key.replace('__', '.').replace('_', '-') if key != 'known_hosts' else key}", value)

    def basic(self, name, user="user", password="pass"):
        self.secret(name, username=user, password=password)

    def go(self, *flags, home="/workspace/home"):
        self.step(*flags, command=["true"], env={"HOME": home} if home else {})
        self.assertEqual(self.code, 0, self.err)

    def creds(self, name):
        self.assertEqual(os.stat(self.path("/tekton/creds/" + name)).st_mode & 0o777, 0o600)
        copy = self.path("/workspace/home/" + name)
        self.assertEqual(open(copy, "rb").read(), self.get("/tekton/creds/" + name))
        self.assertEqual(os.stat(copy).st_mode & 0o777, 0o600)
        return self.get("/tekton/creds/" + name).decode()

    def test_nothing(self):
        self.go()
        self.assertEqual(os.listdir(self.path("/tekton/creds")), [])
        self.assertEqual(self.err, b"")

    def test_docker_basic(self):
        self.basic("s", "me", "p<w")
        self.go("-basic-docker=s=https://index.docker.io/v1/")
        auth = base64.b64encode(b"me:p<w").decode()
        self.assertEqual(self.creds(".docker/config.json"),
                         '{"auths":{"https://index.docker.io/v1/":{"username":"me","password":"p\\u003cw","auth":"%s","email":"not@val.id"}}}' % auth)
        self.assertEqual(os.stat(self.path("/workspace/home/.docker")).st_mode & 0o777, 0o700)

    def test_docker_merge(self):
        self.basic("b")
        self.put("/tekton/creds-secrets/old/.dockercfg", json.dumps({"z": {"auth": "1"}, "a": {"auth": "2", "email": "e"}, "x": None}))
        self.put("/tekton/creds-secrets/new/.dockerconfigjson",
                 json.dumps({"auths": {"a": {"username": "u", "auth": "3"}, "b": {"auth": "4", "identitytoken": "t"}}, "credsStore": "x"}))
        self.go("-docker-config=new", "-basic-docker=b=b", "-docker-cfg=old")
        self.assertEqual(self.creds(".docker/config.json"),
                         '{"auths":{"a":{"username":"u","auth":"3"},'
                         '"b":{"username":"user","password":"pass","auth":"dXNlcjpwYXNz","email":"not@val.id"},"x":{"auth":""},"z":{"auth":"1"}}}')

    def test_docker_bad_file_is_only_logged(self):
        for content in ("x", '{"auths":1}', '{"auths":{"a":{"auth":1}}}'):
            self.put("/tekton/creds-secrets/new/.dockerconfigjson", content)
            self.go("-docker-config=new")
            self.assertIn(b"Error initializing credentials", self.err)
            self.assertFalse(self.exists("/tekton/creds/.docker/config.json"))

    def test_docker_no_entries(self):
        self.put("/tekton/creds-secrets/new/.dockerconfigjson", "{}")
        self.go("-docker-config=new")
        self.assertFalse(self.exists("/tekton/creds/.docker"))

    def test_same_url_twice(self):
        self.basic("a")
        self.basic("b")
        for flag in ("-basic-docker", "-basic-git"):
            self.run_raw("-post_file", "/tekton/p", flag + "=a=u", flag + "=b=u", "-entrypoint", "true")
            self.assertEqual(self.code, 2)
            self.assertTrue(self.exists("/tekton/p.err"))

    def test_git_basic(self):
        self.basic("a", "us\\er", "p w/@:%+")
        self.basic("b", "x", "y")
        self.go("-basic-git=a=https://github.com/org/repo", "-basic-git=b=https://gitlab.com", "-basic-git", "b=http://host:8080/")
        self.assertEqual(self.creds(".gitconfig"),
                         '[credential]\n\thelper = store\n'
                         '[credential "https://github.com/org/repo"]\n\tusername = us\\\\er\n\tuseHttpPath = true\n'
                         '[credential "https://gitlab.com"]\n\tusername = x\n'
                         '[credential "http://host:8080/"]\n\tusername = x\n')
        self.assertEqual(self.creds(".git-credentials"),
                         'https://x:y@gitlab.com\nhttp://x:y@host:8080/\nhttps://us%5Cer:p%20w%2F%40%3A%25+@github.com/org/repo\n')

    def test_git_user_in_url(self):
        self.basic("a", "u", "p")
        self.go("-basic-git=a=https://old:pw@github.com/x")
        self.assertEqual(self.creds(".git-credentials"), "https://u:p@github.com/x\n")

    def test_git_without_scheme(self):
        self.basic("a", "u", "p")
        self.go("-basic-git=a=github.com")
        self.assertEqual(self.creds(".git-credentials"), "//u:p@github.com\n")
        self.assertIn("useHttpPath = true", self.creds(".gitconfig"))

    def test_ssh(self):
        self.secret("k1", ssh_privatekey="KEY1", known_hosts="h1")
        self.secret("k2", ssh_privatekey="KEY2")
        self.secret("k3", ssh_privatekey="KEY3", known_hosts="h3\n")
        self.go("-ssh-git=k1=github.com/org/repo", "-ssh-git=k2=github.com", "-ssh-git=k3=host:2222", "-ssh-git=k1=github.com", "-ssh-git=k3=host:2222/a/b/c")
        self.assertEqual(self.creds(".ssh/config"),
                         "Host github.com\n    HostName github.com\n    Port 22\n"
                         "    IdentityFile /tekton/creds/.ssh/id_k2\n    IdentityFile /tekton/creds/.ssh/id_k1\n"
                         "Host host\n    HostName host\n    Port 2222\n    IdentityFile /tekton/creds/.ssh/id_k3\n"
                         "Host github.com--org--repo\n    HostName github.com\n    Port 22\n    IdentityFile /tekton/creds/.ssh/id_k1\n"
                         "Host host--a--b--c\n    HostName host\n    Port 2222\n    IdentityFile /tekton/creds/.ssh/id_k3\n")
        self.assertEqual(self.creds(".ssh/known_hosts"), "h1\nh3\n\nh1\nh3\n")
        self.assertEqual([self.creds(".ssh/id_k%d" % i) for i in (1, 2, 3)], ["KEY1", "KEY2", "KEY3"])
        self.assertEqual(self.creds(".gitconfig"),
                         '[url "git@github.com--org--repo:org/repo.git"]\n\tinsteadOf = git@github.com:org/repo.git\n'
                         '[url "ssh://github.com--org--repo/org/repo.git"]\n\tinsteadOf = ssh://github.com/org/repo.git\n'
                         '[url "git@host--a--b--c:a/b/c.git"]\n\tinsteadOf = git@host:a/b/c.git\n'
                         '[url "ssh://host--a--b--c/a/b/c.git"]\n\tinsteadOf = ssh://host:2222/a/b/c.git\n')

    def test_ssh_addresses(self):
        self.secret("k", ssh_privatekey="K")
        for value, host, port in (("[::1]:22", "::1", "22"), ("::1", "::1", "22"), ("[::1]", "[::1]", "22"), ("h:", "h", "")):
            self.go("-ssh-git=k=" + value)
            self.assertIn(f"HostName {host}\n    Port {port}\n", self.creds(".ssh/config"))

    def test_ssh_after_basic_shares_the_file(self):
        self.basic("a", "u", "p")
        self.secret("k", ssh_privatekey="K")
        self.go("-basic-git=a=https://x", "-ssh-git=k=h/p")
        text = self.creds(".gitconfig")
        self.assertTrue(text.startswith("[credential]"))
        self.assertIn('[url "git@h--p:p.git"]', text)

    def test_directory_is_made(self):
        os.rmdir(self.path("/tekton/creds"))
        self.basic("a", "u", "p")
        self.go("-basic-git=a=https://x")
        self.assertTrue(self.exists("/workspace/home/.git-credentials"))

    def test_other_content_is_copied_too(self):
        self.put("/tekton/creds/.ssh/deep/er/file", "content")
        os.symlink("deep/er/file", self.path("/tekton/creds/.ssh/link"))
        self.put("/tekton/creds/.other", "no")
        self.go()
        self.assertEqual(self.get("/workspace/home/.ssh/deep/er/file"), b"content")
        self.assertEqual(self.get("/workspace/home/.ssh/link"), b"content")
        self.assertFalse(os.path.islink(self.path("/workspace/home/.ssh/link")))
        self.assertFalse(self.exists("/workspace/home/.other"))

    def test_many_files(self):
        for i in range(100):
            self.put(f"/tekton/creds/.ssh/id_{i:03}", str(i))
        self.go()
        self.assertEqual(len(os.listdir(self.path("/workspace/home/.ssh"))), 100)

    def test_home_is_creds(self):
        self.basic("a", "u", "p")
        self.go("-basic-git=a=https://x", home="/tekton/creds")
        self.assertEqual(self.get("/tekton/creds/.git-credentials"), b"https://u:p@x\n")

    def test_no_home(self):
        self.basic("a", "u", "p")
        self.go("-basic-git=a=https://x", home=None)
        self.assertIn(b"HOME", self.err)

    def test_unwritable_home_is_only_logged(self):
        self.basic("a", "u", "p")
        self.go("-basic-git=a=https://x", home="/proc")
        self.assertIn(b"warning", self.err)
