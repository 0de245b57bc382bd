"""Command line, results, message, compression, substitution, when, streams, artifacts."""
import json
import os
import random
import string

from sandbox import Pod


class CommandLine(Pod):
    def test_flag_forms(self):
        for flags in (["-entrypoint", "echo"], ["--entrypoint", "echo"], ["-entrypoint=echo"], ["--entrypoint=echo"]):
            with self.subTest(flags=flags):
                self.run_raw(*flags, "--", "a", "b c")
                self.assertEqual((self.code, self.out), (0, b"a b c\n"))

    def test_last_one_wins(self):
        self.run_raw("-entrypoint", "false", "-entrypoint", "echo", "--", "x")
        self.assertEqual(self.out, b"x\n")

    def test_booleans(self):
        for word, waits in (("true", True), ("T", True), ("1", True), ("false", False), ("F", False), ("0", False), ("False", False)):
            with self.subTest(word=word):
                self.put("/tekton/empty", "")
                self.put("/tekton/empty.err", "")
                self.run_raw("-wait_file", "/tekton/empty", f"-wait_file_content={word}", "-entrypoint", "echo", "--", "x")
                self.assertEqual(self.code, 1 if waits else 0)

    def test_second_separator_belongs_to_the_command(self):
        self.run_raw("-entrypoint", "echo", "--", "a", "--", "b")
        self.assertEqual(self.out, b"a -- b\n")

    def test_separator_first_is_none(self):
        self.run_raw("--", "-entrypoint", "echo", env={"TEKTON_PLATFORM_COMMANDS": '{"linux":["echo","x"],"linux/arm64":["echo","x"]}'})
        self.assertEqual((self.code, self.out), (0, b"x\n"))

    def test_separator_first_hides_a_later_one(self):
        self.run_raw("--", "cp", "/tekton/a", "--", env={"TEKTON_PLATFORM_COMMANDS": '{"linux":["echo","x"],"linux/arm64":["echo","x"]}'})
        self.assertEqual(self.code, 1)  # the subcommand cp with three words; its source is missing
        self.assertIn(b"cp error", self.err)

    def test_words_without_separator_are_no_arguments(self):
        self.run_raw("-entrypoint", "echo", "stray", "words")
        self.assertEqual((self.code, self.out), (0, b"\n"))

    def test_durations(self):
        for text in ("0", "1h2m3.5s", "300ms", "1.5h", "2us", "2\u00b5s", "2\u03bcs", "100ns", "+5s", "0.000000001s", ".5s", "1.s"):
            with self.subTest(text=text):
                self.run_raw("-timeout", text if text not in ("2us", "2\u00b5s", "2\u03bcs", "100ns", "0.000000001s") else "1h" + text,
                             "-entrypoint", "true")
                self.assertEqual(self.code, 0, self.err)
        for text in ("", "1", "s", "1x", "--1s", "1s1", "1mm", "9999999999h", ".s", "1..2s", "1 s"):
            with self.subTest(text=text):
                self.run_raw("-timeout", text, "-entrypoint", "true")
                self.assertEqual(self.code, 2)

    def test_platform_command(self):
        machine = os.uname().machine
        exact = {"x86_64": "linux/amd64", "aarch64": "linux/arm64/v8"}[machine]
        general = exact.rsplit("/", 1)[0]
        self.run_raw("--", env={"TEKTON_PLATFORM_COMMANDS": json.dumps({general: ["echo", "general"], exact: ["echo", "exact"]})})
        self.assertEqual(self.out, b"exact\n")
        self.run_raw("-post_file", "/tekton/p", "--", "more", env={"TEKTON_PLATFORM_COMMANDS": json.dumps({general: ["echo", "general"]})})
        self.assertEqual(self.out, b"general more\n")

    def test_empty_platform_command(self):
        env = {"TEKTON_PLATFORM_COMMANDS": '{"linux/amd64":[],"linux/arm64":[]}'}
        self.run_raw(*self.FLAGS, env=env)
        self.ended(0, "out", "0", {})
        self.run_raw("-post_file", "/tekton/p", "--", "echo", "args", env=env)
        self.assertEqual(self.out, b"args\n")

    def test_working_dir(self):
        for flag, want in (("sub/dir", "/workspace/sub/dir"), ("/workspace/other", "/workspace/other")):
            self.step("-working_dir", flag, command=["pwd"])
            self.assertEqual(self.out.decode(), want + "\n")
        self.step("-working_dir", "/proc/none", command=["pwd"])
        self.assertEqual(self.code, 1)


