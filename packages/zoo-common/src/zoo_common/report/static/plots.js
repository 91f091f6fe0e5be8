(() => {
  "use strict";
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const canvases = [...document.querySelectorAll("[data-figure]")];
  const views = document.getElementById("views");
  const PRINTED = { two: 490, three: 322 };
  let printing = false;

  // Colours have one home, the style sheet: an element that wears a colour says what it is in this theme.
  const probe = document.body.appendChild(document.createElement("i"));
  probe.hidden = true;
  const color = (value) => {
    probe.style.color = value;
    return getComputedStyle(probe).color;
  };
  const themed = (value, key = "") => {
    if (typeof value === "string") return key.endsWith("color") && value.startsWith("var(") ? color(value) : value;
    if (Array.isArray(value)) return value.map((item) => (typeof item === "object" ? themed(item) : item));
    if (!value || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, themed(item, name)]));
  };

  const axis = () => ({
    gridcolor: "var(--rule)", linecolor: "var(--rule-strong)", tickcolor: "var(--rule-strong)",
    zeroline: false, showline: true, ticks: "outside", ticklen: 4, automargin: true,
    title: { font: { size: 12 }, standoff: 8 },
  });
  const base = () => ({
    autosize: true, showlegend: false, dragmode: false,
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    margin: { l: 48, r: 10, t: 10, b: 42 },
    font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: "var(--ink-soft)" },
    hoverlabel: { bgcolor: "var(--ground-raised)", bordercolor: "var(--rule-strong)", font: { color: "var(--ink)" } },
    xaxis: axis(), yaxis: axis(),
  });
  const merged = (under, over) => {
    const result = { ...under };
    for (const [name, value] of Object.entries(over)) {
      const both = [value, under[name]].every((item) => item && typeof item === "object" && !Array.isArray(item));
      result[name] = both ? merged(under[name], value) : value;
    }
    return result;
  };

  const chosen = () => new Set([...views.querySelectorAll("input:checked")].map((input) => input.value));
  const draw = (canvas) => {
    const { data, layout } = figures[Number(canvas.dataset.figure)];
    const view = chosen();
    const full = themed(merged(base(), layout));
    const title = Object.entries((layout.meta && layout.meta.titles) || {}).find(([name]) => view.has(name));
    if (title) full.xaxis.title = { ...full.xaxis.title, text: title[1] };
    if (printing) full.width = PRINTED[canvas.closest(".plots").classList.contains("two") ? "two" : "three"];
    const traces = data.map((trace) => ({ ...themed(trace), visible: !trace.meta || view.has(trace.meta.view) }));
    canvas.querySelector("noscript")?.remove();
    return Plotly.react(canvas, traces, full, { displayModeBar: false, responsive: true });
  };
  const drawAll = () => canvases.forEach(draw);

  // One figure a frame: the page can be read while they appear.
  const waiting = [...canvases];
  const next = () => {
    if (!waiting.length) return;
    draw(waiting.shift());
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);

  views.hidden = false;
  views.addEventListener("change", drawAll);
  document.addEventListener("themechange", drawAll);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);

  const print = (on) => {
    if (on === printing) return;
    printing = on;
    waiting.length = 0;
    document.documentElement.classList.toggle("printing", on);
    drawAll();
  };
  addEventListener("beforeprint", () => print(true));
  addEventListener("afterprint", () => print(false));
  matchMedia("print").addEventListener("change", (event) => print(event.matches));
})();
