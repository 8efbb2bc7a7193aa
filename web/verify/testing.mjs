// A small writer of records and bundles for the tests. It is made with node:crypto and with naive recursion,
// and takes nothing from the verifier, so that a mistake would have to be made twice.

import crypto from 'node:crypto';
import zlib from 'node:zlib';

export const sha = (...parts) => crypto.createHash('sha256').update(Buffer.concat(parts.map((p) => Buffer.from(p)))).digest();
export const hex = (bytes) => Buffer.from(bytes).toString('hex');
const base64 = (bytes) => Buffer.from(bytes).toString('base64');

export function newKey(name, algorithm = 1) {
  const { publicKey, privateKey } = crypto.generateKeyPairSync('ed25519');
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x, 'base64url');
  return { name, algorithm, raw, privateKey };
}

const idOf = (name, key) => sha(name, [0x0a, key.algorithm], key.raw).subarray(0, 4);
export const vkey = (key) => `${key.name}+${hex(idOf(key.name, key))}+${base64(Buffer.concat([Buffer.from([key.algorithm]), key.raw]))}`;

export function signedLine(key, text, { name = key.name, time = 1700000000n } = {}) {
  const cosigned = key.algorithm === 4;
  const message = cosigned ? `cosignature/v1\ntime ${time}\n${text}` : text;
  const stamp = Buffer.alloc(cosigned ? 8 : 0);
  if (cosigned) stamp.writeBigUInt64BE(time);
  const signature = crypto.sign(null, Buffer.from(message), key.privateKey);
  return `\u2014 ${name} ${base64(Buffer.concat([idOf(name, key), stamp, signature]))}\n`;
}

export const noteOf = (text, ...lines) => Buffer.from(`${text}\n${lines.join('')}`);

const split = (n) => {
  let k = 1;
  while (2 * k < n) k *= 2;
  return k;
};

export function rootOf(leaves) {
  if (leaves.length === 0) return sha();
  if (leaves.length === 1) return leaves[0];
  const k = split(leaves.length);
  return sha([1], rootOf(leaves.slice(0, k)), rootOf(leaves.slice(k)));
}

export function inclusionOf(m, leaves) {
  if (leaves.length === 1) return [];
  const k = split(leaves.length);
  return m < k
    ? [...inclusionOf(m, leaves.slice(0, k)), rootOf(leaves.slice(k))]
    : [...inclusionOf(m - k, leaves.slice(k)), rootOf(leaves.slice(0, k))];
}

export function consistencyOf(m, leaves, whole = true) {
  if (m === leaves.length) return whole ? [] : [rootOf(leaves)];
  const k = split(leaves.length);
  return m <= k
    ? [...consistencyOf(m, leaves.slice(0, k), whole), rootOf(leaves.slice(k))]
    : [...consistencyOf(m - k, leaves.slice(k), false), rootOf(leaves.slice(0, k))];
}

export const proofWord = (hashes) => (hashes.length === 0 ? '-' : hashes.map(hex).join(''));

export function envelopeOf({ version = 1, epoch = 1, sealed, origin, root }) {
  const head = Buffer.alloc(14);
  head.writeUInt8(version);
  head.writeUInt32BE(epoch, 1);
  head.writeBigUInt64BE(sealed, 5);
  head.writeUInt8(origin.length, 13);
  return Buffer.concat([head, Buffer.from(origin), root]);
}

export const saltOf = (key, name) => crypto.createHmac('sha256', key).update(name).digest();
const committed = (salt, name, value) => sha([2], salt, [name.length], name, value);

// A fact of a name and value each; slots first. sorted and bend make facts that break the rules.
export function factOf(slots, fields, { sorted = true, bend = (lines) => lines } = {}) {
  const key = crypto.randomBytes(32);
  const made = (name, value) => {
    const salt = saltOf(key, name);
    return { name, value: Buffer.from(value), salt, commitment: committed(salt, name, Buffer.from(value)) };
  };
  const rest = fields.map(([name, value]) => made(name, value));
  rest.sort((a, b) => Buffer.compare(a.commitment, b.commitment) * (sorted ? 1 : -1));
  const lines = bend([...slots.map(([name, value]) => made(name, value)), ...rest]);
  const root = sha([3, lines.length >> 8, lines.length & 255], ...lines.map((line) => line.commitment));
  return { lines, root };
}

// A record in memory. add() takes a fact of a chain; change() may spoil the slots before they are sealed; move()
// puts an entry at another place of the index.
export class Record {
  constructor(origin = 'candour.example/northmere') {
    this.origin = origin;
    this.entries = [];
    this.now = 1700000000000000000n;
    this.epoch = 1;
  }
  get leaves() {
    return this.entries.map((entry) => entry.leaf);
  }
  add(chain, kind, fields = {}, { change = (s) => s, sealed, epoch = this.epoch, ...breaking } = {}) {
    const before = this.entries.filter((entry) => entry.chain === chain);
    const slots = change({
      case: chain, seq: String(before.length), previous: before.length ? hex(before.at(-1).leaf) : '', kind,
      happened: '', recorded: '', by: 'somebody', key: hex(crypto.randomBytes(32)),
    });
    const fact = factOf(Object.entries(slots), Array.isArray(fields) ? fields : Object.entries(fields), breaking);
    this.now += 1000000000n;
    const time = sealed ?? this.now;
    const envelope = envelopeOf({ epoch, sealed: time, origin: this.origin, root: fact.root });
    const entry = { chain, index: this.entries.length, sealed: time, envelope, leaf: sha([0], envelope), ...fact };
    this.entries.push(entry);
    return entry;
  }
}

