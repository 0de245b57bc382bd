"""The outcome table (facts 2.5), waiting, time limits, cancel, breakpoints, signals."""
import os
import signal
import subprocess
import time

from sandbox import SIGNALS, Pod


class Outcome(Pod):
    def test_success(self):
        self.step(sh="echo hi")
        self.assertEqual(self.out, b"hi\n")
        self.assertEqual(self.err, b"")
        self.ended(0, "out", "0", {})

    def test_every_exit_code(self):
        for code in range(256):
            with self.subTest(code=code):
                self.setUp()
                self.step(sh=f"exit {code}")
                self.ended(code, "out" if code == 0 else "out.err", "0" if code == 0 else None, {})
                self.tearDown()

    def test_continue(self):
        for code in (1, 3, 127, 255):
            with self.subTest(code=code):
                self.setUp()
                self.step("-on_error", "continue", sh=f"exit {code}")
                self.ended(0, "out", str(code), {"ExitCode": str(code)})
                self.tearDown()

    def test_continue_with_success(self):
        self.step("-on_error", "continue", sh="exit 0")
        self.ended(0, "out", "0", {})

    def test_on_error_other_words(self):
        self.step("-on_error", "whatever", sh="exit 4")
        self.ended(4, "out.err", None, {})

    def test_command_killed(self):
        self.step(sh="kill -9 $$")
        self.ended(255, "out.err", None, {})
        self.assertIn(b"signal 9", self.err)

    def test_command_killed_continue(self):
        self.step("-on_error", "continue", sh="kill -15 $$")
        self.ended(0, "out", "-1", {"ExitCode": "-1"})

    def test_cannot_start(self):
        self.put("/workspace/plain", "x", 0o644)
        self.put("/workspace/format", "\x7fELFgarbage", 0o755)
        for word in ("no-such-program", "/no/such", "/workspace/plain", "/workspace/format", "/workspace", ""):
            for more in ([], ["-on_error", "continue"]):
                with self.subTest(word=word, more=more):
                    for name in ("out", "out.err"):
                        if self.exists("/tekton/run/0/" + name):
                            os.unlink(self.path("/tekton/run/0/" + name))
                    self.put("/tekton/termination", "")
                    env = {} if word else {"TEKTON_PLATFORM_COMMANDS": '{"linux/amd64":[""],"linux/arm64":[""]}'}
                    self.step(*more, command=[word], env=env)
                    self.ended(1, "out.err", None, {})

    def test_relative_path_entry_is_refused(self):
        self.put("/workspace/tool", "#!/bin/sh\n", 0o755)
        self.step(command=["tool"], env={"PATH": ".:/usr/bin"}, cwd="/workspace")
        self.ended(1, "out.err", None, {})

    def test_path_is_followed_in_order(self):
        self.put("/workspace/a/tool", "#!/bin/sh\necho a\n", 0o644)
        self.put("/workspace/b/tool", "#!/bin/sh\necho b\n", 0o755)
        self.step(command=["tool"], env={"PATH": "/workspace/a:/workspace/b:/usr/bin:/bin"})
        self.assertEqual(self.out, b"b\n")

    def test_previous_step_failed(self):
        for more in ([], ["-on_error", "continue"]):
            with self.subTest(more=more):
                self.put("/tekton/run/9/out.err")
                self.put("/tekton/termination", "")
                self.step("-wait_file", "/tekton/run/9/out", *more, sh="echo never")
                self.assertEqual(self.out, b"")
                self.ended(1, "out.err", None, {"Reason": "Skipped"})

    def test_out_wins_over_out_err(self):
        self.put("/tekton/run/9/out")
        self.put("/tekton/run/9/out.err")
        self.step("-wait_file", "/tekton/run/9/out", sh="echo hi")
        self.ended(0, "out", "0", {})

    def test_when_false(self):
        self.step("--when_expressions", '[{"input":"a","operator":"in","values":["b"]}]', sh="echo never")
        self.assertEqual(self.out, b"")
        self.ended(0, "out", "0", {"Reason": "Skipped"})

    def test_when_cel(self):
        self.step("-when_expressions", '[{"cel":"true"}]', sh="echo never")
        self.ended(1, "out.err", None, {})
        self.assertIn(b"CEL", self.err)

    def test_timeout(self):
        for more in ([], ["-on_error", "continue"]):
            with self.subTest(more=more):
                self.put("/tekton/termination", "")
                start = time.monotonic()
                self.step("-timeout", "300ms", *more, sh="sleep 20")
                self.assertLess(time.monotonic() - start, 5)
                self.ended(1, "out.err", None, {"Reason": "TimeoutExceeded"})

    def test_timeout_not_reached(self):
        self.step("-timeout", "10s", sh="exit 0")
        self.ended(0, "out", "0", {})

    def test_negative_timeout(self):
        self.step("-timeout", "-1s", sh="echo never")
        self.assertEqual(self.out, b"")
        self.ended(1, "out.err", None, {})

    def test_timeout_ends_the_group(self):
        self.step("-timeout", "300ms", "-stdout_path", "/tekton/o", pid1=False, sh="(sleep 60; echo late) & sleep 60")
        self.ended(1, "out.err", None, {"Reason": "TimeoutExceeded"})
        self.assertEqual(self.get("/tekton/o"), b"")

    def test_timeout_does_not_wait_for_a_strange_group(self):
        start = time.monotonic()
        self.step("-timeout", "300ms", "-stdout_path", "/tekton/o", pid1=True, sh="echo first; setsid sleep 20 & wait")
        self.assertLess(time.monotonic() - start, 8)
        self.ended(1, "out.err", None, {"Reason": "TimeoutExceeded"})
        self.assertEqual(self.get("/tekton/o"), b"first\n")

    def test_cancel(self):
        self.put("/tekton/downward/cancel", "")
        process = self.start(*self.FLAGS, "-entrypoint", "sh", "--", "-c", "sleep 60")
        time.sleep(0.5)
        self.assertIsNone(process.poll())
        start = time.monotonic()
        self.put("/tekton/downward/cancel", "CANCEL")
        self.finish(process)
        self.assertLess(time.monotonic() - start, 1)
        self.ended(9, "out.err", "killed", {"Reason": "Cancelled"})

    def test_cancel_by_a_projected_volume(self):
        os.makedirs(self.path("/tekton/downward/..1"))
        self.put("/tekton/downward/..1/cancel", "")
        os.symlink("..1", self.path("/tekton/downward/..data"))
        os.symlink("..data/cancel", self.path("/tekton/downward/cancel"))
        process = self.start(*self.FLAGS, "-entrypoint", "sh", "--", "-c", "sleep 60")
        time.sleep(0.4)
        self.put("/tekton/downward/..2/cancel", "CANCEL")
        os.symlink("..2", self.path("/tekton/downward/..data_tmp"))
        start = time.monotonic()
        os.rename(self.path("/tekton/downward/..data_tmp"), self.path("/tekton/downward/..data"))
        self.finish(process)
        self.assertLess(time.monotonic() - start, 1)
        self.ended(9, "out.err", "killed", {"Reason": "Cancelled"})

    def test_cancel_before_start(self):
        self.put("/tekton/downward/cancel", "CANCEL")
        self.step(sh="echo never")
        self.assertEqual(self.out, b"")
        self.ended(9, "out.err", "killed", {"Reason": "Cancelled"})

    def test_cancel_without_a_downward_volume(self):
        process = self.start(*self.FLAGS, "-entrypoint", "sleep", "--", "60")
        time.sleep(0.2)
        self.put("/tekton/downward/cancel", "x")
        self.finish(process)
        self.ended(9, "out.err", "killed", {"Reason": "Cancelled"})

    def test_command_that_ends_well_in_spite_of_the_timeout(self):
        # the child is done, only a grandchild keeps the copied stream open: the command's own status counts
        self.step("-timeout", "500ms", "-stdout_path", "/tekton/o", sh="sleep 60 & exit 0")
        self.ended(0, "out", "0", {})

    def test_stream_of_a_grandchild_is_waited_for(self):
        self.step("-stdout_path", "/tekton/o", sh="(sleep 0.5; echo late) & echo early")
        self.assertEqual(self.get("/tekton/o"), b"early\nlate\n")
        self.assertEqual(self.out, b"early\nlate\n")
        self.ended(0, "out", "0", {})

    def test_unwritable_post_file(self):
        self.put("/tekton/run/0/status/x")
        self.run_raw("-post_file", "/proc/nothing/out", "-termination_path", "/tekton/termination", "-entrypoint", "true")
        self.assertEqual(self.code, 1)
        self.assertEqual(self.internal(), {})

    def test_unusable_metadata_dir(self):
        self.put("/tekton/run/0", "a file")
        self.run_raw("-post_file", "/tekton/post", "-step_metadata_dir", "/tekton/run/0/status", "-entrypoint", "echo", "--", "never")
        self.assertEqual((self.code, self.out), (1, b""))
        self.assertTrue(self.exists("/tekton/post.err"))

    def test_no_post_file(self):
        self.run_raw("-entrypoint", "true")
        self.assertEqual(self.code, 0)
        self.assertEqual(self.internal(), {})


