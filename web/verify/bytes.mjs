// The words of the format (section 1): bytes, text, hex, base64, decimals. Every reader here refuses
// what is not in its one canonical form, so that no two files say the same thing.

const encoder = new TextEncoder();
// ignoreBOM keeps a byte order mark in the text, where the form of the text then refuses it.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const utf8 = (text) => encoder.encode(text);

// Near the longest text that a machine can hold. That it cannot is no fault of the bundle, and is not said to be one.
const longestText = 2 ** 29 - 32;

export function textOf(bytes) {
  if (bytes.length > longestText) {
    throw Object.assign(new Error(`a text of ${bytes.length} bytes is too long to be read here`), { cannotCheck: true });
  }
  try {
    return decoder.decode(bytes);
  } catch {
    throw new Error('it is not UTF-8');
  }
}

export const concat = (...parts) => join(parts);

// For lists that may be too long to be arguments.
export function join(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function compare(a, b) {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    if (a[i] !== b[i]) return a[i] - b[i];
  }
  return a.length - b.length;
}

export const same = (a, b) => compare(a, b) === 0;

const hexPairs = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

export function toHex(bytes) {
  let word = '';
  for (const byte of bytes) word += hexPairs[byte];
  return word;
}

function table(alphabet) {
  const values = new Int8Array(128).fill(-1);
  for (let i = 0; i < alphabet.length; i++) values[alphabet.charCodeAt(i)] = i;
  return (code) => (code < 128 ? values[code] : -1);
}

const hexDigit = table('0123456789abcdef');

// length is in bytes; without it any length but nought is taken.
export function fromHex(word, length) {
  if (word.length === 0 || word.length % 2 !== 0) throw new Error('hex has two characters a byte');
  if (length !== undefined && word.length !== 2 * length) {
    throw new Error(`hex of ${length} bytes is wanted, not of ${word.length / 2}`);
  }
  const bytes = new Uint8Array(word.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    const high = hexDigit(word.charCodeAt(2 * i));
    const low = hexDigit(word.charCodeAt(2 * i + 1));
    if (high < 0 || low < 0) throw new Error('hex has only 0-9 and a-f');
    bytes[i] = 16 * high + low;
  }
  return bytes;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const base64Digit = table(alphabet);

export function toBase64(bytes) {
  let word = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const three = (bytes[i] << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    word += alphabet[three >> 18] + alphabet[(three >> 12) & 63];
    word += left > 1 ? alphabet[(three >> 6) & 63] : '=';
    word += left > 2 ? alphabet[three & 63] : '=';
  }
  return word;
}

export function fromBase64(word) {
  if (word.length === 0 || word.length % 4 !== 0) throw new Error('base64 has four characters a group');
  const padding = word.endsWith('==') ? 2 : word.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((word.length / 4) * 3 - padding);
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let i = 0; i < word.length - padding; i++) {
    const digit = base64Digit(word.charCodeAt(i));
    if (digit < 0) throw new Error('a character is not of base64');
    bits = ((bits << 6) | digit) & 0xffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes[at++] = bits >> held;
    }
  }
  // What is left over is not in the bytes: it has to be nought, or two words would be one value.
  if ((bits & ((1 << held) - 1)) !== 0) throw new Error('unused bits of base64 are not nought');
  return bytes;
}

const digits = /^(?:0|[1-9][0-9]{0,18})$/;

export function decimal(word) {
  if (!digits.test(word)) throw new Error('a decimal is wanted, without sign or leading nought');
  const value = Number(word);
  if (value > Number.MAX_SAFE_INTEGER) throw new Error('a decimal is less than 2^53');
  return value;
}

// Nanoseconds do not fit below 2^53; they have the bound of the envelope, 2^63.
export function nanoseconds(word) {
  if (!digits.test(word)) throw new Error('a time in decimal is wanted');
  const value = BigInt(word);
  if (value >= 1n << 63n) throw new Error('a time is less than 2^63');
  return value;
}

const originForm = /^[!-*,-~]{1,150}$/;
// So that no origin is like the first line of another kind of text, or like another body's with something appended.
const reserved = /^candour-|^cosignature\/v1$|\/receipt$|\/bundle$|\/epoch\//;
const tokenForm = /^[!-~]{1,255}$/;

export function origin(word) {
  if (!originForm.test(word)) throw new Error('an origin is 1 to 150 of ! to ~, without +');
  if (reserved.test(word)) throw new Error('an origin is not like what is signed beside it');
  return word;
}

export function token(word) {
  if (!tokenForm.test(word)) throw new Error('a token is 1 to 255 of ! to ~');
  return word;
}

// The lines of a text whose every line ends with LF, the last one too.
export function linesOf(text) {
  if (!text.endsWith('\n')) throw new Error('the last line does not end with LF');
  return text.slice(0, -1).split('\n');
}

// The words after the first of a line that begins with it.
export function wordsAfter(first, line, count) {
  const words = (line ?? '').split(' ');
  if (words[0] !== first) throw new Error(`a line "${first}" is wanted`);
  if (words.length !== count + 1 || words.includes('')) {
    throw new Error(`a line "${first}" has ${count} words more, one space between`);
  }
  return words.slice(1);
}

export function hashes(word) {
  if (word === '-') return [];
  const bytes = fromHex(word);
  if (bytes.length % 32 !== 0) throw new Error('a proof is made of hashes of 32 bytes');
  const list = [];
  for (let at = 0; at < bytes.length; at += 32) list.push(bytes.subarray(at, at + 32));
  return list;
}