export function move(record, from, to) {
  record.entries.splice(to, 0, ...record.entries.splice(from, 1));
  record.entries.forEach((entry, index) => { entry.index = index; });
}

const fieldLine = ({ name, salt, value }) => `field ${name} ${hex(salt)} ${value.length ? base64(value) : '-'}\n`;
const withheldLine = ({ commitment }) => `withheld ${hex(commitment)} privacy ${base64('the law, article 5')}\n`;

// erased: index of the erased to the index of the one that tells. withhold: which lines not to disclose.
export function entryText(record, entry, { size = record.entries.length, erased = {}, withhold = () => false } = {}) {
  const proof = proofWord(inclusionOf(entry.index, record.leaves.slice(0, size)));
  const head = `entry ${entry.index}\nenvelope ${hex(entry.envelope)}\nproof ${proof}\n`;
  if (erased[entry.index] !== undefined) return `${head}erased ${erased[entry.index]}\n`;
  return head + entry.lines.map((line) => (withhold(entry, line) ? withheldLine(line) : fieldLine(line))).join('');
}

export function chainText(record, chain, options = {}) {
  const { from = 0, size = record.entries.length } = options;
  const all = record.entries.slice(0, size).filter((entry) => entry.chain === chain);
  const before = from === 0 ? '-' : hex(all[from - 1].leaf);
  return `chain ${chain} ${from} ${before}\n${all.slice(from).map((entry) => entryText(record, entry, options)).join('')}`;
}

const little = (...pairs) => Buffer.concat(pairs.map(([size, value]) => {
  const bytes = Buffer.alloc(size);
  bytes.writeUIntLE(value, 0, size);
  return bytes;
}));

const crcTable = Array.from({ length: 256 }, (_, n) => Array.from({ length: 8 }).reduce((c) => (c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1), n));
const crc = zlib.crc32 ?? ((bytes) => (bytes.reduce((c, byte) => (c >>> 8) ^ crcTable[(c ^ byte) & 255], -1) ^ -1) >>> 0);

export function zipOf(parts) {
  const first = [];
  const second = [];
  let offset = 0;
  for (const [name, content] of parts) {
    const common = [[2, 0], [2, 0], [2, 0], [2, 0x21], [4, crc(content)], [4, content.length], [4, content.length], [2, name.length], [2, 0]];
    const local = Buffer.concat([little([4, 0x04034b50], [2, 20], ...common), Buffer.from(name), content]);
    second.push(little([4, 0x02014b50], [2, 20], [2, 20], ...common, [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]), Buffer.from(name));
    first.push(local);
    offset += local.length;
  }
  const list = Buffer.concat(second);
  const end = little([4, 0x06054b50], [2, 0], [2, 0], [2, parts.length], [2, parts.length], [4, list.length], [4, offset], [2, 0]);
  return new Uint8Array(Buffer.concat([...first, list, end]));
}

export class Setting {
  constructor(origin) {
    this.record = new Record(origin);
    this.log = newKey(this.record.origin);
    this.witnesses = [['northmere', newKey('witness.example/own', 4)], ['court', newKey('witness.example/court', 4)], ['paper', newKey('witness.example/paper', 4)]];
  }
  policy({ quorum = 2, body = this.record.origin } = {}) {
    const witnesses = this.witnesses.map(([operator, key]) => `witness ${operator} ${vkey(key)}\n`).join('');
    return `candour-policy/1\nbody ${body}\nlog northmere ${vkey(this.log)}\n${witnesses}quorum ${quorum}\n`;
  }
  checkpointText(size = this.record.entries.length, origin = this.record.origin) {
    return `${origin}\n${size}\n${base64(rootOf(this.record.leaves.slice(0, size)))}\n`;
  }
  checkpoint({ size, origin = this.record.origin, cosigned = this.witnesses } = {}) {
    const text = this.checkpointText(size, origin);
    return noteOf(text, signedLine(this.log, text, { name: origin }), ...cosigned.map(([, key]) => signedLine(key, text)));
  }
  consistency(from, size = this.record.entries.length) {
    const { leaves } = this.record;
    return Buffer.from(`candour-consistency/1\nfrom ${from} ${hex(rootOf(leaves.slice(0, from)))}\nproof ${proofWord(consistencyOf(from, leaves.slice(0, size)))}\n`);
  }
  manifest(parts, { made = this.record.entries.at(-1).sealed, body = this.record.origin, name = `${this.record.origin}/bundle`, key = this.log } = {}) {
    const lines = parts.map(([part, content]) => `part ${hex(sha(content))} ${content.length} ${part}\n`).join('');
    const text = `candour-bundle/1\nbody ${body}\nmade ${made}\npack general/1 ${hex(sha('pack'))}\n${lines}`;
    return noteOf(text, signedLine(key, text, { name }));
  }
  // entries is a text; attachments are contents; change may alter the parts before the manifest is made.
  bundle({ entries, consistency, attachments = [], checkpoint = this.checkpoint(), policy = this.policy(), change = (parts) => parts, manifest = {} }) {
    const attached = attachments.map((content) => [`attachments/${hex(sha(content))}`, Buffer.from(content)]).sort(([a], [b]) => (a < b ? -1 : 1));
    const parts = change([
      ['checkpoint', checkpoint],
      ['policy.txt', Buffer.from(policy)],
      ...(consistency ? [['consistency.txt', consistency]] : []),
      ['entries.txt', Buffer.from(entries)],
      ['read.html', Buffer.from('<!doctype html>')],
      ...attached,
    ]);
    return zipOf([['manifest.txt', this.manifest(parts, manifest)], ...parts]);
  }
}
