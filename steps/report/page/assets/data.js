// Data by name: from the page itself, or from a script beside it, which hands them to `winnow.take`.

const islands = new Map();
for (const one of document.querySelectorAll('script[type="application/json"][data-name]')) {
  islands.set(one.dataset.name, one);
}
const waiting = new Map();
const kept = new Map(); // what was loaded last; the first of it goes first
const KEPT = 12;

Object.defineProperty(window, "winnow", {
  value: Object.freeze({
    take(name, value) {
      const one = waiting.get(name);
      if (one) one.resolve(value);
    },
  }),
});

function load(name) {
  if (kept.has(name)) {
    const found = kept.get(name);
    kept.delete(name);
    kept.set(name, found);
    return found;
  }
  const found = islands.has(name)
    ? Promise.resolve().then(() => JSON.parse(islands.get(name).textContent))
    : beside(name);
  kept.set(name, found);
  found.catch(() => kept.delete(name));
  if (kept.size > KEPT) kept.delete(kept.keys().next().value);
  return found;
}

function beside(name) {
  const src = `report-groups/${name}.js`;
  return new Promise((resolve, reject) => {
    const script = el("script", {
      src,
      error: () => reject(new Error(`${src} is not beside this page: keep the folder report-groups with it`)),
      load: () => reject(new Error(`${src} does not hold what its name says`)), // too late, where it did
    });
    waiting.set(name, { resolve });
    document.head.append(script);
  }).finally(() => waiting.delete(name));
}

const report = JSON.parse(islands.get("report").textContent);
