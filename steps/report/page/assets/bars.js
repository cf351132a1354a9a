// Histograms: one a run, small, beside each other.

const FRAME = { width: 330, height: 170, left: 40, right: 326, top: 16, bottom: 140 };

// bars: [{label, count}]
function columns(bars, run, unit) {
  const most = Math.max(1, ...bars.map((one) => one.count));
  const up = scale(0, most, FRAME.bottom, FRAME.top, false);
  const wide = (FRAME.right - FRAME.left) / bars.length;
  const plot = frame(`${unit}: ${bars.map((one) => `${one.label}: ${one.count}`).join(", ")}`);
  grid(plot, evenTicks(0, most, 4).filter(Number.isInteger), up, short);
  bars.forEach((one, at) => {
    const x = FRAME.left + at * wide;
    plot.append(
      draw("rect", { class: "bar", x: x + 2, width: Math.max(1, wide - 4), y: up.of(one.count), height: FRAME.bottom - up.of(one.count), rx: 2, tint: tint(run) },
        draw("title", null, `${one.label}: ${count(one.count)}`)),
    );
    if (at % Math.ceil(bars.length / 7) === 0) {
      plot.append(draw("text", { x: x + wide / 2, y: FRAME.bottom + 18, "text-anchor": "middle" }, one.label));
    }
  });
  return plot;
}

// What passed and what failed by length, each as shares of its own.
function lengthsPlot(lengths) {
  const found = ["fail", "pass"].filter((status) => total(lengths[status] || []) > 0);
  if (!found.length) return null;
  const end = Math.max(...found.map((status) => sameWidth(lengths[status]).at(-1).high));
  const most = Math.max(...found.flatMap((status) => shares(lengths[status]).map((one) => one.share)));
  const x = scale(0, end, FRAME.left, FRAME.right, false);
  const up = scale(0, most, FRAME.bottom, FRAME.top, false);
  const plot = frame(`Lengths in characters of completions: ${found.map((status) => `${status}: middle ${middle(lengths[status])}`).join(", ")}`);
  grid(plot, evenTicks(0, most, 4), up, (share) => percent(share, 0));
  for (const status of found) {
    const steps = shares(lengths[status]).map((one) => `H${x.of(one.low).toFixed(1)}V${up.of(one.share).toFixed(1)}H${x.of(one.high).toFixed(1)}`).join("");
    const d = `M${FRAME.left} ${FRAME.bottom}${steps}V${FRAME.bottom}`;
    plot.append(draw("g", { tint: `var(--${status})` }, draw("path", { class: "fill", d: d + "Z" }), draw("path", { class: "line", d })));
  }
  for (const tick of evenTicks(0, end, 5)) plot.append(draw("text", { x: x.of(tick), y: FRAME.bottom + 18, "text-anchor": "middle" }, short(tick)));
  return plot;
}

const total = (bins) => bins.reduce((sum, one) => sum + one.count, 0);
const shares = (bins) => sameWidth(bins).map((one) => ({ ...one, share: one.count / total(bins) }));

// The last bin reaches to the longest: it is drawn as wide as the one before it.
function sameWidth(bins) {
  if (bins.length < 2) return bins;
  const [before, end] = bins.slice(-2);
  return [...bins.slice(0, -1), { ...end, high: Math.min(end.high, end.low + before.high - before.low) }];
}

function middle(bins) {
  let left = total(bins) / 2;
  const found = bins.find((one) => (left -= one.count) <= 0);
  return found ? Math.round((found.low + found.high) / 2) : 0;
}

function frame(label) {
  const plot = draw("svg", { viewBox: `0 0 ${FRAME.width} ${FRAME.height}`, role: "img", "aria-label": label });
  plot.append(draw("line", { class: "axis", x1: FRAME.left, x2: FRAME.right, y1: FRAME.bottom, y2: FRAME.bottom }));
  return plot;
}

function grid(plot, ticks, up, show) {
  for (const tick of ticks) {
    plot.append(
      draw("line", { class: "grid", x1: FRAME.left, x2: FRAME.right, y1: up.of(tick), y2: up.of(tick) }),
      draw("text", { x: FRAME.left - 6, y: up.of(tick) + 4, "text-anchor": "end" }, show(tick)),
    );
  }
}

// A bin of whole numbers: its upper end belongs to the last one alone.
function whole(bin, at, bins) {
  const high = at === bins.length - 1 ? bin.high : bin.high - 1;
  return bin.low >= high ? count(bin.low) : `${count(bin.low)}–${count(high)}`;
}
