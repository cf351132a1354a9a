// The browser of groups: filters and a list from the index, a group's texts when it is opened.

const PAGE = 50;
const KINDS = {
  any: ["Any verdict", () => true],
  mixed: ["Some passed", (row) => row.pass > 0 && row.pass < row.n],
  all: ["All passed", (row) => row.n > 0 && row.pass === row.n],
  none: ["None passed", (row) => row.pass === 0],
  error: ["Verifier broke", (row) => row.error > 0],
  flip: ["Verdict changed", (row) => row.flip > 0],
};
const ORDERS = {
  key: ["By key", () => 0],
  hard: ["Hardest first", (a, b) => rateOf(a) - rateOf(b)],
  easy: ["Easiest first", (a, b) => rateOf(b) - rateOf(a)],
  many: ["Most candidates", (a, b) => b.n - a.n],
};
const rateOf = (row) => (row.n ? row.pass / row.n : 0);

function groupBrowser() {
  const state = { run: 0, rows: [], found: [], page: 0, open: null, texts: null, wave: 0, searching: false };
  const search = el("input", { type: "search", placeholder: "Search prompts, ids  ( / )", "aria-label": "Search prompts, ids and families", input: () => later(() => refresh()) });
  const run = choice("Run", report.names.map((name, at) => [String(at), name]), () => show(Number(run.value)));
  const kind = choice("Verdicts", Object.entries(KINDS).map(([key, [title]]) => [key, title]), () => refresh());
  const family = choice("Family", [["", "All families"]], () => refresh());
  const order = choice("Order", Object.entries(ORDERS).map(([key, [title]]) => [key, title]), () => refresh());
  const everywhere = el("button", { type: "button", click: () => searchTexts() }, "Search all texts");
  const said = el("p", { class: "said", role: "status" });
  const note = el("div");
  const list = el("ul", { class: "list", role: "listbox", tabindex: "0", "aria-label": "Groups", keydown: listKeys });
  const back = el("button", { type: "button", click: () => turn(-1), "aria-label": "Page before" }, "‹");
  const on = el("button", { type: "button", click: () => turn(1), "aria-label": "Next page" }, "›");
  const place = el("span");
  const detail = el("div", { class: "panel", id: "group", tabindex: "-1", "aria-live": "polite" }, el("p", { class: "said" }, "Choose a group."));
  const box = el("div", null,
    el("div", { class: "controls" }, search, everywhere, report.runs.length > 1 ? run.parentNode : null, kind.parentNode, family.parentNode, order.parentNode),
    note, said,
    el("div", { class: "browser" }, el("div", { class: "panel" }, list, el("div", { class: "pager" }, back, place, on)), detail),
  );
  let timer = 0;

  function later(what) {
    clearTimeout(timer);
    timer = setTimeout(what, 120);
  }

  async function show(at, id) {
    const wave = ++state.wave;
    Object.assign(state, { run: at, rows: [], texts: null, open: null, searching: false });
    everywhere.textContent = "Search all texts";
    run.value = String(at);
    said.textContent = "Loading …";
    try {
      const index = await load(`${at}/index`);
      if (wave !== state.wave) return;
      state.rows = index.id.map((one, row) => ({
        id: one, family: index.family[row], line: index.line[row], chunk: index.chunk[row], n: index.n[row],
        pass: index.pass[row], fail: index.fail[row], error: index.error[row], flip: index.flip[row],
      }));
    } catch (broken) {
      said.textContent = broken.message;
      return;
    }
    const families = [...new Set(state.rows.map((row) => row.family))].sort();
    family.replaceChildren(el("option", { value: "" }, "All families"), ...families.map((one) => el("option", { value: one }, one.slice(0, 80))));
    note.replaceChildren(...sampled(at));
    refresh(id);
  }

  function sampled(at) {
    const { groups, shown, candidates } = report.shown[at];
    if (groups === shown) return [];
    const most = known(candidates) ? `, at most ${candidates} candidates of each` : "";
    return [el("p", { class: "note" },
      `${count(shown)} of ${count(groups)} groups are here${most}: those in which the verifier broke or changed its mind, and a like share of each pass rate. `,
      "The counts are of all candidates. ", el("kbd", null, "winnow report --groups 0"), " puts all of them beside the page.")];
  }

  function refresh(id) {
    const words = search.value.trim().toLowerCase();
    const within = (row) => {
      if (state.texts) return state.texts.has(row.id);
      const text = `${row.id} ${row.family} ${row.line}`.toLowerCase();
      return text.includes(words);
    };
    if (!state.searching) state.texts = id ? state.texts : null;
    const [, fits] = KINDS[kind.value];
    state.found = state.rows.filter((row) => fits(row) && (!family.value || row.family === family.value) && within(row));
    if (order.value !== "key") state.found.sort(ORDERS[order.value][1]);
    const at = id ? state.found.findIndex((row) => row.id === id) : -1;
    state.page = at < 0 ? 0 : Math.floor(at / PAGE);
    if (!state.searching) tell();
    fill();
    if (at >= 0) open(at);
  }

  function tell(further = "") {
    said.textContent = `${count(state.found.length)} of ${count(state.rows.length)} groups${further}`;
    everywhere.disabled = !search.value.trim() && !state.searching;
  }

  function fill() {
    const pages = Math.max(1, Math.ceil(state.found.length / PAGE));
    const from = state.page * PAGE;
    list.replaceChildren(...state.found.slice(from, from + PAGE).map((row, at) => item(row, from + at)));
    place.textContent = `${state.page + 1} / ${pages}`;
    back.disabled = state.page === 0;
    on.disabled = state.page >= pages - 1;
  }

  function item(row, at) {
    const share = el("i");
    share.style.width = percent(rateOf(row), 0);
    return el("li", { id: `item-${at}`, role: "option", "aria-selected": String(state.open === row.id), click: () => open(at) },
      el("div", { class: "line" }, seen(row.line || "(no words)")),
      el("div", { class: "about" }, el("span", null, seen(row.family)), el("span", { class: "rate" }, `${row.pass} / ${row.n}`),
        el("span", { class: "meter", "aria-hidden": "true" }, share)));
  }

  function turn(by) {
    state.page += by;
    fill();
    list.scrollTop = 0;
  }

  async function open(at) {
    const row = state.found[at];
    if (!row) return;
    state.open = row.id;
    if (Math.floor(at / PAGE) !== state.page) {
      state.page = Math.floor(at / PAGE);
      fill();
    }
    for (const one of list.children) one.setAttribute("aria-selected", String(one.id === `item-${at}`));
    const chosen = document.getElementById(`item-${at}`);
    list.setAttribute("aria-activedescendant", `item-${at}`);
    if (chosen.offsetTop < list.scrollTop + list.offsetTop || chosen.offsetTop + chosen.offsetHeight > list.scrollTop + list.offsetTop + list.clientHeight) {
      list.scrollTop = chosen.offsetTop - list.offsetTop - list.clientHeight / 3;
    }
    try {
      const groups = await load(`${state.run}/${String(row.chunk).padStart(5, "0")}`);
      if (state.open !== row.id) return;
      const group = groups.find((one) => one.id === row.id);
      detail.replaceChildren(...groupView(group, await elsewhere(row.id)));
      history.replaceState(null, "", `#group=${state.run}/${encodeURIComponent(row.id)}`);
    } catch (broken) {
      detail.replaceChildren(el("p", { class: "note" }, broken.message));
    }
  }

  // The same problem in the other runs: its key is of its prompt and its reference.
  async function elsewhere(id) {
    const found = [];
    for (const at of report.runs.keys()) {
      if (at === state.run) continue;
      const index = await load(`${at}/index`).catch(() => null);
      const row = index ? index.id.indexOf(id) : -1;
      if (row >= 0) found.push(el("button", { type: "button", class: "chip", click: () => show(at, id) }, dot(at), el("span", null, `${report.names[at]}: ${index.pass[row]} / ${index.n[row]}`)));
    }
    return found;
  }

  // Through every chunk, one at a time, so that memory does not grow with the run; a second press stops it.
  async function searchTexts() {
    if (state.searching) {
      state.searching = false;
      return;
    }
    const words = search.value.toLowerCase().trim();
    const wave = state.wave;
    Object.assign(state, { searching: true, texts: new Set() });
    everywhere.textContent = "Stop";
    const chunks = [...new Set(state.rows.map((row) => row.chunk))];
    let done = 0;
    let trouble = "";
    for (const chunk of chunks) {
      const groups = await load(`${state.run}/${String(chunk).padStart(5, "0")}`).catch((broken) => ((trouble = broken.message), []));
      if (!state.searching || wave !== state.wave) break;
      for (const group of groups) if (textOf(group).includes(words)) state.texts.add(group.id);
      done += 1;
      tell(` · ${count(done)} of ${count(chunks.length)} files searched`);
    }
    if (wave !== state.wave) return; // another run is looked at
    everywhere.textContent = "Search all texts";
    refresh();
    state.searching = false;
    tell(` with “${words}” in their texts${trouble ? ` · ${trouble}` : ""}`);
  }

  function step(by) {
    const at = state.found.findIndex((row) => row.id === state.open);
    open(Math.min(state.found.length - 1, Math.max(0, at + by)));
  }

  function listKeys(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    step(by);
  }

  return { box, show, step, search, focus: () => detail.focus() };
}

function choice(title, options, change) {
  const select = el("select", { "aria-label": title, change }, options.map(([value, text]) => el("option", { value }, text)));
  el("label", null, title, select);
  return select;
}

function textOf(group) {
  const said = group.candidates.map((one) => `${one.text}\n${one.reasoning || ""}\n${one.reason || ""}\n${one.extracted || ""}`);
  return [group.id, group.source, group.reference, group.metadata, ...group.prompt.map((one) => one.content), ...said].join("\n").toLowerCase();
}
