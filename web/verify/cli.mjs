#!/usr/bin/env node
// The verifier as a command: node web/verify/cli.mjs [--policy FILE] [--previous BUNDLE] [--facts] BUNDLE...

import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { runVectors } from './vectors.mjs';
import { verifyBundle } from './verify.mjs';
import { headings, limits, nanosInWords, secondsInWords, sentence, shownLines, visible, witnessed } from './words.mjs';

const usage = `usage: node web/verify/cli.mjs [--policy FILE] [--previous BUNDLE] [--facts] BUNDLE...
       node web/verify/cli.mjs --vectors DIRECTORY
exit:  0 intact, 1 changed, 3 cannot tell, 2 wrong call or a file that cannot be read`;

const exits = { intact: 0, 'cannot-tell': 3, changed: 1 };
const say = (line = '') => process.stdout.write(`${line}\n`);

function arguments_() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      policy: { type: 'string' },
      previous: { type: 'string' },
      facts: { type: 'boolean' },
      vectors: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (!values.help && (positionals.length === 0) === (values.vectors === undefined)) {
    throw Object.assign(new Error('a bundle is wanted, or --vectors'), { code: 'ERR_PARSE_ARGS' });
  }
  return { ...values, bundles: positionals };
}

const read = async (name) => (name === undefined ? null : new Uint8Array(await readFile(name)));

function sayWitnesses(result) {
  for (const { operator, name, time, independent } of result.operators) {
    say(`  cosigned by ${operator} (${name}), ${secondsInWords(time)}${independent ? '' : ', which also keeps the record'}`);
  }
  if (result.operators.length === 0) say('  cosigned by nobody known to the policy');
  say(`  ${witnessed(result)}`);
}

function sayBundle(result) {
  say(`  of ${result.body}, made ${nanosInWords(result.made)}, checkpoint of ${result.checkpoint.size} entries`);
  for (const chain of result.chains) {
    say(`  ${chain.name}: entries ${chain.first} to ${chain.first + chain.count - 1}`);
  }
  if (result.excerpt.length > 0) say(`  and ${result.excerpt.length} single entries of other chains, not said to be all`);
  sayWitnesses(result);
}

function sayValue(name, value) {
  const [first, ...more] = shownLines(value);
  say(`      ${name}: ${first}`);
  more.forEach((line) => say(`        ${line}`));
}

function sayEntry(entry) {
  const what = entry.erased === null ? entry.kind ?? '(kind withheld)' : `erased, as entry ${entry.erased} tells`;
  say(`    entry ${entry.index}, sealed ${nanosInWords(entry.sealed)}: ${what}`);
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
  if (result.excerpt.length > 0) say('\n  single entries of other chains');
  result.excerpt.forEach(sayEntry);
}

function sayLimits() {
  say('\nWhat intact does not mean:');
  limits.forEach((line) => say(`  - ${line}`));
}

async function verifyOne(name, { policy, previous, facts }) {
  const result = await verifyBundle({ bundle: await read(name), policy, previous });
  say(`${headings[result.verdict]}  ${visible(name)}`);
  say(`  ${sentence(result)}`);
  if (result.code !== null) say(`  ${result.code}: ${visible(result.detail)}`);
  if (result.verdict !== 'changed') sayBundle(result);
  if (facts) sayFacts(result);
  return result.verdict;
}

// Of several bundles the worst verdict counts.
async function verifyAll(options) {
  const given = { ...options, policy: await read(options.policy), previous: await read(options.previous) };
  const verdicts = [];
  for (const name of options.bundles) verdicts.push(await verifyOne(name, given));
  if (verdicts.some((verdict) => verdict !== 'changed')) sayLimits();
  const worst = ['changed', 'cannot-tell', 'intact'].find((verdict) => verdicts.includes(verdict));
  return exits[worst];
}

async function main() {
  const options = arguments_();
  if (options.help) {
    say(usage);
    return 0;
  }
  return options.vectors === undefined ? verifyAll(options) : runVectors(options.vectors, say);
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${visible(error.message)}\n${error.code?.startsWith('ERR_PARSE_ARGS') ? `${usage}\n` : ''}`);
  process.exitCode = 2;
}
