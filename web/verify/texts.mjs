// The texts that are signed or trusted: checkpoint (6), policy (7), receipt (8), the proof that redeems it (9),
// manifest (11), and the proof that one tree continues another (11).

import { decimal, fromBase64, fromHex, hashes, linesOf, nanoseconds, origin, textOf, token, toHex, wordsAfter } from './bytes.mjs';
import { bodyKey, parseVkey, witnessKey } from './note.mjs';
import { partName } from './container.mjs';
import { sha256 } from './sha256.mjs';

const asText = (given) => (typeof given === 'string' ? given : textOf(given));

function header(lines, first, count) {
  if (lines[0] !== first) throw new Error(`the first line is not ${first}`);
  if (count !== undefined && lines.length !== count) throw new Error(`there are ${count} lines, not ${lines.length}`);
}

const epochForm = /^(.+)\/epoch\/([1-9][0-9]{0,9})$/;

// The epoch that a checkpoint origin names, of this body; null where it is of another.
export function epochOf(checkpointOrigin, body) {
  if (checkpointOrigin === body) return 1;
  const [, before, number] = epochForm.exec(checkpointOrigin) ?? [];
  const epoch = Number(number);
  return before === body && epoch >= 2 && epoch < 2 ** 32 ? epoch : null;
}

function checkpointOrigin(word) {
  const [, before, number] = epochForm.exec(word) ?? [];
  if (before !== undefined && Number(number) >= 2 && Number(number) < 2 ** 32) {
    origin(before);
    return word;
  }
  return origin(word);
}

export function parseCheckpoint(given) {
  const lines = linesOf(asText(given));
  if (lines.length !== 3) throw new Error(`a checkpoint has 3 lines, not ${lines.length}`);
  const root = fromBase64(lines[2]);
  if (root.length !== 32) throw new Error('the root has 32 bytes');
  const size = decimal(lines[1]);
  if (size === 0 && toHex(root) !== toHex(sha256(root.subarray(0, 0)))) throw new Error('the root is not that of no leaves');
  return { origin: checkpointOrigin(lines[0]), size, root };
}

function keyLine(word, line, algorithm) {
  const [operator, vkey] = wordsAfter(word, line, 2);
  const key = parseVkey(vkey);
  if (key.algorithm !== algorithm) throw new Error(`a ${word} key has algorithm ${algorithm}`);
  return { operator: token(operator), key };
}

// No public key stands twice, under whatever name: who holds one key is one, however many operators it is given to.
function refuseRepeatedKeys(list) {
  const seen = new Set();
  for (const { key } of list) {
    for (const mark of [toHex(key.publicKey), `${key.name}+${key.id}`]) {
      if (seen.has(mark)) throw new Error(`a key stands twice in the policy: ${key.name}`);
      seen.add(mark);
    }
  }
}

export const operatorsOf = (list) => [...new Set(list.map(({ operator }) => operator))];

export function parsePolicy(given) {
  const lines = linesOf(asText(given));
  header(lines, 'candour-policy/1');
  const body = origin(wordsAfter('body', lines[1], 1)[0]);
  let at = 2;
  const logs = [];
  while (lines[at]?.startsWith('log ')) logs.push(keyLine('log', lines[at++], bodyKey));
  if (logs.length === 0) throw new Error('a policy has at least one log line, after the body');
  if (logs.some(({ key }) => key.name !== body)) throw new Error('the name of a log key is not the body');
  const witnesses = [];
  while (lines[at]?.startsWith('witness ')) witnesses.push(keyLine('witness', lines[at++], witnessKey));
  const quorum = decimal(wordsAfter('quorum', lines[at++], 1)[0]);
  if (at !== lines.length) throw new Error('nothing stands after the quorum');
  if (quorum > operatorsOf(witnesses).length) throw new Error('the quorum is more than there are operators of witnesses');
  refuseRepeatedKeys([...logs, ...witnesses]);
  return { body, logs, witnesses, quorum };
}

export function parseReceipt(given) {
  const lines = linesOf(asText(given));
  header(lines, 'candour-receipt/1', 5);
  return {
    origin: checkpointOrigin(lines[1]),
    index: decimal(lines[2]),
    leaf: fromHex(lines[3], 32),
    sealed: nanoseconds(lines[4]),
  };
}

const mostHashes = 64;

function hashLine(word) {
  const hash = fromBase64(word);
  if (hash.length !== 32) throw new Error('a hash has 32 bytes');
  return hash;
}

function firstEmptyLine(bytes) {
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) {
    if (bytes[at + 1] === 0x0a) return at + 1;
  }
  throw new Error('there is no empty line before the checkpoint');
}

// What stands before the empty line has its form here; the checkpoint after it is only cut off.
export function parseProof(bytes) {
  const cut = firstEmptyLine(bytes);
  const lines = linesOf(textOf(bytes.subarray(0, cut)));
  header(lines, 'c2sp.org/tlog-proof@v1');
  const index = decimal(wordsAfter('index', lines[1], 1)[0]);
  if (lines.length > 2 + mostHashes) throw new Error(`a proof has at most ${mostHashes} hashes`);
  return { index, hashes: lines.slice(2).map(hashLine), checkpoint: bytes.subarray(cut + 1) };
}

function partLine(line) {
  const [digest, length, name] = wordsAfter('part', line, 3);
  return { digest: fromHex(digest, 32), length: decimal(length), name: partName(name) };
}

export function parseManifest(given) {
  const lines = linesOf(asText(given));
  header(lines, 'candour-bundle/1');
  const body = origin(wordsAfter('body', lines[1], 1)[0]);
  const made = nanoseconds(wordsAfter('made', lines[2], 1)[0]);
  const [name, digest] = wordsAfter('pack', lines[3], 2);
  const pack = { name: token(name), digest: toHex(fromHex(digest, 32)) };
  return { body, made, pack, parts: lines.slice(4).map(partLine) };
}

export function parseConsistency(given) {
  const lines = linesOf(asText(given));
  header(lines, 'candour-consistency/1', 3);
  const [size, root] = wordsAfter('from', lines[1], 2);
  const [proof] = wordsAfter('proof', lines[2], 1);
  return { size: decimal(size), root: fromHex(root, 32), proof: hashes(proof) };
}
