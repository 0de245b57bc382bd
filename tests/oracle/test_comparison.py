#!/usr/bin/env python3
"""Tests of the comparison itself: a rule hides exactly its difference, and a difference next to it still shows."""
import copy
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import common  # noqa: E402
import pods  # noqa: E402
import rules  # noqa: E402
import values  # noqa: E402
import verdicts  # noqa: E402

PLACE = ("scriptfile=\"/tekton/scripts/script-0-xxxxx\"\ntouch ${scriptfile} && chmod +x ${scriptfile}\n"
         "cat > ${scriptfile} << '_EOF_'\nIyEvYmluL3NoCmVjaG8gaGkK\n_EOF_\n"
         "/tekton/bin/entrypoint decode-script \"${scriptfile}\"\n")


def tekton_pod():
    """A Pod as Tekton builds it: one step with a script."""
    volumes = [{"name": "tekton-internal-" + n, "emptyDir": {}}
               for n in ("workspace", "home", "results", "steps", "artifacts", "scripts", "bin")]
    volumes += [{"name": "tekton-internal-downward", "downwardAPI": {"items": [
        {"path": "ready", "fieldRef": {"fieldPath": "metadata.annotations['tekton.dev/ready']"}}]}},
        {"name": "tekton-creds-init-home-0", "emptyDir": {"medium": "Memory"}},
        {"name": "tekton-internal-run-0", "emptyDir": {}}]
    mounts = [{"name": "tekton-internal-scripts", "readOnly": True, "mountPath": "/tekton/scripts"},
              {"name": "tekton-internal-downward", "readOnly": True, "mountPath": "/tekton/downward"},
              {"name": "tekton-creds-init-home-0", "mountPath": "/tekton/creds"},
              {"name": "tekton-internal-run-0", "mountPath": "/tekton/run/0"},
              {"name": "tekton-internal-bin", "readOnly": True, "mountPath": "/tekton/bin"},
              {"name": "tekton-internal-workspace", "mountPath": "/workspace"},
              {"name": "tekton-internal-home", "mountPath": "/tekton/home"},
              {"name": "tekton-internal-results", "mountPath": "/tekton/results"},
              {"name": "tekton-internal-steps", "readOnly": True, "mountPath": "/tekton/steps"},
              {"name": "tekton-internal-artifacts", "mountPath": "/tekton/artifacts"}]
    return {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "r-pod", "namespace": "default", "labels": {"tekton.dev/taskRun": "r"},
                     "annotations": {"pipeline.tekton.dev/release": "unknown"},
                     "ownerReferences": [{"apiVersion": "tekton.dev/v1", "kind": "TaskRun", "name": "r", "uid": "u",
                                          "controller": True, "blockOwnerDeletion": True}]},
        "spec": {
            "volumes": volumes,
            "initContainers": [
                {"name": "prepare", "image": "entrypoint", "workingDir": "/", "resources": {},
                 "command": ["/ko-app/entrypoint", "init", "/ko-app/entrypoint", "/tekton/bin/entrypoint", "step-a"],
                 "volumeMounts": [{"name": "tekton-internal-bin", "mountPath": "/tekton/bin"},
                                  {"name": "tekton-internal-steps", "mountPath": "/tekton/steps"}]},
                {"name": "place-scripts", "image": "sh", "command": ["sh"], "args": ["-c", PLACE], "resources": {},
                 "volumeMounts": [{"name": "tekton-internal-scripts", "mountPath": "/tekton/scripts"},
                                  {"name": "tekton-internal-bin", "mountPath": "/tekton/bin"}]}],
            "containers": [
                {"name": "step-a", "image": "alpine", "command": ["/tekton/bin/entrypoint"], "resources": {},
                 "args": ["-wait_file", "/tekton/downward/ready", "-wait_file_content", "-post_file",
                          "/tekton/run/0/out", "-termination_path", "/tekton/termination", "-step_metadata_dir",
                          "/tekton/run/0/status", "-entrypoint", "/tekton/scripts/script-0-xxxxx", "--", "x"],
                 "env": [{"name": "A", "value": "1"}], "terminationMessagePath": "/tekton/termination",
                 "volumeMounts": mounts}],
            "restartPolicy": "Never", "serviceAccountName": "default", "activeDeadlineSeconds": 5400},
        "status": {}}


class Values(unittest.TestCase):
    def test_quantities(self):
        for a, b in (("1000m", "1"), (1, "1"), ("1Gi", "1024Mi"), ("1.5", "1500m"), ("1e3", "1k"), (".5", "500m")):
            self.assertEqual(values.quantity(a), values.quantity(b))
        for a, b in (("1G", "1Gi"), ("1m", "1M"), ("1", "2")):
            self.assertNotEqual(values.quantity(a), values.quantity(b))
        self.assertEqual(values.quantity("$(params.cpu)"), "$(params.cpu)")

    def test_absent(self):
        self.assertEqual(values.plain({"a": None, "b": "", "c": [], "resources": {}, "readOnly": False}), {})
        kept = {"emptyDir": {}, "privileged": False, "runAsUser": 0, "labels": {"x": ""}, "args": [""]}
        self.assertEqual(values.plain(kept), kept)

    def test_differences(self):
        self.assertEqual(list(values.differences({"a": [1, 2]}, {"a": [1, 2]})), [])
        self.assertEqual(list(values.differences({"a": 1}, {"b": 1})), [(("a",), 1, None), (("b",), None, 1)])
        a, b = [{"name": "x", "v": 1}, {"name": "y"}], [{"name": "y"}, {"name": "x", "v": 2}]
        self.assertEqual(list(values.differences(a, b)), [(("(order)",), ["x", "y"], ["y", "x"]), (("x", "v"), 1, 2)])
        self.assertEqual(len(list(values.differences({"a": True}, {"a": 1}))), 1)