class Subcommands(Pod):
    def test_cp(self):
        self.put("/tekton/a", "content")
        self.run_raw("cp", "/tekton/a", "/tekton/b")
        self.assertEqual((self.code, self.out), (0, b""))
        self.assertEqual(self.err.count(b"\n"), 1)
        self.assertEqual(os.stat(self.path("/tekton/b")).st_mode & 0o777, 0o311 & ~os.umask(os.umask(0)) | 0o311 & 0o311)
        os.chmod(self.path("/tekton/b"), 0o600)
        self.assertEqual(self.get("/tekton/b"), b"content")

    def test_cp_of_itself_runs(self):
        self.run_raw("cp", "/entrypoint", "/tekton/copy")
        self.run_raw("-entrypoint", "/tekton/copy", "--", "-entrypoint", "echo", "--", "twice")
        self.assertEqual((self.code, self.out), (0, b"twice\n"))

    def test_cp_keeps_a_longer_tail(self):
        self.put("/tekton/a", "ab")
        self.put("/tekton/b", "12345")
        self.run_raw("cp", "/tekton/a", "/tekton/b")
        self.assertEqual(self.get("/tekton/b"), b"ab345")

    def test_cp_errors(self):
        self.run_raw("cp", "/tekton/none", "/tekton/b")
        self.assertEqual(self.code, 1)
        self.assertIn(b"cp error", self.err)

    def test_wrong_number_of_words_is_no_subcommand(self):
        for words in (["cp", "a"], ["cp", "a", "b", "c"], ["init", "a"], ["decode-script"], ["decode-script", "a", "b"]):
            with self.subTest(words=words):
                self.run_raw("-entrypoint", "echo", *words)
                self.assertEqual((self.code, self.out), (0, b"\n"))

    def links(self):
        return {name: os.readlink(self.path("/tekton/steps/" + name)) for name in os.listdir(self.path("/tekton/steps"))}

    def test_step_init(self):
        want = {"step-a": "/tekton/run/0/status", "0": "/tekton/run/0/status", "step-unnamed-1": "/tekton/run/1/status", "1": "/tekton/run/1/status"}
        for _ in range(2):
            self.run_raw("step-init", "step-a", "step-unnamed-1")
            self.assertEqual(self.code, 0, self.err)
            self.assertEqual(self.links(), want)

    def test_step_init_without_steps(self):
        self.run_raw("step-init")
        self.assertEqual(self.code, 0)
        self.assertEqual(self.links(), {})

    def test_init(self):
        self.run_raw("init", "/entrypoint", "/tekton/ep", "step-a")
        self.assertEqual(self.code, 0, self.err)
        self.assertTrue(self.exists("/tekton/ep"))
        self.assertEqual(self.links(), {"step-a": "/tekton/run/0/status", "0": "/tekton/run/0/status"})

    def test_place(self):
        self.run_raw("place", "/tekton/scripts/a", "IyEvYmluL3NoCg==", "/tekton/dir/b", "/", "/tekton/empty", "")
        self.assertEqual(self.code, 0, self.err)
        self.assertEqual(self.get("/tekton/scripts/a"), b"#!/bin/sh\n")
        self.assertEqual(os.stat(self.path("/tekton/scripts/a")).st_mode & 0o777, 0o755)
        self.assertTrue(os.path.isdir(self.path("/tekton/dir/b")))
        self.assertEqual(self.get("/tekton/empty"), b"")
        self.run_raw("place", "/tekton/bad", "!", "/tekton/after", "YQ==")
        self.assertEqual(self.code, 1)
        self.assertFalse(self.exists("/tekton/after"))

    def test_decode_script(self):
        self.put("/tekton/s", "IyEvYmluL3NoCmVj\r\naG8gaGkK\n", 0o755)
        self.run_raw("decode-script", "/tekton/s")
        self.assertEqual(self.code, 0, self.err)
        self.assertEqual(self.get("/tekton/s"), b"#!/bin/sh\necho hi\n")
        self.assertEqual(os.stat(self.path("/tekton/s")).st_mode & 0o777, 0o755)

    def test_decode_script_padding(self):
        for text, plain in (("", b""), ("YQ==", b"a"), ("YWI=", b"ab"), ("YWJj", b"abc")):
            self.put("/tekton/s", text)
            self.run_raw("decode-script", "/tekton/s")
            self.assertEqual((self.code, self.get("/tekton/s")), (0, plain))

    def test_decode_script_errors(self):
        for text in ("!", "YQ", "YQ=", "YQ===", "Y", "YQ==YQ==", "YW Jj"):
            with self.subTest(text=text):
                self.put("/tekton/s", text)
                self.run_raw("decode-script", "/tekton/s")
                self.assertEqual(self.code, 1)
                self.assertEqual(self.get("/tekton/s"), text.encode())

    def test_links_by_annotation(self):
        self.put("/tekton/downward/steps", "step-a step-unnamed-1\n")
        for _ in range(2):
            self.step(command=["true"])
            self.assertEqual(self.code, 0)
            self.assertEqual(self.links(), {"step-a": "/tekton/run/0/status", "0": "/tekton/run/0/status",
                                            "step-unnamed-1": "/tekton/run/1/status", "1": "/tekton/run/1/status"})
        self.assertEqual(self.err, b"")

    def test_directories_are_made(self):
        self.step("-results", "r", sh="echo -n v > /tekton/results/r; ls -d /tekton/artifacts /tekton/run/0/status/results /tekton/run/0/status/artifacts")
        self.assertEqual(self.code, 0, self.err)
        self.assertEqual(self.entries(1), [("r", "v")])


