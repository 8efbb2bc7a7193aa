// The verifier: a bundle, a policy and perhaps an earlier bundle give one of three verdicts (section 13).
// It was written from doc/format.md alone. It runs unchanged in Node 20 and later and in browsers.

import { Changed, need, under, underLater } from './answers.mjs';
import { checkAttachments } from './attachments.mjs';
import { same, toHex } from './bytes.mjs';
import { checkContinues, checkErased, checkLast, checkNeverDown, checkOverlap, checkPlace, disclosed } from './chains.mjs';
import { checkSignature, givenPolicy, isIndependent, lacking, openCheckpoint, shownCheckpoint } from './checkpoint.mjs';
import { readContainer } from './container.mjs';
import { checkFields, parseEntries } from './entries.mjs';
import { leafHash, parseEnvelope, slots } from './fact.mjs';
import { splitNote } from './note.mjs';
import { digestOfPart } from './sha256.mjs';
import { parseConsistency, parseManifest, parsePolicy } from './texts.mjs';
import { verifyConsistency, verifyInclusion } from './tree.mjs';

export { commitment, fieldsRoot, leafHash, parseEnvelope, salt } from './fact.mjs';
export { openNote, parseVkey } from './note.mjs';
export { verifyReceipt } from './receipt.mjs';
export { parseCheckpoint, parsePolicy, parseProof, parseReceipt } from './texts.mjs';
export { verifyConsistency, verifyInclusion } from './tree.mjs';

function readManifest(parts) {
  need(parts[0].name === 'manifest.txt', `the first part is ${parts[0].name}, not manifest.txt`);
  const note = splitNote(parts[0].content);
  return { note, ...parseManifest(note.text) };
}

const contentOf = (parts, name) => parts.find((part) => part.name === name)?.content;

const checkBody = (manifest, policy) =>
  under('body', null, () => need(manifest.body === policy.body, `the bundle is of ${manifest.body}, the policy of ${policy.body}`));

const attachmentForm = /^attachments\/[0-9a-f]{64}$/;

function checkOrderOfParts(names) {
  const fixed = ['checkpoint', 'policy.txt', 'consistency.txt', 'entries.txt', 'read.html'];
  const wanted = fixed.filter((name) => name !== 'consistency.txt' || names[2] === name);
  wanted.forEach((name, i) => need(names[i] === name, `part ${i + 2} is ${names[i] ?? 'missing'} where ${name} belongs`));
  const rest = names.slice(wanted.length);
  rest.forEach((name, i) => {
    need(attachmentForm.test(name), `the part ${name} has no place in a bundle`);
    need(i === 0 || rest[i - 1] < name, 'the attachments are not in ascending order');
  });
}

// The answer is the parts after the manifest, with their digests.
async function checkParts(parts, told) {
  const rest = parts.slice(1);
  need(rest.length === told.length, `the manifest tells of ${told.length} parts, and there are ${rest.length}`);
  rest.forEach(({ name }, i) => need(name === told[i].name, `the manifest has ${told[i].name} where ${name} is`));
  checkOrderOfParts(rest.map(({ name }) => name));
  for (const [i, part] of rest.entries()) {
    need(part.content.length === told[i].length, `the length of ${part.name} is not that in the manifest`);
    part.digest = await digestOfPart(part.content);
    need(same(part.digest, told[i].digest), `the content of ${part.name} is not that which the manifest was made of`);
  }
  return rest;
}

function checkConsistency(bytes, checkpoint) {
  const consistency = parseConsistency(bytes);
  need(consistency.size >= 1, 'the earlier size is 0, and nothing can be continued from nothing');
  need(consistency.size <= checkpoint.size, 'the earlier size is greater than that of the checkpoint');
  const leads = verifyConsistency(consistency.size, checkpoint.size, consistency.root, checkpoint.root, consistency.proof);
  need(leads, 'the proof does not lead from the earlier checkpoint to this one');
  return consistency;
}

