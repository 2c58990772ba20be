// The arrays of a cell, unpacked when first looked at; packing.py has packed them.

import { study } from "./names.js";

const unpacked = new Map();

/** The arrays of a packed text by their names, soon; the key says which text it is. */
export function arrays(key, packed) {
  if (!unpacked.has(key)) unpacked.set(key, unpack(packed));
  return unpacked.get(key);
}

async function unpack(packed) {
  const bytes = await inflate(packed.data);
  const found = {};
  let start = 0;
  for (const entry of packed.arrays) {
    const count = entry.shape.reduce((product, n) => product * n, 1);
    const size = entry.n_codes === 0 ? 4 : entry.n_codes < 256 ? 1 : 2;
    const codes = new Uint8Array(size * count);
    for (let plane = 0; plane < size; plane++)
      for (let i = 0; i < count; i++) codes[size * i + plane] = bytes[start + plane * count + i];
    start += size * count;
    const Codes = { 1: Uint8Array, 2: Uint16Array, 4: Float32Array }[size];
    found[entry.name] = { ...entry, codes: new Codes(codes.buffer) };
  }
  return found;
}

async function inflate(text) {
  const packed = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Frame i of an array [F, ...] as numbers; NaN where nothing is known or it is out of view. */
export function frame(array, i) {
  array.frames ??= [];
  return (array.frames[i] ??= decoded(array, i));
}

function decoded(array, i) {
  const size = array.shape.slice(1).reduce((product, n) => product * n, 1);
  const codes = array.codes.subarray(i * size, (i + 1) * size);
  if (array.n_codes === 0) return Float64Array.from(codes);
  return Float64Array.from(codes, (code, j) => {
    const k = array.by_frame ? i : j % array.low.length;
    if (code === array.n_codes) return NaN;
    return array.low[k] + (code / (array.n_codes - 1)) * (array.high[k] - array.low[k]);
  });
}

/** The value that a log-density was cut at, if it was. */
export function floor({ low, high }) {
  return high[0] - low[0] > 0.999 * study.depth ? low[0] : -Infinity;
}
