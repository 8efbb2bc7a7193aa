// Receipts and the proofs that redeem them (sections 8, 9 and 13).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hex, inclusionOf, newKey, noteOf, Setting, sha, signedLine } from './testing.mjs';
import { parseProof } from './texts.mjs';
import { verifyReceipt } from './verify.mjs';
import { heading, receiptSentence, technical } from './words.mjs';

function made(size = 7) {
  const setting = new Setting();
  for (let i = 0; i < size; i++) setting.record.add('case/A-1', 'fact');
  return setting;
}

function receiptOf(setting, { index = 3, origin = setting.record.origin, key = setting.log, name = `${origin}/receipt`, change = (text) => text } = {}) {
  const entry = setting.record.entries[index];
  const text = change(`candour-receipt/1\n${origin}\n${index}\n${hex(entry.leaf)}\n${entry.sealed}\n`);
  return noteOf(text, signedLine(key, text, { name }));
}

const base64 = (hash) => `${hash.toString('base64')}\n`;

function proofOf(setting, { index = 3, head = 'c2sp.org/tlog-proof@v1', hashes = inclusionOf(index, setting.record.leaves).map(base64).join(''), checkpoint = setting.checkpoint() } = {}) {
  return Buffer.concat([Buffer.from(`${head}\nindex ${index}\n${hashes}\n`), checkpoint]);
}

async function expect(setting, wanted, { receipt = receiptOf(setting), proof = proofOf(setting), policy = setting.policy() } = {}) {
  const result = await verifyReceipt({ receipt, proof, policy });
  assert.deepEqual([result.verdict, result.code], wanted, result.detail);
  assert.ok(receiptSentence(result).length > 20);
  return result;
}

const changed = (code) => ['changed', code];
const open = (code) => ['cannot-tell', code];

test('a receipt alone, and redeemed', async () => {
  const setting = made();
  const alone = await expect(setting, open('unredeemed'), { proof: null });
  assert.equal(alone.receipt.index, 3);
  assert.equal(alone.independent, false);
  const kept = await expect(setting, ['intact', null]);
  assert.equal(kept.independent, true);
  assert.deepEqual(kept.operators.map(({ operator }) => operator), ['northmere', 'court', 'paper']);
  assert.equal(heading(kept), 'INTACT');
  for (let index = 0; index < 7; index++) {
    await expect(setting, ['intact', null], { receipt: receiptOf(setting, { index }), proof: proofOf(setting, { index }) });
  }
  const single = made(1);
  await expect(single, ['intact', null], { receipt: receiptOf(single, { index: 0 }), proof: proofOf(single, { index: 0 }) });
});

test('a receipt that is none', async () => {
  const setting = made();
  const { log, witnesses: [[, witness]] } = setting;
  const wrong = {
    'another key': { key: newKey(log.name) },
    'a witness': { key: witness },
    'the name of a checkpoint': { name: log.name },
    'the name of a bundle': { name: `${log.name}/bundle` },
    'another body': { origin: 'other.example' },
    'epoch 1 written': { origin: `${log.name}/epoch/1` },
    'a line more': { change: (text) => `${text}x\n` },
    'a line less': { change: (text) => text.replace('3\n', '') },
    'another version': { change: (text) => text.replace('/1\n', '/2\n') },
    'an index with a nought': { change: (text) => text.replace('\n3\n', '\n03\n') },
    'a leaf of 31 bytes': { change: (text) => text.replace(/[0-9a-f]{64}/, (leaf) => leaf.slice(2)) },
  };
  for (const bend of Object.values(wrong)) {
    const result = await expect(setting, changed('receipt'), { receipt: receiptOf(setting, bend) });
    assert.equal(result.receipt, null);
  }
  const text = `${log.name}\nx\n`;
  await expect(setting, changed('receipt'), { receipt: noteOf(text, signedLine(log, text)) });
  await expect(setting, changed('receipt'), { receipt: Buffer.alloc(0), proof: null });
});

