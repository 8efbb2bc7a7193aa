// SHA-256 (FIPS 180-4) and HMAC (RFC 2104), at once and not by promise: a bundle needs hundreds of
// thousands of small hashes, and a promise for each would cost more than the hash.

// The constants are the first 32 bits of the fractions of roots of primes; they are worked out, not copied.
function primes(count) {
  const found = [];
  for (let n = 2; found.length < count; n++) {
    if (found.every((p) => n % p !== 0)) found.push(n);
  }
  return found;
}

function integerRoot(value, power) {
  let low = 0n;
  let high = 1n << 40n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** power <= value) low = middle;
    else high = middle;
  }
  return low;
}

// floor(root(p) * 2^32) modulo 2^32.
const fraction = (prime, power) =>
  Number(integerRoot(BigInt(prime) << (32n * power), power) & 0xffffffffn);

const start = Int32Array.from(primes(8), (p) => fraction(p, 2n));
const rounds = Int32Array.from(primes(64), (p) => fraction(p, 3n));
const schedule = new Int32Array(64);
const spin = (x, n) => (x >>> n) | (x << (32 - n));

function block(state, bytes, at) {
  const w = schedule;
  for (let i = 0; i < 16; i++, at += 4) {
    w[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
  }
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15];
    const y = w[i - 2];
    const s0 = spin(x, 7) ^ spin(x, 18) ^ (x >>> 3);
    const s1 = spin(y, 17) ^ spin(y, 19) ^ (y >>> 10);
    w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
  }
  let a = state[0], b = state[1], c = state[2], d = state[3];
  let e = state[4], f = state[5], g = state[6], h = state[7];
  for (let i = 0; i < 64; i++) {
    const s1 = spin(e, 6) ^ spin(e, 11) ^ spin(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + rounds[i] + w[i]) | 0;
    const s0 = spin(a, 2) ^ spin(a, 13) ^ spin(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + t1) | 0;
    d = c; c = b; b = a; a = (t1 + t2) | 0;
  }
  state[0] += a; state[1] += b; state[2] += c; state[3] += d;
  state[4] += e; state[5] += f; state[6] += g; state[7] += h;
}

// The last bytes, the bit 1, noughts and the length in bits: one block or two.
function tail(bytes, from) {
  const rest = bytes.length - from;
  const last = new Uint8Array(rest < 56 ? 64 : 128);
  last.set(bytes.subarray(from));
  last[rest] = 0x80;
  new DataView(last.buffer).setBigUint64(last.length - 8, BigInt(bytes.length) * 8n);
  return last;
}

export function sha256(bytes) {
  const state = start.slice();
  const whole = bytes.length - (bytes.length % 64);
  for (let at = 0; at < whole; at += 64) block(state, bytes, at);
  const last = tail(bytes, whole);
  for (let at = 0; at < last.length; at += 64) block(state, last, at);
  const digest = new Uint8Array(32);
  const view = new DataView(digest.buffer);
  state.forEach((word, i) => view.setInt32(4 * i, word));
  return digest;
}

export function hmac(key, message) {
  const short = key.length > 64 ? sha256(key) : key;
  const inner = new Uint8Array(64 + message.length).fill(0x36, 0, 64);
  const outer = new Uint8Array(96).fill(0x5c, 0, 64);
  short.forEach((byte, i) => {
    inner[i] ^= byte;
    outer[i] ^= byte;
  });
  inner.set(message, 64);
  outer.set(sha256(inner), 64);
  return sha256(outer);
}

// A whole part may have hundreds of megabytes; there the platform is faster, and one promise is nothing.
export async function digestOfPart(bytes) {
  if (bytes.length < 4096) return sha256(bytes);
  return new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', bytes));
}
