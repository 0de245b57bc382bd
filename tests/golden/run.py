#!/usr/bin/env python3
"""Golden tests: run.py [--update] TEKTONC ROUNDTRIP [NAME...], or run.py --rules|--mutate TEKTONC ROUNDTRIP

A case is a file NAME.yaml, or a folder NAME/ whose files are the input; beside it
  NAME.flags  words of the command line (default: `check`); a case of its own when there is no input. IN, OUT and STDIN in them stand for the input, an empty
              folder to write to, and `-` with the input on standard input; without IN or STDIN the input comes last
  NAME.out    standard output     NAME.err   standard error: empty when the file is not there
  NAME.dir/   what OUT holds afterwards: empty when the folder is not there
  NAME.exit   exit code when it is not 0
--update writes these files from what came out, by the same code that compares. A case bad-RULE must report the rule
RULE; --rules looks whether every rule has such a case, --mutate whether that case fails when its rule is turned off. Whatever YAML comes out is read again and must give the same trees (ROUNDTRIP FILE...). .tektonc.yaml, which tektonc
finds by itself, turns off the warnings that nearly every input gets."""
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
YAML = (".yaml", ".yml")


def cases():
    names = set()
    for entry in os.listdir(HERE):
        path = os.path.join(HERE, entry)
        if entry.endswith((".yaml", ".flags")) and not entry.startswith("."):
            names.add(os.path.splitext(entry)[0])
        elif os.path.isdir(path) and not entry.endswith(".dir") and not entry.startswith(("_", ".")):
            names.add(entry)
    return sorted(names)


