#!/usr/bin/env node
// The verifier as a command, see usage below.

import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { sayVectors } from './vectors.mjs';
import { verifyBundle, verifyReceipt } from './verify.mjs';
import { extent, heading, limits, nanosInWords, receiptLimits, receiptSentence, secondsInWords, sentence, shownLines, technical, visible, witnessed } from './words.mjs';

const usage = `usage: node web/verify/cli.mjs [--policy FILE] [--previous BUNDLE] [--facts] BUNDLE...
       node web/verify/cli.mjs --receipt FILE [--proof FILE] --policy FILE
       node web/verify/cli.mjs --vectors DIRECTORY
exit:  0 intact, 1 changed, 3 cannot tell, 2 wrong call or a file that cannot be read
       (--vectors: 0 as expected, 1 differences, 2 not readable)`;

const exits = { intact: 0, 'cannot-tell': 3, changed: 1 };
const say = (line = '') => process.stdout.write(`${line}\n`);

const text = { type: 'string' };
const options = { policy: text, previous: text, facts: { type: 'boolean' }, receipt: text, proof: text, vectors: text, help: { type: 'boolean', short: 'h' } };

// What each way of calling allows beside the word that chooses it.
const ways = { vectors: [], receipt: ['policy', 'proof'], bundles: ['policy', 'previous', 'facts'] };

function wrongCall(detail) {
  return Object.assign(new Error(detail), { code: 'ERR_PARSE_ARGS' });
}

function arguments_() {
  const { values, positionals } = parseArgs({ allowPositionals: true, options });
  const given = positionals.length > 0 ? { ...values, bundles: positionals } : { ...values };
  if (given.help) return { way: 'help' };
  const way = Object.keys(ways).find((name) => given[name] !== undefined);
  if (way === undefined) throw wrongCall('a bundle, a receipt or a directory of vectors is wanted');
  const strange = Object.keys(given).find((name) => name !== way && !ways[way].includes(name));
  if (strange !== undefined) throw wrongCall(`${strange === 'bundles' ? 'a bundle' : `--${strange}`} does not go with ${way === 'bundles' ? 'a bundle' : `--${way}`}`);
  if (way === 'receipt' && given.policy === undefined) throw wrongCall('a receipt is verified with a policy');
  return { way, ...given };
}

const read = async (name) => (name === undefined ? null : new Uint8Array(await readFile(name)));

// Sentences are broken between words, so that a narrow window does not break them within.
function sayWrapped(sentences, indent = '  ', next = indent) {
  let line = indent;
  for (const word of sentences.split(' ')) {
    if (line.length + word.length > 79 && line.trim() !== '' && line !== indent) {
      say(line);
      line = next;
    }
    line += (line === indent || line === next ? '' : ' ') + word;
  }
  say(line);
}

function sayHead(result, name, said) {
  say(`${heading(result)}  ${visible(name)}`);
  sayWrapped(said);
}

function sayTechnical(result) {
  if (technical(result) !== null) sayWrapped(`(${technical(result)})`);
}

function sayCosigners({ operators }) {
  for (const { operator, name, time, independent } of operators) {
    say(`  Cosigned by ${operator} (${name}) at ${secondsInWords(time)}${independent ? '' : ', which also keeps the record'}`);
  }
}

function sayBundle(result) {
  sayWrapped(witnessed(result));
  sayTechnical(result);
  say();
  say(`  From the record of ${result.body}`);
  for (const { name, first, entries } of result.chains) {
    say(`  ${name}: ${extent(entries)}${first === 0 ? '' : `, from number ${first} on`}`);
  }
  if (result.excerpt.length > 0) say(`  Single facts of other chains, not said to be all: ${extent(result.excerpt)}`);
  if (result.attachments.length > 0) say(`  Attached files: ${result.attachments.length}`);
  sayCosigners(result);
}

function sayValue(name, value) {
  const [first, ...more] = shownLines(value);
  say(`      ${name}: ${first}`);
  more.forEach((line) => say(`        ${line}`));
}

function sayEntry(entry) {
  const what = entry.erased === null ? entry.kind ?? '(kind withheld)' : `erased, as entry ${entry.erased} tells`;
  say(`    entry ${entry.index}, sealed ${nanosInWords(entry.sealed)}: ${visible(what)}`);
  entry.fields.forEach(({ name, value }) => sayValue(name, value));
  for (const one of entry.withheld) {
    say(`      withheld${one.slot === null ? '' : ` (${one.slot})`}: ${one.class}, ${visible(one.authority)}`);
  }
}

function sayFacts(result) {
  for (const chain of result.chains) {
    say(`\n  ${chain.name}`);
    chain.entries.forEach(sayEntry);
  }
  if (result.excerpt.length > 0) say('\n  single facts of other chains');
  result.excerpt.forEach(sayEntry);
}

function sayLimits(lines) {
  say('\nWhat intact does not mean:');
  lines.forEach((line) => sayWrapped(line, '  - ', '    '));
}

async function verifyOne(name, { policy, previous, facts }) {
  const result = await verifyBundle({ bundle: await read(name), policy, previous });
  sayHead(result, name, sentence(result));
  if (result.verdict === 'changed') sayTechnical(result);
  else sayBundle(result);
  if (facts) sayFacts(result);
  return result.verdict;
}

// Of several bundles the worst verdict counts.
async function verifyAll({ bundles, facts, ...names }) {
  const given = { facts, policy: await read(names.policy), previous: await read(names.previous) };
  const verdicts = [];
  for (const name of bundles) {
    if (verdicts.length > 0) say();
    verdicts.push(await verifyOne(name, given));
  }
  if (verdicts.includes('intact')) sayLimits(limits);
  return exits[['changed', 'cannot-tell', 'intact'].find((verdict) => verdicts.includes(verdict))];
}

// Where the receipt itself is genuine, the first line names the proof.
const aboutProof = ['proof', 'checkpoint', 'promise'];

async function verifyPromise(names) {
  const [receipt, proof, policy] = await Promise.all([names.receipt, names.proof, names.policy].map(read));
  const result = await verifyReceipt({ receipt, proof, policy });
  sayHead(result, aboutProof.includes(result.code) ? names.proof : names.receipt, receiptSentence(result));
  if (result.redeemed) sayWrapped(witnessed(result));
  sayTechnical(result);
  if (result.receipt !== null) {
    say(`\n  From the record of ${result.receipt.origin}: entry ${result.receipt.index}, taken at ${nanosInWords(result.receipt.sealed)}`);
    say(`  Its fingerprint: ${result.receipt.leaf}`);
  }
  sayCosigners(result);
  if (result.verdict === 'intact') sayLimits(receiptLimits);
  return exits[result.verdict];
}

function sayUsage() {
  say(usage);
  return 0;
}

const calls = {
  help: sayUsage,
  vectors: ({ vectors }) => sayVectors(vectors, say),
  receipt: verifyPromise,
  bundles: verifyAll,
};

// Who reads may stop in the midst, as head does.
process.stdout.on('error', () => process.exit(2));

try {
  const call = arguments_();
  process.exitCode = await calls[call.way](call);
} catch (error) {
  process.stderr.write(`${visible(error.message)}\n${error.code?.startsWith('ERR_PARSE_ARGS') ? `${usage}\n` : ''}`);
  process.exitCode = 2;
}
