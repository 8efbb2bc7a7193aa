// The verdict in words, the same for the command and the page.

import { textOf, toHex } from './bytes.mjs';

export const headings = { intact: 'INTACT', changed: 'CHANGED', 'cannot-tell': 'CANNOT TELL' };

// Intact on the body's own word alone is a thing of its own, and is said in the first line.
export const heading = ({ verdict, independent }) =>
  headings[verdict] + (verdict === 'intact' && !independent ? ', but not independently witnessed' : '');

const unpolicied = 'Or the policy is not the right one for it.';

const reasons = {
  container: 'This file is not a bundle as it was handed out: it was altered, cut, or packed anew.',
  manifest: 'The list of what belongs to the bundle is missing or damaged.',
  body: 'The bundle comes from another body than the one your policy is about.',
  parts: 'A part of the bundle was added, removed or altered after it was listed.',
  checkpoint: `The summary of the record in this bundle is not one that the body signed, or a signature under it is false. ${unpolicied}`,
  signature: `The body did not sign this bundle. ${unpolicied}`,
  consistency: 'The record does not continue the one from which an earlier bundle was taken: its past was altered.',
  entries: 'The list of facts is damaged: it is not in the form in which it is handed out.',
  envelope: 'A fact does not belong to this body’s record.',
  inclusion: 'A fact is not in the record that the body signed, or not at this place.',
  fields: 'What a fact says is not what was recorded.',
  chain: 'A fact does not follow the one before it: something was left out, moved or put in.',
  erased: 'A fact is missing as if it were erased, but nothing in its case accounts for that.',
  incomplete: 'A case does not end with the making of this bundle, so later facts may have been left out.',
  attachment: 'An attached file is not the one that was recorded, or no fact shown here speaks of it.',
  previous: 'This bundle does not continue the earlier one that was given, or that one is itself changed. Or it is not the right earlier one.',
};

const questions = {
  untrusted: 'The bundle agrees with itself. Who made it cannot be told without a policy that came to you by another way.',
  witness: 'No change was found, but fewer witnesses saw this record than your policy asks for.',
  previous: 'No change was found, but the bundle begins in the midst of a case. Give the earlier bundle too.',
};

export function sentence({ verdict, code, made }) {
  if (verdict === 'intact') return `The facts are as they were recorded. In each case none is missing up to ${nanosInWords(made)}, when this bundle was made.`;
  return (verdict === 'changed' ? reasons : questions)[code];
}

const answers = {
  receipt: `This is not a receipt that the body signed. ${unpolicied}`,
  unredeemed: 'The receipt is genuine: the body promised to keep this fact in its record. Whether it did, only a proof shows; ask the body for one.',
  proof: 'The file given as the proof is not one, or is damaged. The receipt itself is genuine.',
  checkpoint: 'The proof does not rest on a record that the body signed, or a signature in it is false. The receipt itself is genuine.',
  another: 'The receipt is genuine, but the proof belongs to another receipt.',
  promise: 'The proof does not show the promised fact in the record. Ask the body for a right one: if it has none, it broke its promise. Keep both files.',
  unwitnessed: 'The promised fact is in the record that the body signed, but fewer witnesses saw that record than your policy asks for.',
};

export const receiptSentence = ({ code }) =>
  answers[code] ?? 'The receipt is genuine and the promise was kept: the fact is in the record, at its place.';

// What an expert can look up in doc/format.md, or null where the sentence has said all.
export const technical = ({ code, detail }) => (code === null || code === 'untrusted' || code === 'unredeemed' ? null : `${code}: ${visible(detail)}`);

const listed = (words) => [...new Set(words)].join(', ');

export function witnessed({ independent, operators, code }) {
  if (code === 'untrusted') return 'Not independently witnessed: the witnesses were chosen by whoever made the bundle.';
  if (!independent) return 'Not independently witnessed: that this is the record which the body always kept is the body’s own word.';
  const names = listed(operators.filter((one) => one.independent).map(({ operator }) => operator));
  return `Independently witnessed: ${names} saw this record and cosigned it.`;
}

const counted = (n, one, more) => `${n} ${n === 1 ? one : more}`;

// How much there is of a chain, or of the single entries, and how much of that is not shown.
export function extent(entries) {
  const erased = entries.filter((entry) => entry.erased !== null).length;
  const withheld = entries.reduce((sum, entry) => sum + entry.withheld.length, 0);
  const words = [counted(entries.length, 'fact', 'facts')];
  if (erased > 0) words.push(`${erased} of them erased`);
  if (withheld > 0) words.push(`${counted(withheld, 'value', 'values')} withheld`);
  return words.join(', ');
}

// Both lists go on from "What intact does not mean".
export const limits = [
  'that what was recorded is true;',
  'that all that happened was recorded, or anything after the bundle was made;',
  'that the body keeps no second account of the same case;',
  'that what is withheld is rightly withheld, or agrees with what is shown;',
  'that the times or the order of erased facts in a row are certain;',
  'that the page read.html in the bundle says the same: only what a verifier shows counts.',
];

export const receiptLimits = [
  'that what was recorded is true;',
  'that the fact says this or that: a receipt holds its fingerprint, not its words. Those are in a bundle.',
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
