#!/usr/bin/env python3
"""graph.py TEKTONC: pictures of pipelines, looked at by their geometry, and the page in a browser where there is one."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as xml

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import pipelines

TEKTONC = os.path.abspath(sys.argv[1])
counts = {"passed": 0, "failed": 0, "skipped": 0}


def check(name, fine, why=""):
    counts["passed" if fine else "failed"] += 1
    if not fine:
        print(f"FAIL {name}: {why}")


def graph(text, *words):
    done = subprocess.run([TEKTONC, "graph", "-", "--profile=tekton", *words], input=text, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def overlapping(boxes):
    """Pairs of rectangles that touch, by a sweep over their left sides."""
    bad, open_ = [], []
    for name, (x, y, w, h) in sorted(boxes.items(), key=lambda b: b[1][0]):
        open_ = [b for b in open_ if b[1][0] + b[1][2] > x]
        bad += [(name, other) for other, (_, oy, _, oh) in open_ if y < oy + oh and oy < y + h]
        open_.append((name, (x, y, w, h)))
    return bad


def look(name, text, tasks):
    for way in "right", "down":
        svg = graph(text, "--format=svg", f"--direction={way}")
        check(f"{name} {way}: same again", svg == graph(text, "--format=svg", f"--direction={way}"))
        root = xml.fromstring(svg)
        ns = {"s": "http://www.w3.org/2000/svg"}
        nodes = {g.get("data-task"): g.find("s:rect[@class='tk-card']", ns) for g in root.iterfind(".//s:g[@data-task]", ns)}
        boxes = {k: tuple(float(r.get(a)) for a in ("x", "y", "width", "height")) for k, r in nodes.items()}
        check(f"{name} {way}: all tasks", len(boxes) == tasks, f"{len(boxes)} of {tasks}")
        check(f"{name} {way}: nothing overlaps", not overlapping(boxes), overlapping(boxes)[:3])
        width, height = float(root.get("width")), float(root.get("height"))
        out = [k for k, (x, y, w, h) in boxes.items() if x < 0 or y < 0 or x + w > width or y + h > height]
        check(f"{name} {way}: nothing outside", not out, out[:3])
        at = 0 if way == "right" else 1
        back = []
        for path in root.iterfind(".//s:path[@data-from]", ns):
            a, b = boxes[path.get("data-from")], boxes[path.get("data-to")]
            if a[at] + a[at + 2] >= b[at]:
                back.append((path.get("data-from"), path.get("data-to")))
            numbers = [float(v) for v in re.findall(r"-?[\d.]+", path.get("d"))]
            ends = numbers[:2], numbers[-2:]
            if abs(ends[0][at] - (a[at] + a[at + 2])) > 1 or not 0 <= b[at] - ends[1][at] <= 10:
                back.append(("line misses", path.get("data-from"), path.get("data-to")))
        check(f"{name} {way}: lines go forward, from task to task", not back, back[:3])


def drawn():
    """The drawing, and the list where there is no room for it, keep to the width."""
    for width in 40, 80, 200:
        os.environ["COLUMNS"] = str(width)
        for source in pipelines.fan(30), pipelines.some(30), pipelines.chain(8):
            lines = graph(source).splitlines()
            wide = max(lines, key=len)
            check(f"{width} columns", len(wide) <= width, wide)
    del os.environ["COLUMNS"]


def page(name, text, tasks):
    html = graph(text, "--format=html")
    check(f"{name}: one script of ours, one of data", html.count("</script>") == 2, html.count("</script>"))
    check(f"{name}: nothing from elsewhere", not re.search(r"""(src|href)=["']?(https?:)?//|@import|url\(""", html.split('id="data"')[0]))
    data = json.loads(re.search(r'id="data">(.*?)</script>', html, re.S).group(1))
    check(f"{name}: all tasks in the data", len(data[0]["tasks"]) == tasks)
    one = next(iter(data[0]["tasks"].values()))
    check(f"{name}: Pods and source", "kind: Pod" in one["pods"][0]["text"] and "name: t" in one["source"][0]["text"])
    return html


def browse(folder, html, task):
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if not browser:
        counts["skipped"] += 1
        return
    path = os.path.join(folder, "page.html")
    with open(path, "w") as f:
        f.write(html)
    done = subprocess.run([browser, "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile", "--virtual-time-budget=4000",
                           "--dump-dom", f"file://{path}#{task}"], capture_output=True, text=True, timeout=120)
    dom = done.stdout
    check("browser: the task is open", re.search(r"<h2>%s</h2>" % task, dom) is not None, done.stderr[-300:])
    check("browser: what flows in is shown", "Comes in from" in dom and "digest" in dom)
    check("browser: the picture is there", 'class="tk-node chosen"' in dom)


def graphviz():
    if not shutil.which("dot"):
        counts["skipped"] += 1
        return
    svg = graph(pipelines.some(40), "--format=svg", "--layout-by=graphviz")
    check("graphviz takes our DOT", svg.count('class="node"') == 42 and "finally" in svg, svg[:300])


def seconds(n):
    text = pipelines.some(n)
    start = time.monotonic()
    graph(text, "--format=svg")
    return time.monotonic() - start


look("few", pipelines.some(6), 8)
look("fan", pipelines.fan(30), 33)
look("chain", pipelines.chain(60), 60)
look("some", pipelines.some(200), 202)
drawn()
page("few", pipelines.some(6), 8)
html = page("some", pipelines.some(200), 202)
with tempfile.TemporaryDirectory() as folder:
    browse(folder, html, "task-15")
graphviz()
small, large = min(seconds(1000) for _ in range(3)), min(seconds(4000) for _ in range(2))
check("four times the tasks cost not sixteen times as much", large < 10 * small, f"{small:.2f} s, {large:.2f} s")
print("view: {passed} passed, {failed} failed, {skipped} skipped".format(**counts))
sys.exit(counts["failed"] > 0)
