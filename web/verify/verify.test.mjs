// Run with: node --test web/verify/*.test.mjs

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { test } from 'node:test';
import { decimal, fromBase64, fromHex, nanoseconds, origin, toBase64, toHex, utf8 } from './bytes.mjs';
import { partName, readContainer } from './container.mjs';
import { littleEndian, plainPoint, verifySignature } from './ed25519.mjs';
import { hmac, sha256 } from './sha256.mjs';
import { chainText, consistencyOf, entryText, envelopeOf, hex, inclusionOf, move, newKey, noteOf, rootOf, saltOf, Setting, sha, signedLine, vkey, zipOf } from './testing.mjs';
import { epochOf, parseCheckpoint } from './texts.mjs';
import { commitment, fieldsRoot, leafHash, openNote, parseEnvelope, parsePolicy, parseReceipt, parseVkey, salt, verifyBundle, verifyConsistency, verifyInclusion } from './verify.mjs';
import { nanosInWords, shownLines, visible } from './words.mjs';

const refused = (check) => assert.throws(check, Error);

test('SHA-256 and HMAC agree with the platform', () => {
  for (let n = 0; n < 400; n++) {
    const bytes = crypto.randomBytes(n);
    assert.equal(toHex(sha256(bytes)), hex(sha(bytes)));
    assert.equal(toHex(hmac(bytes, bytes)), crypto.createHmac('sha256', bytes).update(bytes).digest('hex'));
  }
  const long = crypto.randomBytes(3000001);
  assert.equal(toHex(sha256(long)), hex(sha(long)));
});

test('words have one form', () => {
  for (let n = 1; n < 100; n++) {
    const bytes = new Uint8Array(crypto.randomBytes(n));
    assert.equal(toBase64(bytes), Buffer.from(bytes).toString('base64'));
    assert.deepEqual(fromBase64(toBase64(bytes)), bytes);
    assert.deepEqual(fromHex(toHex(bytes)), bytes);
  }
  for (const word of ['', 'A', 'AA', 'AAA', 'AB==', 'AAB=', 'A===', 'AA==AA==', 'AA=A', '====', 'AA-_', 'AAA\n', ' AAA', 'AAAé']) refused(() => fromBase64(word));
  for (const word of ['', '0', 'AA', '0g', '0 ', 'é0']) refused(() => fromHex(word));
  for (const word of ['', '00', '01', '-1', '+1', '1.0', '1e3', ' 1', '1\n', '9007199254740992', '१']) refused(() => decimal(word));
  assert.equal(decimal('9007199254740991'), 2 ** 53 - 1);
  assert.equal(nanoseconds('9223372036854775807'), 2n ** 63n - 1n);
  refused(() => nanoseconds('9223372036854775808'));
});

test('Ed25519 refuses what platforms do not agree on', async () => {
  const key = newKey('a');
  const good = new Uint8Array(crypto.sign(null, Buffer.from('text'), key.privateKey));
  assert.equal(await verifySignature(key.raw, good, 'text'), true);
  assert.equal(await verifySignature(key.raw, good, 'test'), false);
  const order = (1n << 252n) + 27742317777372353535851937790883648493n;
  const larger = littleEndian(good.subarray(32)) + order;
  const bent = good.slice();
  for (let i = 0; i < 32; i++) bent[32 + i] = Number((larger >> BigInt(8 * i)) & 255n);
  assert.equal(await verifySignature(key.raw, bent, 'text'), false);
  assert.equal(await verifySignature(new Uint8Array(32).fill(2), good, 'text'), false);
  assert.equal(await verifySignature(key.raw, good.subarray(1), 'text'), false);
});

// Twisted Edwards arithmetic, only to see that the heights in the table are those of points of order 1, 2, 4, 8.
test('the points of small order are the right ones', () => {
  const p = (1n << 255n) - 19n;
  const mod = (n) => ((n % p) + p) % p;
  const power = (base, e) => {
    let result = 1n;
    for (let b = mod(base); e > 0n; e >>= 1n, b = mod(b * b)) if (e & 1n) result = mod(result * b);
    return result;
  };
  const invert = (n) => power(n, p - 2n);
  const d = mod(-121665n * invert(121666n));
  const xOf = (y) => {
    const square = mod((y * y - 1n) * invert(d * y * y + 1n));
    let x = power(square, (p + 3n) / 8n);
    if (mod(x * x) !== square) x = mod(x * power(2n, (p - 1n) / 4n));
    assert.equal(mod(x * x), square);
    return x;
  };
  const doubled = ([x, y]) => {
    const t = mod(d * x * x * y * y);
    return [mod(2n * x * y * invert(1n + t)), mod((y * y + x * x) * invert(1n - t))];
  };
  const heights = ['26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a', '00'.repeat(32), `01${'00'.repeat(31)}`, `ec${'ff'.repeat(30)}7f`];
  for (const word of heights) {
    const y = littleEndian(fromHex(word));
    assert.deepEqual(doubled(doubled(doubled([xOf(y), y]))), [0n, 1n]);
    assert.equal(plainPoint(fromHex(word)), false);
  }
  assert.equal(plainPoint(fromHex(`ed${'ff'.repeat(30)}7f`)), false);
  assert.equal(plainPoint(newKey('a').raw), true);
});

test('salts, commitments and the fields root', () => {
  const key = crypto.randomBytes(32);
  const own = salt(key, 'amount');
  assert.equal(toHex(own), hex(saltOf(key, 'amount')));
  assert.equal(toHex(commitment(own, 'amount', utf8('12'))), hex(sha([2], own, [6], 'amount', '12')));
  const list = Array.from({ length: 65535 }, (_, i) => Uint8Array.of(i >> 8, i & 255, ...new Uint8Array(30)));
  assert.equal(toHex(fieldsRoot(list.slice(0, 300))), hex(sha([3, 1, 44], ...list.slice(0, 300))));
  assert.equal(toHex(fieldsRoot(list)), hex(sha([3, 255, 255], ...list)));
  refused(() => fieldsRoot(list.slice(0, 7)));
  refused(() => fieldsRoot([...list, list[0]]));
});

