// The page from the report: sections in order, runs that can be hidden, themes, keys.

const hidden = new Set();
const redraws = [];
const main = document.getElementById("main");
const CURVES = {
  pass_at_k: ["pass@k", "The chance that at least one of k completions passes; the unbiased estimate, as a mean over problems."],
  solved_by_k: ["Solved by the k-th", "The share of problems with a pass among their first k completions: also where asking stopped early."],
  majority: ["Majority of k", "How often the most frequent answer among k is right."],
  best_of_n: ["Best of k by reward", "How often the completion with the highest reward among k is right."],
  weighted: ["Votes by reward", "How often the answer with the greatest sum of rewards among k is right."],
};

function section(id, title, said, ...content) {
  const name = title.split(/[,:]/)[0];
  document.getElementById("sections").append(el("a", { href: `#${id}` }, name));
  main.append(el("section", { id, "aria-labelledby": `${id}-title` }, el("h2", { id: `${id}-title` }, title), said ? el("p", { class: "said" }, said) : null, ...content));
}

const each = (draw) => report.runs.map((run, at) => ({ run, at, name: report.names[at] })).filter(({ at }) => !hidden.has(at)).map(draw);

const runName = (at) => el("span", { class: "run", title: report.names[at] }, dot(at), " ", seen(report.names[at]));

function redrawn(make) {
  const box = el("div");
  const redraw = () => box.replaceChildren(...[make()].flat().filter(Boolean));
  redraws.push(redraw);
  redraw();
  return { box, redraw };
}

// Whether any verdict says right or wrong, and whether anybody told how many tokens there were.
const decided = (run) => (run.counts.statuses.pass || 0) + (run.counts.statuses.fail || 0) > 0;
const tokens = (run) => run.counts.prompt_tokens + run.counts.completion_tokens > 0;

function summary() {
  const measures = [
    ["Run", (run) => seen(run.name)],
    ["Problems", (run) => count(run.counts.problems)],
    ["Solved", (run) => (decided(run) ? `${count(run.counts.solved)} (${percent(run.counts.problems ? run.counts.solved / run.counts.problems : null)})` : "–")],
    ["Right at the first try (pass@1)", (run) => percent((run.curves.pass_at_k[0] || {}).value)],
    ["Completions", (run) => count(run.counts.completions)],
    ["… passed", (run) => part(run, run.counts.statuses.pass)],
    ["… failed", (run) => part(run, run.counts.statuses.fail)],
    ["… skipped", (run) => part(run, run.counts.statuses.skip)],
    ["… broke the verifier", (run) => part(run, run.counts.statuses.error)],
    ["… said before, word for word", (run) => part(run, run.counts.completions - run.counts.distinct)],
    ["… cut off", (run) => part(run, run.counts.truncated)],
    ["Requests given up", (run) => count(run.counts.failed)],
    ["Tokens of prompts, of completions", (run) => (tokens(run) ? `${short(run.counts.prompt_tokens)}, ${short(run.counts.completion_tokens)}` : "–")],
    ["Tokens a solved problem", (run) => count(run.counts.tokens_per_solved)],
    ["Cost", (run) => digits(run.counts.cost)],
    ["Cost a solved problem", (run) => digits(run.counts.cost_per_solved)],
    ["Model", (run) => seen(run.models.join(", "))],
  ];
  const part = (run, of) => `${count(of || 0)} (${percent(run.counts.completions ? (of || 0) / run.counts.completions : null)})`;
  const one = report.runs.length === 1 ? report.runs[0] : null;
  const tile = (value, title) => el("div", { class: "tile" }, el("b", null, value), el("span", null, title));
  const tiles = one && el("div", { class: "tiles" },
    decided(one)
      ? tile(percent(one.counts.problems ? one.counts.solved / one.counts.problems : null), `solved: ${count(one.counts.solved)} of ${count(one.counts.problems)} problems`)
      : tile("–", "solved: nothing was judged right or wrong"),
    tile(percent((one.curves.pass_at_k[0] || {}).value), "right at the first try (pass@1)"),
    tile(count(one.counts.completions), decided(one) ? `completions, ${percent((one.counts.statuses.pass || 0) / one.counts.completions)} passed` : "completions"),
    tile(short(one.counts.tokens_per_solved), "tokens a solved problem"),
    tile(known(one.counts.cost) ? digits(one.counts.cost) : tokens(one) ? short(one.counts.completion_tokens) : "–", known(one.counts.cost) ? "cost" : "tokens of completions"));
  const head = el("tr", null, el("td"), each(({ at, name }) => el("th", { class: "num", scope: "col" }, dot(at), " ", seen(name))));
  const rows = measures.map(([title, show]) => el("tr", null, el("th", { scope: "row" }, title), each(({ run }) => el("td", { class: ["Run", "Model"].includes(title) ? "num wraps" : "num" }, show(run)))));
  return [tiles, el("div", { class: "panel scroll", tabindex: "0", role: "region", "aria-label": "Summary" }, el("table", null, el("thead", null, head), el("tbody", null, rows)))];
}