function checkEnvelope(entry, state) {
  const envelope = parseEnvelope(entry.envelope);
  need(envelope.origin === state.policy.body, 'its envelope is of another body');
  need(envelope.epoch <= state.checkpoint.epoch, 'its epoch is later than that of the checkpoint');
  entry.epoch = envelope.epoch;
  entry.sealed = envelope.sealed;
  entry.root = envelope.root;
  entry.leaf = leafHash(entry.envelope);
}

function checkInclusion(entry, { checkpoint }) {
  need(entry.index < checkpoint.size, 'its index is not below the size of the checkpoint');
  const shown = verifyInclusion(entry.index, checkpoint.size, entry.leaf, entry.proof, checkpoint.root);
  need(shown, 'its proof does not show it in the tree of the checkpoint');
}

function checkEntry(entry, state, checkChain) {
  under('envelope', entry.index, () => checkEnvelope(entry, state));
  under('inclusion', entry.index, () => checkInclusion(entry, state));
  if (entry.erased === null) under('fields', entry.index, () => checkFields(entry.commitments, entry.root));
  under('chain', entry.index, checkChain);
}

function checkChain(chain, state) {
  chain.entries.forEach((entry, at) => checkEntry(entry, state, () => checkPlace(chain, at)));
  const byIndex = new Map(chain.entries.map((entry) => [entry.index, entry]));
  for (const entry of chain.entries) {
    if (entry.erased !== null) under('erased', entry.index, () => checkErased(entry, byIndex));
  }
  under('incomplete', chain.entries.at(-1).index, () => checkLast(chain, state.made));
}

function checkExcerpt(state) {
  const names = new Set(state.chains.map(({ name }) => name));
  for (const entry of state.excerpt) {
    checkEntry(entry, state, () => need(!names.has(disclosed(entry, 'case')), 'it is of a chain that is in the bundle, outside of it'));
  }
}

// Section 3 says it of the whole index, across chains.
function checkWholeIndex(state) {
  const all = everyEntry(state).sort((a, b) => a.index - b.index);
  all.forEach((entry, i) => {
    if (i > 0) under('chain', entry.index, () => checkNeverDown(all[i - 1], entry));
  });
}

const everyEntry = ({ chains, excerpt }) => [...chains.flatMap(({ entries }) => entries), ...excerpt];

async function checkPrevious(bytes, state) {
  const earlier = await examine(bytes, state.policy, null);
  // What it may lack: cosignatures that came later, and the one before it.
  need(earlier.result.verdict !== 'changed', `the earlier bundle is itself changed: ${earlier.result.detail}`);
  const { checkpoint, chains } = earlier.state;
  need(state.consistency !== null, 'this bundle does not say that it continues an earlier one');
  need(state.consistency.size === checkpoint.size && same(state.consistency.root, checkpoint.root), 'it continues another bundle than the earlier one that was given');
  for (const chain of state.chains) {
    const before = chains.find(({ name }) => name === chain.name);
    checkContinues(chain, before);
    checkOverlap(chain, before);
  }
}

// Everything that can answer "changed", in the order of section 13. Throws Changed at the first that fails.
async function runChecks(state, bytes, given, previous) {
  const parts = under('container', null, () => readContainer(bytes));
  const manifest = under('manifest', null, () => readManifest(parts));
  Object.assign(state, { made: manifest.made, pack: manifest.pack });
  // Without a policy the bundle's own is used, which is one of its parts.
  if (given !== null) checkBody(manifest, given);
  state.parts = await underLater('parts', () => checkParts(parts, manifest.parts));
  state.policy = given ?? under('parts', null, () => parsePolicy(contentOf(parts, 'policy.txt')));
  if (given === null) checkBody(manifest, state.policy);
  state.body = manifest.body;
  state.checkpoint = await underLater('checkpoint', () => openCheckpoint(contentOf(parts, 'checkpoint'), state.policy));
  await underLater('signature', () => checkSignature(manifest.note, state.policy, `${state.checkpoint.origin}/bundle`));
  const consistency = contentOf(parts, 'consistency.txt');
  if (consistency !== undefined) state.consistency = under('consistency', null, () => checkConsistency(consistency, state.checkpoint));
  Object.assign(state, under('entries', null, () => parseEntries(contentOf(parts, 'entries.txt'))));
  state.chains.forEach((chain) => checkChain(chain, state));
  checkExcerpt(state);
  checkWholeIndex(state);
  const attached = state.parts.filter(({ name }) => name.startsWith('attachments/'));
  under('attachment', null, () => checkAttachments(attached, everyEntry(state)));
  if (previous !== null) await underLater('previous', () => checkPrevious(previous, state));
}