const reservedOrigins = ['candour-', 'candour-x', 'candour-bundle/1', 'cosignature/v1', 'a/receipt', 'a/bundle', '/bundle', 'a/epoch/2', 'a/epoch/', '/epoch/x'];

test('origins are not like what is signed beside them', () => {
  for (const word of reservedOrigins) refused(() => origin(word));
  for (const word of ['a-candour-', 'cosignature/v1x', 'a/receipts', 'bundle', 'a/epoch', 'epoch/2', 'candour', 'Candour-x']) assert.equal(origin(word), word);
  for (const [word, epoch] of [['a', 1], ['a/epoch/2', 2], ['a/epoch/4294967295', 2 ** 32 - 1], ['a/epoch/1', null], ['a/epoch/4294967296', null], ['a/epoch/02', null], ['b', null]]) {
    assert.equal(epochOf(word, 'a'), epoch);
  }
});

test('envelopes', () => {
  const root = crypto.randomBytes(32);
  const good = envelopeOf({ epoch: 3, sealed: 2n ** 63n - 1n, origin: 'a.example/b', root });
  const read = parseEnvelope(good);
  assert.deepEqual([read.epoch, read.sealed, read.origin, toHex(read.root)], [3, 2n ** 63n - 1n, 'a.example/b', hex(root)]);
  assert.equal(toHex(leafHash(good)), hex(sha([0], good)));
  const wrong = [
    { version: 0 }, { version: 2 }, { epoch: 0 }, { sealed: 2n ** 63n }, { origin: '' }, { origin: 'a b' },
    { origin: 'a+b' }, { origin: 'x'.repeat(151) }, ...reservedOrigins.map((origin) => ({ origin })), { root: root.subarray(1) }, { root: Buffer.concat([root, root]) },
  ];
  for (const change of wrong) refused(() => parseEnvelope(envelopeOf({ sealed: 1n, origin: 'a', root, ...change })));
  for (let n = 0; n < good.length; n++) refused(() => parseEnvelope(good.subarray(0, n)));
});

test('proofs of inclusion and consistency, against naive trees', () => {
  const leaves = Array.from({ length: 34 }, (_, i) => sha([0, i]));
  for (let size = 1; size <= 34; size++) {
    const all = leaves.slice(0, size);
    const root = rootOf(all);
    for (let i = 0; i < size; i++) {
      const proof = inclusionOf(i, all);
      assert.ok(verifyInclusion(i, size, leaves[i], proof, root));
      assert.ok(!verifyInclusion(i, size, leaves[(i + 1) % 34], proof, root));
      assert.ok(!verifyInclusion(i, size, leaves[i], [...proof, root], root));
      if (size > 1) assert.ok(!verifyInclusion(i, size, leaves[i], proof.slice(1), root));
      if (size > 1) assert.ok(!verifyInclusion((i + 1) % size, size, leaves[i], proof, root));
      assert.ok(!verifyInclusion(size, size, leaves[i], proof, root));
    }
    for (let from = 1; from <= size; from++) {
      const before = rootOf(leaves.slice(0, from));
      const proof = consistencyOf(from, all);
      assert.ok(verifyConsistency(from, size, before, root, proof), `${from} to ${size}`);
      assert.ok(!verifyConsistency(from, size, before, root, [...proof, root]));
      if (from < size) {
        assert.ok(!verifyConsistency(from, size, root, root, proof));
        assert.ok(!verifyConsistency(from, size, before, before, proof));
        assert.ok(!verifyConsistency(from, size, before, root, proof.slice(1)));
        assert.ok(!verifyConsistency(from, size, before, root, proof.slice(0, -1)));
      }
    }
    assert.ok(!verifyConsistency(0, size, rootOf([]), root, []));
    assert.ok(!verifyConsistency(size + 1, size, root, root, []));
  }
});

// A tree of nothing but one leaf repeated can be worked out at any size: proofs beyond 2^32.
test('proofs of a tree too large for 32 bits', () => {
  const leaf = sha([0]);
  const levels = [leaf];
  for (let i = 1; i <= 52; i++) levels.push(sha([1], levels[i - 1], levels[i - 1]));
  const index = 2 ** 52 - 1;
  assert.ok(verifyInclusion(index, 2 ** 52, leaf, levels.slice(0, 52), levels[52]));
  const more = sha([1], levels[52], leaf);
  assert.ok(verifyInclusion(2 ** 52, 2 ** 52 + 1, leaf, [levels[52]], more));
  assert.ok(verifyConsistency(2 ** 52, 2 ** 52 + 1, levels[52], more, [leaf]));
  assert.ok(!verifyInclusion(index, 2 ** 52, leaf, levels.slice(0, 51), levels[52]));
});

test('notes', async () => {
  const key = newKey('a.example');
  const witness = newKey('w.example', 4);
  const other = newKey('b.example');
  const text = 'one\n\ntwo\n';
  const lines = [signedLine(key, text), signedLine(witness, text), signedLine(other, text)];
  const opened = await openNote(noteOf(text, ...lines), [vkey(key), vkey(witness)]);
  assert.equal(opened.text, text);
  assert.deepEqual(opened.verified.map(({ key: { name }, time }) => [name, time]), [['a.example', null], ['w.example', 1700000000]]);
  const good = signedLine(key, text);
  const rejected = {
    'no signature': noteOf(text),
    'only an unknown key': noteOf(text, signedLine(other, text)),
    'another text': noteOf('two\n', good),
    'twice': noteOf(text, good, good),
    'an unknown key twice': noteOf(text, good, lines[2], lines[2]),
    'a false line of a known key': noteOf(text, good, signedLine(witness, 'x\n')),
    'another name': noteOf(text, good.replace('a.example', 'c.example')),
    'no LF at the end': noteOf(text, good.slice(0, -1)),
    'CR': noteOf(text, good.replace('\n', '\r\n')),
    'two spaces': noteOf(text, good.replace(' a', '  a')),
    'a hyphen': noteOf(text, good.replace('\u2014', '-')),
    'four bytes': noteOf(text, good, '\u2014 x AAAAAA==\n'),
    'base64 that is not canonical': noteOf(text, good, '\u2014 x AAAAAAB=\n'),
    'a control character': noteOf(`${text}\u0007\n`, signedLine(key, `${text}\u0007\n`)),
    'a byte order mark': noteOf(`\ufeff${text}`, signedLine(key, `\ufeff${text}`)),
    'no UTF-8': Buffer.concat([Buffer.from([0xff]), noteOf(text, good)]),
    'no text': Buffer.from(`\n${good}`),
    'a late time': noteOf(text, good, signedLine(witness, text, { time: 2n ** 53n })),
    '101 lines': noteOf(text, good, ...Array.from({ length: 100 }, (_, i) => `\u2014 x${i} AAAAAAA=\n`)),
  };
  for (const [name, bytes] of Object.entries(rejected)) {
    await assert.rejects(openNote(bytes, [vkey(key), vkey(witness)], [vkey(key)]), Error, name);
  }
  await openNote(noteOf(text, good, ...Array.from({ length: 99 }, (_, i) => `\u2014 x${i} AAAAAAA=\n`)), [vkey(key)]);
});