class Results(Pod):
    def test_order_and_types(self):
        self.step("-results", "b,a,none", "-step_results", "s,none",
                  sh="echo x > /tekton/results/a; echo -n y > /tekton/results/b; echo -n z > /tekton/run/0/status/results/s")
        text = self.get("/tekton/termination").decode()
        self.assertRegex(text, r'^\[\{"key":"b","value":"y","type":1\},\{"key":"a","value":"x\\n","type":1\},'
                               r'\{"key":"s","value":"z","type":4\},\{"key":"StartedAt","value":"[^"]*","type":3\}\]$')

    def test_failed_step_reports(self):
        self.step("-results", "a", sh="echo -n v > /tekton/results/a; exit 3")
        self.ended(3, "out.err", None, {})
        self.assertEqual(self.entries(1), [("a", "v")])

    def test_skipped_step_does_not(self):
        self.put("/tekton/results/a", "v")
        self.put("/tekton/x.err")
        self.step("-results", "a", "-wait_file", "/tekton/x")
        self.assertEqual(self.entries(1), [])

    def test_only_changed_ones(self):
        for name in ("old", "again", "same", "moved"):
            self.put("/tekton/results/" + name, "1")
        self.step("-results", "old,again,same,moved,new",
                  sh="cd /tekton/results; echo -n 2 > again; sleep 0.02; echo -n 1 > same; echo -n 1 > x; mv x moved; echo -n 3 > new")
        self.assertEqual(self.entries(1), [("again", "2"), ("same", "1"), ("moved", "1"), ("new", "3")])

    def test_escaping(self):
        value = '<&>"\\/\n\r\t\b\f\x01\x7f\u2028\u2029\u00e9\U0001f600'
        self.put("/tekton/v", value.encode() + b"\xff\xc0\x80\xed\xa0\x80end")
        self.step("-results", "a", sh="cat /tekton/v > /tekton/results/a")
        text = self.get("/tekton/termination")
        want = (r'\u003c\u0026\u003e\"\\/\n\r\t\b\f\u0001' + '\x7f' + r'\u2028\u2029' + '\u00e9\U0001f600' + '\ufffd' * 6 + 'end')
        self.assertIn(want.encode(), text)

    def test_nul_byte(self):
        self.step("-results", "a", sh="printf 'a\\0b' > /tekton/results/a")
        self.assertIn(b'"a\\u0000b"', self.get("/tekton/termination"))

    def test_unreadable(self):
        self.step("-results", "a", sh="mkdir /tekton/results/a")
        self.ended(1, "out.err", None, {})

    def test_unreadable_with_sidecar_logs(self):
        self.step("-results", "a", "-result_from", "sidecar-logs", sh="mkdir /tekton/results/a")
        self.ended(1, "out.err", None, {})

    def test_sidecar_logs(self):
        self.step("-results", "a", "-step_results", "s", "-result_from", "sidecar-logs",
                  sh="cd /tekton; echo v > results/a; echo v > run/0/status/results/s; echo {} > artifacts/provenance.json")
        self.ended(0, "out", "0", {})
        self.assertEqual(len(self.message()), 1)

    def test_sidecar_logs_have_no_size_limit(self):
        self.step("-results", "a", "-result_from", "sidecar-logs", sh="head -c 1000000 /dev/zero > /tekton/results/a")
        self.ended(0, "out", "0", {})

    def test_existing_message_is_kept(self):
        old = '[{"key":"o","value":"v","type":1}]'
        self.put("/tekton/termination", old)
        self.step(command=["true"])
        self.assertTrue(self.get("/tekton/termination").startswith(old[:-1].encode() + b","))
        self.assertEqual([e["key"] for e in self.message()], ["o", "StartedAt"])

    def test_existing_nonsense_is_dropped(self):
        for text in ("nonsense", "{}", "[1]", '[{"key":1}]', "tknz:", "tknz:!!!", "tknz:AAAA", '[{"key":"a"}', b"\xff\xfe"):
            with self.subTest(text=text):
                self.put("/tekton/termination", text)
                self.step(command=["true"])
                self.assertEqual([e["key"] for e in self.message()], ["StartedAt"])

    def test_damaged_messages(self):
        rng = random.Random(4)
        good = b'[{"key":"o","value":"v\\u00e9\\ud83d\\ude00\\n\xc3\xa9","type":1,"x":[1.5e3,true,null,{"a":-0}]},{"key":"p","value":""}]'
        for i in range(60):
            bad = bytearray(good)
            for _ in range(rng.randrange(1, 5)):
                bad[rng.randrange(len(bad))] = rng.choice(b'{}[]",:\\u0e-\xff\x00') if rng.random() < 0.7 else rng.randrange(256)
            bad = bad[:rng.randrange(len(bad) + 1)] if rng.random() < 0.3 else bad
            self.put("/tekton/termination", bytes(bad))
            self.step(command=["true"])
            self.assertEqual(self.code, 0)
            text = self.get("/tekton/termination").decode(errors="replace")
            self.assertEqual(json.loads(text)[-1]["key"], "StartedAt", bad)

    def test_existing_blank(self):
        for text in ("", " \n", "[]", " [ ] "):
            self.put("/tekton/termination", text)
            self.step(command=["true"])
            self.assertEqual([e["key"] for e in self.message()], ["StartedAt"])
            self.assertEqual(self.err, b"")

    def test_too_large(self):
        self.step("-results", "a,b", "-step_results", "s",
                  sh="head -c 5000 /dev/zero | tr '\\0' x > /tekton/results/a; echo -n v > /tekton/results/b; echo -n v > /tekton/run/0/status/results/s")
        self.ended(1, "out.err", None, {})
        self.assertEqual([e["key"] for e in self.message()], ["StartedAt"])
        self.assertIn(b"Termination message is above max allowed size 4096", self.err)

    def test_too_large_step_results(self):
        self.step("-results", "b", "-step_results", "s",
                  sh="echo -n v > /tekton/results/b; head -c 5000 /dev/zero | tr '\\0' x > /tekton/run/0/status/results/s")
        self.ended(1, "out.err", None, {})
        self.assertEqual([e["key"] for e in self.message()], ["b", "StartedAt"])

    def test_too_large_after_failure(self):
        self.step("-results", "a", sh="head -c 5000 /dev/zero | tr '\\0' x > /tekton/results/a; exit 7")
        self.ended(1, "out.err", None, {})

    def test_exactly_full(self):
        self.step("-results", "a", sh="echo -n > /tekton/results/a")
        room = 4096 - len(self.get("/tekton/termination"))
        for more, code in ((room, 0), (room + 1, 1)):
            self.put("/tekton/termination")
            for name in ("out", "out.err"):
                if self.exists("/tekton/run/0/" + name):
                    os.unlink(self.path("/tekton/run/0/" + name))
            self.step("-results", "a", sh=f"head -c {more} /dev/zero | tr '\\0' x > /tekton/results/a")
            self.assertEqual(self.code, code)
            self.assertLessEqual(len(self.get("/tekton/termination")), 4096)

    def test_unwritable_message(self):
        self.run_raw("-post_file", "/tekton/p", "-termination_path", "/proc/none/x", "-entrypoint", "true")
        self.assertEqual(self.code, 1)
        self.assertTrue(self.exists("/tekton/p.err"))

    def test_other_termination_path(self):
        self.run_raw("-termination_path", "/tekton/new/dir/message", "-entrypoint", "true")
        self.assertEqual(self.code, 0)
        self.assertEqual(len(self.message("/tekton/new/dir/message")), 1)