// The first reason for which it cannot be told, or null.
function openQuestion(state, given, previous) {
  if (given === null) return ['untrusted', 'no policy was given: the bundle agrees with itself, and that is all that can be said'];
  const missing = lacking(state.checkpoint, given);
  if (missing !== null) return ['witness', missing];
  const later = state.chains.find(({ first }) => first > 0);
  if (later !== undefined && previous === null) {
    return ['previous', `the chain ${later.name} begins with number ${later.first}: the earlier bundle is needed`];
  }
  return null;
}

function shownLine(line, i) {
  return { slot: slots[i] ?? null, commitment: toHex(line.commitment), class: line.class, authority: line.authority };
}

function shownEntry(entry) {
  const lines = entry.commitments;
  return {
    index: entry.index,
    sealed: entry.sealed,
    epoch: entry.epoch,
    kind: disclosed(entry, 'kind'),
    fields: lines.filter(({ name }) => name !== null).map(({ name, value }) => ({ name, value })),
    withheld: lines.flatMap((line, i) => (line.name === null ? [shownLine(line, i)] : [])),
    erased: entry.erased,
  };
}

const shownChain = ({ name, first, entries }) =>
  ({ name, first, count: entries.length, entries: entries.map(shownEntry) });

// Of a changed bundle nothing is shown: what it says is not what was recorded.
const emptyResult = (verdict, code, index, detail) => ({
  verdict, code, index, detail, independent: false, operators: [], made: null, body: null, pack: null,
  checkpoint: null, continues: null, chains: [], excerpt: [], attachments: [],
});

function fullResult(state, given, question) {
  const { checkpoint } = state;
  const [code, detail] = question ?? [null, 'nothing in it was changed since it was recorded'];
  return {
    ...emptyResult(question === null ? 'intact' : 'cannot-tell', code, null, detail),
    // By its own policy alone no bundle is independently witnessed: whoever made it chose the witnesses.
    independent: given !== null && isIndependent(checkpoint),
    operators: checkpoint.operators,
    made: state.made,
    body: state.body,
    pack: state.pack,
    checkpoint: shownCheckpoint(checkpoint),
    continues: state.consistency && { size: state.consistency.size, root: toHex(state.consistency.root) },
    chains: state.chains.map(shownChain),
    excerpt: state.excerpt.map(shownEntry),
    attachments: state.parts.filter(({ name }) => name.startsWith('attachments/')).map(({ name, content }) => ({ name, length: content.length })),
  };
}

async function examine(bytes, given, previous) {
  const state = { consistency: null };
  try {
    await runChecks(state, bytes, given, previous);
  } catch (error) {
    if (!(error instanceof Changed)) throw error;
    return { state, result: emptyResult('changed', error.code, error.index, error.message) };
  }
  return { state, result: fullResult(state, given, openQuestion(state, given, previous)) };
}

// Throws where it was called wrongly: no bytes, a policy that is none, a platform without Ed25519.
export async function verifyBundle({ bundle, policy = null, previous = null }) {
  const given = policy === null ? null : givenPolicy(policy);
  return (await examine(bundle, given, previous)).result;
}
