#!/usr/bin/env python3
"""run.py MAKE CC BUILD: installs into a folder and uses what is there; unpacks the release and builds it without re2c and bison."""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

MAKE, CC, BUILD = sys.argv[1:4]
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
counts = {"passed": 0, "failed": 0, "skipped": 0}
WORK = tempfile.mkdtemp()


def check(name, fine, why=""):
    counts["passed" if fine else "failed"] += 1
    if not fine:
        print(f"FAIL {name}: {why}")
    return fine


def run(*words, **options):
    options.setdefault("cwd", ROOT)
    return subprocess.run(words, capture_output=True, text=True, timeout=900, **options)


def make(*words, **options):
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    return run(MAKE, "-s", f"CC={CC}", *words, env=dict(env, **options.pop("env", {})), **options)


def installed():
    done = make("install", f"DESTDIR={WORK}/root", "PREFIX=/usr", f"BUILD={BUILD}")
    if not check("make install", done.returncode == 0, done.stderr[-1000:]):
        return
    usr = f"{WORK}/root/usr"
    wanted = ["bin/tektonc", "bin/kubectl-tektonc", "bin/tkn-tektonc", "bin/tektonc-krm", "libexec/tektonc/tektonc-engine", "libexec/tektonc/controller", "libexec/tektonc/entrypoint",
              "share/man/man1/tektonc.1", "share/bash-completion/completions/tektonc", "share/zsh/vendor-completions/_tektonc", "share/fish/vendor_completions.d/tektonc.fish",
              "include/tektonc.h", "lib/libtektonc.a", "lib/pkgconfig/tektonc.pc"]
    missing = [path for path in wanted if not os.path.exists(f"{usr}/{path}")]
    check("all files are there", not missing, missing)
    check("nothing else is", sum(len(files) for _, _, files in os.walk(usr)) == len(wanted))
    check("it works", run(f"{usr}/bin/tektonc", "--version").stdout.startswith("tektonc "))
    done = run(f"{usr}/bin/kubectl-tektonc", "status", "--engine=host", env=dict(os.environ, XDG_STATE_HOME=WORK + "/state"))
    check("the verbs that need an engine find it", done.returncode == 0, done.stderr)
    library(usr)
    done = make("uninstall", f"DESTDIR={WORK}/root", "PREFIX=/usr", f"BUILD={BUILD}")
    check("make uninstall", done.returncode == 0 and not any(files for _, _, files in os.walk(usr)), done.stderr)


def library(usr):
    pkg_config = shutil.which("pkgconf") or shutil.which("pkg-config")
    if not pkg_config:
        counts["skipped"] += 1
        return
    env = dict(os.environ, PKG_CONFIG_PATH=f"{usr}/lib/pkgconfig", PKG_CONFIG_SYSROOT_DIR=f"{WORK}/root", PKG_CONFIG_ALLOW_SYSTEM_CFLAGS="1", PKG_CONFIG_ALLOW_SYSTEM_LIBS="1")
    flags = run(pkg_config, "--cflags", "--libs", "tektonc", env=env)
    if not check("pkg-config", flags.returncode == 0, flags.stderr):
        return
    done = run(*CC.split(), "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-o", f"{WORK}/user", f"{ROOT}/tests/install/user.c", *flags.stdout.split(), "-lpthread", cwd=WORK)
    if check("a program is built with it", done.returncode == 0, done.stderr):
        done = run(f"{WORK}/user", cwd=WORK)
        check("the program", done.returncode == 0 and not done.stdout and not done.stderr, f"{done.returncode} {done.stdout} {done.stderr}")
    done = run("nm", "-g", "--defined-only", f"{usr}/lib/libtektonc.a")
    foreign = [line for line in done.stdout.splitlines() if re.match(r"[0-9a-f]+ ", line) and not line.split()[-1].startswith("tektonc_")]
    check("no names but its own", done.returncode == 0 and not foreign, foreign[:5])
    done = run(*CC.split(), "-x", "c++", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", f"{usr}/include/tektonc.h")
    if "cannot execute" in done.stderr:
        counts["skipped"] += 1
    else:
        check("the header is C++, too", done.returncode == 0, done.stderr)


def release():
    if not os.path.isdir(os.path.join(ROOT, ".git")) and not os.path.isfile(os.path.join(ROOT, ".git")):
        counts["skipped"] += 1
        return
    done = make("dist", f"BUILD={BUILD}")
    tarballs = glob.glob(os.path.join(ROOT, BUILD, "tektonc-*.tar.gz"))
    if not check("make dist", done.returncode == 0 and len(tarballs) == 1, done.stderr[-500:]):
        return
    with open(tarballs[0], "rb") as f:
        first = f.read()
    make("dist", f"BUILD={BUILD}")
    with open(tarballs[0], "rb") as f:
        check("the same commit gives the same release", f.read() == first)
    run("tar", "-x", "-C", WORK, "-f", tarballs[0])
    tree = os.path.join(WORK, os.path.basename(tarballs[0])[:-len(".tar.gz")])
    # A PATH with everything but the two generators.
    tools = os.path.join(WORK, "bin")
    os.makedirs(tools)
    for folder in os.environ["PATH"].split(":"):
        for name in os.listdir(folder) if os.path.isdir(folder) else []:
            if name not in ("re2c", "bison", "yacc", "byacc", "re2rust", "re2go") and not os.path.lexists(f"{tools}/{name}"):
                os.symlink(os.path.join(folder, name), f"{tools}/{name}")
    check("the generators are out of reach", not shutil.which("re2c", path=tools) and not shutil.which("bison", path=tools))
    done = make("-j2", "tektonc", "CFLAGS=-O0", cwd=tree, env={"PATH": tools})
    if check("the release builds without re2c and bison", done.returncode == 0, done.stderr[-1000:]):
        example = f"{ROOT}/examples/release"
        check("and does the same", run(f"{tree}/build/tektonc", example).stdout == run(f"{ROOT}/{BUILD}/tektonc", example).stdout != "")


try:
    installed()
    release()
finally:
    shutil.rmtree(WORK)
print("install: {passed} passed, {failed} failed, {skipped} skipped".format(**counts))
sys.exit(counts["failed"] > 0)
