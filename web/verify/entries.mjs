// The form of entries.txt (section 12), and what holds of one entry by itself. The file is read line by
// line from its bytes: it may be longer than a text can be in memory.

import { decimal, fromBase64, fromHex, hashes, same, textOf, token, toHex, wordsAfter, compare } from './bytes.mjs';
import { commitment, fieldsRoot, longestValue, slots } from './fact.mjs';

// The longest value in base64 and the words beside it. A longer line has no right form.
const longestLine = Math.ceil(longestValue / 3) * 4 + 1024;
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
    if (at - from > longestLine) throw new Error('a line is longer than any value allows');
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
  if (value.length > longestValue) throw new Error('a value has at most 16777216 bytes');
  return value;
}

function fieldLine(lines) {
  const [name, salt, value] = lines.take('field', 3);
  return { name: token(name), salt: fromHex(salt, 32), value: valueOf(value) };
}

function withheldLine(lines) {
  const [digest, reason, authority] = lines.take('withheld', 3);
  return { name: null, commitment: fromHex(digest, 32), class: token(reason), authority: textWithoutMark(fromBase64(authority)) };
}

function textWithoutMark(bytes) {
  const text = textOf(bytes);
  if (text.startsWith('\ufeff')) throw new Error('a text has no byte order mark');
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
    commitments.push(lines.begins('field') ? fieldLine(lines) : withheldLine(lines));
  }
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
    throw new Error(`line ${lines.number} of entries.txt: ${error.message}`);
  }
  refuseRepeats(found.chains, found.excerpt);
  return found;
}

// What a slot holds has a form of its own; the other four may say anything.
const slotForms = {
  case: token,
  seq: decimal,
  previous: (word) => word === '' || fromHex(word, 32),
  kind: token,
  key: (word) => fromHex(word, 32),
};

function checkSlot(line, i) {
  const slot = slots[i];
  if (line.name === null) {
    if (i < 3) throw new Error(`the slot ${slot} is withheld, and must not be`);
    return;
  }
  if (line.name !== slot) throw new Error(`line ${i + 1} is the field ${line.name}, where the slot ${slot} belongs`);
  try {
    slotForms[slot]?.(textOf(line.value));
  } catch (error) {
    throw new Error(`the slot ${slot} has not its form: ${error.message}`);
  }
}

function checkNames(lines) {
  const names = new Set(slots);
  for (const { name } of lines.slice(8)) {
    if (name !== null && names.has(name)) throw new Error(`the field ${name} occurs twice or bears the name of a slot`);
    names.add(name);
  }
}

// Ascending after the slots, and no two equal: else the order, which tells nothing, could be made to tell.
function checkOrder(list) {
  for (let i = 9; i < list.length; i++) {
    if (compare(list[i - 1], list[i]) >= 0) throw new Error('the commitments are not in ascending order');
  }
  if (new Set(list.map(toHex)).size !== list.length) throw new Error('two commitments are equal');
}

// The rules on the lines of an entry that is not erased, given the fields root of its envelope.
export function checkFields(lines, root) {
  if (lines.length < 8) throw new Error(`there are ${lines.length} commitments, and eight slots at least`);
  lines.slice(0, 8).forEach(checkSlot);
  checkNames(lines);
  const list = lines.map((line) => line.commitment ?? commitment(line.salt, line.name, line.value));
  checkOrder(list);
  if (!same(fieldsRoot(list), root)) throw new Error('the fields do not give the root in the envelope');
}
