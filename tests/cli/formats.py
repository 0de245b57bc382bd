#!/usr/bin/env python3
"""What programs read of `tektonc check`: formats.py TEKTONC

Every golden, one by one and all at once, in each format, against what the format's readers want: JSON lines, SARIF 2.1.0,
workflow commands of GitHub, JUnit's XML. All must tell of the same messages. With $SARIF_SCHEMA (the file
sarif-schema-2.1.0.json) and python3-jsonschema, SARIF is also held against that."""
import glob
import json
import os
import re
import subprocess
import sys
import urllib.parse
import xml.etree.ElementTree as ET

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(os.path.dirname(HERE), "golden")
LEVELS = ("error", "warning", "note")


def schema_errors():
    path = os.environ.get("SARIF_SCHEMA")
    if not path:
        return None
    import jsonschema
    with open(path, encoding="utf-8") as f:
        schema = json.load(f)
    kind = jsonschema.validators.validator_for(schema)
    checker = kind(schema, format_checker=kind.FORMAT_CHECKER)
    return lambda log: ["schema: %s: %s" % (list(e.path), e.message[:200]) for e in checker.iter_errors(log)]


SCHEMA = schema_errors()


def only(thing, required, allowed, where):
    """The keys of an object: SARIF's schema allows no others in any of these."""
    return ["%s: no %s" % (where, k) for k in required if k not in thing] + ["%s: %s does not belong there" % (where, k) for k in thing if k not in allowed]


def check_location(x, where):
    bad = only(x, ["physicalLocation"], ("physicalLocation", "logicalLocations", "message"), where)
    place = x.get("physicalLocation", {})
    bad += only(place, ["artifactLocation", "region"], ("artifactLocation", "region"), where)
    uri, region = place.get("artifactLocation", {}).get("uri", ""), place.get("region", {})
    if not re.fullmatch(r"([A-Za-z0-9\-._~/:]|%[0-9A-F]{2})+", uri):
        bad.append("%s: no URI reference: %s" % (where, uri))
    if any(not isinstance(n, int) or n < 1 for n in region.values()) or "startLine" not in region:
        bad.append("%s: region %s" % (where, region))
    if (region.get("endLine", region["startLine"]), region.get("endColumn", 1 << 30)) < (region["startLine"], region["startColumn"]):
        bad.append("%s: ends before it begins: %s" % (where, region))
    return bad


def check_sarif(text, messages):
    log = json.loads(text)
    bad = only(log, ["version", "runs"], ("$schema", "version", "runs"), "log")
    run, = log["runs"]
    driver = run["tool"]["driver"]
    rules, results = driver["rules"], run["results"]
    bad += only(driver, ["name"], ("name", "version", "rules", "informationUri"), "driver")
    if log["version"] != "2.1.0" or run["columnKind"] not in ("unicodeCodePoints", "utf16CodeUnits"):
        bad.append("version or columnKind")
    if len({r["id"] for r in rules}) != len(rules):
        bad.append("a rule is listed twice")
    if [r["ruleId"] for r in results] != [m["id"] for m in messages]:
        bad.append("other results than the JSON lines have")
    for i, r in enumerate(results):
        bad += only(r, ["message"], ("ruleId", "ruleIndex", "level", "message", "locations", "relatedLocations"), "result %d" % i)
        if r["level"] not in LEVELS or rules[r["ruleIndex"]]["id"] != r["ruleId"] or not r["message"]["text"]:
            bad.append("result %d: level, rule or text" % i)
        for x in r.get("locations", []) + r.get("relatedLocations", []):
            bad += check_location(x, "result %d" % i)
        if r["locations"] and urllib.parse.unquote(r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]).split("/")[-1] != messages[i]["file"].split("/")[-1]:
            bad.append("result %d: another file" % i)
    return bad + (SCHEMA(log) if SCHEMA else [])


def unescaped(text, properties):
    for code, c in (("%0A", "\n"), ("%0D", "\r")) + ((("%3A", ":"), ("%2C", ",")) if properties else ()) + (("%25", "%"),):
        text = text.replace(code, c)
    return text