class Compression(Pod):
    def compressed(self, content, ok=True):
        self.put("/tekton/v", content)
        self.step("-results", "a", "-compress_termination_message=true", sh="cat /tekton/v > /tekton/results/a")
        self.assertEqual(self.code, 0 if ok else 1, self.err)
        if ok:
            self.assertEqual(self.entries(1), [("a", content.decode() if isinstance(content, bytes) else content)])
        return self.get("/tekton/termination")

    def test_short_stays_plain(self):
        self.assertTrue(self.compressed("hi").startswith(b"["))

    def test_round_trips(self):
        rng = random.Random(5)
        words = ["".join(rng.choice(string.ascii_lowercase) for _ in range(rng.randrange(2, 9))) for _ in range(50)]
        cases = ["a" * 20000, "ab" * 9000, "abc" * 30000, " ".join(rng.choice(words) for _ in range(1500)),
                 "".join(rng.choice("01") for _ in range(9000)), json.dumps([{"name": w, "digest": "sha256:" + w * 8} for w in words]),
                 "".join(rng.choice(string.hexdigits) for _ in range(3000)), "x" * 120000, "\n" * 500 + "y", "ab" * 16384 + "q" + "ab" * 200]
        for i, case in enumerate(cases):
            with self.subTest(i=i):
                self.setUp()
                text = self.compressed(case)
                self.assertTrue(text.startswith(b"tknz:"), text[:40])
                self.assertNotIn(b"=", text)
                self.tearDown()

    def test_random_round_trips(self):
        rng = random.Random(11)
        for i in range(25):
            with self.subTest(i=i):
                self.setUp()
                alphabet = string.ascii_letters[:rng.randrange(1, 40)]
                self.compressed("".join(rng.choice(alphabet) * rng.randrange(1, rng.choice((2, 5, 300))) for _ in range(rng.randrange(1, 400))))
                self.tearDown()

    def test_as_dense_as_zlib_nearly(self):
        import base64
        import zlib
        rng = random.Random(3)
        words = ["".join(rng.choice(string.ascii_lowercase) for _ in range(6)) for _ in range(80)]
        case = json.dumps({w: "sha256:" + "".join(rng.choice("0123456789abcdef") for _ in range(32)) for w in words})[:5000]
        text = self.compressed(case)
        plain = json.dumps(self.message(), separators=(",", ":")).encode()
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        other = 5 + len(base64.b64encode(packer.compress(plain) + packer.flush()))
        self.assertLess(len(text), other * 1.02)

    def test_too_large_to_be_read(self):
        self.compressed("x" * 140000, ok=False)
        self.ended(1, "out.err", None, {})

    def test_too_random(self):
        rng = random.Random(1)
        self.compressed("".join(chr(rng.randrange(0x30, 0x7a)) for _ in range(6000)), ok=False)

    def test_appending_to_own(self):
        self.compressed("abc" * 3000)
        self.step("-compress_termination_message", command=["true"])
        self.assertEqual([e["key"] for e in self.message()], ["a", "StartedAt", "StartedAt"])

    def test_appending_to_every_kind_of_block(self):
        import base64
        import zlib
        plain = json.dumps([{"key": "o", "value": "abcabcabc" * 60 + "\u00e9", "type": 1}]).encode()
        for level, strategy in ((0, 0), (1, zlib.Z_FIXED), (9, 0), (9, zlib.Z_HUFFMAN_ONLY), (6, zlib.Z_RLE)):
            with self.subTest(level=level, strategy=strategy):
                packer = zlib.compressobj(level, zlib.DEFLATED, -15, 9, strategy)
                self.put("/tekton/termination", b"tknz:" + base64.b64encode(packer.compress(plain) + packer.flush()).rstrip(b"="))
                self.step(command=["true"])
                self.assertEqual([e["key"] for e in self.message()], ["o", "StartedAt"])

    def test_damaged_streams(self):
        import base64
        import zlib
        rng = random.Random(2)
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        good = packer.compress(b'[{"key":"o","value":"' + b"some text with some text" * 20 + b'"}]') + packer.flush()
        for i in range(40):
            bad = bytearray(good)
            for _ in range(rng.randrange(1, 4)):
                bad[rng.randrange(len(bad))] = rng.randrange(256)
            bad = bad[:rng.randrange(len(bad) + 1)]
            self.put("/tekton/termination", b"tknz:" + base64.b64encode(bytes(bad)).rstrip(b"="))
            self.step(command=["true"])
            self.assertEqual(self.code, 0)
            self.assertEqual(self.message()[-1]["key"], "StartedAt")