function coverage() {
  const there = Object.keys(CURVES).filter((key) => report.runs.some((run) => run.curves[key].length > 0));
  const reaches = report.runs.every((run) => (run.curves.pass_at_k.at(-1) || { k: 0 }).k >= (run.curves.solved_by_k.at(-1) || { k: 0 }).k);
  const curve = choice("Curve", there.map((key) => [key, CURVES[key][0]]), () => plot.redraw());
  curve.value = reaches || !there.includes("solved_by_k") ? there[0] : "solved_by_k";
  const axis = choice("Samples", [["log", "log scale"], ["even", "even scale"]], () => plot.redraw());
  const laws = report.runs.some((run) => run.curves.law && known(run.curves.law.backtest_error));
  const ahead = el("input", { type: "checkbox", change: () => plot.redraw() });
  ahead.checked = laws && report.runs.length < 6;
  const plot = redrawn(() => {
    const withLaw = laws && ahead.checked && ["pass_at_k", "solved_by_k"].includes(curve.value);
    const lines = each(({ run, at, name }) => {
      const points = (run.curves[curve.value] || []).map((one) => ({ x: one.k, y: one.value, low: one.low, high: one.high }));
      const law = withLaw && run.curves.law && known(run.curves.law.backtest_error) ? run.curves.law : null;
      const beyond = law && points.length ? law.forecast.filter((one) => one.k > points.at(-1).x) : [];
      return { run: at, name, points, ahead: beyond.map((one) => ({ x: one.k, y: one.value })) };
    });
    const x = { title: "Samples a problem, k", name: "k =", show: (k) => (k >= 10_000 ? short(k) : count(k)) };
    const errors = each(({ run, name }) => (withLaw && run.curves.law && known(run.curves.law.backtest_error) ? `${name} by ${(100 * run.curves.law.backtest_error).toFixed(1)} points` : null)).filter(Boolean);
    return [
      el("p", { class: "said" }, (CURVES[curve.value] || ["", ""])[1], " Bands are 95% intervals.",
        errors.length ? ` Dashed: what a law fitted to the curve forecasts; fitted to the first quarter of the completions, it missed the rest of ${errors.join(", ")}.` : ""),
      lineChart({ label: `${CURVES[curve.value][0]} by samples a problem`, x, log: axis.value === "log", lines }),
      asTable(lines, "k", x.show),
    ];
  });
  return el("div", { class: "panel" }, el("div", { class: "controls" }, curve.parentNode, axis.parentNode, laws ? el("label", null, ahead, "Forecast") : null), plot.box);
}

function spending() {
  const priced = report.runs.some((run) => run.spend.some((row) => row.cost > 0));
  const unit = choice("By", [...(priced ? [["cost", "cost"]] : []), ["tokens", "tokens"]], () => plot.redraw());
  const plot = redrawn(() => {
    const lines = each(({ run, at, name }) => ({
      run: at, name, ahead: [],
      points: run.spend.filter((row) => row[unit.value] > 0).map((row) => ({ x: row[unit.value], y: row.coverage })),
    }));
    const x = unit.value === "cost"
      ? { title: "Cost, in the currency of the prices", name: "Cost", show: (cost) => digits(cost) }
      : { title: "Tokens, prompts included", name: "Tokens", show: short };
    return [lineChart({ label: `Coverage by ${unit.value}`, x, log: true, lines }), asTable(lines, x.name, x.show)];
  });
  return el("div", { class: "panel" }, el("div", { class: "controls" }, unit.parentNode), plot.box);
}

