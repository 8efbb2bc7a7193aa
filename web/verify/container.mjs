// The container of a bundle (section 10): a ZIP file in the one form that is allowed. Headers are not
// interpreted but written out as they must be, and compared: so no byte is left that could say something else.

import { concat, join, same, textOf, utf8 } from './bytes.mjs';

const nameForm = /^[a-z0-9._/-]{1,100}$/;

export function partName(name) {
  const edges = /^[/.]|[/.]$/;
  if (!nameForm.test(name) || edges.test(name) || name.includes('//') || name.includes('..')) {
    throw new Error('the name of a part is not in the form that is allowed');
  }
  return name;
}

const crcTable = Int32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n;
});

export function crc32(bytes) {
  let crc = -1;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ crcTable[(crc ^ bytes[i]) & 255];
  return ~crc >>> 0;
}

// Numbers of 2 and 4 bytes in turn, little-endian; a size stands before each value.
function packed(...pairs) {
  const bytes = [];
  for (const [size, value] of pairs) {
    for (let i = 0; i < size; i++) bytes.push(Math.floor(value / 2 ** (8 * i)) & 255);
  }
  return Uint8Array.from(bytes);
}

const two = (value) => [2, value];
const four = (value) => [4, value];

const firstHeader = (part) => packed(
  four(0x04034b50), two(20), two(0), two(0), two(0), two(0x21),
  four(part.crc), four(part.content.length), four(part.content.length), two(part.name.length), two(0),
);

const secondHeader = (part) => packed(
  four(0x02014b50), two(20), two(20), two(0), two(0), two(0), two(0x21),
  four(part.crc), four(part.content.length), four(part.content.length), two(part.name.length),
  two(0), two(0), two(0), two(0), four(0), four(part.offset),
);

const ending = (count, length, offset) => packed(
  four(0x06054b50), two(0), two(0), two(count), two(count), four(length), four(offset), two(0),
);

function readPart(bytes, view, offset) {
  if (offset + 30 > bytes.length) throw new Error(`the file ends in a header, at byte ${offset}`);
  const length = view.getUint32(offset + 18, true);
  const nameEnd = offset + 30 + view.getUint16(offset + 26, true);
  const end = nameEnd + length;
  if (end > bytes.length) throw new Error(`the file ends in a part, which begins at byte ${offset}`);
  const name = partName(textOf(bytes.subarray(offset + 30, nameEnd)));
  const content = bytes.subarray(nameEnd, end);
  const part = { name, content, offset, end, crc: crc32(content) };
  if (!same(bytes.subarray(offset, offset + 30), firstHeader(part))) throw new Error(`the header or checksum of ${name} is not as it must be`);
  return part;
}

// How many parts there are is told at the end only; a wrong number is found when all of it is compared.
function countOf(bytes, view) {
  const count = view.getUint16(bytes.length - 12, true);
  if (count < 1 || count > 60000) throw new Error(`there are 1 to 60000 parts, not ${count}`);
  return count;
}

function readParts(bytes, view, count) {
  const parts = [];
  const names = new Set();
  for (let offset = 0; parts.length < count; offset = parts.at(-1).end) {
    const part = readPart(bytes, view, offset);
    if (names.has(part.name)) throw new Error(`the name ${part.name} occurs twice`);
    names.add(part.name);
    parts.push(part);
  }
  return parts;
}

export function readContainer(bytes) {
  if (bytes.length < 22) throw new Error('the file is too short to be a bundle');
  if (bytes.length >= 2 ** 32 - 1) throw new Error('the file is too long to be a bundle');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const count = countOf(bytes, view);
  const parts = readParts(bytes, view, count);
  const offset = parts.at(-1).end;
  const list = join(parts.flatMap((part) => [secondHeader(part), utf8(part.name)]));
  const rest = concat(list, ending(count, list.length, offset));
  if (!same(bytes.subarray(offset), rest)) throw new Error('the second list of parts is not as it must be');
  return parts.map(({ name, content }) => ({ name, content }));
}