class When(Pod):
    def runs(self, expressions):
        for name in ("out", "out.err"):
            if self.exists("/tekton/run/0/" + name):
                os.unlink(self.path("/tekton/run/0/" + name))
        self.step("-when_expressions", json.dumps(expressions), command=["echo", "ran"])
        self.assertEqual(self.code, 0, self.err)
        return self.out == b"ran\n"

    def test_operators(self):
        for operator, value, want in (("in", "a", True), ("in", "c", False), ("notin", "a", False), ("notin", "c", True), ("other", "c", True), ("other", "a", False)):
            with self.subTest(operator=operator, value=value):
                self.assertEqual(self.runs([{"input": value, "operator": operator, "values": ["a", "b"]}]), want)

    def test_all_must_be_true(self):
        yes = {"input": "a", "operator": "in", "values": ["a"]}
        no = {"input": "a", "operator": "notin", "values": ["a"]}
        self.assertTrue(self.runs([yes, yes]))
        self.assertFalse(self.runs([yes, no]))
        self.assertFalse(self.runs([no, yes]))

    def test_missing_keys(self):
        self.assertTrue(self.runs([]))
        self.assertTrue(self.runs([{}]))
        self.assertTrue(self.runs([{"input": "a", "values": None, "operator": "notin"}]))
        self.assertFalse(self.runs([{"operator": "in"}]))
        self.assertFalse(self.runs([{"operator": "notin", "values": [""]}]))
        self.assertTrue(self.runs(None))

    def test_step_results(self):
        self.result("a", "r", "yes")
        self.result("a", "list", '["x","yes"]')
        self.assertTrue(self.runs([{"input": "$(steps.a.results.r)", "operator": "in", "values": ["yes"]}]))
        self.assertTrue(self.runs([{"input": "yes", "operator": "in", "values": ["$(steps.a.results.list[*])"]}]))
        self.assertTrue(self.runs([{"input": "x", "operator": "in", "values": ["$(steps.a.results.list[0])"]}]))
        self.assertFalse(self.runs([{"input": "$(steps.a.results.list[*])", "operator": "in", "values": ["x"]}]))

    def test_missing_result_fails(self):
        self.step("-when_expressions", '[{"input":"$(steps.a.results.r)","operator":"in","values":["x"]}]', command=["echo", "never"])
        self.ended(1, "out.err", None, {})

    def test_skip_comes_before_the_command_s_references(self):
        self.assertFalse(self.runs([{"operator": "in"}]))
        os.unlink(self.path("/tekton/run/0/out"))
        self.put("/tekton/termination")
        self.step("-when_expressions", '[{"operator":"in"}]', command=["echo", "$(steps.none.results.r)"])
        self.ended(0, "out", "0", {"Reason": "Skipped"})


