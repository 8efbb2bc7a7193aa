// The command, the vectors that come with the format, and what is worked out in doc/format.md.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import crypto from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { fromHex, toHex } from './bytes.mjs';
import { readContainer } from './container.mjs';
import { chainText, envelopeOf, hex, inclusionOf, newKey, noteOf, saltOf, Setting, sha, signedLine, vkey } from './testing.mjs';
import { runVectors, sayVectors } from './vectors.mjs';
import { commitment, fieldsRoot, leafHash, parseEnvelope, salt } from './verify.mjs';

const inRepository = (name) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const vectors = inRepository('testdata/format');

test('the vectors of the format', async () => {
  const results = await runVectors(vectors);
  const differences = results.flatMap((one) => one.differences.map(({ where, found }) => `${where}: found ${found}`));
  assert.deepEqual(differences, []);
  assert.deepEqual(results.map(({ name }) => name), ['fields.txt', 'envelopes.txt', 'notes.txt', 'policies.txt', 'receipts.txt', 'verdicts.txt']);
  assert.ok(results.at(-1).count > 300);
});

// The indented lines under the paragraph that begins so, as words.
async function workedOut(beginning) {
  const text = await readFile(inRepository('doc/format.md'), 'utf8');
  const block = text.slice(text.indexOf(`\n${beginning}`)).split('\n\n')[1];
  return block.split('\n').map((line) => line.trim().split(/ {2,}| (?=[0-9a-f]{64}$)/));
}

const bytesOf = (word) => (word === '-' ? new Uint8Array(0) : fromHex(word));

test('the fact that is worked out in the document', async () => {
  const lines = await workedOut('A fact worked out');
  const key = fromHex(lines[0][1]);
  const end = lines.findIndex(([word]) => word === 'fields root');
  const commitments = [];
  for (let at = 1; at < end; at += 3) {
    const [[name, value], [, wantedSalt], [, wantedCommitment]] = lines.slice(at, at + 3);
    assert.equal(toHex(salt(key, name)), wantedSalt, name);
    commitments.push(commitment(fromHex(wantedSalt), name, bytesOf(value)));
    assert.equal(toHex(commitments.at(-1)), wantedCommitment, name);
  }
  assert.equal(commitments.length, 10);
  assert.equal(toHex(fieldsRoot(commitments)), lines[end][1]);
  const envelope = fromHex(lines.slice(end + 1, -1).map((words) => words.at(-1)).join(''));
  const { epoch, sealed, root } = parseEnvelope(envelope);
  assert.deepEqual([epoch, sealed, toHex(root)], [1, 1790000000000000000n, lines[end][1]]);
  assert.equal(toHex(leafHash(envelope)), lines.at(-1)[1]);
});

test('the container that is worked out in the document', async () => {
  const lines = await workedOut('A container of the one part');
  const [part, ...more] = readContainer(fromHex(lines.flat().join('')));
  assert.deepEqual([part.name, Buffer.from(part.content).toString(), more], ['a.txt', 'Hello\n', []]);
});

async function workplace(t) {
  const directory = await mkdtemp(path.join(tmpdir(), 'verify-'));
  t.after(() => rm(directory, { recursive: true }));
  const put = (name, content) => writeFile(path.join(directory, name), content);
  const cli = inRepository('web/verify/cli.mjs');
  const run = (...words) => promisify(execFile)(process.execPath, [cli, ...words], { cwd: directory })
    .then(({ stdout }) => ({ code: 0, stdout }), ({ code, stdout, stderr }) => ({ code, stdout, stderr }));
  return { directory, put, run };
}

function simple() {
  const setting = new Setting();
  setting.record.add('case/A-1', 'case.opened', { decision: 'granted', note: 'x' });
  setting.record.add('case/A-1', 'record.bundle', {});
  return setting;
}

const bundleOf = (setting, options) => setting.bundle({ entries: `candour-entries/1\n${chainText(setting.record, 'case/A-1', options)}`, ...options });

