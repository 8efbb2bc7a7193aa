// A checkpoint under a policy (sections 5 to 7): whose it is, and who cosigned it.

import { need } from './answers.mjs';
import { toHex } from './bytes.mjs';
import { checkNote, renamed, requireOne, splitNote } from './note.mjs';
import { epochOf, operatorsOf, parseCheckpoint, parsePolicy } from './texts.mjs';

export const logKeys = (policy, name) => policy.logs.map(({ key }) => renamed(key, name));

// What the body signs beside checkpoints: the known keys are the log keys under its name, and no others.
export async function checkSignature(note, policy, name) {
  const own = logKeys(policy, name);
  requireOne(await checkNote(note, own), own);
}

export async function openCheckpoint(bytes, policy) {
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

// What lacks for the quorum, in words, or null.
export function lacking(checkpoint, policy) {
  const count = operatorsOf(checkpoint.operators).length;
  if (count >= policy.quorum) return null;
  return `${count} of the ${policy.quorum} operators that the policy asks for cosigned the checkpoint`;
}

export const isIndependent = (checkpoint) => checkpoint.operators.some(({ independent }) => independent);

export const shownCheckpoint = ({ origin, epoch, size, root }) => ({ origin, epoch, size, root: toHex(root) });

// A policy that was given and is none is a wrong call, and no verdict.
export function givenPolicy(policy) {
  try {
    return parsePolicy(policy);
  } catch (error) {
    throw new Error(`the policy cannot be used: ${error.message}`, { cause: error });
  }
}
