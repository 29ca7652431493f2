import type { Command } from 'commander';
import { encodeFunctionData } from 'viem';

import { mainBridgeAbi } from '../../chain/abi.ts';
import { view } from '../../chain/bridge.ts';
import { PegwayError } from '../../errors.ts';
import type { Signer } from '../../keys/signer.ts';
import { compactSignature, pausePreimage } from '../../transfer/attestation.ts';
import { type Side, sides } from '../../transfer/lane.ts';
import { type Output, openOutput, wrong } from '../output.ts';
import { confirm } from './confirm.ts';
import { sendAndWait } from './send.ts';
import { type GovernedState, readGoverned } from './state.ts';
import { type SendFlags, withSending } from './submit.ts';
import { type Target, openKey, openPayer, openTarget, sideOf } from './target.ts';
import { duration, moment, relative } from './times.ts';

interface PauseFlags extends SendFlags {
  readonly key?: string;
  readonly yes: boolean;
}

/** @throws {PegwayError} when the bridge would refuse this signer's pause. */
async function requireAllowed(target: Target, signer: Signer, state: GovernedState): Promise<void> {
  const { chain, signers, pausedUntil, timestamp } = state;
  if (!signers.includes(signer.address)) {
    throw wrong(
      `${signer.address} is not a signer of the ${chain} bridge (any more)`,
      'name a signer’s key with --key URI',
      'not-a-signer',
    );
  }
  if (pausedUntil > timestamp) {
    throw new PegwayError(`the ${chain} bridge is paused already, until ${moment(pausedUntil)}`, {
      code: 'paused',
      hint: 'a quorum can prolong it: pegway governance propose … prolongPause until=…',
    });
  }
  const { nodes, address } = target.sides[chain];
  const args = [signer.address] as const;
  const allowedAt = await view(nodes, { address, abi: mainBridgeAbi, functionName: 'pauseAllowedAt', args });
  if (allowedAt <= timestamp) return;
  throw new PegwayError(
    `this signer has paused the ${chain} bridge before and may again at ${moment(allowedAt)}, ${relative(allowedAt, timestamp)}`,
    { code: 'too-early', hint: 'another signer may now' },
  );
}

async function pause(target: Target, chain: Side, signer: Signer, flags: PauseFlags, output: Output): Promise<void> {
  const side = target.sides[chain];
  const { chainId, address: bridge, nodes } = side;
  const { signerEpoch } = await readGoverned(side);
  const pauseNonce = await view(nodes, { address: bridge, abi: mainBridgeAbi, functionName: 'pauseNonce' });
  const signature = compactSignature(await signer.sign(pausePreimage({ chainId, bridge }, signerEpoch, pauseNonce)));
  const payer = await openPayer(target, flags.payer);
  try {
    await sendAndWait(
      {
        side,
        payer,
        maxFeePerGas: target.config[chain].maxFeePerGas,
        what: `pause the ${chain} bridge`,
        data: encodeFunctionData({ abi: mainBridgeAbi, functionName: 'pause', args: [signature] }),
        done: async () => {
          const { pausedUntil, timestamp } = await readGoverned(side);
          return pausedUntil > timestamp;
        },
      },
      output,
    );
  } finally {
    await payer.close();
  }
  const { pausedUntil } = await readGoverned(side);
  output.result(`the ${chain} bridge is paused until ${moment(pausedUntil)}`, { chain, pausedUntil });
}

async function run(chains: string[], flags: PauseFlags): Promise<void> {
  const output = openOutput(flags.json);
  const wanted = chains.length === 0 ? sides : chains.map(sideOf);
  const target = await openTarget(flags);
  const signer = await openKey(target, flags.key);
  try {
    for (const chain of wanted) {
      const state = await readGoverned(target.sides[chain]);
      await requireAllowed(target, signer, state);
      output.say(
        `stops deposit, redeem, mint, withdraw, release and bounce of the ${chain} bridge for ` +
          `${duration(BigInt(state.delays.pauseDuration))}; this signer can do it again after ten times that`,
      );
    }
    if (flags.dryRun) return output.result('nothing was signed or sent', { dryRun: true, chains: wanted });
    await confirm(`Pause as ${signer.address}?`, flags.yes);
    for (const chain of wanted) await pause(target, chain, signer, flags, output);
  } finally {
    await signer.close();
  }
}

export function registerPause(governance: Command): void {
  withSending(
    governance
      .command('pause')
      .summary('stop a bridge for a while, as any one signer')
      .description('Signs and sends a pause of one bridge or both. A quorum ends it sooner (unpause) or later.')
      .argument('[chain...]', 'main, product; both when left out'),
  )
    .option('--key <uri>', 'the signer’s key; the configuration’s when left out')
    .option('--yes', 'pause without asking', false)
    .addHelpText('after', '\nExample:\n  pegway governance pause --config relayer.json --payer keystore:coins.json')
    .action(run);
}
