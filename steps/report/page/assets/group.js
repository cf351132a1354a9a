// One group: the prompt, what is right, and the candidates side by side.

const SIGNS = { pass: "✓ pass", fail: "✗ fail", error: "! error", skip: "– skip", none: "· not judged" };

function groupView(group, elsewhere) {
  const cards = el("div", { class: "candidates" });
  const { n, pass } = group.counts;
  const kinds = ["all", ...Object.keys(SIGNS).filter((sign) => group.candidates.some((one) => statusOf(one) === sign))];
  const earlier = group.prompt.length > 2 ? group.prompt.slice(0, -1) : [];
  const asked = [...new Set(group.candidates.map(askedOf).filter(Boolean))];
  const buttons = kinds.map((kind) =>
    el("button", { type: "button", "aria-pressed": String(kind === "all"), click: (event) => choose(kind, event.currentTarget) },
      kind === "all" ? "All" : `${SIGNS[kind]} (${group.candidates.filter((one) => statusOf(one) === kind).length})`));

  function choose(kind, pressed) {
    for (const one of buttons) one.setAttribute("aria-pressed", String(one === pressed));
    cards.replaceChildren(...group.candidates.filter((one) => kind === "all" || statusOf(one) === kind).map(card));
  }

  const card = (one) => candidateCard(one, asked.length > 1);
  choose("all", buttons[0]);
  return [
    el("div", { class: "head" }, el("b", null, `${pass} of ${n} passed`), el("span", null, seen(group.family)), el("span", { title: group.id }, seen(group.source))),
    earlier.length ? el("details", null, el("summary", null, `${earlier.length} messages before`), earlier.map(message)) : null,
    ...group.prompt.slice(earlier.length).map(message),
    el("details", null, el("summary", null, "Reference, metadata, sampling"), [group.reference, group.metadata, ...asked].map((one) => el("pre", null, seen(pretty(one))))),
    elsewhere.length ? el("div", { class: "controls" }, el("label", null, "The same problem in"), elsewhere) : null,
    el("div", { class: "controls", role: "group", "aria-label": "Candidates by verdict" }, buttons),
    group.candidates.length < n ? el("p", { class: "note" }, `${group.candidates.length} of ${count(n)} candidates are here.`) : null,
    cards,
  ].filter(Boolean);
}

const statusOf = (one) => (one.status in SIGNS ? one.status : "none");

const askedOf = (one) => (one.told || one.model ? `${one.model || ""} ${one.told || ""}`.trim() : null);

function message(one) {
  return el("div", { class: "message" }, el("b", null, seen(one.role)), el("div", { class: "text prompt" }, seen(one.content)));
}

function candidateCard(one, tellAsked) {
  const status = statusOf(one);
  const facts = [
    one.completion_tokens ? `${count(one.completion_tokens)} tokens` : null,
    one.finish_reason && one.finish_reason !== "stop" ? `ended by ${one.finish_reason}` : null,
    known(one.score) && one.score !== 0 && one.score !== 1 ? `score ${digits(one.score)}` : null,
    one.flip ? "verdict changed" : null,
    one.server || null,
  ].filter(Boolean);
  return el("article", { class: `candidate ${status === "skip" ? "skip-verdict" : status}`, "aria-label": `Candidate ${one.index}, ${status}` },
    el("div", { class: "head" }, el("span", { class: "verdict" }, SIGNS[status]), el("span", null, `#${one.index}`), ...facts.map((fact) => el("span", null, seen(fact)))),
    one.reasoning ? el("details", null, el("summary", null, "Thoughts"), el("div", { class: "text" }, seen(one.reasoning))) : null,
    el("div", { class: "text completion" }, seen(one.text || "(nothing)")),
    one.left_out ? el("p", { class: "said" }, `${count(one.left_out)} further characters are in the ledger.`) : null,
    el("footer", null,
      one.reason ? el("div", { class: "reason" }, seen(one.reason)) : null,
      known(one.extracted) ? el("div", { class: "extracted" }, "Extracted: ", seen(one.extracted)) : null,
      ...(one.rewards || []).map(rewardLine),
      tellAsked && askedOf(one) ? el("details", null, el("summary", null, "Sampling"), el("div", { class: "text" }, seen(askedOf(one)))) : null));
}

function rewardLine(reward) {
  const steps = known(reward.steps) && reward.steps.length ? ` · steps ${reward.steps.map((one) => digits(one)).join(", ")}` : "";
  return el("div", { class: "reward" }, seen(`Reward by ${reward.scorer}: ${known(reward.reward) ? digits(reward.reward) : "none"}${steps}${reward.reason ? ` · ${reward.reason}` : ""}`));
}

function pretty(json) {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return String(json);
  }
}