// What a plot shows, for those who read rather than look.
function asTable(lines, title, show) {
  const xs = [...new Set(lines.flatMap((line) => line.points.map((one) => one.x)))].sort((a, b) => a - b);
  const few = xs.filter((_, at) => xs.length <= 16 || at === xs.length - 1 || at % Math.ceil(xs.length / 16) === 0);
  const rows = few.map((x) => el("tr", null, el("th", { scope: "row" }, show(x)), lines.map((line) => {
    const found = line.points.length && x <= line.points.at(-1).x ? between(line.points, x) : {};
    return el("td", { class: "num" }, known(found.y) ? spelled(found) : "–");
  })));
  const head = el("tr", null, el("th", { scope: "col" }, title), lines.map((line) => el("th", { class: "num", scope: "col" }, seen(line.name))));
  return el("details", null, el("summary", null, "As a table"), el("div", { class: "scroll" }, el("table", null, el("thead", null, head), el("tbody", null, rows))));
}

function histograms() {
  const panel = (title, said, make) => {
    const plots = each(({ run, at, name }) => {
      const plot = make(run, at);
      return plot ? el("figure", { class: "bars" }, el("figcaption", null, dot(at), " ", seen(name)), plot) : null;
    }).filter(Boolean);
    return plots.length ? el("div", { class: "panel" }, el("h3", null, title), el("p", { class: "said" }, said), ...plots) : null;
  };
  const bars = (bins, label, run, unit) => (total(bins) ? columns(bins.map((bin, at) => ({ label: label(bin, at, bins), count: bin.count })), run, unit) : null);
  return el("div", { class: "three" }, [
    panel("Difficulty", "Problems by the share of their completions that passed.", (run, at) => bars(run.difficulty, (bin) => `${Math.round(100 * bin.low)}%`, at, "Problems by pass rate")),
    panel("First pass", "Solved problems by the completions it took.", (run, at) => bars(run.first_pass, whole, at, "Problems by completions until the first pass")),
    panel("Lengths", "Characters of what passed (blue) and of what failed (orange), as shares of each.", (run) => lengthsPlot(run.lengths)),
  ].filter(Boolean));
}

function families() {
  const names = [...new Set(report.runs.flatMap((run) => Object.keys(run.families)))];
  const column = choice("By", names.map((name) => [name, name]), () => made.redraw());
  const made = redrawn(() => {
    const rows = each(({ run, at, name }) => (run.families[column.value] || []).map((one, place, all) => ({ ...one, at, name, total: place === all.length - 1 }))).flat();
    const order = [...new Set(rows.map((row) => row.value))];
    rows.sort((a, b) => order.indexOf(a.value) - order.indexOf(b.value));
    const datasets = [...new Set(rows.flatMap((row) => Object.keys(row.rows)))];
    const columns = [
      { title: column.value || "family", value: (row) => row.value, show: (row) => seen(row.value) },
      ...(report.runs.length > 1 ? [{ title: "Run", value: (row) => row.name, show: (row) => runName(row.at) }] : []),
      { title: "Problems", value: (row) => row.problems, show: (row) => count(row.problems), num: true },
      { title: "Completions", value: (row) => row.completions, show: (row) => count(row.completions), num: true },
      { title: "pass@1", value: (row) => row.pass_at_1, show: (row) => percent(row.pass_at_1), num: true },
      { title: "Solved", value: (row) => row.coverage, show: (row) => percent(row.coverage), num: true },
      { title: "95% interval", value: (row) => row.low, show: (row) => (known(row.low) ? `${percent(row.low, 0)}–${percent(row.high, 0)}` : "–"), num: true },
      { title: "Tokens", value: (row) => row.tokens, show: (row) => short(row.tokens), num: true },
      ...datasets.map((name) => ({ title: `${name} rows`, value: (row) => row.rows[name] || 0, show: (row) => count(row.rows[name] || 0), num: true })),
    ];
    return table(columns, rows, "Families");
  });
  return el("div", { class: "panel" }, names.length > 1 ? el("div", { class: "controls" }, column.parentNode) : null, made.box);
}