def read(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except FileNotFoundError:
        return b""


def read_tree(folder):
    tree = {}
    for base, _, files in os.walk(folder):
        for name in files:
            path = os.path.join(base, name)
            tree[os.path.relpath(path, folder)] = read(path)
    return tree


def command(name, out):
    """The words and what goes to standard input."""
    given = name if os.path.isdir(os.path.join(HERE, name)) else name + ".yaml"
    placed = not os.path.exists(os.path.join(HERE, given))
    text = read(os.path.join(HERE, name + ".flags")).decode()
    flags = shlex.split(text, comments=True) or ["check"]
    words, stdin = [], b""
    for word in flags:
        if word == "STDIN":
            stdin, placed, word = read(os.path.join(HERE, given)), True, "-"
        elif word == "IN":
            placed, word = True, given
        elif word == "OUT":
            word = out
        words.append(word)
    return words + ([] if placed else [given]), stdin


def run(tektonc, words, stdin):
    done = subprocess.run([tektonc] + words, input=stdin, capture_output=True, cwd=HERE, timeout=60)
    return done


def produce(tektonc, name, work):
    """Everything that came out, as {relative file name: bytes}."""
    out = os.path.join(work, "out")
    words, stdin = command(name, out)
    done = run(tektonc, words, stdin)
    hide = lambda text: text.replace(out.encode(), b"OUT")
    made = {name + ".out": hide(done.stdout), name + ".err": hide(done.stderr)}
    if done.returncode:
        made[name + ".exit"] = b"%d\n" % done.returncode
    if os.path.isdir(out):
        for path, text in read_tree(out).items():
            made[os.path.join(name + ".dir", path)] = text
    return {path: text for path, text in made.items() if text or ".dir/" in path}, words, stdin


def expected(name):
    want = {name + ext: read(os.path.join(HERE, name + ext)) for ext in (".out", ".err", ".exit")}
    want = {path: text for path, text in want.items() if text}
    for path, text in read_tree(os.path.join(HERE, name + ".dir")).items():
        want[os.path.join(name + ".dir", path)] = text
    return want


def write(name, made):
    for ext in (".out", ".err", ".exit"):
        path = os.path.join(HERE, name + ext)
        if os.path.exists(path):
            os.remove(path)
    shutil.rmtree(os.path.join(HERE, name + ".dir"), ignore_errors=True)
    for path, text in made.items():
        path = os.path.join(HERE, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(text)


def difference(path, want, made):
    if want is None:
        return path + ": is there, but not expected\n" + made.decode(errors="replace")
    if made is None:
        return path + ": is expected, but not there"
    with tempfile.TemporaryDirectory() as d:
        for side, text in (("expected", want), ("made", made)):
            with open(os.path.join(d, side), "wb") as f:
                f.write(text)
        done = subprocess.run(["diff", "-u", "--label", path + " expected", "--label", path + " made", "expected", "made"],
                              capture_output=True, cwd=d)
        return done.stdout.decode(errors="replace").rstrip("\n")


def rule_problem(tektonc, name, words, stdin):
    """bad-RULE reports RULE: asked for in JSON, since the text shows ids."""
    if not name.startswith("bad-"):
        return None
    verb = [words[0]] if words[0] in ("check", "test") else []
    done = run(tektonc, verb + ["--format=json"] + words[len(verb):], stdin)
    for text in (done.stdout, done.stderr):
        try:
            rules = {json.loads(line)["name"] for line in text.splitlines()}
        except (ValueError, KeyError, TypeError):
            continue
        if not rules:
            continue
        if name[4:] in rules or any(name[4:].startswith(rule + ".") for rule in rules):
            return None
        return "the rule %s is not reported, but %s" % (name[4:], ", ".join(sorted(rules)) or "none")
    return "no diagnostics came out"


def round_trip_problem(roundtrip, name, made, words, work):
    """What was written as YAML is read again. Text for people (check, explain, help) is none."""
    files = []
    stream = name + ".out"
    if stream in made and words[0].startswith("-") and not {"--json", "--help", "--check"} & set(words):
        files.append((stream, made[stream]))
    files += [(path, text) for path, text in made.items() if ".dir/" in path and path.endswith(YAML)]
    paths = []
    for i, (_, text) in enumerate(files):
        paths.append(os.path.join(work, "%d.yaml" % i))
        with open(paths[-1], "wb") as f:
            f.write(text)
    if not paths:
        return None
    done = subprocess.run([roundtrip] + paths, capture_output=True)
    return None if done.returncode == 0 else "round trip: " + (done.stdout + done.stderr).decode(errors="replace")


def check_rules(tektonc):
    listing = subprocess.run([tektonc, "explain"], capture_output=True, check=True).stdout.decode()
    rules = [line.split()[:2] for line in listing.splitlines()]
    have = {name[4:].split(".")[0] for name in cases() if name.startswith("bad-")}
    missing = ["%s %s" % (id, rule) for id, rule in rules if rule not in have]
    for rule in missing:
        print("FAIL no golden triggers " + rule)
    print("rules with a golden: %d passed, %d failed, 0 skipped" % (len(rules) - len(missing), len(missing)))
    return len(missing) > 0 or not rules


def check_mutants(tektonc):
    """Each bad-RULE again with the rule off: something else must come out, and no crash."""
    passed = failed = 0
    for name in cases():
        if not name.startswith("bad-"):
            continue
        rule = name[4:].split(".")[0]
        with tempfile.TemporaryDirectory() as work:
            words, stdin = command(name, os.path.join(work, "out"))
            verb = 1 if words[0] in ("check", "test") else 0
            words[verb:verb] = ["--rule=%s=off" % rule]
            done = run(tektonc, words, stdin)
            hide = lambda text: text.replace(os.path.join(work, "out").encode(), b"OUT")
            same = (hide(done.stdout), hide(done.stderr)) == (expected(name).get(name + ".out", b""),
                                                               expected(name).get(name + ".err", b""))
        if done.returncode not in (0, 1, 3) or same:
            failed += 1
            print("FAIL %s (tektonc %s): %s" % (name, " ".join(words), "exit %d" % done.returncode if not same
                                                 else "the same comes out without its rule"))
        else:
            passed += 1
    print("mutated rules: %d passed, %d failed, 0 skipped" % (passed, failed))
    return failed > 0 or passed == 0


def main(argv):
    update = "--update" in argv
    tektonc, roundtrip, *names = [os.path.abspath(a) if i < 2 else a
                                  for i, a in enumerate(a for a in argv if not a.startswith("--"))]
    if "--rules" in argv:
        return check_rules(tektonc)
    if "--mutate" in argv:
        return check_mutants(tektonc)
    passed = failed = 0
    for name in names or cases():
        with tempfile.TemporaryDirectory() as work:
            made, words, stdin = produce(tektonc, name, work)
            problems = [rule_problem(tektonc, name, words, stdin), round_trip_problem(roundtrip, name, made, words, work)]
        if update:
            write(name, made)
        want = expected(name)
        problems += [difference(path, want.get(path), made.get(path))
                     for path in sorted(set(want) | set(made)) if want.get(path) != made.get(path)]
        problems = [p for p in problems if p]
        if problems:
            failed += 1
            print("FAIL %s (tektonc %s)\n%s" % (name, " ".join(words), "\n".join(problems)))
        else:
            passed += 1
    print("golden: %d passed, %d failed, 0 skipped" % (passed, failed))
    return failed > 0 or passed == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
