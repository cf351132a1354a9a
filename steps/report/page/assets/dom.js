// Elements and numbers. What came from a model becomes text nodes and attributes of ours, never markup.

function el(name, attributes, ...children) {
  return filled(document.createElement(name), attributes, children);
}

function draw(name, attributes, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function filled(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") node.addEventListener(key, value);
    else if (key === "tint") node.style.setProperty("--tint", value);
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

// Characters that are not seen, or that turn the order of others round, as marks that are seen.
const UNSEEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/;

function seen(text) {
  if (!UNSEEN.test(text)) return [text];
  const parts = [];
  let plain = "";
  for (const char of text) {
    if (!UNSEEN.test(char)) {
      plain += char;
      continue;
    }
    const code = char.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
    parts.push(plain, el("span", { class: "mark" }, "U+" + code));
    plain = "";
  }
  return [...parts, plain];
}

const tint = (run) => `var(--run-${run % 8})`;
const dot = (run) => el("i", { class: "dot", tint: tint(run), "aria-hidden": "true" });
const known = (value) => value !== null && value !== undefined;
const percent = (value, digits = 1) => (known(value) ? (100 * value).toFixed(digits) + "%" : "–");
const count = (value) => (known(value) ? Math.round(value).toLocaleString("en") : "–");
const digits = (value, most = 3) => (known(value) ? Number(value.toPrecision(most)).toLocaleString("en", { maximumSignificantDigits: most }) : "–");

function short(value) {
  if (!known(value)) return "–";
  for (const [size, sign] of [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]]) {
    if (Math.abs(value) >= size) return Number((value / size).toPrecision(3)) + sign;
  }
  return String(Number(value.toPrecision(3)));
}