class StepResults(Pod):
    def show(self, *words, **options):
        self.step(command=["printf", "<%s>", *words], **options)
        self.assertEqual(self.code, 0, self.err)
        return self.out.decode()

    def test_values(self):
        for content, want in (("plain", "plain"), ("with newline\n", "with newline\n"), ("", ""), ('"quoted"', "quoted"), ('"q\\u00e9\\n"\n', "q\u00e9\n"),
                              ("12", "12"), ("null", ""), ("true", "true"), ('["a"]', ""), ('{"a":"b"}', ""), ('[1]', "[1]"), ('{"a":1}', '{"a":1}'),
                              ('["a"', '["a"'), (' ["a"]', ' ["a"]'), ('"a" x', '"a" x')):
            with self.subTest(content=content):
                self.result("s", "r", content)
                self.assertEqual(self.show("$(steps.s.results.r)"), f"<{want}>")

    def test_array(self):
        self.result("s", "r", '["a","b c",null,""]\n')
        self.assertEqual(self.show("$(steps.s.results.r[*])"), "<a><b c><><>")
        self.assertEqual(self.show("x-$(steps.s.results.r[0])-$(steps.s.results.r[1])"), "<x-a-b c>")
        self.assertEqual(self.show("$(steps.s.results.r[])"), "<>")

    def test_empty_array(self):
        self.result("s", "r", "[]")
        self.assertEqual(self.show("$(steps.s.results.r[*])"), "<>")
        self.assertEqual(self.show("x$(steps.s.results.r[*])y"), "<xy>")

    def test_object(self):
        self.result("s", "r", '{"k":"v","n":null,"k":"last"}')
        self.assertEqual(self.show("$(steps.s.results.r.k)/$(steps.s.results.r.n)/$(steps.s.results.r.none)"), "<last//>")

    def test_mismatch_is_empty(self):
        self.result("s", "text", "plain")
        self.assertEqual(self.show("$(steps.s.results.text[*])", "$(steps.s.results.text.k)"), "<><>")

    def test_failures(self):
        self.result("s", "list", '["a"]')
        self.result("s", "text", "plain")
        self.result("s", "nul", b"a\0b")
        for word in ("$(steps.s.results.none)", "$(steps.none.results.r)", "$(steps.s.results.list[1])", "$(steps.s.results.text[0])",
                     "x$(steps.s.results.list[*])", "$(steps.s.results.list[*])$(steps.s.results.text)", "$(steps.s.results.a.b.c)",
                     "$(steps.s.results.list[1*])", "$(steps.s.results.list[x])", "$(steps.s.results.nul)"):
            with self.subTest(word=word):
                self.setUp()
                self.result("s", "list", '["a"]')
                self.result("s", "text", "plain")
                self.result("s", "nul", b"a\0b")
                self.step(command=["echo", word])
                self.assertEqual(self.out, b"")
                self.ended(1, "out.err", None, {})
                self.assertIn(b"can't fill", self.err)
                self.tearDown()

    def test_failure_in_environment(self):
        self.step(command=["echo", "never"], env={"V": "$(steps.s.results.none)"})
        self.ended(1, "out.err", None, {})

    def test_failure_with_continue(self):
        self.step("-on_error", "continue", command=["echo", "$(steps.s.results.none)"])
        self.ended(1, "out.err", None, {})

    def test_everywhere(self):
        self.result("s", "r", "echo")
        self.result("s", "v", "value")
        self.step(command=["$(steps.s.results.r)", "a$(steps.s.results.v)b"])
        self.assertEqual(self.out, b"avalueb\n")
        self.step(sh='echo "$V"', env={"V": "<$(steps.s.results.v)>"})
        self.assertEqual(self.out, b"<value>\n")

    def test_not_in_scripts(self):
        self.put("/tekton/scripts/script-0", "#!/bin/sh\necho '$(steps.s.results.v)'\n", 0o755)
        self.step(command=["/tekton/scripts/script-0"])
        self.assertEqual(self.out, b"$(steps.s.results.v)\n")

    def test_values_are_not_searched_again(self):
        self.result("s", "r", "$(steps.s.results.v)")
        self.result("s", "v", "no")
        self.assertEqual(self.show("$(steps.s.results.r)$(steps.s.results.v)"), "<$(steps.s.results.v)no>")

    def test_what_is_no_reference(self):
        for word in ("$(steps.s)", "$(steps.sh x)", "$(params.x)", "$(steps.s.results", "$$(x)", "$(steps.results.x)", "$(steps.a\n.results.b)", "(steps.s.results.r)"):
            self.assertEqual(self.show(word), f"<{word}>")

    def test_unfinished_opening_before_a_reference(self):
        self.result("s", "r", "v")
        self.assertEqual(self.show("$(steps.x $(steps.s.results.r)"), "<$(steps.x v>")

    def test_many(self):
        self.result("s", "r", "v")
        self.assertEqual(self.show("$(steps.s.results.r)" * 500), "<" + "v" * 500 + ">")