test('vkeys', () => {
  for (let i = 0; i < 50; i++) {
    const key = newKey('a.example/x', i % 2 ? 1 : 4);
    assert.equal(toHex(parseVkey(vkey(key)).publicKey), hex(key.raw));
  }
  const raw = Buffer.alloc(32);
  raw[0] = 1;
  refused(() => parseVkey(vkey({ name: 'a', algorithm: 1, raw })));
  raw[0] = 2; // no point of the curve: read, and verifies nothing
  assert.equal(toHex(parseVkey(vkey({ name: 'a', algorithm: 1, raw })).publicKey), hex(raw));
  const good = vkey(newKey('a'));
  const [, id, data] = good.split('+');
  for (const word of [`b+${id}+${data}`, `a+${id.toUpperCase()}G+${data}`, `a+00000000+${data}`, `a+${id}`, `a+${id}+`, '', `+${id}+${data}`, `${good} `, `a+${id}+${data}AAAA`]) refused(() => parseVkey(word));
});

test('policies', () => {
  const setting = new Setting();
  const good = setting.policy();
  const read = parsePolicy(good);
  assert.deepEqual([read.body, read.logs.length, read.witnesses.length, read.quorum], ['candour.example/northmere', 1, 3, 2]);
  parsePolicy(Buffer.from(good));
  const [first, body, log, w1, w2, w3, quorum] = good.split('\n');
  const same = newKey('q.example', 4);
  Object.assign(same, { raw: setting.log.raw });
  const wrong = {
    'no LF': good.slice(0, -1),
    'CR': good.replaceAll('\n', '\r\n'),
    'a mark': `\ufeff${good}`,
    'another version': good.replace('/1', '/2'),
    'no log': [first, body, w1, quorum, ''].join('\n'),
    'order': [first, body, w1, log, quorum, ''].join('\n'),
    'no quorum': [first, body, log, ''].join('\n'),
    'more after': `${good}\n`,
    'quorum of more than there are': [first, body, log, w1, w2, w3, 'quorum 4', ''].join('\n'),
    'quorum of one operator twice': [first, body, log, w1, w2.replace('court', 'northmere'), 'quorum 2', ''].join('\n'),
    'twice': [first, body, log, w1, w1, 'quorum 1', ''].join('\n'),
    'one key under two names': [first, body, log, w1, `witness court ${vkey(same)}`, 'quorum 1', ''].join('\n'),
    'name of the log': good.replace(`body ${read.body}`, 'body other.example'),
    'a witness as log': [first, body, log, w1.replace('witness', 'log'), 'quorum 0', ''].join('\n'),
    'a log as witness': [first, body, log, log.replace('log', 'witness'), 'quorum 0', ''].join('\n'),
    'two spaces': good.replace('quorum ', 'quorum  '),
  };
  for (const [name, text] of Object.entries(wrong)) assert.throws(() => parsePolicy(text), Error, name);
});

test('receipts and checkpoints', async () => {
  const key = newKey('a.example');
  const leaf = sha('x');
  const text = `candour-receipt/1\na.example/epoch/2\n7\n${hex(leaf)}\n1700000000000000000\n`;
  const name = 'a.example/epoch/2/receipt';
  const receiptKey = { ...key, name };
  const { text: opened } = await openNote(noteOf(text, signedLine(receiptKey, text)), [vkey(receiptKey)]);
  const read = parseReceipt(opened);
  assert.deepEqual([read.origin, read.index, toHex(read.leaf), read.sealed], ['a.example/epoch/2', 7, hex(leaf), 1700000000000000000n]);
  for (const wrong of [text.slice(0, -1), `${text}x\n`, text.replace('\n7\n', '\n07\n'), text.replace(hex(leaf), hex(leaf).slice(2)), text.replace('a.example', 'a+b')]) refused(() => parseReceipt(wrong));
  const root = sha('r').toString('base64');
  assert.equal(parseCheckpoint(`a\n3\n${root}\n`).size, 3);
  for (const wrong of [`a\n3\n${root}`, `a\n3\n${root}\nx\n`, `a\n03\n${root}\n`, `a\n3\nAAAA\n`, `a\n0\n${root}\n`, `\n3\n${root}\n`]) refused(() => parseCheckpoint(wrong));
});

