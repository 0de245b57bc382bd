#!/usr/bin/env python3
"""Tests of the comparison itself: a rule hides exactly its difference, and a difference next to it still shows."""
import copy
import json
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import common  # noqa: E402
import fill  # noqa: E402
import pods  # noqa: E402
import rules  # noqa: E402
import values  # noqa: E402
import verdicts  # noqa: E402

PLACE = ("scriptfile=\"/tekton/scripts/script-0-xxxxx\"\ntouch ${scriptfile} && chmod +x ${scriptfile}\n"
         "cat > ${scriptfile} << '_EOF_'\nIyEvYmluL3NoCmVjaG8gaGkK\n_EOF_\n"
         "/tekton/bin/entrypoint decode-script \"${scriptfile}\"\n")
UID = "00000000-0000-4000-8000-000000000001"
ASSISTANT = "affinity-assistant-1234567890"


def empty(name):
    return {"name": "tekton-internal-" + name, "emptyDir": {}}


def from_annotation(path, key):
    return {"path": path, "fieldRef": {"fieldPath": "metadata.annotations['%s']" % key}}


def affinity(labels):
    return {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
        {"labelSelector": {"matchLabels": labels}, "topologyKey": "kubernetes.io/hostname"}]}}


def step(n, name, image, words, steps_read_only=True):
    """A step's container of a Pod of two steps; the first has a script."""
    wait = ["-wait_file", "/tekton/run/%d/out" % (n - 1)] if n else [
        "-wait_file", "/tekton/downward/ready", "-wait_file_content"]
    mounts = [{"name": "ws-1bcf2", "mountPath": "/workspace/source", "subPath": "a"}]
    if n == 0:
        mounts += [{"name": "tekton-internal-scripts", "readOnly": True, "mountPath": "/tekton/scripts"},
                   {"name": "tekton-internal-downward", "readOnly": True, "mountPath": "/tekton/downward"}]
    mounts += [{"name": "tekton-creds-init-home-%d" % n, "mountPath": "/tekton/creds"}]
    for i in (0, 1):
        mounts.append({"name": "tekton-internal-run-%d" % i, "mountPath": "/tekton/run/%d" % i})
        if i != n:
            mounts[-1]["readOnly"] = True
    mounts += [{"name": "tekton-internal-bin", "readOnly": True, "mountPath": "/tekton/bin"},
               {"name": "tekton-internal-workspace", "mountPath": "/workspace"},
               {"name": "tekton-internal-home", "mountPath": "/tekton/home"},
               {"name": "tekton-internal-results", "mountPath": "/tekton/results"},
               {"name": "tekton-internal-steps", "mountPath": "/tekton/steps"},
               {"name": "tekton-internal-artifacts", "mountPath": "/tekton/artifacts"}]
    if steps_read_only:
        mounts[-2]["readOnly"] = True
    return {"name": name, "image": image, "command": ["/tekton/bin/entrypoint"], "resources": {},
            "args": wait + ["-post_file", "/tekton/run/%d/out" % n, "-termination_path", "/tekton/termination",
                            "-step_metadata_dir", "/tekton/run/%d/status" % n, "-timeout", "1m0s",
                            "-results", "r"] + words,
            "env": [{"name": "A", "value": "1"}], "terminationMessagePath": "/tekton/termination",
            "workingDir": "/workspace/source/sub", "volumeMounts": mounts}


def tail_volumes():
    return [{"name": "tekton-creds-init-home-0", "emptyDir": {"medium": "Memory"}}, empty("run-0"),
            {"name": "tekton-creds-init-home-1", "emptyDir": {"medium": "Memory"}}, empty("run-1"),
            {"name": "ws-1bcf2", "persistentVolumeClaim": {"claimName": "pvc-1"}}]


