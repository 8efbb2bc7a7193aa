// Runs the vectors that come with the format (section 13) and tells where this verifier differs.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fromBase64, fromHex, toHex } from './bytes.mjs';
import { commitment, leafHash, parseEnvelope, salt } from './fact.mjs';
import { openNote } from './note.mjs';
import { verifyReceipt } from './receipt.mjs';
import { parsePolicy } from './texts.mjs';
import { verifyBundle } from './verify.mjs';

const nothing = new Uint8Array(0);
const isNothing = (word) => word === '-' || word === '';
const hexWord = (word) => (isNothing(word) ? nothing : fromHex(word));
const base64Word = (word) => (isNothing(word) ? nothing : fromBase64(word));

// The files of a directory, each read once.
function reader(directory) {
  const files = new Map();
  return async (name) => {
    if (name === '-') return null;
    if (!files.has(name)) files.set(name, readFile(path.join(directory, name)).then((content) => new Uint8Array(content)));
    return files.get(name);
  };
}

// Each of these gives what was found where it is not what the vector says, and null where it is.
const unless = (found, wanted, why = '') => (found === wanted ? null : `${found}${why && ` (${why})`}`);

function field([key, name, value, ...wanted]) {
  const own = salt(fromHex(key, 32), name);
  return unless([toHex(own), toHex(commitment(own, name, base64Word(value)))].join(' '), wanted.join(' '));
}

function envelopeWords(bytes) {
  try {
    const { epoch, sealed, origin, root } = parseEnvelope(bytes);
    return [[epoch, sealed, origin, toHex(root), toHex(leafHash(bytes))].join(' ')];
  } catch (error) {
    return ['refused', error.message];
  }
}

function envelope([bytes, ...wanted]) {
  const [found, why] = envelopeWords(hexWord(bytes));
  return unless(found, wanted.join(' '), why);
}

async function acceptance(wanted, check) {
  const why = await Promise.resolve().then(check).then(() => null, (error) => error.message);
  return unless(why === null ? 'accepted' : 'refused', wanted, why ?? '');
}

const note = ([wanted, bytes, required, ...others]) =>
  acceptance(wanted, () => openNote(base64Word(bytes), [required, ...others], [required]));

const policy = ([wanted, bytes]) => acceptance(wanted, () => parsePolicy(base64Word(bytes)));

// Genuine and, with a proof, redeemed; whether by enough witnesses is not asked.
async function receipt([wanted, policyName, bytes, proof], read) {
  const given = { policy: await read(policyName), receipt: base64Word(bytes), proof: proof === '-' ? null : base64Word(proof) };
  const { verdict, code, detail } = await verifyReceipt(given);
  const accepted = verdict === 'intact' || code === 'unwitnessed' || code === 'unredeemed';
  return unless(accepted ? 'accepted' : 'refused', wanted, `${code}: ${detail}`);
}

async function verdict([file, policyName, previous, ...wanted], read) {
  const [bundle, given, earlier] = await Promise.all([file, policyName, previous].map(read));
  const result = await verifyBundle({ bundle, policy: given, previous: earlier });
  return unless([result.verdict, result.code ?? '-', result.index ?? '-'].join(' '), wanted.join(' '), result.detail);
}

const kinds = { fields: field, envelopes: envelope, notes: note, policies: policy, receipts: receipt, verdicts: verdict };

async function linesOf(name, read) {
  const lines = new TextDecoder().decode(await read(name)).split('\n');
  if (lines.pop() !== '' || lines.length === 0) throw new Error(`${name} has no vectors, or its last line has no end`);
  return lines;
}

const short = (line) => (line.length > 200 ? `${line.slice(0, 200)}…` : line);

async function runFile(name, check, read) {
  const differences = [];
  const lines = await linesOf(name, read);
  for (const [i, line] of lines.entries()) {
    const found = await Promise.resolve().then(() => check(line.split(' '), read)).catch((error) => `a failure: ${error.message}`);
    if (found !== null) differences.push({ where: `${name}:${i + 1}`, line, found });
  }
  return { name, count: lines.length, differences };
}

// Throws where the directory has not all six files.
export async function runVectors(directory) {
  const read = reader(directory);
  const results = [];
  for (const [kind, check] of Object.entries(kinds)) results.push(await runFile(`${kind}.txt`, check, read));
  return results;
}

export async function sayVectors(directory, say) {
  const results = await runVectors(directory);
  for (const { name, count, differences } of results) {
    differences.forEach(({ where, line, found }) => say(`${where}: ${short(line)}\n  found ${short(found)}`));
    say(`${name}: ${count} vectors, ${differences.length} differences`);
  }
  return results.some(({ differences }) => differences.length > 0) ? 1 : 0;
}
