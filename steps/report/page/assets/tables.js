// Tables whose columns sort.

// columns: [{title, value: row => what sorts, show: row => what is shown, num}]; a row may be `total`.
function table(columns, rows, label) {
  const body = el("tbody");
  let by = null;
  let down = true;
  const heads = columns.map((column, at) =>
    el("th", { class: column.num ? "num" : null, scope: "col" },
      el("button", { type: "button", title: "Sort", click: () => sort(at) }, column.title)),
  );

  function sort(at) {
    down = by === at ? !down : Boolean(columns[at].num);
    by = at;
    heads.forEach((head, place) => head.setAttribute("aria-sort", place === at ? (down ? "descending" : "ascending") : "none"));
    fill();
  }

  function fill() {
    const plain = rows.filter((row) => !row.total);
    if (by !== null) plain.sort((a, b) => (down ? -1 : 1) * compared(columns[by].value(a), columns[by].value(b)));
    body.replaceChildren(...[...plain, ...rows.filter((row) => row.total)].map((row) =>
      el("tr", { class: row.total ? "total" : null }, columns.map((column, at) =>
        el(at ? "td" : "th", { class: column.num ? "num" : null, scope: at ? null : "row" }, (column.show || column.value)(row))))));
  }

  fill();
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, el("table", null, el("thead", null, el("tr", null, heads)), body));
}

function compared(a, b) {
  if (!known(a) || !known(b)) return known(a) - known(b);
  return typeof a === "number" ? a - b : String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}