class Views(unittest.TestCase):
    def test_script_is_decoded(self):
        view = pods.pod_view(tekton_pod())
        self.assertEqual(view["containers"][0]["command"], [{"script": "#!/bin/sh\necho hi\n"}, "x"])
        self.assertNotIn("unread place-scripts", view)

    def test_projected_script_is_the_same(self):
        pod = tekton_pod()
        pod["spec"]["initContainers"] = []
        pod["metadata"]["annotations"]["tektonc.dev/script-0"] = "#!/bin/sh\necho hi\n"
        pod["spec"]["volumes"][5] = {"name": "tektonc-scripts", "downwardAPI": {"defaultMode": 493, "items": [
            {"path": "script-0", "fieldRef": {"fieldPath": "metadata.annotations['tektonc.dev/script-0']"}}]}}
        step = pod["spec"]["containers"][0]
        step["volumeMounts"][0]["name"] = "tektonc-scripts"
        step["args"][step["args"].index("/tekton/scripts/script-0-xxxxx")] = "/tekton/scripts/script-0"
        self.assertEqual(pods.pod_view(pod)["containers"][0]["command"],
                         pods.pod_view(tekton_pod())["containers"][0]["command"])

    def test_flags(self):
        flags, words = pods.take_apart(["-wait_file", "a", "-wait_file_content", "-results", "", "-basic-git=a=b",
                                        "-basic-git=c=d", "-entrypoint", "sh", "--", "--", "-c"])
        self.assertEqual(flags, {"wait_file": "a", "wait_file_content": True, "results": "",
                                 "basic-git": ["a=b", "c=d"], "entrypoint": "sh"})
        self.assertEqual(words, ["--", "-c"])

    def test_every_part_of_a_pod_shows(self):
        """Any change to any scalar of a Pod must come out as a difference (or as a loose end)."""
        base = pods.pod_view(tekton_pod())
        def leaves(v, path=()):
            for k, x in (v.items() if isinstance(v, dict) else enumerate(v)):
                if isinstance(x, (dict, list)):
                    yield from leaves(x, path + (k,))
                else:
                    yield path + (k,)
        pod = tekton_pod()
        unseen = []
        for path in leaves({k: pod[k] for k in ("metadata", "spec")}):
            changed = copy.deepcopy(pod)
            at = changed
            for k in path[:-1]:
                at = at[k]
            at[path[-1]] = 7 if not isinstance(at[path[-1]], str) else at[path[-1]] + "7"
            try:
                view = pods.pod_view(changed)
            except ValueError:
                continue
            if not list(values.differences(view, base)):
                unseen.append(path)
        self.assertEqual(unseen, [])

    def test_loose_ends(self):
        self.assertEqual(list(pods.loose_ends(tekton_pod())), [])
        for change, words in (
                (lambda p: p["spec"]["volumes"].pop(), "unknown volume"),
                (lambda p: p["spec"]["volumes"].append({"name": "tekton-internal-home"}), "two volumes"),
                (lambda p: p["spec"]["initContainers"].pop(), "nowhere"),
                (lambda p: p["spec"]["containers"][0]["volumeMounts"].pop(3), "can't write its post_file"),
                (lambda p: p["spec"]["containers"][0]["volumeMounts"].pop(1), "which nothing mounts"),
                (lambda p: p["spec"]["containers"][0].pop("terminationMessagePath"), "terminationMessagePath")):
            pod = tekton_pod()
            change(pod)
            self.assertTrue(any(words in e for e in pods.loose_ends(pod)), words)


class Places(unittest.TestCase):
    def test_names_field(self):
        fields = verdicts.fields_of(["invalid value: -1 should be >= 0: spec.retries", "expected exactly one: spec.tasks[0].taskRef, spec.tasks[0].taskSpec"])
        self.assertEqual(fields, {"retrie", "taskref", "taskspec"})
        self.assertTrue(verdicts.names_field([{"message": "`retries` must not be negative"}], fields))
        self.assertFalse(verdicts.names_field([{"message": "`steps` is unknown"}], fields))
        self.assertEqual(verdicts.fields_of(["twice: spec.params[a].name"]), {"name", "param"})


class Documented(unittest.TestCase):
    def test_every_rule_is_in_the_docs(self):
        with open(os.path.join(common.TOP, "docs", "differences.md"), encoding="utf-8") as f:
            rows = [line.split("|") for line in f if line.startswith("|")]
        named = {n for row in rows[2:] for n in re.findall(r"`([a-z\-]+)`", row[3])}
        self.assertEqual(named, {r.name for r in rules.ALL})


def main():
    result = unittest.TextTestRunner(verbosity=1).run(unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__]))
    bad = len(result.failures) + len(result.errors)
    return common.tally("comparison", result.testsRun - bad - len(result.skipped), bad, len(result.skipped))


if __name__ == "__main__":
    sys.exit(main())