function audits() {
  return redrawn(() => el("div", { class: "two" }, each(({ run, at, name }) => {
    const { audit, counts } = run;
    const rows = [
      ["Verifier", `${audit.verifier} ${audit.version}`],
      ["Golden answers that passed", known(audit.golds) ? `${count(audit.golds_passed)} of ${count(audit.golds)}` : "not checked"],
      ["Completions on which it changed its mind", count(counts.flips)],
      ["Completions on which it broke", count(counts.statuses.error || 0)],
      ["Reviewed by people", count(audit.reviewed)],
      ["Precision of a pass, by the reviews", known(audit.precision) ? `${percent(audit.precision)} (${percent(audit.precision_low)}–${percent(audit.precision_high)})` : "–"],
    ];
    if (audit.reward) {
      rows.push(["A pass has the higher reward (AUC)", digits(audit.reward.auc)], ["Mean reward of passes, of fails", `${digits(audit.reward.mean_pass)}, ${digits(audit.reward.mean_fail)}`]);
    }
    return el("div", { class: "panel" }, el("h3", null, dot(at), " ", seen(name)), facts(rows));
  }))).box;
}

function datasets() {
  return redrawn(() => {
    const rows = each(({ run, at, name }) => run.kept.map((one) => ({ ...one, at, name }))).flat();
    if (!rows.length) return el("p", { class: "said" }, "Nothing was built yet: winnow build does.");
    const figures = [...new Set(rows.flatMap((row) => Object.keys(row.figures)))];
    return el("div", { class: "panel" }, table([
      { title: "Dataset", value: (row) => row.dataset },
      { title: "Run", value: (row) => row.name, show: (row) => runName(row.at) },
      { title: "Rows", value: (row) => row.rows, show: (row) => count(row.rows), num: true },
      { title: "Tokens a row", value: (row) => row.tokens_per_row, show: (row) => count(row.tokens_per_row), num: true },
      { title: "Cost a row", value: (row) => row.cost_per_row, show: (row) => digits(row.cost_per_row), num: true },
      ...figures.map((name) => ({ title: name.replaceAll("_", " "), value: (row) => row.figures[name], show: (row) => figure(name, row.figures[name]), num: true })),
    ], rows, "Datasets"));
  }).box;
}

const figure = (name, value) => (name.startsWith("length") ? count(value) : known(value) && value >= 0 && value <= 1 ? percent(value) : digits(value));

function servers() {
  return redrawn(() => el("div", { class: "panel" }, table([
    { title: "Server", value: (row) => row.name, show: (row) => seen(row.name) },
    { title: "Run", value: (row) => row.run, show: (row) => runName(row.at) },
    { title: "Completions", value: (row) => row.completions, show: (row) => count(row.completions), num: true },
    { title: "Tokens", value: (row) => row.tokens, show: (row) => short(row.tokens), num: true },
    { title: "Tokens a second", value: (row) => row.rate, show: (row) => digits(row.rate), num: true },
    { title: "Cost", value: (row) => row.cost, show: (row) => digits(row.cost), num: true },
  ], each(({ run, at, name }) => run.servers.map((one) => ({ ...one, at, run: name }))).flat(), "Servers"))).box;
}

function facts(rows) {
  return el("table", null, el("tbody", null, rows.map(([title, told]) => el("tr", null, el("th", { scope: "row" }, title), el("td", { class: "num wraps" }, seen(told))))));
}