class EarlyErrors(Pod):
    """Every early end writes the post file, so that no later step waits for ever."""

    def early(self, code, *flags, **options):
        self.run_raw("-post_file", "/tekton/run/0/out", *flags, **options)
        self.assertEqual(self.code, code, self.err)
        self.assertTrue(self.exists("/tekton/run/0/out.err"), self.err)
        self.assertFalse(self.exists("/tekton/run/0/out"))
        self.assertFalse(self.exists("/tekton/termination"))
        self.assertNotEqual(self.err, b"")

    def test_bad_when(self):
        for text in ("x", "{}", '[{"input":1}]', '[{"values":[1]}]', '[1]', '[{"values":"a"}]', "["):
            with self.subTest(text=text):
                self.early(1, "-when_expressions", text, "-entrypoint", "true")

    def test_platform_commands_missing(self):
        self.early(1)

    def test_platform_commands_bad(self):
        for text in ("", "[]", "{", '{"linux/amd64":"sh"}', '{"plan9/mips":["sh"]}', "null"):
            with self.subTest(text=text):
                self.early(1, env={"TEKTON_PLATFORM_COMMANDS": text})

    def test_unknown_flag(self):
        self.early(2, "-no_such_flag", "-entrypoint", "true")

    def test_unknown_flag_before_post_file(self):
        self.run_raw("-no_such_flag=1", "-post_file=/tekton/run/0/out", "-entrypoint", "true")
        self.assertEqual(self.code, 2)
        self.assertTrue(self.exists("/tekton/run/0/out.err"))

    def test_bad_values(self):
        for flags in (["-timeout", "1"], ["-timeout", "x"], ["-wait_file_content=maybe"], ["-basic-git", "nothing"], ["-basic-docker", "a=b=c"]):
            with self.subTest(flags=flags):
                self.early(2, *flags, "-entrypoint", "true")

    def test_flag_without_value(self):
        self.early(2, "-entrypoint")

    def test_missing_secret(self):
        for flag in ("-basic-docker", "-basic-git", "-ssh-git"):
            with self.subTest(flag=flag):
                self.early(2, flag, "s=https://x", "-entrypoint", "true")

    def test_spire(self):
        self.early(1, "-enable_spire", "-entrypoint", "true")
        self.assertIn(b"SPIRE", self.err)

    def test_help(self):
        for flag in ("-h", "-help", "--help"):
            self.run_raw(flag)
            self.assertEqual(self.code, 0)
            self.assertIn(b"-wait_file", self.err)