test('the container has one form', () => {
  const parts = [['a.txt', Buffer.from('abc')], ['b/c', Buffer.alloc(0)]];
  const good = zipOf(parts);
  assert.deepEqual(readContainer(good).map(({ name }) => name), ['a.txt', 'b/c']);
  for (let at = 0; at < good.length; at++) {
    for (const bit of [at % 8, 7 - (at % 8)]) {
      const bent = good.slice();
      bent[at] ^= 1 << bit;
      refused(() => readContainer(bent));
    }
  }
  for (let n = 0; n < good.length; n++) refused(() => readContainer(good.subarray(0, n)));
  refused(() => readContainer(Buffer.concat([good, Buffer.from([0])])));
  refused(() => readContainer(zipOf([parts[0], parts[0]])));
  refused(() => readContainer(zipOf([])));
  for (const name of ['', '/a', 'a/', '.a', 'a.', 'a//b', 'a..b', 'A', 'a b', 'ä', 'a\\b', 'x'.repeat(101), 'a\n']) refused(() => partName(name));
  assert.equal(partName('x'.repeat(100)).length, 100);
  assert.equal(readContainer(zipOf(Array.from({ length: 5000 }, (_, i) => [`n${i}`, Buffer.alloc(1)]))).length, 5000);
  for (const count of [60001, 65535]) {
    const many = good.slice();
    new DataView(many.buffer, many.byteOffset).setUint16(many.length - 12, count, true);
    assert.throws(() => readContainer(many), /1 to 60000 parts/);
  }
});

// ---- whole bundles

const file = Buffer.from('an attached letter');

function simple({ spoil } = {}) {
  const setting = new Setting();
  const { record } = setting;
  record.add('case/A-1', 'case.opened', { note: 'opened', amount: '12', empty: '', letter: `see ${hex(sha(file))}.` });
  record.add('person/7', 'person.named', { name: 'n' });
  record.add('case/A-1', 'case.decided', { decision: 'granted' }, spoil);
  record.add('case/A-1', 'record.bundle', { to: 'the applicant' });
  return setting;
}

async function expectVerdict(setting, options, wanted, given = {}) {
  const bundle = setting.bundle({ entries: `candour-entries/1\n${chainText(setting.record, 'case/A-1', options)}`, ...options });
  const result = await verifyBundle({ bundle, policy: setting.policy(), ...given });
  assert.deepEqual([result.verdict, result.code, result.index], wanted, result.detail);
  return result;
}

const intact = ['intact', null, null];
const changed = (code, index = null) => ['changed', code, index];

test('an intact bundle says what is in it', async () => {
  const result = await expectVerdict(simple(), { attachments: [file] }, intact);
  assert.equal(result.independent, true);
  assert.deepEqual(result.operators.map(({ operator, independent }) => [operator, independent]), [['northmere', false], ['court', true], ['paper', true]]);
  assert.deepEqual(result.chains.map(({ name, first, count }) => [name, first, count]), [['case/A-1', 0, 3]]);
  const [opened] = result.chains[0].entries;
  assert.equal(opened.kind, 'case.opened');
  assert.equal(Buffer.from(opened.fields.find(({ name }) => name === 'note').value).toString(), 'opened');
  assert.equal(result.made, result.chains[0].entries[2].sealed);
});

test('no mutated byte of a bundle leaves it intact', async () => {
  const setting = new Setting();
  setting.record.add('c', 'record.bundle', {});
  const bundle = setting.bundle({ entries: `candour-entries/1\n${chainText(setting.record, 'c')}` });
  const policy = setting.policy();
  assert.equal((await verifyBundle({ bundle, policy })).verdict, 'intact');
  for (let at = 0; at < bundle.length; at++) {
    const bent = bundle.slice();
    bent[at] ^= 1 << (at % 8);
    assert.equal((await verifyBundle({ bundle: bent, policy })).verdict, 'changed', `byte ${at}`);
  }
});

// The checksum is no secret: with it put right, the other checks have to find the change by themselves.
test('no mutated byte of a part leaves the bundle intact, its checksum put right', async () => {
  const setting = simple();
  const parts = readContainer(setting.bundle({ entries: `candour-entries/1\n${chainText(setting.record, 'case/A-1')}`, attachments: [file] }));
  const policy = setting.policy();
  for (const [i, { content }] of parts.entries()) {
    // Every byte of what is signed, and of the long rest every seventh.
    for (let at = 0; at < content.length; at += content.length > 1000 ? 7 : 1) {
      const bent = content.slice();
      bent[at] ^= 1 << (at % 7);
      const bundle = zipOf(parts.map(({ name, content: own }, j) => [name, i === j ? bent : own]));
      const { verdict } = await verifyBundle({ bundle, policy });
      assert.equal(verdict, 'changed', `${parts[i].name} byte ${at}`);
    }
  }
});

// And with the manifest made anew by the body itself: entries.txt has to stand on its own.
test('no mutated byte of entries.txt leaves the bundle intact, even if the body signs it', async () => {
  const setting = new Setting();
  setting.record.add('case/A-1', 'record.bundle', { amount: '12', to: 'the applicant' });
  const entries = Buffer.from(`candour-entries/1\n${chainText(setting.record, 'case/A-1', { withhold: (_, { name }) => name === 'amount' })}`);
  const policy = setting.policy({ quorum: 0 });
  const checkpoint = setting.checkpoint({ cosigned: [] });
  const bundleOf = (bytes) => setting.bundle({ entries: bytes, policy, checkpoint });
  assert.equal((await verifyBundle({ bundle: bundleOf(entries), policy })).verdict, 'intact');
  const authority = entries.indexOf(' privacy ');
  const free = [authority, entries.indexOf('\n', authority)];
  for (let at = 0; at < entries.length; at += 3) {
    if (at > free[0] && at < free[1]) continue; // class and authority are the body's to say, and signed in the manifest
    const bent = Buffer.from(entries);
    bent[at] ^= 1 << (at % 7);
    const { verdict } = await verifyBundle({ bundle: bundleOf(bent), policy });
    assert.equal(verdict, 'changed', `byte ${at}: ${entries.subarray(at - 20, at + 20)}`);
  }
});

test('every subset of eight redacted fields verifies', async () => {
  const setting = new Setting();
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  setting.record.add('case/A-1', 'record.bundle', Object.fromEntries(names.map((name) => [name, `value ${name}`])));
  const checkpoint = setting.checkpoint({ cosigned: [] });
  const policy = setting.policy({ quorum: 0 });
  for (let subset = 0; subset < 256; subset++) {
    const hidden = names.filter((_, i) => subset & (1 << i));
    const result = await expectVerdict(setting, { checkpoint, withhold: (_, { name }) => hidden.includes(name) }, intact, { policy });
    const [entry] = result.chains[0].entries;
    assert.deepEqual(entry.fields.slice(8).map(({ name }) => name).sort(), names.filter((name) => !hidden.includes(name)));
    assert.equal(entry.withheld.length, hidden.length);
  }
});

