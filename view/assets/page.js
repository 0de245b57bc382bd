"use strict";
(() => {
  const all = JSON.parse(document.getElementById("data").textContent);
  const $ = id => document.getElementById(id);
  const stage = $("stage"), svgs = [...stage.querySelectorAll("svg")];
  let page = 0, svg, data, scale = 1, x = 0, y = 0, chosen = null, tab = "Task";

  const el = (tag, attributes, ...children) => {
    const e = document.createElement(tag);
    for (const [k, v] of Object.entries(attributes || {})) k.startsWith("on") ? e.addEventListener(k.slice(2), v) : e.setAttribute(k, v);
    e.append(...children.flat().filter(c => c !== undefined && c !== null && c !== false));
    return e;
  };
  const span = s => {
    s = Math.round(s);
    const h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60;
    return h ? `${h}h${m}m` : m ? `${m}m${s % 60}s` : `${s}s`;
  };
  const clock = s => new Date(s * 1000).toISOString().replace("T", " ").replace(".000Z", " UTC");
  const pill = (status, reason) => el("span", {class: `pill s-${status}`, title: reason || ""}, status);

  /* ---- the picture: wheel and buttons enlarge, dragging moves ---- */
  const place = () => { svg.style.transform = `translate(${x}px,${y}px) scale(${scale})`; };
  const size = () => [+svg.getAttribute("width"), +svg.getAttribute("height")];
  const fit = () => {
    const [w, h] = size(), W = stage.clientWidth, H = stage.clientHeight;
    scale = Math.min(1.25, W / w, H / h);
    scale = Math.max(0.45, scale);
    x = w * scale < W ? (W - w * scale) / 2 : 0;
    y = h * scale < H ? (H - h * scale) / 2 : 0;
    place();
  };
  const zoom = (factor, cx = stage.clientWidth / 2, cy = stage.clientHeight / 2) => {
    const next = Math.min(4, Math.max(0.05, scale * factor));
    x = cx - (cx - x) * next / scale;
    y = cy - (cy - y) * next / scale;
    scale = next;
    place();
  };
  stage.addEventListener("wheel", e => {
    e.preventDefault();
    const box = stage.getBoundingClientRect();
    if (e.ctrlKey || !e.shiftKey) zoom(Math.exp(-e.deltaY * 0.0015), e.clientX - box.left, e.clientY - box.top);
    else { x -= e.deltaY; place(); }
  }, {passive: false});
  let drag = null;
  stage.addEventListener("pointerdown", e => { drag = {x: e.clientX - x, y: e.clientY - y, moved: false, from: [e.clientX, e.clientY]}; });
  window.addEventListener("pointermove", e => {
    if (!drag) return;
    if (Math.hypot(e.clientX - drag.from[0], e.clientY - drag.from[1]) > 4) { drag.moved = true; stage.classList.add("drag"); }
    if (drag.moved) { x = e.clientX - drag.x; y = e.clientY - drag.y; place(); }
  });
  window.addEventListener("pointerup", e => {
    stage.classList.remove("drag");
    const was = drag;
    drag = null;
    if (!was || was.moved || !stage.contains(e.target)) return;
    const node = e.target.closest(".tk-node");
    choose(node ? node.dataset.task : null);
  });
  $("plus").onclick = () => zoom(1.25);
  $("minus").onclick = () => zoom(0.8);
  $("fit").onclick = fit;

  const show = path => { /* brings a task into sight */
    const node = svg.querySelector(`[data-task="${CSS.escape(path)}"]`);
    if (!node) return;
    const a = node.getBoundingClientRect(), b = stage.getBoundingClientRect();
    if (a.left < b.left || a.right > b.right) x += b.left + b.width / 2 - (a.left + a.width / 2);
    if (a.top < b.top || a.bottom > b.bottom) y += b.top + b.height / 2 - (a.top + a.height / 2);
    place();
  };

  /* ---- the text of files ---- */
  const yaml = line => {
    const m = /^(\s*(?:- )*)([\w.\/\-"$()]+)(:)(\s.*|)$/.exec(line);
    const rest = s => /^\s*#/.test(s) ? el("span", {class: "c"}, s) : el("span", {class: "v"}, s);
    if (/^\s*#/.test(line)) return [el("span", {class: "c"}, line)];
    return m ? [m[1], el("span", {class: "k"}, m[2]), m[3], rest(m[4])] : [line];
  };
  const code = (text, first, plain) => el("pre", {}, text.replace(/\n$/, "").split("\n").map((line, i) =>
    el("div", {}, first ? el("span", {class: "n"}, String(first + i)) : "", plain ? [line] : yaml(line))));

  /* ---- what is known of a task ---- */
  const link = path => el("a", {onclick: () => choose(path, true)}, path);
  const list = items => items.flatMap((item, i) => i ? [", ", item] : [item]);
  const table = rows => el("table", {}, rows.filter(Boolean).map(([k, v]) => el("tr", {}, el("td", {}, k), el("td", {}, v))));
  const flow = (edges, word) => edges.map(e => [link(e.task), [
    e.results ? el("span", {class: "mono"}, e.results.join(", ")) : "",
    e.status ? " its status" : "",
    !e.results && !e.status ? el("span", {class: "soft"}, word) : ""]]);
  const about = t => [
    t.skip && el("p", {}, "Never runs: ", t.skip),
    t.custom && el("p", {class: "soft"}, `Runs by another controller: ${t.custom}`),
    table([
      t.finally && ["finally", "after all other tasks, whatever became of them"],
      t.steps && ["steps", t.steps.join(" → ")],
      t.retries && ["retries", String(t.retries)],
      t.timeout && ["timeout", span(t.timeout)],
      t.mayFail && ["onError", "continue: its failure does not fail the run"]]),
    t.when && [el("h3", {}, "When"), t.when.map(w => el("div", {class: "mono"}, w))],
    t.params && [el("h3", {}, "Parameters"), table(t.params.map(p => [p.name, el("span", {class: "mono"}, p.value)]))],
    t.matrix && [el("h3", {}, "Matrix, decided by results"), table(t.matrix.map(p => [p.name, el("span", {class: "mono"}, p.value)]))],
    t.combinations && [el("h3", {}, `Matrix: ${t.combinations.length} Pods`), table(t.combinations.map((c, i) => [String(i), el("span", {class: "mono"}, c.map(p => `${p.name}=${p.value}`).join("  "))]))],
    t.in && [el("h3", {}, "Comes in from"), table(flow(t.in, "waits for it"))],
    t.out && [el("h3", {}, "Goes out to"), table(flow(t.out, "goes first"))],
    t.results && [el("h3", {}, "Results"), table(t.results.map(r => [r.name, r.type]))],
  ];
  const ran = t => (t.runs || []).map(r => [
    el("h3", {}, r.name), el("p", {}, r.status && pill(r.status, r.reason), " ", r.reason || "", r.start && r.end ? ` · ${span(r.end - r.start)}` : "", r.retries ? ` · attempt ${r.retries + 1}` : ""),
    r.message && el("p", {class: "soft"}, r.message),
    table([r.pod && ["Pod", el("span", {class: "mono"}, r.pod)], r.start && ["began", clock(r.start)], r.end && ["ended", clock(r.end)],
      ...(r.results || []).map(v => [v.name, el("span", {class: "mono"}, typeof v.value === "string" ? v.value : JSON.stringify(v.value))])]),
    r.steps && table(r.steps.map(s => [s.name, [s.start && s.end ? span(s.end - s.start) : "", s.exit ? ` exit code ${s.exit}` : "", ` ${s.reason || ""}`]]))]);
  const logs = t => (t.runs || []).flatMap(r => (r.steps || []).filter(s => s.log).map(s => [el("h3", {}, `${r.name} · ${s.name}`), code(s.log, 0, true)]));
  const tabs = t => ({
    Task: about(t),
    Run: t.runs ? ran(t) : null,
    Logs: logs(t).length ? logs(t) : null,
    Source: t.source ? t.source.map(s => [el("h3", {}, s.title), el("div", {class: "soft mono"}, `${s.file}:${s.line}`), code(s.text, s.line)]) : null,
    Pod: t.pods ? t.pods.map(p => [el("h3", {}, `pods/${p.name}.yaml`), code(p.text)]) : null,
  });
  const detail = () => {
    const t = data.tasks[chosen], pages = tabs(t);
    if (!pages[tab]) tab = "Task";
    $("detail").replaceChildren(
      el("button", {id: "close", title: "Close (Esc)", onclick: () => choose(null)}, "×"),
      el("h2", {}, t.title || t.name), el("div", {}, el("span", {class: "soft mono"}, chosen), " ", t.status ? pill(t.status, t.reason) : ""),
      el("div", {class: "tabs", role: "tablist"}, Object.keys(pages).filter(k => pages[k]).map(k => el("button", {role: "tab", "aria-selected": String(k === tab), onclick: () => { tab = k; detail(); }}, k))),
      ...[pages[tab]].flat(9).filter(Boolean));
    $("side").scrollTop = 0;
  };

  function choose(path, move) {
    chosen = path && data.tasks[path] ? path : null;
    svg.querySelectorAll(".chosen, .near").forEach(e => e.classList.remove("chosen", "near"));
    document.querySelectorAll(".row").forEach(e => e.classList.toggle("chosen", chosen !== null && e.dataset.task === chosen));
    svg.classList.toggle("chosen-any", chosen !== null);
    $("side").hidden = chosen === null;
    history.replaceState(null, "", chosen ? "#" + encodeURIComponent(chosen) : location.pathname + location.search);
    if (chosen === null) return;
    const name = CSS.escape(chosen);
    svg.querySelector(`.tk-node[data-task="${name}"]`)?.classList.add("chosen");
    svg.querySelectorAll(`[data-from="${name}"], [data-to="${name}"]`).forEach(e => { e.classList.add("near"); e.nextElementSibling?.classList.add("near"); });
    detail();
    if (move) show(chosen);
  }

  /* ---- times ---- */
  const times = () => {
    const rows = [];
    for (const [path, t] of Object.entries(data.tasks))
      for (const r of t.runs || []) if (r.start) rows.push({path, r, label: t.runs.length > 1 ? `${path} ${r.name.slice(-12)}` : path});
    $("times").hidden = !rows.length;
    if (!rows.length) return;
    rows.sort((a, b) => a.r.start - b.r.start);
    const last = Math.max(...rows.map(w => w.r.end || w.r.start), data.ran.end || 0);
    const begin = data.ran.start || rows[0].r.start, total = Math.max(1, last - begin);
    const at = s => `${Math.max(0, (s - begin) / total * 100)}%`, wide = (a, b) => `${Math.max(0, (b - a) / total * 100)}%`;
    const unit = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400].find(u => total / u <= 8) || 86400 * 7;
    const ticks = [];
    for (let s = 0; s <= total; s += unit) ticks.push(el("span", {style: `left:${at(begin + s)}`}, span(s)));
    $("times").replaceChildren(
      el("div", {class: "row axis"}, el("div", {class: "label"}, "Times"), el("div", {class: "track"}, ticks)),
      ...rows.map(w => el("div", {class: "row", "data-task": w.path, onclick: () => choose(w.path, true)},
        el("div", {class: "label", title: w.r.name}, w.label),
        el("div", {class: `track s-${w.r.status}`},
          el("div", {class: "bar", style: `left:${at(w.r.start)};width:${wide(w.r.start, w.r.end || last)}`, title: `${w.r.name}: ${w.r.status}`}),
          (w.r.steps || []).filter(s => s.start).map(s => el("div", {class: "step", style: `left:${at(s.start)};width:${wide(s.start, s.end || last)}`, title: `${s.name}: ${span((s.end || last) - s.start)}`})),
          el("span", {class: "bar-text", style: `left:${at(w.r.end || last)}`}, span((w.r.end || last) - w.r.start))))));
  };

  /* ---- all of it ---- */
  const open = n => {
    page = n;
    svgs.forEach((s, i) => { s.style.display = i === n ? "" : "none"; });
    svg = svgs[n];
    data = all[n];
    const tasks = Object.values(data.tasks), counts = {};
    for (const t of tasks) if (t.status) counts[t.status] = (counts[t.status] || 0) + 1;
    $("name").textContent = data.pipeline || data.run;
    $("sub").textContent = `${data.ran ? data.ran.name : data.pipeline ? data.run : data.kind} · ${tasks.length} task${tasks.length === 1 ? "" : "s"}`;
    $("state").replaceChildren(...(data.ran ? [pill(data.ran.status, data.ran.message), " ", el("span", {class: "soft"},
      [data.ran.start && data.ran.end && span(data.ran.end - data.ran.start), ...Object.entries(counts).map(([k, v]) => `${v} ${k}`)].filter(Boolean).join(" · "))] : []));
    times();
    choose(null);
    fit();
  };
  $("search").addEventListener("input", e => {
    const word = e.target.value.trim().toLowerCase();
    svg.classList.toggle("finding", word !== "");
    svg.querySelectorAll(".tk-node").forEach(n => n.classList.toggle("found", word !== "" && n.textContent.toLowerCase().includes(word)));
  });
  $("search").addEventListener("keydown", e => {
    const found = svg.querySelector(".tk-node.found");
    if (e.key === "Enter" && found) choose(found.dataset.task, true);
  });
  window.addEventListener("keydown", e => {
    if (e.target.matches("input, select")) { if (e.key === "Escape") e.target.blur(); return; }
    if (e.key === "Escape") choose(null);
    if (e.key === "/") { e.preventDefault(); $("search").focus(); }
    if (e.key === "0") fit();
    if (e.key === "+" || e.key === "=") zoom(1.25);
    if (e.key === "-") zoom(0.8);
    const step = {ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60]}[e.key];
    if (step) { x += step[0]; y += step[1]; place(); }
  });
  $("grip").addEventListener("pointerdown", e => {
    const move = m => { $("side").style.width = `${Math.max(280, window.innerWidth - m.clientX)}px`; };
    const up = () => { window.removeEventListener("pointermove", move); window.removeEventListener("pointerup", up); };
    e.preventDefault();
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", up);
  });
  if (all.length > 1) {
    all.forEach((d, i) => $("which").append(el("option", {value: String(i)}, d.run)));
    $("which").hidden = false;
    $("which").onchange = e => open(+e.target.value);
  }
  const wanted = decodeURIComponent(location.hash.slice(1));
  open(0);
  if (wanted) choose(wanted, true);
  window.addEventListener("resize", () => { if (!chosen) fit(); });
})();
