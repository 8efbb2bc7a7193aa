// Signed notes, the keys that sign them, and cosignatures (section 5).

import { concat, fromBase64, fromHex, textOf, toBase64, toHex, utf8 } from './bytes.mjs';
import { plainPoint, verifySignature } from './ed25519.mjs';
import { sha256 } from './sha256.mjs';

export const bodyKey = 1;
export const witnessKey = 4;

const nameForm = /^[!-*,-~]{1,255}$/;
const dash = '\u2014';

export function keyId(name, algorithm, publicKey) {
  return sha256(concat(utf8(name), Uint8Array.of(0x0a, algorithm), publicKey)).subarray(0, 4);
}

export const keyOf = (name, algorithm, publicKey) =>
  ({ name, algorithm, publicKey, id: toHex(keyId(name, algorithm, publicKey)) });

// The same key under another name: of a receipt, of a bundle, of a later epoch.
export const renamed = (key, name) => keyOf(name, key.algorithm, key.publicKey);

export const vkeyOf = (key) =>
  `${key.name}+${key.id}+${toBase64(concat(Uint8Array.of(key.algorithm), key.publicKey))}`;

export function parseVkey(word) {
  const [name, id] = word.split('+', 2);
  if (!nameForm.test(name) || id === undefined) throw new Error('a vkey is name+id+base64');
  fromHex(id, 4);
  const bytes = fromBase64(word.slice(name.length + id.length + 2));
  const [algorithm] = bytes;
  if (bytes.length !== 33) throw new Error('the key of a vkey has 32 bytes');
  if (algorithm !== bodyKey && algorithm !== witnessKey) throw new Error(`algorithm ${algorithm} is not known`);
  if (!plainPoint(bytes.subarray(1))) throw new Error('the key of a vkey is not canonical, or of small order');
  const key = keyOf(name, algorithm, bytes.slice(1));
  if (key.id !== id) throw new Error('the id of a vkey is not that of its name and key');
  return key;
}

function signatureLine(line) {
  const words = line.split(' ');
  if (words.length !== 3 || words[0] !== dash) throw new Error('a signature line is a dash, a name and base64');
  if (!nameForm.test(words[1])) throw new Error('the name in a signature line is of ! to ~, without +');
  const bytes = fromBase64(words[2]);
  if (bytes.length < 5) throw new Error('a signature line has at least 5 bytes');
  return { name: words[1], id: toHex(bytes.subarray(0, 4)), signature: bytes.subarray(4) };
}

function refuseRepeated(signatures) {
  const seen = new Set();
  for (const { name, id } of signatures) {
    if (seen.has(`${name}+${id}`)) throw new Error(`two signature lines of ${name}+${id}`);
    seen.add(`${name}+${id}`);
  }
}

// The form of a note, whoever signed it.
export function splitNote(bytes) {
  const whole = textOf(bytes);
  if (/^\ufeff|[\u0000-\u0009\u000b-\u001f]/.test(whole)) throw new Error('a note has no control characters');
  const cut = whole.lastIndexOf('\n\n');
  if (cut < 0) throw new Error('a note has an empty line before its signatures');
  const below = whole.slice(cut + 2);
  if (!below.endsWith('\n')) throw new Error('the last signature line does not end with LF');
  const lines = below.slice(0, -1).split('\n');
  if (lines.length > 100) throw new Error('a note has at most 100 signature lines');
  const signatures = lines.map(signatureLine);
  refuseRepeated(signatures);
  return { text: whole.slice(0, cut + 1), signatures };
}

async function checkLine(text, key, signature) {
  if (key.algorithm === bodyKey) return { key, time: null, good: await verifySignature(key.publicKey, signature, text) };
  if (signature.length !== 72) return { key, good: false };
  const time = new DataView(signature.buffer, signature.byteOffset, 8).getBigUint64(0);
  // The time is written as a decimal in what is signed, and a decimal is less than 2^53.
  if (time > BigInt(Number.MAX_SAFE_INTEGER)) return { key, good: false };
  const said = `cosignature/v1\ntime ${time}\n${text}`;
  return { key, time: Number(time), good: await verifySignature(key.publicKey, signature.subarray(8), said) };
}

// Every line of a known key verifies, or the note is refused. The answer is in the order of the lines.
export async function checkNote({ text, signatures }, keys) {
  const verified = [];
  for (const { name, id, signature } of signatures) {
    // Two keys may share an id of four bytes: then the line has to verify under each.
    for (const key of keys.filter((known) => known.name === name && known.id === id)) {
      const answer = await checkLine(text, key, signature);
      if (!answer.good) throw new Error(`the signature of ${name}+${id} does not verify`);
      verified.push({ key, time: answer.time });
    }
  }
  return verified;
}

export function requireOne(verified, required) {
  const found = verified.some(({ key }) => required.some((one) => one.name === key.name && one.id === key.id));
  if (!found) throw new Error(`no signature of ${required.map((key) => `${key.name}+${key.id}`).join(' or ')}`);
}

const asKey = (key) => (typeof key === 'string' ? parseVkey(key) : key);

// keys are vkeys or what parseVkey gives; of required (all keys, if not said) one at least has signed.
export async function openNote(bytes, keys, required = keys) {
  const known = keys.map(asKey);
  const note = splitNote(bytes);
  const verified = await checkNote(note, known);
  requireOne(verified, required.map(asKey));
  return { text: note.text, verified };
}
