// The verifier of a receipt (section 8), alone or with the proof that redeems it (section 9).

import { Changed, need, under, underLater } from './answers.mjs';
import { toHex } from './bytes.mjs';
import { checkSignature, givenPolicy, isIndependent, lacking, openCheckpoint, shownCheckpoint } from './checkpoint.mjs';
import { splitNote } from './note.mjs';
import { epochOf, parseProof, parseReceipt } from './texts.mjs';
import { verifyInclusion } from './tree.mjs';

async function openReceipt(bytes, policy) {
  const note = splitNote(bytes);
  const receipt = parseReceipt(note.text);
  need(epochOf(receipt.origin, policy.body) !== null, 'its origin is neither the body nor one of its epochs');
  await checkSignature(note, policy, `${receipt.origin}/receipt`);
  return receipt;
}

// Of another entry or another origin, or of a record before it had the entry, a proof says nothing about this receipt.
function another(receipt, proof, checkpoint) {
  if (proof.index !== receipt.index) return `the proof is of entry ${proof.index}, the receipt of entry ${receipt.index}`;
  if (checkpoint.origin !== receipt.origin) return `the proof is of ${checkpoint.origin}, the receipt of ${receipt.origin}`;
  if (checkpoint.size <= receipt.index) return `the checkpoint has ${checkpoint.size} entries, too few for entry ${receipt.index}`;
  return null;
}

function checkPromise({ index, leaf }, proof, { size, root }) {
  need(verifyInclusion(index, size, leaf, proof.hashes, root), `it does not show the entry of the receipt at index ${index}`);
}

// In the order of section 13. Throws Changed, or gives the code and detail of what cannot be told, or null.
async function runChecks(state, bytes, proofBytes, policy) {
  const receipt = state.receipt = await underLater('receipt', () => openReceipt(bytes, policy));
  if (proofBytes === null) return ['unredeemed', 'no proof was given'];
  const proof = under('proof', null, () => parseProof(proofBytes));
  const checkpoint = state.checkpoint = await underLater('checkpoint', () => openCheckpoint(proof.checkpoint, policy));
  const other = another(receipt, proof, checkpoint);
  if (other !== null) return ['another', other];
  under('promise', null, () => checkPromise(receipt, proof, checkpoint));
  state.redeemed = true;
  const missing = lacking(checkpoint, policy);
  return missing === null ? null : ['unwitnessed', missing];
}

const shownReceipt = ({ origin, index, leaf, sealed }) => ({ origin, index, leaf: toHex(leaf), sealed });

// Throws where it was called wrongly: no bytes, no policy, a policy that is none, a platform without Ed25519.
export async function verifyReceipt({ receipt, proof = null, policy }) {
  const given = givenPolicy(policy);
  const state = { receipt: null, checkpoint: null, redeemed: false };
  let answer;
  try {
    answer = await runChecks(state, receipt, proof, given);
  } catch (error) {
    if (!(error instanceof Changed)) throw error;
    answer = [error.code, error.message, 'changed'];
  }
  const [code, detail, verdict] = answer ?? [null, 'the proof shows the entry in the record', 'intact'];
  return {
    verdict: verdict ?? 'cannot-tell',
    code,
    detail,
    redeemed: state.redeemed,
    body: given.body,
    receipt: state.receipt && shownReceipt(state.receipt),
    checkpoint: state.checkpoint && shownCheckpoint(state.checkpoint),
    operators: state.redeemed ? state.checkpoint.operators : [],
    independent: state.redeemed && isIndependent(state.checkpoint),
  };
}