def tekton_pod():
    """A Pod as Tekton builds it: a script, an image without command, a working directory, a shared claim."""
    volumes = [empty(n) for n in ("workspace", "home", "results", "steps", "artifacts", "scripts", "bin")]
    volumes += [{"name": "tekton-internal-downward", "downwardAPI": {
        "items": [from_annotation("ready", "tekton.dev/ready")]}}] + tail_volumes()
    platform = {"name": "TEKTON_PLATFORM_COMMANDS", "value": '{"linux/amd64":["/image-entrypoint"]}'}
    found = step(1, "step-b", "index.docker.io/library/busybox@sha256:" + 64 * "0", ["--", "y"])
    found["env"].append(platform)
    return {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "r-pod", "namespace": "default",
                     "labels": {"tekton.dev/taskRun": "r", "tekton.dev/pipelineRunUID": UID},
                     "annotations": {"pipeline.tekton.dev/release": "unknown",
                                     "pipeline.tekton.dev/affinity-assistant": ASSISTANT},
                     "ownerReferences": [{"apiVersion": "tekton.dev/v1", "kind": "TaskRun", "name": "r", "uid": UID,
                                          "controller": True, "blockOwnerDeletion": True}]},
        "spec": {
            "volumes": volumes,
            "initContainers": [
                {"name": "prepare", "image": "entrypoint", "workingDir": "/", "resources": {},
                 "command": ["/ko-app/entrypoint", "init", "/ko-app/entrypoint", "/tekton/bin/entrypoint",
                             "step-a", "step-b"],
                 "volumeMounts": [{"name": "tekton-internal-bin", "mountPath": "/tekton/bin"},
                                  {"name": "tekton-internal-steps", "mountPath": "/tekton/steps"}]},
                {"name": "place-scripts", "image": "sh", "command": ["sh"], "args": ["-c", PLACE], "resources": {},
                 "volumeMounts": [{"name": "tekton-internal-scripts", "mountPath": "/tekton/scripts"},
                                  {"name": "tekton-internal-bin", "mountPath": "/tekton/bin"}]},
                {"name": "working-dir-initializer", "image": "wd", "command": ["/ko-app/workingdirinit"],
                 "args": ["/workspace/source/sub", "/workspace/source/sub"], "workingDir": "/workspace"}],
            "containers": [
                step(0, "step-a", "alpine", ["-entrypoint", "/tekton/scripts/script-0-xxxxx", "--", "$(params.a[*])"]),
                found],
            "affinity": affinity({"app.kubernetes.io/component": "affinity-assistant",
                                  "app.kubernetes.io/instance": ASSISTANT}),
            "restartPolicy": "Never", "serviceAccountName": "default", "activeDeadlineSeconds": 5400},
        "status": {}}


def our_pod():
    """The same Pod as tektonc builds it."""
    volumes = [{"name": "tekton-internal-bin", "configMap": {"name": "tektonc-entrypoint", "defaultMode": 0o555}}]
    volumes += [empty(n) for n in ("workspace", "home", "results", "steps", "artifacts")]
    volumes += [{"name": "tekton-internal-scripts", "downwardAPI": {
        "defaultMode": 0o755, "items": [from_annotation("script-0", "tektonc.dev/script-0")]}},
        {"name": "tekton-internal-downward", "downwardAPI": {
            "items": [from_annotation("ready", "tekton.dev/ready"), from_annotation("steps", "tektonc.dev/steps")]}}]
    return {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "r-pod", "namespace": "default",
                     "labels": {"tekton.dev/taskRun": "r", "tekton.dev/pipelineRunUID": UID,
                                "tektonc.dev/claim": "pvc-1"},
                     "annotations": {"tekton.dev/ready": "READY", "tektonc.dev/steps": "step-a step-b",
                                     "tektonc.dev/script-0": "#!/bin/sh\necho hi\n"}},
        "spec": {
            "volumes": volumes + tail_volumes(),
            "containers": [
                step(0, "step-a", "alpine", ["-entrypoint", "/tekton/scripts/script-0", "--",
                                             "$(tasks.t.results.a[*])"], steps_read_only=False),
                step(1, "step-b", "busybox:1", ["-entrypoint", "/image-entrypoint", "--", "y"])],
            "affinity": affinity({"tekton.dev/pipelineRunUID": UID, "tektonc.dev/claim": "pvc-1"}),
            "restartPolicy": "Never", "serviceAccountName": "default", "activeDeadlineSeconds": 5400}}