class Artifacts(Pod):
    JSON = {"inputs": [{"name": "in", "values": [{"uri": "u", "digest": {"sha256": "d"}}]}],
            "outputs": [{"name": "image", "buildOutput": True, "values": [{"digest": {"z": "1", "a": "2<"}, "uri": "pkg:x"}, {"uri": "only"}, {}]},
                        {"name": "none"}, {"name": "empty", "values": []}]}

    def artifact(self, content=None):
        self.put("/tekton/steps/step-s/artifacts/provenance.json", json.dumps(self.JSON) if content is None else content)

    def test_words(self):
        self.artifact()
        for word, want in (("$(steps.s.inputs.in)", '[{"digest":{"sha256":"d"},"uri":"u"}]'),
                           ("x$(steps.s.outputs.image)", 'x[{"digest":{"a":"2\\u003c","z":"1"},"uri":"pkg:x"},{"uri":"only"},{}]'),
                           ("$(steps.s.outputs.none)", "null"), ("$(steps.s.outputs.empty)", "[]")):
            self.step(command=["printf", "%s", word])
            self.assertEqual(self.out.decode(), want)

    def test_environment(self):
        self.artifact()
        self.step(sh='printf %s "$A"', env={"A": "$(steps.s.inputs.in)"})
        self.assertEqual(self.out, b'[{"digest":{"sha256":"d"},"uri":"u"}]')

    def test_script(self):
        self.artifact()
        self.put("/tekton/scripts/script-0", "#!/bin/sh\necho \"$0\" '$(steps.s.inputs.in)'\n", 0o755)
        self.step(command=["/tekton/scripts/script-0"], env={"TMPDIR": "/workspace"})
        self.assertRegex(self.out, rb'^/workspace/script-\S+ \[\{"digest":\{"sha256":"d"\},"uri":"u"\}\]\n$')

    def test_script_in_tmp(self):
        self.artifact()
        self.put("/tekton/scripts/script-0", "#!/bin/sh\necho \"$0\"; # $(steps.s.inputs.in)\n", 0o755)
        self.step(command=["/tekton/scripts/script-0"])
        self.assertRegex(self.out, rb"^/tmp/script-")

    def test_script_without_references_stays(self):
        self.put("/tekton/scripts/script-0", "#!/bin/sh\necho $0\n", 0o755)
        self.step(command=["/tekton/scripts/script-0"])
        self.assertEqual(self.out, b"/tekton/scripts/script-0\n")

    def test_script_with_arguments_is_not_searched(self):
        self.put("/tekton/scripts/script-0", "#!/bin/sh\necho '$(steps.s.inputs.in)'\n", 0o755)
        self.step(command=["/tekton/scripts/script-0", "arg"])
        self.assertEqual(self.out, b"$(steps.s.inputs.in)\n")

    def test_failures(self):
        for content in (None, "x", '{"inputs":1}', '{"inputs":[{"name":"in","values":[1]}]}', '{"inputs":[]}'):
            self.setUp()
            if content is not None:
                self.artifact(content)
            self.step(command=["echo", "$(steps.s.inputs.in)"])
            self.ended(1, "out.err", None, {})
            self.tearDown()

    def test_reported(self):
        self.step(sh="cd /tekton; echo -n '{\"a\":1}' > run/0/status/artifacts/provenance.json; echo -n task > artifacts/provenance.json")
        self.assertEqual(self.entries(5), [("/tekton/run/0/status/artifacts/provenance.json", '{"a":1}')])
        self.assertEqual(self.entries(6), [("/tekton/artifacts/provenance.json", "task")])
        self.assertEqual(self.message()[0]["key"], "StartedAt")

    def test_too_large(self):
        self.step("-results", "a", sh="cd /tekton; echo -n v > results/a; head -c 5000 /dev/zero | tr '\\0' x > artifacts/provenance.json")
        self.ended(1, "out.err", None, {})
        self.assertEqual([e["key"] for e in self.message()], ["a", "StartedAt"])


