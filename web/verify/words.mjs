// The verdict in words, the same for the command and the page.

import { textOf, toHex } from './bytes.mjs';

export const headings = { intact: 'INTACT', changed: 'CHANGED', 'cannot-tell': 'CANNOT TELL' };

const reasons = {
  container: 'The file is not a bundle in the one form that is allowed.',
  manifest: 'The list of what belongs to the bundle is missing or not in its form.',
  body: 'The bundle is not of the body that the policy is about.',
  parts: 'A part of the bundle is missing, added or altered.',
  checkpoint: 'The checkpoint is not one that the body signed, or a signature under it is false.',
  signature: 'The body did not sign this bundle.',
  consistency: 'The record does not continue the one which the earlier bundle was taken from.',
  entries: 'The list of entries is not in its form.',
  envelope: 'An entry is not one of this body’s record.',
  inclusion: 'An entry is not at its place in the record that was signed.',
  fields: 'The values of an entry are not those that were recorded.',
  chain: 'An entry does not follow the one before it in its case.',
  erased: 'An entry is missing, and no entry in its case tells why.',
  incomplete: 'A case does not end with the making of this bundle, so that facts may be left out.',
  attachment: 'An attached file is not the one that was recorded, or none of the facts names it.',
  previous: 'This bundle does not continue the earlier one that was given.',
};

const questions = {
  untrusted: 'It agrees with itself, but without a policy of your own that says nothing of who made it.',
  witness: 'Nothing in it was changed, but fewer witnesses cosigned it than your policy asks for.',
  previous: 'What is here was not changed, but it begins in the midst of a case: the earlier bundle is needed.',
};

export function sentence({ verdict, code }) {
  if (verdict === 'intact') return 'The facts shown are those that were recorded, and in each case none is missing up to the time the bundle was made.';
  return (verdict === 'changed' ? reasons : questions)[code];
}

export function witnessed({ independent, code }) {
  if (code === 'untrusted') return 'Not independently witnessed: the witnesses named in the bundle were chosen by whoever made it.';
  if (independent) return 'Independently witnessed: somebody other than the body saw this record and cosigned it.';
  return 'Not independently witnessed: that this is the record which the body always kept is the body’s own word.';
}

export const limits = [
  'It does not mean that what was recorded is true.',
  'It does not mean that everything was recorded that happened, or anything after the bundle was made.',
  'It does not mean that the body keeps no second chain for the same case.',
  'It does not mean that what is withheld is rightly withheld, or that withheld values do not contradict the shown ones.',
  'It does not vouch for the page read.html in the bundle: only the values shown by a verifier count.',
];

// Characters that would move the cursor, hide, or turn the direction of what stands around them are written out.
export const visible = (text) =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu, (c) => `\\u{${c.codePointAt(0).toString(16)}}`);

// A value for people: text line by line, or, where it is none, how long it is and its first bytes.
export function shownLines(value) {
  try {
    return textOf(value).split('\n').map(visible);
  } catch {
    const first = toHex(value.subarray(0, 32));
    return [`${value.length} bytes that are no text: ${first}${value.length > 32 ? '…' : ''}`];
  }
}

const latest = 8640000000000;

export function secondsInWords(seconds) {
  if (seconds > latest) return `${seconds} seconds after 1970`;
  return new Date(seconds * 1000).toISOString().replace('T', ' ').replace('.000Z', ' UTC');
}

export const nanosInWords = (nanos) => secondsInWords(Number(nanos / 1000000000n));