test('slots may be withheld, but not those that make the chain', async () => {
  for (const name of ['kind', 'happened', 'recorded', 'by', 'key']) {
    await expectVerdict(simple(), { withhold: (entry, line) => entry.index === 0 && line.name === name }, intact);
  }
  for (const name of ['case', 'seq', 'previous']) {
    await expectVerdict(simple(), { withhold: (entry, line) => entry.index === 0 && line.name === name }, changed('fields', 0));
  }
  await expectVerdict(simple(), { withhold: (entry, { name }) => entry.index === 3 && name === 'kind' }, changed('incomplete', 3));
});

test('facts that break the rules of fields', async () => {
  const cases = [
    { sorted: false },
    { change: ({ case: name, seq, ...rest }) => ({ seq, case: name, ...rest }) },
    { change: ({ by, ...rest }) => rest },
    { change: ({ happened, recorded, by, key, ...rest }) => ({ ...rest, recorded, happened, by, key }) },
    { fields: [['a', '1'], ['a', '2']] },
    { fields: [['by', 'somebody else']] },
  ];
  for (const spoil of cases) {
    const setting = simple({ spoil });
    setting.record.entries.length = 2;
    setting.record.add('case/A-1', 'x', spoil.fields ?? { a: '1', b: '2', c: '3' }, spoil);
    setting.record.add('case/A-1', 'record.bundle');
    await expectVerdict(setting, {}, changed('fields', 2));
  }
});

test('what a slot holds has no form, but along the chain', async () => {
  for (const odd of [{ key: 'abc' }, { kind: 'two words' }, { kind: '' }, { by: '\n' }]) {
    await expectVerdict(simple({ spoil: { change: (slots) => ({ ...slots, ...odd }) } }), {}, intact);
  }
  for (const odd of [{ seq: '01' }, { seq: '' }, { seq: '1.0' }, { case: '' }, { previous: 'x' }]) {
    await expectVerdict(simple({ spoil: { change: (slots) => ({ ...slots, ...odd }) } }), {}, changed('chain', 2));
  }
});

test('two equal commitments after the slots, withheld so that no name tells', async () => {
  const setting = new Setting();
  setting.record.add('case/A-1', 'record.bundle', { a: '1' }, { bend: (lines) => [...lines, lines[8]] });
  await expectVerdict(setting, { withhold: (_, { name }) => name === 'a' }, changed('fields', 0));
});

test('a chain whose index goes down', async () => {
  const setting = new Setting();
  setting.record.add('case/A-1', 'x', {}, { sealed: 1700000000000000000n });
  setting.record.add('case/A-1', 'record.bundle', {}, { sealed: 1700000000000000000n });
  move(setting.record, 1, 0);
  const [b, a] = setting.record.entries.map((entry) => entryText(setting.record, entry));
  await expectVerdict(setting, { entries: `candour-entries/1\nchain case/A-1 0 -\n${a}${b}` }, changed('chain', 0));
});

test('facts that break the chain', async () => {
  const cases = [
    { change: (slots) => ({ ...slots, case: 'case/B' }) },
    { change: (slots) => ({ ...slots, seq: '2' }) },
    { change: (slots) => ({ ...slots, previous: hex(sha('x')) }) },
    { change: (slots) => ({ ...slots, previous: '' }) },
    { sealed: 1600000000000000000n },
  ];
  for (const spoil of cases) await expectVerdict(simple({ spoil }), {}, changed('chain', 2));
  await expectVerdict(simple({ spoil: { epoch: 2 } }), {}, changed('envelope', 2));
  const lower = new Setting();
  lower.record.add('case/A-1', 'x', {}, { epoch: 2 });
  lower.record.add('case/A-1', 'record.bundle', {}, { epoch: 1 });
  const origin = `${lower.record.origin}/epoch/2`;
  await expectVerdict(lower, { checkpoint: lower.checkpoint({ origin }), manifest: { name: `${origin}/bundle` } }, changed('chain', 1));
});

test('a chain whose seq goes beyond 2^53', async () => {
  const setting = new Setting();
  const { record } = setting;
  const first = 2 ** 53 - 1;
  const leaf = hex(sha('x'));
  const a = record.add('case/A-1', 'x', {}, { change: (slots) => ({ ...slots, seq: String(first), previous: leaf }) });
  record.add('case/A-1', 'record.bundle', {}, { change: (slots) => ({ ...slots, seq: '9007199254740992', previous: hex(a.leaf) }) });
  const [one, two] = record.entries.map((entry) => entryText(record, entry));
  await expectVerdict(setting, { entries: `candour-entries/1\nchain case/A-1 ${first} ${leaf}\n${one}${two}` }, changed('chain', 1));
});

test('the index as a whole: sealed does not go down between chains', async () => {
  const setting = new Setting();
  setting.record.add('b', 'x', {}, { sealed: 1800000000000000000n });
  setting.record.add('a', 'record.bundle', {});
  setting.record.add('b', 'record.bundle', {}, { sealed: 1800000000000000000n });
  const entries = `candour-entries/1\n${chainText(setting.record, 'b')}excerpt\n${entryText(setting.record, setting.record.entries[1])}`;
  await expectVerdict(setting, { entries }, changed('chain', 1));
});

test('a later epoch', async () => {
  const setting = simple();
  const origin = `${setting.record.origin}/epoch/2`;
  const checkpoint = setting.checkpoint({ origin });
  await expectVerdict(setting, { checkpoint, manifest: { name: `${origin}/bundle` } }, intact);
  await expectVerdict(setting, { checkpoint }, changed('signature'));
  for (const wrong of ['/epoch/1', '/epoch/02', '/epoch/4294967296', '/epoch/', '/other']) {
    await expectVerdict(setting, { checkpoint: setting.checkpoint({ origin: setting.record.origin + wrong }) }, changed('checkpoint'));
  }
});

