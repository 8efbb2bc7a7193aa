// Attachments (sections 11 and 13): a file is in the bundle because a disclosed value names its digest.

import { toHex } from './bytes.mjs';

const folder = 'attachments/';
const digitOf = new Int8Array(256).fill(-1);
[...'0123456789abcdef'].forEach((digit, value) => { digitOf[digit.charCodeAt(0)] = value; });

// For each digest its last eight digits as one number, which a scan can keep while it runs along.
function byEnding(digests) {
  const endings = new Map();
  for (const digest of digests) {
    const ending = parseInt(digest.slice(56), 16);
    endings.set(ending, [...(endings.get(ending) ?? []), digest]);
  }
  return endings;
}

const wordAt = (value, from) => String.fromCharCode(...value.subarray(from, from + 64));

// Strikes from missing what stands anywhere in the value.
function strike(value, endings, missing) {
  let run = 0;
  let held = 0;
  for (let i = 0; i < value.length; i++) {
    const digit = digitOf[value[i]];
    run = digit < 0 ? 0 : run + 1;
    held = ((held << 4) | digit) >>> 0;
    if (run < 64 || !endings.has(held)) continue;
    const word = wordAt(value, i - 63);
    if (endings.get(held).includes(word)) missing.delete(word);
  }
}

// parts are those under attachments/, with the digest that was worked out of their content.
export function checkAttachments(parts, entries) {
  const missing = new Set();
  for (const { name, digest } of parts) {
    const word = toHex(digest);
    if (name !== folder + word) throw new Error(`the content of ${name} is not that which its name says`);
    missing.add(word);
  }
  const endings = byEnding(missing);
  for (const entry of entries) {
    for (const line of entry.commitments) {
      if (missing.size === 0) return;
      if (line.name !== null) strike(line.value, endings, missing);
    }
  }
  if (missing.size > 0) throw new Error(`no disclosed value names ${folder}${[...missing][0]}`);
}
