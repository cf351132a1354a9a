// Curves of several runs in one plot, which tell their values under the pointer or by the arrow keys.

// told: {label, x: {title, show}, log, lines: [{run, name, points: [{x, y, low, high}], ahead: [{x, y}]}]}
function lineChart(told) {
  const box = el("div", { class: "chart" });
  const tip = el("div", { class: "tip", role: "status", hidden: true });
  let at = null; // which of the places is told
  const lines = told.lines.filter((line) => line.points.length);
  if (!lines.length) return el("p", { class: "said" }, "Nothing to draw yet.");
  const xs = [...new Set(lines.flatMap((line) => [...line.points, ...line.ahead].map((one) => one.x)))].sort((a, b) => a - b);

  function render() {
    const width = Math.max(300, box.clientWidth || 640);
    const wide = width >= 560;
    const height = wide ? 370 : 270;
    const longest = Math.max(...lines.map((line) => line.name.length));
    const area = { left: 46, right: width - (wide ? Math.min(230, 20 + 7.6 * longest) : 14), top: 12, bottom: height - 46 };
    const most = xs[xs.length - 1] > xs[0] ? xs[xs.length - 1] : xs[0] * 2;
    const x = scale(told.log ? xs[0] : 0, most, area.left, area.right, told.log);
    const y = scale(0, 1, area.bottom, area.top, false);
    const plot = draw("svg", {
      viewBox: `0 0 ${width} ${height}`, width, height, role: "img", tabindex: "0",
      "aria-label": `${told.label}. ${lines.map(spoken).join(" ")} Arrow keys tell values.`,
      pointermove: (event) => point(nearest(event)), pointerdown: (event) => point(nearest(event)),
      pointerleave: () => point(null), blur: () => point(null), keydown: (event) => step(event),
    });
    for (const share of [0, 0.2, 0.4, 0.6, 0.8, 1]) {
      plot.append(
        draw("line", { class: "grid", x1: area.left, x2: area.right, y1: y.of(share), y2: y.of(share) }),
        draw("text", { x: area.left - 8, y: y.of(share) + 4, "text-anchor": "end" }, percent(share, 0)),
      );
    }
    plot.append(draw("line", { class: "axis", x1: area.left, x2: area.right, y1: area.bottom, y2: area.bottom }));
    for (const tick of x.ticks) {
      plot.append(draw("text", { x: x.of(tick), y: area.bottom + 18, "text-anchor": "middle" }, told.x.show(tick)));
    }
    plot.append(draw("text", { x: (area.left + area.right) / 2, y: height - 6, "text-anchor": "middle" }, told.x.title));
    const labels = spread(lines.map((line) => y.of(last(line).y)), 17);
    for (const line of lines) {
      const banded = line.points.filter((one) => known(one.low) && known(one.high));
      const upper = banded.map((one) => `${x.of(one.x)},${y.of(one.high)}`);
      const lower = banded.map((one) => `${x.of(one.x)},${y.of(one.low)}`).reverse();
      plot.append(draw("polygon", { class: "band", points: [...upper, ...lower].join(" "), tint: tint(line.run) }));
    }
    lines.forEach((line, place) => {
      const path = (points) => points.map((one, first) => `${first ? "L" : "M"}${x.of(one.x).toFixed(1)} ${y.of(one.y).toFixed(1)}`).join("");
      const group = draw("g", { tint: tint(line.run), class: "curve", "data-run": line.run }, draw("path", { class: "line", d: path(line.points) }));
      if (line.ahead.length) {
        group.append(draw("path", { class: "line ahead", d: path([line.points[line.points.length - 1], ...line.ahead]) }));
      }
      if (line.points.length === 1) group.append(draw("circle", { class: "spot", cx: x.of(line.points[0].x), cy: y.of(line.points[0].y), r: 4.5 }));
      if (wide) group.append(draw("text", { class: "name", x: x.of(last(line).x) + 9, y: labels[place] + 4 }, line.name));
      plot.append(group);
    });
    const marks = draw("g", { class: "marks" });
    plot.append(marks);
    box.replaceChildren(plot, tip);

    function nearest(event) {
      const found = ((event.clientX - plot.getBoundingClientRect().left) / plot.getBoundingClientRect().width) * width;
      const away = xs.map((one) => Math.abs(x.of(one) - found));
      return away.indexOf(Math.min(...away));
    }

    function step(event) {
      const moves = { ArrowLeft: -1, ArrowRight: 1, Home: -xs.length, End: xs.length };
      if (event.key === "Escape") point(null);
      if (!(event.key in moves)) return;
      event.preventDefault();
      point(Math.min(xs.length - 1, Math.max(0, (at === null ? (event.key === "ArrowLeft" ? xs.length : -1) : at) + moves[event.key])));
    }

    function point(place) {
      at = place;
      tip.hidden = place === null;
      marks.replaceChildren();
      if (place === null) return;
      const here = x.of(xs[place]);
      marks.append(draw("line", { class: "rule", x1: here, x2: here, y1: area.top, y2: area.bottom }));
      const found = lines.map((line) => ({ line, ...value(line, xs[place]) })).filter((one) => known(one.y)).sort((a, b) => b.y - a.y);
      for (const one of found) marks.append(draw("circle", { class: "spot", cx: here, cy: y.of(one.y), r: 4.5, tint: tint(one.line.run) }));
      tip.replaceChildren(
        el("b", null, `${told.x.name} ${told.x.show(xs[place])}`),
        ...found.map((one) => el("div", null, dot(one.line.run), el("span", null, one.line.name), el("em", null, spelled(one)))),
      );
      const by = box.clientWidth / width;
      const left = here * by + 14 + tip.offsetWidth > box.clientWidth ? here * by - tip.offsetWidth - 14 : here * by + 14;
      tip.style.left = `${Math.max(0, left)}px`;
      // Where the curves are not: below them, or above.
      const high = found.length && found.reduce((sum, one) => sum + one.y, 0) / found.length > 0.5;
      tip.style.top = `${high ? Math.max(0, area.bottom * by - tip.offsetHeight - 8) : area.top}px`;
    }
  }

  new ResizeObserver(render).observe(box);
  return box;
}

const last = (line) => (line.ahead.length ? line.ahead : line.points)[(line.ahead.length || line.points.length) - 1];

function spoken(line) {
  const [first, end] = [line.points[0], line.points[line.points.length - 1]];
  return `${line.name}: from ${percent(first.y)} to ${percent(end.y)}.`;
}

function spelled(one) {
  const interval = known(one.low) && known(one.high) ? ` (${percent(one.low, 0)}–${percent(one.high, 0)})` : "";
  return percent(one.y) + interval + (one.isAhead ? " forecast" : "");
}

// The value of a line at x: what was measured, or between two measured places what the drawn line shows.
function value(line, x) {
  const end = line.points[line.points.length - 1].x;
  if (x <= end) return between(line.points, x);
  return { ...between([line.points[line.points.length - 1], ...line.ahead], x), low: null, high: null, isAhead: true };
}

function between(points, x) {
  const after = points.findIndex((one) => one.x >= x);
  if (after < 0 || (after === 0 && points[0].x > x)) return {};
  if (points[after].x === x) return points[after];
  const [a, b] = [points[after - 1], points[after]];
  const part = (Math.log(x) - Math.log(a.x)) / (Math.log(b.x) - Math.log(a.x));
  const mixed = (key) => (known(a[key]) && known(b[key]) ? a[key] + part * (b[key] - a[key]) : null);
  return { y: mixed("y"), low: mixed("low"), high: mixed("high") };
}