test('who signed', async () => {
  const stranger = newKey('candour.example/northmere');
  const setting = simple();
  const text = setting.checkpointText();
  const twice = ['\u2014 x AAAAAAA=\n', '\u2014 x AAAAAAE=\n'];
  await expectVerdict(setting, { manifest: { key: stranger } }, changed('signature'));
  await expectVerdict(setting, { manifest: { name: setting.record.origin } }, changed('signature'));
  await expectVerdict(setting, { checkpoint: noteOf(text, signedLine(setting.log, text), ...twice) }, changed('checkpoint'));
  await expectVerdict(setting, { checkpoint: noteOf(text, signedLine(stranger, text)) }, changed('checkpoint'));
  await expectVerdict(setting, { checkpoint: noteOf(text, signedLine(setting.log, text), signedLine(setting.witnesses[1][1], 'x\n')) }, changed('checkpoint'));
  const few = await expectVerdict(setting, { checkpoint: setting.checkpoint({ cosigned: setting.witnesses.slice(0, 1) }) }, ['cannot-tell', 'witness', null]);
  assert.equal(few.independent, false);
  const own = await expectVerdict(setting, { checkpoint: setting.checkpoint({ cosigned: setting.witnesses.slice(0, 1) }) }, intact, { policy: setting.policy({ quorum: 1 }) });
  assert.equal(own.independent, false);
  await expectVerdict(setting, { checkpoint: setting.checkpoint({ cosigned: [] }) }, intact, { policy: setting.policy({ quorum: 0 }) });
});

test('without a policy', async () => {
  const setting = simple();
  const result = await expectVerdict(setting, {}, ['cannot-tell', 'untrusted', null], { policy: null });
  assert.equal(result.independent, false);
  await expectVerdict(setting, { policy: 'nothing\n' }, changed('parts'), { policy: null });
  await expectVerdict(setting, { policy: 'nothing\n', manifest: { body: 'other.example' } }, changed('parts'), { policy: null });
  await expectVerdict(setting, { policy: 'nothing\n' }, intact);
  await expectVerdict(setting, { manifest: { body: 'other.example' } }, changed('body'), { policy: null });
  await assert.rejects(verifyBundle({ bundle: new Uint8Array(0), policy: 'nothing\n' }), /policy/);
});

test('manifest, body and parts', async () => {
  const setting = simple();
  await expectVerdict(setting, { manifest: { body: 'other.example' } }, changed('body'));
  await expectVerdict(setting, { manifest: { body: 'a b' } }, changed('manifest'));
  await expectVerdict(setting, { manifest: { made: '01' } }, changed('manifest'));
  const orders = [
    (parts) => parts.slice(1),
    (parts) => [parts[1], parts[0], ...parts.slice(2)],
    (parts) => [...parts, ['more.txt', Buffer.from('x')]],
    (parts) => parts.filter(([name]) => name !== 'read.html'),
    (parts) => [...parts.slice(0, 3), ['consistency.txt', setting.consistency(1)], ...parts.slice(3)],
    (parts) => [...parts, ['attachments/b', file]],
    (parts) => [...parts, [`attachments/${'b'.repeat(64)}`, file], [`attachments/${'a'.repeat(64)}`, file]],
  ];
  for (const change of orders) await expectVerdict(setting, { change }, changed('parts'));
  const good = readContainer(setting.bundle({ entries: 'x' })).map(({ name, content }) => [name, content]);
  const check = async (parts, code) => {
    const result = await verifyBundle({ bundle: zipOf(parts), policy: setting.policy() });
    assert.equal(result.code, code, result.detail);
  };
  await check(good.slice(1), 'manifest');
  await check(good.slice(0, -1), 'parts');
  await check(good, 'entries');
});

test('the form of entries.txt', async () => {
  const setting = simple();
  const good = `candour-entries/1\n${chainText(setting.record, 'case/A-1')}`;
  const person = entryText(setting.record, setting.record.entries[1]);
  await expectVerdict(setting, { entries: `${good}excerpt\n${person}` }, intact);
  const wrong = {
    'no LF': good.slice(0, -1),
    'empty line': `${good}\n`,
    'CR': good.replaceAll('\n', '\r\n'),
    'mark': `\ufeff${good}`,
    'header': good.replace('/1\n', '/2\n'),
    'no chain': 'candour-entries/1\n',
    'only an excerpt': `candour-entries/1\nexcerpt\n${person}`,
    'an empty chain': `${good}chain x 0 -\n`,
    'an empty excerpt': `${good}excerpt\n`,
    'two excerpts': `${good}excerpt\n${person}excerpt\n${person}`,
    'a chain twice': good + chainText(setting.record, 'case/A-1'),
    'an index twice': `${good}excerpt\n${person}${person}`,
    'index of a chain again': `${good}excerpt\n${entryText(setting.record, setting.record.entries[0])}`,
    'erased in the excerpt': `${good}excerpt\n${entryText(setting.record, setting.record.entries[1], { erased: { 1: 3 } })}`,
    'first without a leaf before': good.replace(' 0 -\n', ' 1 -\n'),
    'a leaf before 0': good.replace(' 0 -\n', ` 0 ${hex(sha('x'))}\n`),
    'capital hex': good.replace(/envelope [0-9a-f]+/, (line) => `envelope ${line.slice(9).toUpperCase()}`),
    'an empty value as nothing': good.replace(/(field empty [0-9a-f]+ )-/, '$1'),
    'half a hash': good.replace(/proof ([0-9a-f]+)/, 'proof $1aa'),
    'a loose line': good.replace('proof', 'comment x\nproof'),
    'no authority': good.replace(/field amount .*/, `withheld ${hex(sha('x'))} privacy -`),
    'authority no text': good.replace(/field amount .*/, `withheld ${hex(sha('x'))} privacy /w==`),
    'authority of two lines': good.replace(/field amount .*/, `withheld ${hex(sha('x'))} privacy ${Buffer.from('a\nb').toString('base64')}`),
    'seven commitments': good.replace(/field key .*\n(?=field)(field .*\n)+/, ''),
    'authority with a mark': good.replace(/field amount .*/, `withheld ${hex(sha('x'))} privacy 77u/`),
  };
  for (const [name, entries] of Object.entries(wrong)) {
    const result = await verifyBundle({ bundle: setting.bundle({ entries }), policy: setting.policy() });
    assert.deepEqual([result.verdict, result.code, result.index], changed('entries'), name);
  }
  const long = good.replace(/field note \S+ \S+/, (line) => `${line.split(' ').slice(0, 3).join(' ')} ${Buffer.alloc(16777217).toString('base64')}`);
  await expectVerdict(setting, { entries: long }, changed('entries'));
});

