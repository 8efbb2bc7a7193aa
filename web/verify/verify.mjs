// The verifier: a bundle, a policy and perhaps an earlier bundle give one of three verdicts (section 13).
// It was written from doc/format.md alone. It runs unchanged in Node 20 and later and in browsers.

import { checkAttachments } from './attachments.mjs';
import { same, toHex } from './bytes.mjs';
import { checkContinues, checkErased, checkLast, checkNeverDown, checkOverlap, checkPlace, disclosed } from './chains.mjs';
import { readContainer } from './container.mjs';
import { checkFields, parseEntries } from './entries.mjs';
import { leafHash, parseEnvelope, slots } from './fact.mjs';
import { checkNote, renamed, requireOne, splitNote } from './note.mjs';
import { digestOfPart } from './sha256.mjs';
import { epochOf, operatorsOf, parseCheckpoint, parseConsistency, parseManifest, parsePolicy } from './texts.mjs';
import { verifyConsistency, verifyInclusion } from './tree.mjs';

export { commitment, fieldsRoot, leafHash, parseEnvelope, salt } from './fact.mjs';
export { openNote, parseVkey } from './note.mjs';
export { parseCheckpoint, parsePolicy, parseReceipt } from './texts.mjs';
export { verifyConsistency, verifyInclusion } from './tree.mjs';

class Changed extends Error {
  constructor(code, index, detail) {
    super(detail);
    this.code = code;
    this.index = index;
  }
}

// What fails inside is a change, under this code and of this entry. A fault of the platform or of this program is not: it is passed on as it is.
const isFault = (error) => error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError || error.cannotCheck === true;

function changed(code, index, error) {
  if (error instanceof Changed || isFault(error)) return error;
  const where = index === null ? '' : `entry ${index}: `;
  return new Changed(code, index, where + error.message);
}

function under(code, index, check) {
  try {
    return check();
  } catch (error) {
    throw changed(code, index, error);
  }
}

async function underLater(code, check) {
  try {
    return await check();
  } catch (error) {
    throw changed(code, null, error);
  }
}

function need(holds, detail) {
  if (!holds) throw new Error(detail);
}

function readManifest(parts) {
  need(parts[0].name === 'manifest.txt', `the first part is ${parts[0].name}, not manifest.txt`);
  const note = splitNote(parts[0].content);
  return { note, ...parseManifest(note.text) };
}

const contentOf = (parts, name) => parts.find((part) => part.name === name)?.content;

// Without a policy the bundle's own is used. A wrong form of it belongs to the parts, which are checked later.
function ownPolicy(parts) {
  try {
    return parsePolicy(contentOf(parts, 'policy.txt'));
  } catch {
    return null;
  }
}

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

const logKeys = (policy, name) => policy.logs.map(({ key }) => renamed(key, name));

async function openCheckpoint(bytes, policy) {
  const note = splitNote(bytes);
  const checkpoint = parseCheckpoint(note.text);
  const epoch = epochOf(checkpoint.origin, policy.body);
  need(epoch !== null, 'the origin of the checkpoint is neither the body nor one of its epochs');
  const own = logKeys(policy, checkpoint.origin);
  const verified = await checkNote(note, [...own, ...policy.witnesses.map(({ key }) => key)]);
  requireOne(verified, own);
  return { ...checkpoint, epoch, operators: cosigners(verified, policy) };
}

// Who cosigned and when, one for each witness, in the order of the lines.
function cosigners(verified, policy) {
  const ownOperators = operatorsOf(policy.logs);
  return verified.flatMap(({ key, time }) => {
    const witness = policy.witnesses.find((one) => one.key === key);
    if (witness === undefined) return [];
    return [{ operator: witness.operator, name: key.name, time, independent: !ownOperators.includes(witness.operator) }];
  });
}

async function checkSignature(note, policy, checkpointOrigin) {
  const own = logKeys(policy, `${checkpointOrigin}/bundle`);
  const verified = await checkNote(note, [...own, ...policy.witnesses.map(({ key }) => key)]);
  requireOne(verified, own);
}

function checkConsistency(bytes, checkpoint) {
  const consistency = parseConsistency(bytes);
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

// What an earlier bundle may lack: cosignatures that came later, and the one before it.
const allowedEarlier = (result) => result.verdict === 'intact' ||
  (result.verdict === 'cannot-tell' && (result.code === 'witness' || result.code === 'previous'));

async function checkPrevious(bytes, state) {
  const earlier = await examine(bytes, state.policy, null);
  need(allowedEarlier(earlier.result), `the earlier bundle is itself not intact: ${earlier.result.detail}`);
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
  state.policy = given ?? ownPolicy(parts);
  if (state.policy !== null) under('body', null, () => need(manifest.body === state.policy.body, 'the bundle is of another body than the policy'));
  state.parts = await underLater('parts', () => checkParts(parts, manifest.parts));
  state.policy ??= under('parts', null, () => parsePolicy(contentOf(parts, 'policy.txt')));
  state.body = manifest.body;
  state.checkpoint = await underLater('checkpoint', () => openCheckpoint(contentOf(parts, 'checkpoint'), state.policy));
  await underLater('signature', () => checkSignature(manifest.note, state.policy, state.checkpoint.origin));
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
  const count = operatorsOf(state.checkpoint.operators).length;
  if (count < given.quorum) return ['witness', `${count} of the ${given.quorum} operators that the policy asks for cosigned the checkpoint`];
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
    independent: given !== null && checkpoint.operators.some(({ independent }) => independent),
    operators: checkpoint.operators,
    made: state.made,
    body: state.body,
    pack: state.pack,
    checkpoint: { origin: checkpoint.origin, epoch: checkpoint.epoch, size: checkpoint.size, root: toHex(checkpoint.root) },
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
  let given = null;
  try {
    if (policy !== null) given = parsePolicy(policy);
  } catch (error) {
    throw new Error(`the policy cannot be used: ${error.message}`, { cause: error });
  }
  return (await examine(bundle, given, previous)).result;
}