def check_github(text, messages):
    bad, lines = [], text.splitlines() if text else []
    if len(lines) != len(messages):
        return ["%d commands for %d messages" % (len(lines), len(messages))]
    for line, m in zip(lines, messages):
        command = re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.*)", line)
        if not command:
            bad.append("no workflow command: " + line)
            continue
        values = dict(x.split("=", 1) for x in command.group(2).split(","))
        want = m["message"] + ("; " + m["help"] if "help" in m else "")
        if unescaped(command.group(3), False) != want or command.group(1) != {"note": "notice"}.get(m["severity"], m["severity"]):
            bad.append("says something else: " + line)
        if "line" in m and (unescaped(values["file"], True), int(values["line"]), int(values["col"])) != (m["file"], m["line"], m["column"]):
            bad.append("another place: " + line)
        if not set(values) <= {"file", "line", "col", "endLine", "endColumn", "title"}:
            bad.append("unknown properties: " + line)
    return bad


def check_junit(text, messages, files):
    root, bad = ET.fromstring(text), []
    suite, = root.findall("testsuite")
    cases, failures = suite.findall("testcase"), suite.findall("testcase/failure")
    errors = [m for m in messages if m["severity"] == "error"]
    if root.tag != "testsuites" or (int(suite.get("tests")), int(suite.get("failures")), int(suite.get("errors"))) != (len(cases), len(failures), 0):
        bad.append("counts of the suite")
    # XML has no control characters: a question mark stands for each
    if [(f.get("type"), f.get("message")) for f in failures] != [(m["id"], re.sub(r"[\x00-\x1f]", "?", m["message"])) for m in errors]:
        bad.append("other failures than the errors of the JSON lines")
    names = [(c.get("classname"), c.get("name")) for c in cases]
    if any(not a or not b for a, b in names):
        bad.append("a test case without a name")
    if not {a for a, _ in names} >= set(files):
        bad.append("not each file has a test case")
    children = [x.tag for x in suite]
    if children != sorted(children, key=["testcase", "system-out"].index):
        bad.append("test cases come first")
    return bad


def check_json(messages):
    bad = []
    for m in messages:
        bad += only(m, ["id", "severity", "message"], ("file", "line", "column", "endLine", "endColumn", "id", "name", "severity", "message", "help", "path", "notes"), "line")
        if not re.fullmatch(r"TK\d{4}", m["id"]) or m["severity"] not in LEVELS or not m["message"] or ("file" in m and m["line"] < 1):
            bad.append("line: %s" % m)
    return bad


def run(tektonc, form, files):
    p = subprocess.run([tektonc, "check", "--settings=_settings/all.yaml", "--format=" + form] + files, cwd=GOLDEN, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return p.stdout.decode("utf-8")


def try_files(tektonc, files):
    messages = [json.loads(x) for x in run(tektonc, "json", files).splitlines()]
    return check_json(messages) + check_sarif(run(tektonc, "sarif", files), messages) + check_github(
        run(tektonc, "github", files), messages) + check_junit(run(tektonc, "junit", files), messages, files)


def main():
    tektonc = os.path.abspath(sys.argv[1])
    names = sorted(os.path.basename(x) for x in glob.glob(os.path.join(GOLDEN, "*.yaml")))
    passed = failed = 0
    for files in [[n] for n in names] + [names]:
        try:
            bad = try_files(tektonc, files)
        except (ValueError, KeyError, ET.ParseError) as e:
            bad = ["%s: %s" % (type(e).__name__, e)]
        for x in bad[:5]:
            print("FAIL %s: %s" % (files[0] if len(files) == 1 else "all", x))
        passed, failed = passed + (not bad), failed + bool(bad)
    print("formats: %d passed, %d failed, 0 skipped" % (passed, failed))
    return failed > 0 or not passed


if __name__ == "__main__":
    sys.exit(main())