test('entries in the tree', async () => {
  const setting = simple();
  const good = `candour-entries/1\n${chainText(setting.record, 'case/A-1')}`;
  await expectVerdict(setting, { entries: good.replace('entry 2\n', 'entry 1\n') }, changed('inclusion', 1));
  await expectVerdict(setting, { entries: good.replace('entry 2\n', 'entry 9\n') }, changed('inclusion', 9));
  await expectVerdict(setting, { entries: good.replace(/proof [0-9a-f]+/, 'proof -') }, changed('inclusion', 0));
  await expectVerdict(setting, { entries: good.replace('envelope 01', 'envelope 02') }, changed('envelope', 0));
  const other = simple();
  const entries = `candour-entries/1\n${chainText(other.record, 'case/A-1')}`;
  await expectVerdict(setting, { entries }, changed('inclusion', 0));
  const foreign = new Setting('other.example');
  foreign.record.add('case/A-1', 'record.bundle');
  setting.record.entries = foreign.record.entries;
  await expectVerdict(setting, {}, changed('envelope', 0));
});

test('nothing left out: within, before and at the end', async () => {
  const setting = simple();
  const { record } = setting;
  const [a, , c, d] = record.entries.map((entry) => entryText(record, entry));
  const head = 'candour-entries/1\nchain case/A-1 0 -\n';
  await expectVerdict(setting, { entries: head + a + d }, changed('chain', 3));
  await expectVerdict(setting, { entries: head + c + d }, changed('chain', 2));
  await expectVerdict(setting, { entries: head + a + c }, changed('incomplete', 2));
  await expectVerdict(setting, { manifest: { made: record.entries[3].sealed + 1n } }, changed('incomplete', 3));
  const person = chainText(record, 'person/7');
  await expectVerdict(setting, { entries: head + a + c + d + person }, changed('incomplete', 1));
  await expectVerdict(setting, { entries: `${head + a + c + d}excerpt\n${entryText(record, record.entries[1])}` }, intact);
  const moved = `candour-entries/1\n${person}excerpt\n${a}`;
  await expectVerdict(setting, { entries: moved }, changed('incomplete', 1));
});

test('an excerpt does not repeat a chain', async () => {
  const setting = simple();
  setting.record.add('case/A-1', 'later', {});
  const [a, , c, d, e] = setting.record.entries.map((entry) => entryText(setting.record, entry));
  const entries = `candour-entries/1\nchain case/A-1 0 -\n${a}${c}${d}excerpt\n${e}`;
  await expectVerdict(setting, { entries, manifest: { made: setting.record.entries[3].sealed } }, changed('chain', 4));
});

test('erasure', async () => {
  const build = (fields, kind = 'record.erasure') => {
    const setting = new Setting();
    const { record } = setting;
    record.add('case/A-1', 'first');
    record.add('case/A-1', 'second');
    record.add('case/A-1', kind, fields(record));
    record.add('case/A-1', 'record.bundle');
    return setting;
  };
  const told = (record) => ({ erased: `${hex(record.entries[0].leaf)} ${hex(record.entries[1].leaf)}` });
  const both = await expectVerdict(build(told), { erased: { 0: 2, 1: 2 } }, intact);
  assert.deepEqual(both.chains[0].entries.map(({ erased }) => erased), [2, 2, null, null]);
  await expectVerdict(build(told), { erased: { 1: 2 } }, intact);
  await expectVerdict(build(told), { erased: { 0: 3 } }, changed('erased', 0));
  await expectVerdict(build(told), { erased: { 1: 0 } }, changed('erased', 1));
  await expectVerdict(build(told), { erased: { 1: 1 } }, changed('erased', 1));
  await expectVerdict(build(told), { erased: { 1: 9 } }, changed('erased', 1));
  await expectVerdict(build(told), { erased: { 1: 2, 2: 2 } }, changed('erased', 1));
  await expectVerdict(build(told), { erased: { 3: 2 } }, changed('erased', 3));
  await expectVerdict(build(told, 'other'), { erased: { 0: 2 } }, changed('erased', 0));
  await expectVerdict(build((record) => ({ erased: hex(record.entries[0].leaf) })), { erased: { 1: 2 } }, changed('erased', 1));
  await expectVerdict(build((record) => ({ erased: `${told(record).erased} ` })), { erased: { 1: 2 } }, changed('erased', 1));
  await expectVerdict(build(told), { erased: { 1: 2 }, withhold: (entry, { name }) => name === 'erased' }, changed('erased', 1));
});

test('an erasure that was told before the entry', async () => {
  const setting = new Setting();
  const { record } = setting;
  const sealed = 1800000000000000000n;
  record.add('case/A-1', 'first', {}, { sealed });
  const erased = record.add('case/A-1', 'second', {}, { sealed });
  record.entries.pop();
  record.add('case/A-1', 'record.erasure', { erased: hex(erased.leaf) }, { sealed });
  record.entries.push({ ...erased, index: 2 });
  record.add('case/A-1', 'record.bundle', {}, { sealed });
  await expectVerdict(setting, { erased: { 2: 1 } }, changed('erased', 2));
});

test('attachments', async () => {
  const setting = simple();
  await expectVerdict(setting, { attachments: [file] }, intact);
  await expectVerdict(setting, { attachments: ['another'] }, changed('attachment'));
  await expectVerdict(setting, { attachments: [file], withhold: (_, { name }) => name === 'letter' }, changed('attachment'));
  await expectVerdict(setting, { change: (parts) => [...parts, [`attachments/${'a'.repeat(64)}`, file]] }, changed('attachment'));
  const embedded = new Setting();
  embedded.record.add('case/A-1', 'record.bundle', { all: `ab${hex(sha(file))}${hex(sha('2'))}0` });
  await expectVerdict(embedded, { attachments: [file, '2'] }, intact);
});

