import { join } from 'node:path';

import { sides } from '../../protocol/lane.ts';
import type { Io } from '../io.ts';
import { openOutput, wrong } from '../output.ts';
import { type ProposeFlags, propose } from './propose.ts';
import { parseRotation, requireRemovable, rotated, sameSet } from './rotation.ts';
import { readGoverned } from './state.ts';
import { openTarget } from './target.ts';

interface RotateFlags extends ProposeFlags {
  readonly replace?: readonly string[];
  readonly remove?: readonly string[];
  readonly add?: readonly string[];
  readonly threshold?: string;
  readonly outDir: string;
}

/** `pegway governance rotate` */
export async function proposeRotation(flags: RotateFlags, io: Io): Promise<void> {
  const output = openOutput(flags.json, io);
  const rotation = parseRotation(flags);
  const target = await openTarget(flags, io);
  const states = [];
  for (const side of sides) states.push(await readGoverned(target.sides[side]));
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
    files.push(await propose(target, state, [{ function: 'setSigners', args }], { ...flags, out }, output));
  }
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