test('a proof that is none', async () => {
  const setting = made();
  const hash = base64(sha('x'));
  const good = proofOf(setting);
  const bent = {
    'another version': { head: 'c2sp.org/tlog-proof@v2' },
    'a line between': { head: 'c2sp.org/tlog-proof@v1\nextra AAAA' },
    'an index with a nought': { index: '03', hashes: '' },
    'no index': { index: '', hashes: '' },
    '65 hashes': { hashes: hash.repeat(65) },
    'a hash of 31 bytes': { hashes: base64(sha('x').subarray(1)) },
    'a hash with unused bits': { hashes: hash.replace(/.=\n/, '/=\n') },
    'a hash in hex': { hashes: `${hex(sha('x'))}\n` },
    'a space at the end': { hashes: hash.replace('\n', ' \n') },
  };
  for (const [name, change] of Object.entries(bent)) {
    const result = await expect(setting, changed('proof'), { proof: proofOf(setting, change) });
    assert.match(technical(result), /^proof: /, name);
  }
  for (const bytes of [Buffer.alloc(0), Buffer.from('\n\n'), good.subarray(1), good.subarray(0, 100), Buffer.from(String(good).replaceAll('\n', '\r\n')), Buffer.concat([Buffer.from('\ufeff'), good])]) {
    await expect(setting, changed('proof'), { proof: bytes });
  }
  assert.equal(parseProof(proofOf(setting, { hashes: hash.repeat(64) })).hashes.length, 64);
});

test('what the proof rests on', async () => {
  const setting = made();
  const text = setting.checkpointText();
  const stranger = newKey(setting.log.name);
  for (const checkpoint of [Buffer.alloc(0), Buffer.concat([Buffer.from('\n'), setting.checkpoint()]), noteOf(text, signedLine(stranger, text)), setting.checkpoint({ origin: 'other.example' })]) {
    await expect(setting, changed('checkpoint'), { proof: proofOf(setting, { checkpoint }) });
  }
  const forged = noteOf(text, signedLine(setting.log, text), signedLine(setting.witnesses[1][1], 'x\n'));
  await expect(setting, changed('checkpoint'), { proof: proofOf(setting, { checkpoint: forged }) });
});

test('a proof of another receipt, and a broken promise', async () => {
  const setting = made();
  const origin = `${setting.record.origin}/epoch/2`;
  await expect(setting, open('another'), { proof: proofOf(setting, { index: 2 }) });
  await expect(setting, open('another'), { proof: proofOf(setting, { checkpoint: setting.checkpoint({ origin }) }) });
  await expect(setting, ['intact', null], { receipt: receiptOf(setting, { origin }), proof: proofOf(setting, { checkpoint: setting.checkpoint({ origin }) }) });
  const receipt = receiptOf(setting);
  await expect(setting, changed('promise'), { proof: proofOf(setting, { hashes: '' }) });
  await expect(setting, open('another'), { proof: proofOf(setting, { checkpoint: setting.checkpoint({ size: 3 }) }) });
  const anew = made();
  anew.log = setting.log;
  anew.witnesses = setting.witnesses;
  const broken = await expect(setting, changed('promise'), { receipt, proof: proofOf(anew) });
  assert.equal(broken.independent, false);
});

test('witnesses of a redeemed receipt', async () => {
  const setting = made();
  const few = await expect(setting, open('unwitnessed'), { proof: proofOf(setting, { checkpoint: setting.checkpoint({ cosigned: [setting.witnesses[1]] }) }) });
  assert.equal(few.independent, true);
  const own = { proof: proofOf(setting, { checkpoint: setting.checkpoint({ cosigned: [setting.witnesses[0]] }) }), policy: setting.policy({ quorum: 1 }) };
  assert.equal(heading(await expect(setting, ['intact', null], own)), 'INTACT, but not independently witnessed');
  await assert.rejects(verifyReceipt({ receipt: receiptOf(setting), policy: 'nothing\n' }), /policy/);
});
