// Runs the vectors that come with the format (section 13) and tells where this verifier differs.
// Lines that are empty or begin with # are passed over; words are parted by one space, or by a tab.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fromBase64, fromHex, toHex, utf8 } from './bytes.mjs';
import { commitment, parseEnvelope, salt } from './fact.mjs';
import { openNote } from './note.mjs';
import { verifyBundle } from './verify.mjs';

const inDirectory = async (directory, name) => (name === '-' ? null : new Uint8Array(await readFile(path.join(directory, name))));

async function linesOfFile(directory, name) {
  const text = await readFile(path.join(directory, name), 'utf8').catch((error) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  const lines = text?.split('\n').map((line, i) => ({ where: `${name}:${i + 1}`, words: line.split(/[ \t]/) }));
  return lines?.filter(({ words: [first] }) => first !== '' && !first.startsWith('#')) ?? null;
}

// The format does not say how a value is written in the vectors: what gives the commitment is taken.
function readings(word) {
  const ways = [(w) => (w === '-' ? new Uint8Array(0) : null), fromHex, fromBase64, utf8];
  return ways.flatMap((way) => {
    try {
      return way(word) ?? [];
    } catch {
      return [];
    }
  });
}

function differsField([key, name, value, wantedSalt, wantedCommitment]) {
  const own = salt(fromHex(key, 32), name);
  if (toHex(own) !== wantedSalt) return `the salt is ${toHex(own)}`;
  const found = readings(value).map((bytes) => toHex(commitment(own, name, bytes)));
  return found.includes(wantedCommitment) ? null : `the commitment is ${found.join(' or ')}`;
}

function differsEnvelope([bytes, ...said]) {
  let envelope;
  try {
    envelope = parseEnvelope(bytes === '-' ? new Uint8Array(0) : fromHex(bytes));
  } catch (error) {
    return said[0] === 'refused' ? null : `refused: ${error.message}`;
  }
  const found = [envelope.epoch, envelope.sealed, envelope.origin, toHex(envelope.root)].map(String);
  const wanted = said.length === 5 ? said.slice(1) : said;
  return found.join(' ') === wanted.join(' ') ? null : `read as ${found.join(' ')}`;
}

async function differsNote(words, directory) {
  const [file, ...rest] = words;
  const wanted = rest.pop();
  const keys = rest.flatMap((word) => word.split(',')).filter((word) => word.includes('+'));
  const bytes = await inDirectory(directory, file);
  const refusal = await openNote(bytes, keys).then(() => null, (error) => error.message);
  if ((refusal === null ? 'accepted' : 'refused') === wanted) return null;
  return refusal === null ? 'accepted' : `refused: ${refusal}`;
}

async function differsVerdict(words, directory) {
  const [file, policy, previous, verdict, code, index] = words;
  const [bundle, policyBytes, earlier] = await Promise.all([file, policy, previous].map((name) => inDirectory(directory, name)));
  const result = await verifyBundle({ bundle, policy: policyBytes, previous: earlier });
  const found = [result.verdict, result.code ?? '-', result.index ?? '-'].join(' ');
  return found === [verdict, code, index].join(' ') ? null : `${found} (${result.detail})`;
}

const files = {
  'fields.txt': differsField,
  'envelopes.txt': differsEnvelope,
  'notes.txt': differsNote,
  'verdicts.txt': differsVerdict,
};

async function runFile(directory, name, say) {
  const lines = await linesOfFile(directory, name);
  if (lines === null) {
    say(`${name}: missing`);
    return 1;
  }
  let differences = 0;
  for (const { where, words } of lines) {
    const found = await Promise.resolve().then(() => files[name](words, directory)).catch((error) => `failed: ${error.message}`);
    if (found === null) continue;
    differences++;
    say(`${where}: wanted ${words.slice(1).join(' ')}, found ${found}`);
  }
  say(`${name}: ${lines.length} vectors, ${differences} differences`);
  return differences;
}

export async function runVectors(directory, say) {
  let differences = 0;
  for (const name of Object.keys(files)) differences += await runFile(directory, name, say);
  return differences === 0 ? 0 : 1;
}
