// What holds of a chain (section 12), and between the chains of two bundles (section 13, "previous").

import { fromHex, same, textOf, toHex } from './bytes.mjs';

// The value of a disclosed field as text, or null where it is withheld, absent or no text.
export function disclosed(entry, name) {
  const line = entry.commitments.find((one) => one.name === name);
  if (line === undefined) return null;
  try {
    return textOf(line.value);
  } catch {
    return null;
  }
}

// Between two entries that follow each other, erased or not.
export function checkNeverDown(before, entry) {
  if (entry.index <= before.index) throw new Error(`its index is not above ${before.index}, the one before it`);
  if (entry.sealed < before.sealed) throw new Error(`it was sealed earlier than entry ${before.index} before it`);
  if (entry.epoch < before.epoch) throw new Error(`its epoch is lower than that of entry ${before.index} before it`);
}

export function checkPlace(chain, at) {
  const entry = chain.entries[at];
  if (at > 0) checkNeverDown(chain.entries[at - 1], entry);
  if (entry.erased !== null) return;
  const leaf = at === 0 ? chain.before : chain.entries[at - 1].leaf;
  const previous = leaf === null ? '' : toHex(leaf);
  if (disclosed(entry, 'case') !== chain.name) throw new Error(`it is not of the chain ${chain.name}`);
  // A decimal is less than 2^53, and so is a place.
  if (!Number.isSafeInteger(chain.first + at)) throw new Error('its place in the chain is no decimal');
  if (disclosed(entry, 'seq') !== String(chain.first + at)) throw new Error(`it is not number ${chain.first + at} of its chain`);
  if (disclosed(entry, 'previous') !== previous) throw new Error('it does not name the entry that stands before it');
}

// Kept with the entry, because one entry may tell of thousands of erasures.
function leavesTold(entry) {
  const told = disclosed(entry, 'erased');
  if (told === null) throw new Error(`entry ${entry.index} does not disclose what was erased`);
  entry.told ??= new Set(told.split(' ').map((word) => toHex(fromHex(word, 32))));
  return entry.told;
}

// An entry that is erased: a later one of its chain tells so. byIndex has the entries of the chain.
export function checkErased(entry, byIndex) {
  const teller = byIndex.get(entry.erased);
  if (teller === undefined || teller.index <= entry.index) throw new Error(`no later entry ${entry.erased} of its chain tells of its erasure`);
  if (teller.erased !== null) throw new Error(`entry ${entry.erased}, which is to tell of its erasure, is erased`);
  if (disclosed(teller, 'kind') !== 'record.erasure') throw new Error(`entry ${entry.erased} is no record.erasure`);
  if (!leavesTold(teller).has(toHex(entry.leaf))) throw new Error(`entry ${entry.erased} tells of other erasures, not of this`);
}

export function checkLast(chain, made) {
  const last = chain.entries.at(-1);
  if (last.erased !== null) throw new Error('the last entry of the chain is erased');
  if (disclosed(last, 'kind') !== 'record.bundle') throw new Error('the chain does not end with the making of a bundle');
  if (last.sealed !== made) throw new Error('the chain does not end with the making of this bundle');
}

// A chain that begins above 0 goes on where the earlier bundle ended.
export function checkContinues(chain, earlier) {
  if (chain.first === 0) return;
  if (earlier === undefined) throw new Error(`the chain ${chain.name} is not in the earlier bundle`);
  const next = earlier.first + earlier.entries.length;
  if (chain.first !== next) throw new Error(`the chain ${chain.name} goes on with number ${chain.first} where ${next} is next`);
  if (!same(chain.before, earlier.entries.at(-1).leaf)) throw new Error(`the chain ${chain.name} does not name the last entry of the earlier bundle`);
}

// Where both bundles have the same places of a chain they have the same entries: a record with two chains of one
// name could else give out now one and now the other.
export function checkOverlap(chain, earlier) {
  earlier?.entries.forEach((entry, i) => {
    const other = chain.entries[earlier.first + i - chain.first];
    if (other === undefined || same(other.leaf, entry.leaf)) return;
    throw new Error(`number ${earlier.first + i} of the chain ${chain.name} is another entry than in the earlier bundle`);
  });
}