test('the command: bundles', async (t) => {
  const { directory, put, run } = await workplace(t);
  const setting = simple();
  const bundle = bundleOf(setting, { withhold: (_, { name }) => name === 'note' });
  const bent = bundle.slice();
  bent[400] ^= 1;
  const alone = bundleOf(setting, { checkpoint: setting.checkpoint({ cosigned: [] }) });
  await Promise.all([put('good', bundle), put('bent', bent), put('policy', setting.policy()), put('alone', alone), put('nobody', setting.policy({ quorum: 0 }))]);
  const good = await run('--policy', 'policy', '--facts', 'good');
  assert.equal(good.code, 0);
  assert.match(good.stdout, /^INTACT {2}good\n[^]*Independently witnessed: court, paper saw[^]*2 facts, 1 value withheld[^]*decision: granted[^]*What intact does not mean/);
  const own = await run('--policy', 'nobody', 'alone');
  assert.equal(own.code, 0);
  assert.match(own.stdout, /^INTACT, but not independently witnessed {2}alone\n/);
  const changed = await run('--policy', 'policy', 'bent');
  assert.equal(changed.code, 1);
  assert.match(changed.stdout, /^CHANGED {2}bent\n/);
  assert.doesNotMatch(changed.stdout, /INTACT|does not mean/i);
  assert.equal((await run('good')).code, 3);
  assert.equal((await run('--policy', 'policy', 'good', 'bent')).code, 1);
  const wrong = [
    [], ['none'], ['--policy', 'bent', 'good'], ['--what', 'good'], ['--vectors', directory, 'good'],
    ['--receipt', 'good'], ['--proof', 'good', 'good'],
  ];
  const codes = await Promise.all(wrong.map((words) => run(...words).then(({ code }) => code)));
  assert.deepEqual(codes, wrong.map(() => 2));
});

test('the command: receipts', async (t) => {
  const { put, run } = await workplace(t);
  const setting = simple();
  const [entry] = setting.record.entries;
  const text = `candour-receipt/1\n${setting.record.origin}\n0\n${hex(entry.leaf)}\n${entry.sealed}\n`;
  const hashes = inclusionOf(0, setting.record.leaves).map((hash) => `${hash.toString('base64')}\n`).join('');
  await Promise.all([
    put('policy', setting.policy()),
    put('receipt', noteOf(text, signedLine(setting.log, text, { name: `${setting.log.name}/receipt` }))),
    put('proof', `c2sp.org/tlog-proof@v1\nindex 0\n${hashes}\n${setting.checkpoint()}`),
    put('broken', `c2sp.org/tlog-proof@v1\nindex 0\n\n${setting.checkpoint()}`),
  ]);
  const call = (...words) => run('--receipt', 'receipt', '--policy', 'policy', ...words);
  const [alone, kept, broken, missing] = await Promise.all([call(), call('--proof', 'proof'), call('--proof', 'broken'), call('--proof', 'none')]);
  assert.deepEqual([alone.code, kept.code, broken.code, missing.code], [3, 0, 1, 2]);
  assert.match(alone.stdout, /^CANNOT TELL {2}receipt\n {2}The receipt is genuine/);
  assert.match(kept.stdout, /^INTACT {2}receipt\n[^]*the promise was kept[^]*entry 0, taken at 2023/);
  assert.match(broken.stdout, /^CHANGED {2}broken\n[^]*\(promise: /);
});

test('the command: vectors', async (t) => {
  const { directory, put, run } = await workplace(t);
  const setting = simple();
  const key = crypto.randomBytes(32);
  const own = saltOf(key, 'a');
  const envelope = envelopeOf({ sealed: 5n, origin: 'a', root: key });
  const note = newKey('a');
  const base64 = (content) => Buffer.from(content).toString('base64');
  const signed = base64(noteOf('x\n', signedLine(note, 'x\n')));
  await Promise.all([
    put('bundle', bundleOf(setting)),
    put('policy', setting.policy()),
    put('fields.txt', `${hex(key)} a ${base64('v')} ${hex(own)} ${hex(sha([2], own, [1], 'a', 'v'))}\n${hex(key)} a - ${hex(own)} ${hex(sha([2], own, [1], 'a'))}\n`),
    put('envelopes.txt', `${hex(envelope)} 1 5 a ${hex(key)} ${hex(sha([0], envelope))}\n00 refused\n- refused\n`),
    put('notes.txt', `accepted ${signed} ${vkey(note)} ${vkey(newKey('b'))}\nrefused ${signed} ${vkey(newKey('b'))} ${vkey(note)}\nrefused - ${vkey(note)}\n`),
    put('policies.txt', `accepted ${base64(setting.policy())}\nrefused -\n`),
    put('receipts.txt', 'refused policy AAAA -\n'),
    put('verdicts.txt', 'bundle policy - intact - -\nbundle - - cannot-tell untrusted -\n'),
  ]);
  const agreeing = await run('--vectors', directory);
  assert.equal(agreeing.code, 0, agreeing.stdout + agreeing.stderr);
  assert.equal(agreeing.stdout.split('\n').length, 7);
  await put('verdicts.txt', 'bundle policy - changed fields 3\nnone policy - intact - -\n');
  const lines = [];
  assert.equal(await sayVectors(directory, (line) => lines.push(line)), 1);
  assert.match(lines.join('\n'), /verdicts.txt:1: bundle policy - changed fields 3\n {2}found intact - - [^]*verdicts.txt:2: [^]*a failure[^]*verdicts.txt: 2 vectors, 2 differences$/);
  await put('notes.txt', '');
  await assert.rejects(sayVectors(directory, () => {}), /no vectors/);
  assert.equal((await run('--vectors', path.join(directory, 'none'))).code, 2);
});
