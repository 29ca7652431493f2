import { join } from 'node:path';

import type { Command } from 'commander';

import { sides } from '../../protocol/lane.ts';
import { openOutput, wrong } from '../output.ts';
import { type ProposeFlags, propose } from './propose.ts';
import { parseRotation, requireRemovable, rotated, sameSet } from './rotation.ts';
import { readGoverned } from './state.ts';
import { openTarget, withTarget } from './target.ts';

interface RotateFlags extends ProposeFlags {
  readonly replace?: readonly string[];
  readonly remove?: readonly string[];
  readonly add?: readonly string[];
  readonly threshold?: string;
  readonly outDir: string;
}

async function run(flags: RotateFlags): Promise<void> {
  const output = openOutput(flags.json);
  const rotation = parseRotation(flags);
  await using target = await openTarget(flags);
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

export function registerRotate(governance: Command): void {
  withTarget(
    governance
      .command('rotate')
      .summary('write the proposals that change the signers of both bridges')
      .description('Writes one proposal for each bridge whose signers change; both are signed and sent together.'),
  )
    .option('--replace <old=new...>', 'a new signer takes an old one’s place')
    .option('--add <address...>', 'new signers')
    .option('--remove <address...>', 'signers that go')
    .option('--threshold <n>', 'how many must sign from then on')
    .option('--hours <n>', 'how long the bridges may accept them', '72')
    .option('--out-dir <dir>', 'folder for the two files', '.')
    .addHelpText('after', '\nExample:\n  pegway governance rotate --replace 0xOLD=0xNEW --config relayer.json')
    .action(run);
}