class Streams(Pod):
    def test_both(self):
        self.step("-stdout_path", "/tekton/deep/o", "-stderr_path", "/tekton/e", sh="echo out; echo err >&2; exit 2")
        self.assertEqual((self.out, self.err), (b"out\n", b"err\n"))
        self.assertEqual((self.get("/tekton/deep/o"), self.get("/tekton/e")), (b"out\n", b"err\n"))
        self.assertEqual(os.stat(self.path("/tekton/e")).st_mode & 0o777, 0o644)
        self.ended(2, "out.err", None, {})

    def test_appends(self):
        self.put("/tekton/o", "before\n")
        self.step("-stdout_path", "/tekton/o", sh="echo after")
        self.assertEqual(self.get("/tekton/o"), b"before\nafter\n")

    def test_same_file(self):
        self.step("-stdout_path", "/tekton/o", "-stderr_path", "/tekton/o", sh="echo out; echo err >&2")
        self.assertEqual(sorted(self.get("/tekton/o").split()), [b"err", b"out"])

    def test_large(self):
        self.step("-stdout_path", "/tekton/o", sh="head -c 5000000 /dev/zero")
        self.assertEqual(len(self.out), 5000000)
        self.assertEqual(len(self.get("/tekton/o")), 5000000)
        self.ended(0, "out", "0", {})

    def test_unusable_path(self):
        for more in ([], ["-on_error", "continue"]):
            self.put("/tekton/termination")
            self.step("-stdout_path", "/tekton", *more, sh="echo never")
            self.assertEqual(self.out, b"")
            self.ended(1, "out.err", None, {})

    def test_full_disk_fails_the_step(self):
        self.step("-stdout_path", "/dev/full", sh="echo text")
        self.assertEqual(self.out, b"text\n")
        self.ended(1, "out.err", None, {})

    def test_slow_reader_does_not_stop_the_clock(self):
        import time
        process = self.start(*self.FLAGS, "-timeout", "500ms", "-stdout_path", "/tekton/o", "-entrypoint", "sh", "--", "-c", "yes")
        start = time.monotonic()
        self.wait_until(lambda: self.exists("/tekton/run/0/out.err"), 5, "post file")  # nobody reads its stdout
        self.assertLess(time.monotonic() - start, 4)
        self.finish(process)
        self.ended(1, "out.err", None, {"Reason": "TimeoutExceeded"})


class Hermetic(Pod):
    def test_no_network(self):
        self.step(sh="ls /proc/self/ns >/dev/null; cat /proc/net/dev | tail -n +3 | grep -vc lo: || true; echo pid $$", env={"TEKTON_HERMETIC": "1"})
        if self.code == 1 and b"not permitted" in self.err:
            self.skipTest("no namespaces with full id maps inside the sandbox")
        self.assertIn(b"pid 1\n", self.out)
        self.ended(0, "out", "0", {})

    def test_failed_start(self):
        self.step(command=["/no/such"], env={"TEKTON_HERMETIC": "1"})
        self.ended(1, "out.err", None, {})

    def test_only_without_resource_name(self):
        self.step(sh="test $$ != 1", env={"TEKTON_HERMETIC": "1", "TEKTON_RESOURCE_NAME": "x"})
        self.ended(0, "out", "0", {})
