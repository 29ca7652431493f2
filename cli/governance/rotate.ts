import { join } from 'node:path';

import type { Address } from 'viem';

import { sides } from '../../protocol/lane.ts';
import type { Io } from '../io.ts';
import { openListOutput, wrong } from '../output.ts';
import { addressAt } from '../parse-address.ts';
import { type ProposeFlags, propose, signWritten } from './propose.ts';
import { readGoverned } from './governed-state.ts';
import { openOperator } from './operator.ts';

/** Changes to a list of signers. */
export interface Rotation {
  /** Each takes the other's place, so that indices stay. */
  readonly replace: readonly { readonly from: Address; readonly to: Address }[];
  readonly remove: readonly Address[];
  readonly add: readonly Address[];
  /** As it is when undefined. */
  readonly threshold: number | undefined;
}

export interface SignerSet {
  readonly signers: readonly Address[];
  readonly threshold: number;
}

/** @throws {PegwayError} exit code 2, naming the flag. */
export function parseRotation(flags: {
  readonly replace?: readonly string[];
  readonly remove?: readonly string[];
  readonly add?: readonly string[];
  readonly threshold?: string;
}): Rotation {
  const replace = (flags.replace ?? []).map((text) => {
    const [from = '', to = '', ...rest] = text.split('=');
    if (rest.length > 0 || to === '') throw wrong(`--replace: expected OLD=NEW, found ${text}`, 'two addresses');
    return { from: addressAt('--replace', from), to: addressAt('--replace', to) };
  });
  if (flags.threshold !== undefined && !/^\d{1,2}$/.test(flags.threshold)) {
    throw wrong(`--threshold: expected a number of signers, found ${flags.threshold}`, 'for example --threshold 4');
  }
  const rotation = {
    replace,
    remove: (flags.remove ?? []).map((text) => addressAt('--remove', text)),
    add: (flags.add ?? []).map((text) => addressAt('--add', text)),
    threshold: flags.threshold === undefined ? undefined : Number(flags.threshold),
  };
  const changes = [...rotation.replace, ...rotation.remove, ...rotation.add];
  if (changes.length > 0 || rotation.threshold !== undefined) return rotation;
  throw wrong('nothing is to change', 'pass --replace OLD=NEW, --add, --remove, --threshold');
}

/**
 * The set after a rotation. A bridge that has it already (the other one alone was changed so far) keeps its own.
 * @throws {PegwayError} exit code 2 when it names an unknown signer, or the result is a set that no bridge accepts.
 */
export function rotated(before: SignerSet, rotation: Rotation): SignerSet {
  const signers = [...before.signers];
  const place = (address: Address, flag: string): number => {
    const index = signers.indexOf(address);
    if (index >= 0) return index;
    throw wrong(`${flag}: ${address} is not a signer`, `the signers are ${before.signers.join(', ')}`);
  };
  for (const { from, to } of rotation.replace) {
    if (!signers.includes(from) && signers.includes(to)) continue;
    signers[place(from, '--replace')] = to;
  }
  const left = signers.filter((signer) => !rotation.remove.includes(signer));
  left.push(...rotation.add.filter((address) => !before.signers.includes(address)));
  const threshold = rotation.threshold ?? before.threshold;
  requireSet({ signers: left, threshold });
  return { signers: left, threshold };
}

/**
 * Asserts that each address to remove is a signer of at least one bridge: the other may have removed it already.
 * @throws {PegwayError} exit code 2, naming the unknown address.
 */
export function requireRemovable(sets: readonly SignerSet[], { remove }: Rotation): void {
  for (const address of remove) {
    if (sets.some(({ signers }) => signers.includes(address))) continue;
    const known = [...new Set(sets.flatMap(({ signers }) => signers))];
    throw wrong(`--remove: ${address} is not a signer`, `the signers are ${known.join(', ')}`);
  }
}

/** Rule 4: `size / 2 < threshold <= size <= 32`, no signer twice. */
function requireSet({ signers, threshold }: SignerSet): void {
  const size = signers.length;
  const twice = signers.find((signer, index) => signers.indexOf(signer) !== index);
  if (twice !== undefined) throw wrong(`${twice} would be a signer twice`, 'each signer has one place');
  if (threshold * 2 > size && threshold <= size && size <= 32) return;
  throw wrong(
    `${threshold} of ${size} signers cannot be: more than half must sign, and at most 32 can be signers`,
    `expected --threshold from ${Math.floor(size / 2) + 1} to ${size}`,
  );
}

export const sameSet = (a: SignerSet, b: SignerSet): boolean =>
  a.threshold === b.threshold &&
  a.signers.length === b.signers.length &&
  a.signers.every((signer, index) => signer === b.signers[index]);

interface RotateFlags extends ProposeFlags {
  readonly replace?: readonly string[];
  readonly remove?: readonly string[];
  readonly add?: readonly string[];
  readonly threshold?: string;
  readonly outDir: string;
}

/** `pegway governance rotate` */
export async function proposeRotation(flags: RotateFlags, io: Io): Promise<void> {
  using output = openListOutput(flags.json, io);
  const rotation = parseRotation(flags);
  await using operator = await openOperator(flags, io);
  const states = [];
  for (const side of sides) states.push(await readGoverned(operator.sides[side]));
  requireRemovable(states, rotation);
  const plans = [];
  for (const state of states) {
    const next = rotated(state, rotation);
    if (sameSet(state, next)) output.say(`the ${state.chain} bridge has these signers already`);
    else plans.push({ state, next });
  }
  if (plans.length === 0) throw wrong('nothing would change: both bridges have these signers', 'see governance show');
  const files = [];
  for (const { state, next } of plans) {
    const args = { newSigners: next.signers, newThreshold: next.threshold.toString() };
    const out = join(flags.outDir, `rotate-${state.chain}-${state.nonce}.json`);
    files.push(await propose(operator, state, [{ function: 'setSigners', args }], { ...flags, out }, output));
  }
  await signWritten(operator, files, flags, output, io);
  if (flags.sign) return;
  const names = files.join(' ');
  output.say(
    [
      'Next, so that no transfer waits:',
      '  1. start the new signers’ relayers (they observe) and name them under peers everywhere',
      `  2. each signer: pegway governance sign ${names}`,
      `  3. anybody: pegway governance submit ${names}`,
      '  4. after the delay: pegway governance execute (both bridges, one after the other)',
      '  5. keep the old signers’ relayers until both have executed and that is final',
    ].join('\n'),
  );
}
