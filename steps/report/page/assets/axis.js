// Scales from values to pixels, with ticks at round numbers.

function scale(low, high, from, to, log) {
  const at = log ? Math.log : Number;
  const [a, b] = [at(low), at(high)];
  const of = (value) => from + ((at(value) - a) / (b - a || 1)) * (to - from);
  return { of, ticks: log ? logTicks(low, high, to - from) : evenTicks(low, high, (to - from) / 90) };
}

function logTicks(low, high, width) {
  const doublings = Math.log2(high / low);
  const most = Math.max(3, Math.floor(width / 48));
  if (low >= 1 && doublings <= 8 && doublings + 1 <= most) {
    return range(Math.ceil(Math.log2(low)), Math.floor(Math.log2(high))).map((power) => 2 ** power);
  }
  const powers = range(Math.floor(Math.log10(low)), Math.ceil(Math.log10(high)));
  for (const steps of [[1, 2, 5], [1, 3], [1]]) {
    const found = powers.flatMap((power) => steps.map((step) => Number((step * 10 ** power).toPrecision(3))));
    const inside = found.filter((tick) => tick >= low && tick <= high);
    if (inside.length <= most || steps.length === 1) return inside;
  }
  return [];
}

function evenTicks(low, high, most) {
  const rough = (high - low) / Math.max(1, Math.floor(most));
  const power = 10 ** Math.floor(Math.log10(rough || 1));
  const step = [1, 2, 5, 10].map((by) => by * power).find((one) => one >= rough) || 1;
  return range(Math.ceil(low / step - 1e-9), Math.floor(high / step + 1e-9)).map((at) => Number((at * step).toPrecision(6)));
}

function range(first, last) {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at);
}

// Where labels of one height go so that none covers another, each as near to its value as can be.
function spread(values, gap) {
  const order = values.map((_, at) => at).sort((a, b) => values[a] - values[b] || a - b);
  const blocks = [];
  for (const one of order) {
    blocks.push({ middle: values[one], members: [one] });
    while (blocks.length > 1) {
      const [below, above] = blocks.slice(-2);
      const members = [...below.members, ...above.members];
      if (above.middle - below.middle >= (members.length / 2) * gap) break;
      blocks.splice(-2, 2, { middle: members.reduce((sum, at) => sum + values[at], 0) / members.length, members });
    }
  }
  const placed = [];
  for (const { middle, members } of blocks) {
    members.forEach((at, place) => (placed[at] = middle + (place - (members.length - 1) / 2) * gap));
  }
  return placed;
}