class Waiting(Pod):
    def waiting(self, *flags, **options):
        process = self.start(*self.FLAGS, *flags, "-entrypoint", "echo", "--", "ran", **options)
        time.sleep(0.4)
        self.assertIsNone(process.poll())
        return process

    def ran(self, process, within=1.0):
        start = time.monotonic()
        self.finish(process)
        self.assertLess(time.monotonic() - start, within)
        self.assertEqual(self.out, b"ran\n")
        self.ended(0, "out", "0", {})

    def test_file_appears(self):
        os.makedirs(self.path("/tekton/run/9"))
        process = self.waiting("-wait_file", "/tekton/run/9/out")
        self.put("/tekton/run/9/out")
        self.ran(process)

    def test_directory_appears_first(self):
        process = self.waiting("-wait_file", "/tekton/run/9/deep/out")
        self.put("/tekton/run/9/deep/out")
        self.ran(process)

    def test_content(self):
        self.put("/tekton/downward/ready", "")
        process = self.waiting("-wait_file", "/tekton/downward/ready", "-wait_file_content")
        with open(self.path("/tekton/downward/ready"), "w") as f:
            f.write("READY")
        self.ran(process)

    def test_projected_volume(self):
        os.makedirs(self.path("/tekton/downward/..1"))
        self.put("/tekton/downward/..1/ready", "")
        os.symlink("..1", self.path("/tekton/downward/..data"))
        os.symlink("..data/ready", self.path("/tekton/downward/ready"))
        process = self.waiting("-wait_file", "/tekton/downward/ready", "-wait_file_content")
        self.put("/tekton/downward/..2/ready", "READY")
        os.symlink("..2", self.path("/tekton/downward/..data_tmp"))
        os.rename(self.path("/tekton/downward/..data_tmp"), self.path("/tekton/downward/..data"))
        self.ran(process)

    def test_several_files_in_order(self):
        process = self.waiting("-wait_file", "/tekton/a,,/tekton/b")
        self.put("/tekton/b")
        time.sleep(0.2)
        self.assertIsNone(process.poll())
        self.put("/tekton/a")
        self.ran(process)

    def test_error_file_appears(self):
        os.makedirs(self.path("/tekton/run/9"))
        process = self.waiting("-wait_file", "/tekton/run/9/out")
        self.put("/tekton/run/9/out.err")
        self.finish(process)
        self.ended(1, "out.err", None, {"Reason": "Skipped"})

    def test_stat_error(self):
        self.put("/tekton/file")
        self.step("-wait_file", "/tekton/file/below", sh="echo never")
        self.assertEqual(self.out, b"")
        self.ended(1, "out.err", None, {})

    def test_without_inotify(self):
        limit = "echo 0 > /proc/sys/user/max_inotify_instances && exec \"$@\""
        probe = subprocess.run(["unshare", "-Ur", "sh", "-c", "echo 0 > /proc/sys/user/max_inotify_instances"], capture_output=True)
        if probe.returncode:
            self.skipTest("no user namespace to take the inotify instances from")
        os.makedirs(self.path("/tekton/run/9"))
        words = self.command([*self.FLAGS, "-wait_file", "/tekton/run/9/out", "-entrypoint", "echo", "--", "ran"])
        process = subprocess.Popen(["unshare", "-Ur", "sh", "-c", limit, "sh", *words], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.started.append(process)
        time.sleep(1)
        self.assertIsNone(process.poll())
        self.put("/tekton/run/9/out")
        self.ran(process, within=3)

    def test_wake_ups(self):
        """A waiting entrypoint makes a handful of system calls at each backstop check and none between."""
        if subprocess.run(["strace", "-V"], capture_output=True).returncode:
            self.skipTest("no strace")
        os.makedirs(self.path("/tekton/run/9"))
        process = self.start(*self.FLAGS, "-wait_file", "/tekton/run/9/out", "-entrypoint", "echo", "--", "ran",
                             prefix=["strace", "-f", "-o", "/tekton/trace", "-e", "trace=ppoll,poll,inotify_add_watch"])
        time.sleep(7)
        polls = self.get("/tekton/trace").count(b"poll")
        self.put("/tekton/run/9/out")
        self.finish(process)
        self.assertEqual(self.out, b"ran\n")
        # 50 ms doubled to 5 s: checks at 0.05, 0.15, 0.35, 0.75, 1.55, 3.15, 6.35 s
        self.assertLessEqual(polls, 9)
        self.assertGreaterEqual(polls, 5)

    def test_inotify_is_closed_on_exec(self):
        os.makedirs(self.path("/tekton/run/9"))
        process = self.start(*self.FLAGS, "-wait_file", "/tekton/run/9/out", "-entrypoint", "ls", "--", "-l", "/proc/self/fd")
        time.sleep(0.3)
        self.put("/tekton/run/9/out")
        self.finish(process)
        self.assertNotIn(b"inotify", self.out)
        self.assertNotIn(b"signalfd", self.out)


class Breakpoints(Pod):
    def test_failure_waits_for_a_decision(self):
        for content, code in (("7\n", 7), ("0", 0), ("1", 1), ("nonsense", 0), ("", 0)):
            with self.subTest(content=content):
                self.setUp()
                process = self.start(*self.FLAGS, "-breakpoint_on_failure", "-entrypoint", "sh", "--", "-c", "exit 5")
                self.wait_until(lambda: self.exists("/tekton/termination") and self.get("/tekton/termination"), what="message")
                time.sleep(0.2)
                self.assertIsNone(process.poll())
                self.assertFalse(self.exists("/tekton/run/0/out.err"))
                self.put("/tekton/run/0/.x", content)
                os.rename(self.path("/tekton/run/0/.x"), self.path("/tekton/run/0/out.breakpointexit"))
                self.finish(process)
                self.ended(code, None, None, {})
                self.tearDown()

    def test_also_with_continue_and_when_it_cannot_start(self):
        for flags, word in ((["-on_error", "continue"], "false"), ([], "no-such-program")):
            with self.subTest(word=word):
                self.setUp()
                self.put("/tekton/run/0/out.breakpointexit", "3")
                self.step("-breakpoint_on_failure", *flags, command=[word])
                self.ended(3, None, None, {})
                self.tearDown()

    def test_not_on_timeout_skip_success(self):
        self.step("-breakpoint_on_failure", "-timeout", "100ms", command=["sleep", "20"])
        self.ended(1, "out.err", None, {"Reason": "TimeoutExceeded"})
        os.unlink(self.path("/tekton/run/0/out.err"))
        self.put("/tekton/termination")
        self.step("-breakpoint_on_failure", command=["true"])
        self.ended(0, "out", "0", {})

    def test_predecessor_failure_is_no_skip(self):
        self.put("/tekton/run/9/out.err")
        self.step("-breakpoint_on_failure", "-wait_file", "/tekton/run/9/out", command=["echo", "ran"])
        self.assertEqual(self.out, b"ran\n")
        self.ended(0, "out", "0", {})

    def test_before_step_continue(self):
        process = self.start(*self.FLAGS, "-debug_before_step", "-entrypoint", "echo", "--", "ran")
        time.sleep(0.3)
        self.assertIsNone(process.poll())
        self.put("/tekton/run/0/out.beforestepexit", "0")
        self.finish(process)
        self.assertEqual(self.out, b"ran\n")
        self.assertIn(b"debug-beforestep-fail-continue", self.err)
        self.ended(0, "out", "0", {})

    def test_before_step_fail(self):
        self.put("/tekton/run/0/out.beforestepexit.err", "1")
        self.step("-debug_before_step", "-breakpoint_on_failure", command=["echo", "never"])
        self.assertEqual(self.out, b"")
        self.ended(1, "out.err", None, {})


class Signals(Pod):
    def test_every_signal_reaches_the_command(self):
        """As PID 1 of a PID namespace; the command says which signal it got."""
        script = ("import os, signal, sys\n"
                  "def got(n, f):\n"
                  "    os.write(1, b'%d\\n' % n)\n"
                  "    os._exit(0)\n"
                  "for n in range(1, 65):\n"
                  "    try: signal.signal(n, got)\n"
                  "    except (OSError, ValueError): pass\n"
                  "os.write(1, b'ready\\n')\n"
                  "while True: signal.pause()\n")
        for number in SIGNALS:
            if number in (32, 33):
                continue  # the C library of the command keeps these two for itself
            with self.subTest(signal=number):
                self.setUp()
                process = self.start(*self.FLAGS, "-entrypoint", "/usr/bin/python3", "--", "-c", script, pid1=True)
                self.assertEqual(process.stdout.readline(), b"ready\n")
                os.kill(self.sandboxed_pid(process), number)
                self.finish(process)
                self.assertEqual(self.out, b"%d\n" % number)
                self.ended(0, "out", "0", {})
                self.tearDown()

    def test_group_gets_the_signal(self):
        process = self.start(*self.FLAGS, "-entrypoint", "sh", "--", "-c",
                             "trap 'echo outer; wait; exit 3' TERM; sh -c 'trap \"echo inner; exit 0\" TERM; echo ready; while :; do sleep 0.05; done' & wait")
        self.assertEqual(process.stdout.readline(), b"ready\n")
        os.kill(self.sandboxed_pid(process), signal.SIGTERM)
        self.finish(process)
        self.assertEqual(sorted(self.out.split()), [b"inner", b"outer"])
        self.ended(3, "out.err", None, {})

    def test_term_kills_the_command(self):
        process = self.start(*self.FLAGS, "-entrypoint", "sleep", "--", "60", pid1=True)
        pid = self.sandboxed_pid(process)
        self.wait_until(lambda: open(f"/proc/{pid}/task/{pid}/children").read().strip(), what="child")
        os.kill(pid, signal.SIGTERM)
        self.finish(process)
        self.ended(255, "out.err", None, {})

    def test_while_waiting_as_pid_1(self):
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
            with self.subTest(signal=number):
                self.setUp()
                process = self.start(*self.FLAGS, "-wait_file", "/tekton/never", "-entrypoint", "true", pid1=True)
                pid = self.sandboxed_pid(process)
                time.sleep(0.3)
                os.kill(pid, number)
                self.finish(process)
                self.assertEqual(self.code, 2)
                self.assertTrue(self.exists("/tekton/run/0/out.err"))
                self.tearDown()

    def test_while_waiting_below_another(self):
        process = self.start(*self.FLAGS, "-wait_file", "/tekton/never", "-entrypoint", "true")
        pid = self.sandboxed_pid(process)
        time.sleep(0.3)
        os.kill(pid, signal.SIGTERM)
        self.finish(process)
        self.assertEqual(self.code, 128 + 15)  # bwrap's form of "killed by 15"
        self.assertTrue(self.exists("/tekton/run/0/out.err"))

    def test_others_are_ignored_while_waiting(self):
        process = self.start(*self.FLAGS, "-wait_file", "/tekton/go", "-entrypoint", "echo", "--", "ran", pid1=True)
        pid = self.sandboxed_pid(process)
        time.sleep(0.3)
        for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGWINCH, signal.SIGPIPE, 40):
            os.kill(pid, number)
        time.sleep(0.2)
        self.assertIsNone(process.poll())
        self.put("/tekton/go")
        self.finish(process)
        self.assertEqual(self.out, b"ran\n")

    def test_mask_and_dispositions_of_the_command(self):
        self.step(sh="grep -E 'Sig(Blk|Ign)' /proc/self/status")
        self.assertIn(b"SigBlk:\t0000000000000000", self.out)

    def test_own_group(self):
        self.step(command=["python3", "-c", "import os; print(os.getpgrp() == os.getpid())"])
        self.assertEqual(self.out, b"True\n")

    def test_orphans_are_collected_as_pid_1(self):
        self.step(sh="for i in 1 2 3 4 5; do (sleep 0.05 & ) ; done; sleep 0.5; ps -eo stat | grep -c Z || true", pid1=True)
        self.assertEqual(self.out, b"0\n")

    def test_stdin_is_empty(self):
        self.step(command=["cat"], stdin=subprocess.PIPE)
        self.ended(0, "out", "0", {})