function sources() {
  return redrawn(() => el("div", { class: "two" }, each(({ run, at, name }) => el("div", { class: "panel" },
    el("h3", null, dot(at), " ", seen(name)),
    el("details", { open: report.runs.length === 1 }, el("summary", null, "Recipe"), el("pre", null, seen(run.recipe))),
    el("details", null, el("summary", null, "Sampling parameters"), el("pre", null, seen(run.parameters.map(pretty).join("\n")))),
    el("details", null, el("summary", null, "Manifest"), el("pre", null, seen(pretty(run.manifest)))))))).box;
}

function chips() {
  if (report.runs.length < 2) return;
  document.getElementById("runs").append(...report.runs.map((_, at) => el("button", {
    type: "button", class: "chip", "aria-pressed": "true",
    click: (event) => {
      if (!hidden.delete(at)) hidden.add(at);
      event.currentTarget.setAttribute("aria-pressed", String(!hidden.has(at)));
      for (const redraw of redraws) redraw();
    },
  }, dot(at), el("span", null, seen(report.names[at])))));
}

function themes() {
  const asked = matchMedia("(prefers-color-scheme: dark)");
  let chosen = null;
  try {
    chosen = localStorage.getItem("winnow-theme");
  } catch { /* a page from a disk may keep nothing */ }
  const apply = () => (document.documentElement.dataset.theme = chosen || (asked.matches ? "dark" : "light"));
  asked.addEventListener("change", apply);
  apply();
  return () => {
    chosen = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    try {
      localStorage.setItem("winnow-theme", chosen);
    } catch { /* as above */ }
    apply();
  };
}

function keys(browser, turnTheme) {
  const dialog = document.getElementById("keys");
  const told = [["j  k", "next group, the one before"], ["/", "search groups"], ["g", "to the groups"], ["t", "dark or light"], ["←  →", "values of the plot that has the focus"], ["?", "these keys"], ["Esc", "close, or leave the search"]];
  dialog.append(el("h2", { id: "keys-title" }, "Keys"), el("dl", null, told.flatMap(([key, what]) => [el("dt", null, el("kbd", null, key)), el("dd", null, what)])),
    el("button", { type: "button", click: () => dialog.close() }, "Close"));
  const help = () => (dialog.open ? dialog.close() : dialog.showModal());
  document.getElementById("help").addEventListener("click", help);
  document.getElementById("theme").addEventListener("click", turnTheme);
  const groups = () => document.getElementById("groups").scrollIntoView();
  const does = {
    j: () => browser.step(1), k: () => browser.step(-1), t: turnTheme, "?": help,
    g: groups, "/": () => (groups(), browser.search.focus()),
  };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input[type=search], select");
    if (typing && event.key === "Escape") event.target.blur();
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(does, event.key) || (dialog.open && event.key !== "?")) return;
    event.preventDefault();
    does[event.key]();
  });
}

function start() {
  const turnTheme = themes();
  chips();
  const top = redrawn(summary);
  section("summary", "Summary", null, top.box);
  if (report.runs.some((run) => run.curves.pass_at_k.length || run.curves.solved_by_k.length)) {
    section("coverage", "Coverage", null, coverage());
    if (report.runs.some((run) => run.spend.some((row) => row.tokens > 0 || row.cost > 0))) {
      section("cost", "Cost", "What a budget solves, if all problems are asked once, twice, and so on: where lines cross, another model is the better buy.", spending());
    }
  }
  if (report.runs.some((run) => run.difficulty.length || Object.keys(run.lengths).length)) section("spread", "Spread", null, redrawn(histograms).box);
  section("families", "Families", null, families());
  const browser = groupBrowser();
  section("groups", "Groups", null, browser.box);
  section("audit", "Audit", "How far the verdicts can be trusted.", audits());
  section("datasets", "Datasets", "What the last build kept, what a row of it cost, and how biased it is.", datasets());
  section("servers", "Servers", null, servers());
  section("recipe", "Recipe", null, sources());
  keys(browser, turnTheme);
  const asked = /^#group=(\d+)\/([^/]+)$/.exec(location.hash);
  const run = asked && Number(asked[1]) < report.runs.length ? Number(asked[1]) : 0;
  if (asked) document.getElementById("groups").scrollIntoView();
  if (report.shown.length) browser.show(run, asked ? decodeURIComponent(asked[2]) : undefined);
}

start();
