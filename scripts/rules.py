#!/usr/bin/env python3
"""rules.py [--check] TEKTONC: writes docs/rules.md and cli/examples.def from the table of rules (`tektonc explain`) and
from what the goldens bad-RULE show. --check only says whether they are as they would be written."""
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
GOLDEN = os.path.join(TOP, "tests", "golden")
PARTS = [("TK00", "Reading"), ("TK01", "Fields and types"), ("TK02", "Metadata, references, Tasks, steps, results"),
         ("TK03", "Parameters and variables"), ("TK04", "Pipelines"), ("TK05", "Runs"),
         ("TK06", "What a run resolves"), ("TK07", "Compilation and output"), ("TK08", "Tests"),
         ("TK09", "What Tekton lets through: warnings")]
HEAD = """# Rules

Everything tektonc says has an id that stays, a name, and a severity. Errors are what Tekton 1.15 refuses, at admission or
while it reconciles (or what can't be compiled); warnings are what it lets through and what then fails, does nothing or
hurts. `tektonc explain TK0123` shows the same as this page.

Another severity: `--rule=TK0123=off` (or note, warning, error; the name works as well as the id), in `.tektonc.yaml`

    rules:
      image-tag: off

or in the YAML itself, on the line or the line above, or for the whole file:

    image: ubuntu  # tektonc: ignore image-tag
    # tektonc: ignore-file TK0929

`--profile=tekton` leaves all warnings out, `--fail-on=warning` makes them failures.

This page is made by `make rules`.
"""


def rules(tektonc):
    listing = subprocess.run([tektonc, "explain"], capture_output=True, check=True).stdout.decode()
    ids = [line.split()[0] for line in listing.splitlines()]
    done = subprocess.run([tektonc, "explain"] + ids, capture_output=True, check=True).stdout.decode()
    pattern = re.compile(r"^(TK\d+)  (\S+) \((\w+)\)\n(.*)\n\n((?:.+\n)+)", re.MULTILINE)
    return [(m.group(1), m.group(2), m.group(3), m.group(4), " ".join(m.group(5).split())) for m in pattern.finditer(done)]


def example(rule_id, name):
    """The first message of the rule's golden that is the rule's, as people see it."""
    for ext in (".out", ".err"):
        path = os.path.join(GOLDEN, "bad-" + name + ext)
        if not os.path.exists(path):
            continue
        lines = open(path, encoding="utf-8", errors="replace").read().split("\n")
        for i, line in enumerate(lines):
            if "[%s]:" % rule_id not in line:
                continue
            block = [line]
            for more in lines[i + 1:]:
                if re.match(r"\S+:\d+:\d+: (error|warning|note\[)|tektonc: |\d+ (errors?|warnings?)\b|$", more):
                    break
                block.append(more)
            return [x[:150].rstrip() for x in block]
    return []


def c_text(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t").replace("?", "\\?") + '"'


def pages(tektonc):
    page, table = [HEAD], ["/* What the goldens show of each rule; made by `make rules`. EXAMPLE(name, text) */"]
    all_rules = rules(tektonc)
    for prefix, title in PARTS:
        page.append("\n## %s\n" % title)
        for rule_id, name, severity, summary, text in (r for r in all_rules if r[0].startswith(prefix)):
            page.append("### %s %s (%s)\n\n%s %s\n" % (rule_id, name, severity, summary, text))
            shown = example(rule_id, name)
            if shown:
                page.append("\n".join("    " + x if x else "" for x in shown) + "\n")
                table.append("EXAMPLE(%s,%s)" % (c_text(name), "".join("\n        " + c_text(x)[:-1] + '\\n"' for x in shown)))
    return {"docs/rules.md": "\n".join(page), "cli/examples.def": "\n".join(table) + "\n"}, len(all_rules)


def main(argv):
    check = "--check" in argv
    made, count = pages(os.path.abspath([a for a in argv if not a.startswith("--")][0]))
    stale = 0
    for path, text in made.items():
        path = os.path.join(TOP, path)
        old = open(path, encoding="utf-8").read() if os.path.exists(path) else ""
        if old == text:
            continue
        stale += 1
        if check:
            print("FAIL %s is not what `make rules` writes" % os.path.relpath(path, TOP))
        else:
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
    if check:
        print("pages of rules: %d passed, %d failed, 0 skipped" % (len(made) - stale, stale))
    return 1 if check and (stale or not count) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