test('a bundle that continues an earlier one', async () => {
  const setting = simple();
  const { record } = setting;
  const entries = (from, size) => `candour-entries/1\n${chainText(record, 'case/A-1', { from, size })}`;
  const first = setting.bundle({ entries: entries(0, 4) });
  record.add('case/A-1', 'case.paid');
  record.add('case/A-1', 'record.bundle');
  const options = { entries: entries(3), consistency: setting.consistency(4) };
  await expectVerdict(setting, options, ['cannot-tell', 'previous', null]);
  await expectVerdict(setting, options, intact, { previous: first });
  await expectVerdict(setting, { entries: entries(0), consistency: setting.consistency(4) }, intact, { previous: first });
  await expectVerdict(setting, { entries: entries(0) }, changed('previous'), { previous: first });
  await expectVerdict(setting, { ...options, consistency: setting.consistency(3) }, changed('previous'), { previous: first });
  await expectVerdict(setting, { ...options, consistency: Buffer.from(String(setting.consistency(4)).replace(/proof ./, (word) => (word === 'proof 0' ? 'proof 1' : 'proof 0'))) }, changed('consistency'), { previous: first });
  await expectVerdict(setting, { ...options, consistency: Buffer.from('x\n') }, changed('consistency'));
  await expectVerdict(setting, { ...options, consistency: Buffer.from(`candour-consistency/1\nfrom 0 ${hex(sha())}\nproof -\n`) }, changed('consistency'));
  await expectVerdict(setting, { ...options, entries: entries(2) }, changed('previous'), { previous: first });
  await expectVerdict(setting, options, changed('previous'), { previous: first.slice(1) });
  await expectVerdict(setting, options, ['cannot-tell', 'untrusted', null], { previous: first, policy: null });
  const second = setting.bundle(options);
  record.add('case/A-1', 'record.bundle');
  await expectVerdict(setting, { entries: entries(5), consistency: setting.consistency(6) }, intact, { previous: second });
});

test('a bundle that goes on elsewhere than the earlier one ended', async () => {
  const other = hex(sha('x'));
  for (const [seq, before] of [['4', null], ['3', other]]) {
    const setting = simple();
    const { record } = setting;
    const first = setting.bundle({ entries: `candour-entries/1\n${chainText(record, 'case/A-1')}` });
    const previous = before ?? hex(record.entries[3].leaf);
    const last = record.add('case/A-1', 'record.bundle', {}, { change: (slots) => ({ ...slots, seq, previous }) });
    const entries = `candour-entries/1\nchain case/A-1 ${seq} ${previous}\n${entryText(record, last)}`;
    await expectVerdict(setting, { entries, consistency: setting.consistency(4) }, changed('previous'), { previous: first });
  }
});

test('two chains of one name are found with an earlier bundle', async () => {
  const setting = simple();
  const { record } = setting;
  const first = setting.bundle({ entries: `candour-entries/1\n${chainText(record, 'case/A-1')}` });
  const old = record.entries.slice();
  old.forEach((entry) => { entry.chain = 'hidden'; });
  record.add('case/A-1', 'case.opened');
  record.add('case/A-1', 'record.bundle');
  await expectVerdict(setting, {}, intact);
  await expectVerdict(setting, { consistency: setting.consistency(4) }, changed('previous'), { previous: first });
});

test('a thousand entries do not take long', async () => {
  const setting = new Setting();
  const { record } = setting;
  const text = 'x'.repeat(4000);
  // A chain grows by looking back at it; here the last entry is known.
  for (let i = 0; i < 1000; i++) record.add('case/A-1', i < 999 ? 'fact' : 'record.bundle', { a: text, b: 'b' });
  const levels = treeOf(record.leaves);
  const entries = record.entries.map((entry) => {
    const proof = pathOf(levels, entry.index);
    return `entry ${entry.index}\nenvelope ${hex(entry.envelope)}\nproof ${proof}\n${entry.lines.map(({ name, salt: s, value }) => `field ${name} ${hex(s)} ${value.length ? value.toString('base64') : '-'}\n`).join('')}`;
  });
  const bundle = setting.bundle({ entries: `candour-entries/1\nchain case/A-1 0 -\n${entries.join('')}` });
  // Time of the processor, not of the clock: the machine may be busy with other things.
  const start = process.cpuUsage();
  const result = await verifyBundle({ bundle, policy: setting.policy() });
  assert.equal(result.verdict, 'intact', result.detail);
  assert.ok(process.cpuUsage(start).user < 5e6);
});

// All levels of the tree, an odd last node carried up: a quick way for large trees.
function treeOf(leaves) {
  const levels = [leaves];
  while (levels.at(-1).length > 1) {
    const below = levels.at(-1);
    levels.push(Array.from({ length: Math.ceil(below.length / 2) }, (_, i) => (2 * i + 1 < below.length ? sha([1], below[2 * i], below[2 * i + 1]) : below[2 * i])));
  }
  return levels;
}

function pathOf(levels, index) {
  const path_ = [];
  for (const level of levels.slice(0, -1)) {
    const other = level[index ^ 1];
    if (other !== undefined) path_.push(other);
    index >>= 1;
  }
  return path_.map(hex).join('') || '-';
}

test('what people are shown cannot act on the terminal or turn around', () => {
  assert.equal(visible('a\u001b[2Jb\u202ec'), 'a\\u{1b}[2Jb\\u{202e}c');
  assert.deepEqual(shownLines(utf8('a\nb')), ['a', 'b']);
  assert.match(shownLines(Uint8Array.of(255))[0], /no text: ff/);
  assert.equal(nanosInWords(1700000000000000000n), '2023-11-14 22:13:20 UTC');
  assert.match(nanosInWords(2n ** 63n - 1n), /^2262/);
});
