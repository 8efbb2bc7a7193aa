// The form of entries.txt (section 12), and what holds of one entry by itself. The file is read line by
// line from its bytes: it may be longer than a text can be in memory.

import { isFault } from './answers.mjs';
import { compare, decimal, fromBase64, fromHex, hashes, same, textOf, token, wordsAfter } from './bytes.mjs';
import { commitment, fieldsRoot, longestValue, slots } from './fact.mjs';

const mostCommitments = 65535;
const nothing = new Uint8Array(0);

class Lines {
  constructor(bytes) {
    this.bytes = bytes;
    this.end = 0;
    this.number = 0;
    this.now = null;
  }
  // now is the line at hand, and null after the last one.
  next() {
    const from = this.end;
    this.number++;
    if (from === this.bytes.length) {
      this.now = null;
      return;
    }
    const at = this.bytes.indexOf(0x0a, from);
    if (at < 0) throw new Error('the last line does not end with LF');
    this.now = textOf(this.bytes.subarray(from, at));
    this.end = at + 1;
  }
  begins(word) {
    return this.now !== null && (this.now === word || this.now.startsWith(`${word} `));
  }
  take(word, count) {
    const words = wordsAfter(word, this.now, count);
    this.next();
    return words;
  }
}

function valueOf(word) {
  const value = word === '-' ? nothing : fromBase64(word);
  if (value.length > longestValue) throw new Error(`a value has at most ${longestValue} bytes`);
  return value;
}

function fieldLine(lines) {
  const [name, salt, value] = lines.take('field', 3);
  return { name: token(name), salt: fromHex(salt, 32), value: valueOf(value) };
}

function withheldLine(lines) {
  const [digest, reason, authority] = lines.take('withheld', 3);
  return { name: null, commitment: fromHex(digest, 32), class: token(reason), authority: authorityOf(authority) };
}

function authorityOf(word) {
  const text = textOf(fromBase64(word));
  if (/^\ufeff|[\u0000-\u001f]/.test(text)) throw new Error('an authority has no byte order mark and no control characters');
  return text;
}

function entryOf(lines) {
  const index = decimal(lines.take('entry', 1)[0]);
  const envelope = fromHex(lines.take('envelope', 1)[0]);
  const proof = hashes(lines.take('proof', 1)[0]);
  if (lines.begins('erased')) {
    return { index, envelope, proof, erased: decimal(lines.take('erased', 1)[0]), commitments: [] };
  }
  const commitments = [];
  while (lines.begins('field') || lines.begins('withheld')) {
    if (commitments.length === mostCommitments) throw new Error(`an entry has at most ${mostCommitments} commitments`);
    commitments.push(lines.begins('field') ? fieldLine(lines) : withheldLine(lines));
  }
  if (commitments.length < slots.length) throw new Error(`an entry has ${slots.length} commitments at least, not ${commitments.length}`);
  return { index, envelope, proof, erased: null, commitments };
}

function entriesUnder(lines) {
  const entries = [];
  do entries.push(entryOf(lines)); while (lines.begins('entry'));
  return entries;
}

function chainOf(lines) {
  const [name, first, before] = lines.take('chain', 3);
  const chain = { name: token(name), first: decimal(first), before: before === '-' ? null : fromHex(before, 32) };
  if ((chain.first === 0) !== (chain.before === null)) throw new Error('the first seq is 0 exactly where no leaf is before');
  chain.entries = entriesUnder(lines);
  return chain;
}

function excerptOf(lines) {
  lines.take('excerpt', 0);
  const entries = entriesUnder(lines);
  entries.forEach((entry, i) => {
    if (entry.erased !== null) throw new Error('no entry of the excerpt is erased');
    if (i > 0 && entry.index <= entries[i - 1].index) throw new Error('the excerpt is by ascending index');
  });
  return entries;
}

function refuseRepeats(chains, excerpt) {
  const names = new Set(chains.map(({ name }) => name));
  if (names.size !== chains.length) throw new Error('a chain occurs twice');
  const all = [...chains.flatMap(({ entries }) => entries), ...excerpt];
  if (new Set(all.map(({ index }) => index)).size !== all.length) throw new Error('an index occurs twice');
}

function wholePart(lines) {
  lines.take('candour-entries/1', 0);
  const chains = [];
  do chains.push(chainOf(lines)); while (lines.begins('chain'));
  const excerpt = lines.begins('excerpt') ? excerptOf(lines) : [];
  if (lines.now !== null) throw new Error('this line has no place here');
  return { chains, excerpt };
}

export function parseEntries(bytes) {
  const lines = new Lines(bytes);
  let found;
  try {
    lines.next();
    found = wholePart(lines);
  } catch (error) {
    if (isFault(error)) throw error;
    throw new Error(`line ${lines.number} of entries.txt: ${error.message}`);
  }
  refuseRepeats(found.chains, found.excerpt);
  return found;
}

// The values of slots have no form of their own here: what is asked of them is asked along the chain.
function checkSlot(line, i) {
  const slot = slots[i];
  if (line.name === null) {
    if (i < 3) throw new Error(`the slot ${slot} is withheld, and must not be`);
    return;
  }
  if (line.name !== slot) throw new Error(`line ${i + 1} is the field ${line.name}, where the slot ${slot} belongs`);
}

function checkNames(lines) {
  const names = new Set(slots);
  for (const { name } of lines.slice(8)) {
    if (name !== null && names.has(name)) throw new Error(`the field ${name} occurs twice or bears the name of a slot`);
    names.add(name);
  }
}

// Strictly ascending after the slots: else the order, which tells nothing, could be made to tell.
function checkOrder(list) {
  for (let i = 9; i < list.length; i++) {
    if (compare(list[i - 1], list[i]) >= 0) throw new Error('the commitments are not in ascending order');
  }
}

// The rules on the lines of an entry that is not erased, given the fields root of its envelope.
export function checkFields(lines, root) {
  lines.slice(0, 8).forEach(checkSlot);
  checkNames(lines);
  const list = lines.map((line) => line.commitment ?? commitment(line.salt, line.name, line.value));
  checkOrder(list);
  if (!same(fieldsRoot(list), root)) throw new Error('the fields do not give the root in the envelope');
}
