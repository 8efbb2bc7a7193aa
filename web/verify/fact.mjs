// A fact's commitments (section 2), its envelope and leaf (section 3).

import { concat, join, origin, textOf, utf8 } from './bytes.mjs';
import { hmac, sha256 } from './sha256.mjs';

export const slots = ['case', 'seq', 'previous', 'kind', 'happened', 'recorded', 'by', 'key'];
export const longestValue = 16777216;

export const salt = (key, name) => hmac(key, utf8(name));

export function commitment(saltBytes, name, value) {
  const nameBytes = utf8(name);
  return sha256(concat(Uint8Array.of(0x02), saltBytes, Uint8Array.of(nameBytes.length), nameBytes, value));
}

export function fieldsRoot(commitments) {
  const count = commitments.length;
  if (count < 8 || count > 65535) throw new Error(`there are 8 to 65535 commitments, not ${count}`);
  return sha256(join([Uint8Array.of(0x03, count >> 8, count & 255), ...commitments]));
}

export function parseEnvelope(bytes) {
  if (bytes.length < 47) throw new Error('an envelope has at least 47 bytes');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const version = bytes[0];
  if (version !== 1) throw new Error(`version ${version} of the envelope is not known`);
  const epoch = view.getUint32(1);
  if (epoch < 1) throw new Error('an epoch is 1 or more');
  const sealed = view.getBigUint64(5);
  if (sealed >= 1n << 63n) throw new Error('the sealed time is not less than 2^63');
  const length = bytes[13];
  if (bytes.length !== 46 + length) throw new Error('the length of the envelope is not that of its parts');
  const body = origin(textOf(bytes.subarray(14, 14 + length)));
  return { version, epoch, sealed, origin: body, root: bytes.slice(14 + length) };
}

export const leafHash = (envelope) => sha256(concat(Uint8Array.of(0x00), envelope));
