// Proofs of the Merkle tree (section 4, RFC 6962 section 2.1). Sizes go beyond 2^32, so that halving is
// by division and not by shifting.

import { concat, same } from './bytes.mjs';
import { sha256 } from './sha256.mjs';

const nodeMark = Uint8Array.of(0x01);
const node = (left, right) => sha256(concat(nodeMark, left, right));
const odd = (n) => n % 2 === 1;
const half = (n) => Math.floor(n / 2);

// Where a leaf (or a whole left part) lies while a proof is walked up: its place and the last place of its level.
class Place {
  constructor(at, last) {
    this.at = at;
    this.last = last;
  }
  up() {
    this.at = half(this.at);
    this.last = half(this.last);
  }
  get isRight() {
    return odd(this.at) || this.at === this.last;
  }
  // A last node without a neighbour is carried up as it is.
  upToNeighbour() {
    while (!odd(this.at) && this.at !== 0) this.up();
  }
}

export function verifyInclusion(index, size, leaf, proof, root) {
  if (!(index >= 0 && index < size)) return false;
  const place = new Place(index, size - 1);
  let hash = leaf;
  for (const other of proof) {
    if (place.last === 0) return false;
    if (place.isRight) {
      hash = node(other, hash);
      place.upToNeighbour();
    } else {
      hash = node(hash, other);
    }
    place.up();
  }
  return place.last === 0 && same(hash, root);
}

function powerOfTwo(n) {
  while (!odd(n)) n = half(n);
  return n === 1;
}

// From 1 on: of an empty tree every tree is a continuation, which would prove nothing.
export function verifyConsistency(from, size, fromRoot, root, proof) {
  if (!(from >= 1 && from <= size)) return false;
  if (from === size) return proof.length === 0 && same(fromRoot, root);
  const path = powerOfTwo(from) ? [fromRoot, ...proof] : [...proof];
  if (path.length === 0) return false;
  const place = new Place(from - 1, size - 1);
  while (odd(place.at)) place.up();
  let [before] = path;
  let [after] = path;
  for (const other of path.slice(1)) {
    if (place.last === 0) return false;
    if (place.isRight) {
      before = node(other, before);
      after = node(other, after);
      place.upToNeighbour();
    } else {
      after = node(after, other);
    }
    place.up();
  }
  return place.last === 0 && same(before, fromRoot) && same(after, root);
}