def leaves(v, path=()):
    for k, x in (v.items() if isinstance(v, dict) else enumerate(v)):
        if isinstance(x, (dict, list)):
            yield from leaves(x, path + (k,))
        else:
            yield path + (k,)


def changed(pod, path):
    """The Pod with one scalar made another."""
    pod = copy.deepcopy(pod)
    at = pod
    for k in path[:-1]:
        at = at[k]
    old = at[path[-1]]
    at[path[-1]] = (not old) if isinstance(old, bool) else old + 7 if isinstance(old, int) else old + "7"
    return pod


def compared(ours, theirs):
    """What is left after the rules: differences, and loose ends of ours."""
    a, b = pods.pod_view(ours), pods.pod_view(theirs)
    hid = rules.apply("pod", a, b)
    return list(values.differences(a, b)) + list(pods.loose_ends(ours)), hid


def shows(ours, theirs):
    """Is there a difference? A text that can't be read any more (base64, JSON) is one."""
    try:
        return bool(compared(ours, theirs)[0])
    except ValueError:
        return True


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
        self.assertEqual(view["containers"][0]["command"], [{"script": "#!/bin/sh\necho hi\n"}, "$(params.a[*])"])
        self.assertNotIn("unread place-scripts", view)

    def test_projected_script_is_the_same(self):
        self.assertEqual(pods.pod_view(our_pod())["containers"][0]["command"][0], {"script": "#!/bin/sh\necho hi\n"})

    def test_flags(self):
        flags, words = pods.take_apart(["-wait_file", "a", "-wait_file_content", "-results", "", "-basic-git=a=b",
                                        "-basic-git=c=d", "-entrypoint", "sh", "--", "--", "-c"])
        self.assertEqual(flags, {"wait_file": "a", "wait_file_content": True, "results": "",
                                 "basic-git": ["a=b", "c=d"], "entrypoint": "sh"})
        self.assertEqual(words, ["--", "-c"])

    def test_every_part_of_a_pod_shows(self):
        """Any change to any scalar of a Pod must come out as a difference (or as a loose end)."""
        base = pods.pod_view(tekton_pod())
        pod = tekton_pod()
        unseen = []
        for path in leaves({k: pod[k] for k in ("metadata", "spec")}):
            try:
                view = pods.pod_view(changed(pod, path))
            except ValueError:  # no base64, no JSON
                continue
            if not list(values.differences(view, base)):
                unseen.append(path)
        self.assertEqual(unseen, [])

    def test_loose_ends(self):
        self.assertEqual(list(pods.loose_ends(tekton_pod())), [])
        for change, words in (
                (lambda p: p["spec"]["volumes"].pop(), "unknown volume"),
                (lambda p: p["spec"]["volumes"].append({"name": "tekton-internal-home"}), "two volumes"),
                (lambda p: p["spec"]["initContainers"].pop(1), "nowhere"),
                (lambda p: p["spec"]["containers"][0]["volumeMounts"].pop(4), "can't write its post_file"),
                (lambda p: p["spec"]["containers"][0]["volumeMounts"].pop(2), "which nothing mounts"),
                (lambda p: p["spec"]["containers"].pop(0), "which nothing writes"),
                (lambda p: p["spec"]["containers"][0].pop("terminationMessagePath"), "terminationMessagePath")):
            pod = tekton_pod()
            change(pod)
            self.assertTrue(any(words in e for e in pods.loose_ends(pod)), words)


