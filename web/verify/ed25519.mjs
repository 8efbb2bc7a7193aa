// Ed25519 by the platform, and before it the points where RFC 8032 leaves platforms free to differ (section 5): a
// key or signature that one of them takes and another refuses would make two honest verifiers disagree.

import { fromHex, utf8 } from './bytes.mjs';

const prime = (1n << 255n) - 19n;
const order = (1n << 252n) + 27742317777372353535851937790883648493n;

// The heights of the eight points of small order. Under such a key a signature says nothing of the text.
const smallHeights = new Set([
  0n,
  1n,
  prime - 1n,
  littleEndian(fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05')),
  littleEndian(fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a')),
]);

export function littleEndian(bytes) {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
  return value;
}

// Canonical and not of small order. Where x is nought the order is small, so that the sign bit needs no rule of its own.
export function plainPoint(bytes) {
  const height = littleEndian(bytes) & ((1n << 255n) - 1n);
  return height < prime && !smallHeights.has(height);
}

let ready = null;

// RFC 8032 section 7.1, test 1. Where the platform has no Ed25519 that is said, and is not taken for a bad signature.
async function selfCheck() {
  const key = fromHex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a');
  const good = fromHex('e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b');
  const works = globalThis.crypto?.subtle && (await ask(key, good, new Uint8Array(0)).catch(() => false));
  if (!works) {
    const detail = 'Ed25519 signatures cannot be checked here: a newer browser, or a page served from this machine (serve.mjs), is needed';
    throw Object.assign(new Error(detail), { cannotCheck: true });
  }
}

async function ask(publicKey, signature, message) {
  const { subtle } = globalThis.crypto;
  const key = await subtle.importKey('raw', publicKey, { name: 'Ed25519' }, false, ['verify']);
  return subtle.verify({ name: 'Ed25519' }, key, signature, message);
}

export async function verifySignature(publicKey, signature, message) {
  ready ??= selfCheck();
  await ready;
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  if (!plainPoint(publicKey) || !plainPoint(signature.subarray(0, 32))) return false;
  if (littleEndian(signature.subarray(32)) >= order) return false;
  // A key that is no point of the curve is refused by some platforms on import and by others on use.
  return ask(publicKey, signature, typeof message === 'string' ? utf8(message) : message).catch(() => false);
}