class Rules(unittest.TestCase):
    def test_the_deliberate_differences_are_hidden(self):
        left, hid = compared(our_pod(), tekton_pod())
        self.assertEqual(left, [])
        self.assertEqual(hid, {r.name for r in rules.ALL if r.level == "pod"} - {"assistant-repels", "own-init-containers", "deadline-in-range", "step-cel"})

    def test_and_nothing_beside_them(self):
        """Any other scalar in our Pod shows, whatever the rules take away."""
        ours, theirs = our_pod(), tekton_pod()
        unseen = {path for path in leaves({k: ours[k] for k in ("metadata", "spec")})
                  if not shows(changed(ours, path), theirs)}
        # another ConfigMap whose name begins the same; another array of results; the tag that the lookup does away with
        self.assertEqual(unseen, {("spec", "volumes", 0, "configMap", "name"), ("spec", "containers", 1, "image")})

    def test_nor_anything_of_tekton_s(self):
        """Any scalar of Tekton's Pod changed shows, but in what its own init containers are made of."""
        ours, theirs = our_pod(), tekton_pod()
        unseen = {path for path in leaves({k: theirs[k] for k in ("metadata", "spec")})
                  if not shows(ours, changed(theirs, path))}
        own = {p for p in unseen if p[1] == "initContainers" and p[3] in ("image", "volumeMounts", "workingDir")}
        owner = {p for p in unseen if p[:2] == ("metadata", "ownerReferences") and p[3] != "kind"}
        # the same directory named twice; where the first step may write, as ours may
        self.assertEqual(unseen - own - owner, {("spec", "containers", 0, "volumeMounts", 10, "readOnly")})

    def test_missing_parts_show(self):
        """What is taken out of our Pod whole shows as well."""
        def no_claim_affinity(p): del p["spec"]["affinity"]
        def no_label(p): del p["metadata"]["labels"]["tektonc.dev/claim"]
        def no_script(p): del p["metadata"]["annotations"]["tektonc.dev/script-0"]
        def no_ready(p): del p["metadata"]["annotations"]["tekton.dev/ready"]
        def no_steps(p): p["spec"]["volumes"][7]["downwardAPI"]["items"].pop()
        def no_working_dir(p): del p["spec"]["containers"][0]["workingDir"]
        def sidecar(p): p["spec"]["containers"].append({"name": "sidecar-x", "image": "i"})
        def init(p): p["spec"]["initContainers"] = [{"name": "prepare", "image": "i"}]
        def owner(p): p["metadata"]["ownerReferences"] = [{"kind": "Job"}]
        for break_ in (no_claim_affinity, no_label, no_script, no_steps, no_working_dir, sidecar, init, owner):
            pod = our_pod()
            break_(pod)
            self.assertTrue(compared(pod, tekton_pod())[0], break_.__name__)
        # with a sidecar the first step must wait
        ours, theirs = our_pod(), tekton_pod()
        sidecar(ours)
        sidecar(theirs)
        self.assertTrue(compared(ours, theirs)[0])
        no_ready(ours)
        self.assertEqual(compared(ours, theirs)[0], [])

    def test_own_init_containers(self):
        """The classic way: the same three init containers, each checked in every part."""
        none = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
        def init(name, words, mounts):
            return {"name": name, "image": rules.RUNTIME_IMAGE, "command": ["/tektonc/entrypoint"] + words,
                    "securityContext": none, "volumeMounts": [{"name": n, "mountPath": p} for n, p in mounts]}
        ours, theirs = our_pod(), tekton_pod()
        for name in ("bin", "scripts"):
            ours["spec"]["volumes"] = [v for v in ours["spec"]["volumes"] if v["name"] != "tekton-internal-" + name]
            ours["spec"]["volumes"].append(empty(name))
        ours["spec"]["volumes"][5]["downwardAPI"]["items"].pop()
        ours["spec"]["containers"][0]["volumeMounts"][-2]["readOnly"] = True
        ours["spec"]["initContainers"] = [
            init("prepare", ["init", "/tektonc/entrypoint", "/tekton/bin/entrypoint", "step-a", "step-b"],
                 [("tekton-internal-bin", "/tekton/bin"), ("tekton-internal-steps", "/tekton/steps")]),
            init("place-scripts", ["place", "/tekton/scripts/script-0", "IyEvYmluL3NoCmVjaG8gaGkK"],
                 [("tekton-internal-scripts", "/tekton/scripts")]),
            init("working-dir-initializer", ["place", "/workspace/source/sub", "/"],
                 [("tekton-internal-workspace", "/workspace")])]
        left, hid = compared(ours, theirs)
        self.assertEqual(left, [])
        self.assertIn("own-init-containers", hid)
        unseen = [path for path in leaves({"spec": {"initContainers": ours["spec"]["initContainers"]}})
                  if not shows(changed(ours, path), theirs)]
        self.assertEqual(unseen, [])

    def test_bare_references(self):
        same = rules.same_but_references
        self.assertTrue(same("a $(tasks.t.results.r[*]) b", "a $(params.p[*]) b"))
        self.assertTrue(same("$(tasks.t.results.r.k)-$(finally.t.results.r.l)", "$(params.p.k)-$(params.q.l)"))
        for ours, theirs in (("$(tasks.t.results.r.k)", "$(params.p.j)"), ("$(tasks.t.results.r[*])", "$(params.p.k)"),
                             ("x$(tasks.t.results.r[*])", "$(params.p[*])"), ("$(tasks.t.results.r)", "$(params.p)"),
                             ("$(tasks.t.results.r[*])", "v"), ("same", "same")):
            self.assertFalse(same(ours, theirs), (ours, theirs))

    def test_assistant_repels(self):
        ours, theirs = our_pod(), tekton_pod()
        theirs["spec"]["affinity"]["podAntiAffinity"] = {
            "preferredDuringSchedulingIgnoredDuringExecution": [copy.deepcopy(rules.REPEL)]}
        left, hid = compared(ours, theirs)
        self.assertEqual(left, [])
        self.assertIn("assistant-repels", hid)
        repel = theirs["spec"]["affinity"]["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
        repel[0]["weight"] = 99
        self.assertTrue(compared(ours, theirs)[0])

    def test_step_cel(self):
        def when(pod, *entries):
            pod["spec"]["containers"][0]["args"][:0] = ["--when_expressions", json.dumps(list(entries))]
            return pod
        no, cel = {"input": "false", "operator": "in", "values": ["true"]}, {"cel": "'a' == 'b'"}
        for mine, tekton_s, hidden in (([no], [cel], True), ([cel], [cel], False), ([no], [{"cel": "'$(x)' == 'b'"}], False),
                                       ([dict(no, input="x")], [cel], False), ([no, no], [cel], True)):
            left, hid = compared(when(our_pod(), *mine), when(tekton_pod(), *tekton_s))
            self.assertEqual("step-cel" in hid, hidden, (mine, tekton_s))
            self.assertEqual(bool(left), mine != tekton_s and not (hidden and len(mine) == 1), (mine, tekton_s))

    def test_deadline_in_range(self):
        for mine, tekton_s, hidden in ((1, 0, True), (2147483647, 2147483648, True), (2, 0, False), (1, 2, False),
                                       (2147483646, 2147483648, False), (0, 0, False)):
            ours, theirs = our_pod(), tekton_pod()
            ours["spec"]["activeDeadlineSeconds"], theirs["spec"]["activeDeadlineSeconds"] = mine, tekton_s
            self.assertEqual("deadline-in-range" in compared(ours, theirs)[1], hidden, (mine, tekton_s))

    def test_verdicts(self):
        class Case:
            run_verdict, text = None, "kind: Task\n"
        def hides(case, mine, expected, ids):
            return rules.hides_verdict(case, common.Answer({"accept": 0, "reject": 1}[mine], "", ""), expected, ids)
        case = Case()
        self.assertEqual(hides(case, "reject", "accept", ["TK0605"]), "unlabelled-run")
        self.assertIsNone(hides(case, "reject", "accept", ["TK0605", "TK0101"]))
        self.assertIsNone(hides(case, "reject", "accept", []))
        self.assertIsNone(hides(case, "accept", "reject", []))
        case.run_verdict = "accept"
        self.assertIsNone(hides(case, "reject", "accept", ["TK0605"]))
        late = {"name": "t", "error": "no", "needsResults": True}
        for task, hidden in ((late, True), (dict(late, error=""), False), (dict(late, needsResults=False), False),
                             ({"name": "p", "child": {"tasks": [late]}}, True)):
            case.answer = {"pipelineRuns": [{"tasks": [task]}]}
            self.assertEqual(hides(case, "reject", "accept", ["TK0623"]) == "later-refusal", hidden, task)
            self.assertIsNone(hides(case, "accept", "reject", []))


class Fill(unittest.TestCase):
    def test_names(self):
        long = "a-very-long-pipeline-run-name-that-goes-on-and-on-for-a-while"
        for parent, suffix, name in (
                ("build", "-pod", "build-pod"),
                (long, "-build", "a-very-long-pipeline-run-73c4fc53928a84bdaca4c7f7a2c1f407-build"),
                (long, "-task-name-longer-than-thirty-one-chars",
                 "a-very-long-pipeline-run-name-te73523b72be9c5e35391ef3e3f7d42c1")):
            self.assertEqual(fill.child_name(parent, suffix), name)
        self.assertEqual([fill.task_run_name("r", "t", i, 2) for i in (0, 1)], ["r-t-0", "r-t-1"])
        self.assertEqual(fill.task_run_name("r", "t", 0, 1), "r-t")

    def test_values(self):
        def lookup(ref):
            return {"s": 'a"<', "a": ["x", "y"], "o": {"k": "v"}}[ref]
        for tree, value in (
                ("plain", "plain"), ({"ref": "s"}, 'a"<'), ({"concat": ["1", {"ref": "s"}]}, '1a"<'),
                (["0", {"splice": {"ref": "a"}}], ["0", "x", "y"]), ({"index": {"ref": "a"}, "at": 1}, "y"),
                ({"key": {"ref": "o"}, "name": "k"}, "v"), ({"json": {"ref": "a"}}, '["x","y"]'),
                ({"escape": {"ref": "s"}}, 'a\\"\\u003c'), ({"base64": {"ref": "s"}}, "YSI8"),
                ({"length": {"ref": "a"}}, "2")):
            self.assertEqual(fill.evaluate(tree, lookup), value)
        with self.assertRaises(fill.Missing):
            fill.evaluate({"index": {"ref": "a"}, "at": 2}, lookup)

    def test_holes(self):
        pod = {"metadata": {"labels": {"a/b": "$(x)"}}, "spec": {"args": ["1", "$(a[*])", "2", "$(a[*])"]}}
        holes = [{"path": "/metadata/labels/a~1b", "value": {"ref": "x"}},
                 {"path": "/spec/args/1", "value": {"splice": {"ref": "a"}}},
                 {"path": "/spec/args/3", "value": {"splice": {"ref": "a"}}}]
        got = fill.fill_pod(pod, holes, lambda ref: {"x": "X", "a": ["p", "q"]}[ref])
        self.assertEqual(got, {"metadata": {"labels": {"a/b": "X"}}, "spec": {"args": ["1", "p", "q", "2", "p", "q"]}})

    def test_fan_out(self):
        matrix = {"params": [{"name": "a", "value": ["1", "2"]}, {"name": "b", "value": ["x", "y"]}],
                  "include": [{"params": [{"name": "b", "value": "x"}, {"name": "c", "value": "!"}]},
                              {"params": [{"name": "b", "value": "z"}]}]}
        def value(ref):
            raise fill.Missing(ref)
        self.assertEqual(fill.fan_out(matrix, value), [
            {"a": "1", "b": "x", "c": "!"}, {"a": "2", "b": "x", "c": "!"}, {"a": "1", "b": "y"}, {"a": "2", "b": "y"},
            {"b": "z"}])
        matrix["params"][0]["value"] = []
        self.assertIsNone(fill.fan_out(matrix, value))


class Places(unittest.TestCase):
    def test_names_field(self):
        fields = verdicts.fields_of(["invalid value: -1 should be >= 0: spec.retries",
                                     "expected exactly one: spec.tasks[0].taskRef, spec.tasks[0].taskSpec"])
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
    tests = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__])
    result = unittest.TextTestRunner(verbosity=1).run(tests)
    bad = len(result.failures) + len(result.errors)
    return common.tally("comparison", result.testsRun - bad - len(result.skipped), bad, len(result.skipped))


if __name__ == "__main__":
    sys.exit(main())
