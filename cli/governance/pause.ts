import { encodeFunctionData } from 'viem';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import { compactSignature, pausePreimage } from '../../protocol/attestation.ts';
import { PegwayError } from '../../protocol/errors.ts';
import { type Side, sides } from '../../protocol/lane.ts';
import { view } from '../../relayer/chain/bridge-contract.ts';
import type { Signer } from '../../relayer/keys/signer.ts';
import { isOut } from '../../relayer/monitoring/funds.ts';
import type { Io } from '../io.ts';
import { type Output, openOutput, wrong } from '../output.ts';
import { confirm } from './confirm.ts';
import { atEach, together } from './each.ts';
import { sendAndWait } from './send.ts';
import { type GovernedState, readGoverned } from './state.ts';
import type { SendFlags } from './submit.ts';
import { type Target, checkSide, openKey, openPayer, openUnchecked, sideOf } from './target.ts';
import { duration, moment, relative } from './times.ts';

interface PauseFlags extends SendFlags {
  readonly key?: string;
  readonly yes: boolean;
}

/**
 * Looks at a bridge before it is paused. Undefined: it is paused already, and nothing is left to do.
 * @throws {PegwayError} when the bridge would refuse this signer's pause, or its chain does not answer.
 */
async function look(target: Target, chain: Side, signer: Signer): Promise<GovernedState | undefined> {
  await checkSide(target, chain);
  const state = await readGoverned(target.sides[chain]);
  const { signers, pausedUntil, timestamp } = state;
  if (!signers.includes(signer.address)) {
    throw wrong(
      `${signer.address} is not a signer of the ${chain} bridge (any more)`,
      'name a signer’s key with --key URI',
      'not-a-signer',
    );
  }
  if (pausedUntil > timestamp) return undefined;
  const { nodes, address } = target.sides[chain];
  const args = [signer.address] as const;
  const allowedAt = await view(nodes, { address, abi: mainBridgeAbi, functionName: 'pauseAllowedAt', args });
  if (allowedAt <= timestamp) return state;
  throw new PegwayError(
    `this signer has paused the ${chain} bridge before and may again at ${moment(allowedAt)}, ${relative(allowedAt, timestamp)}`,
    { code: 'too-early', hint: 'another signer may now' },
  );
}

/** What is said where the account might not pay for it. It is tried all the same, also where the node does not tell. */
async function fundsOf({ sides }: Target, chain: Side, payer: Signer): Promise<string[]> {
  const { nodes } = sides[chain];
  const funds = await Promise.all([
    nodes.one<string>('eth_getBalance', [payer.address, 'latest']).then(BigInt),
    nodes.one<string>('eth_gasPrice', []).then(BigInt),
  ]).catch(() => undefined);
  if (funds === undefined) return [];
  const [balance, gasPrice] = funds;
  if (!isOut({ balance, gasPrice })) return [];
  return [`${payer.address}, which pays, has ${balance} wei left on the ${chain} chain: send it some`];
}

/** Answers until when it is paused, in the chain's seconds. */
async function pause(
  target: Target,
  chain: Side,
  { signer, payer }: { readonly signer: Signer; readonly payer: Signer },
  output: Output,
): Promise<bigint> {
  const side = target.sides[chain];
  const { chainId, address: bridge, nodes } = side;
  const { signerEpoch } = await readGoverned(side);
  const pauseNonce = await view(nodes, { address: bridge, abi: mainBridgeAbi, functionName: 'pauseNonce' });
  const signature = compactSignature(await signer.sign(pausePreimage({ chainId, bridge }, signerEpoch, pauseNonce)));
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
  return (await readGoverned(side)).pausedUntil;
}

/** `pegway governance pause` */
export async function pauseBridges(chains: string[], flags: PauseFlags, io: Io): Promise<void> {
  const output = openOutput(flags.json, io);
  const wanted = chains.length === 0 ? sides : [...new Set(chains.map(sideOf))];
  const target = openUnchecked(flags, io);
  // Whatever may fail for want of a key or an account fails before anybody is asked, and in a rehearsal.
  const payer = await openPayer(target, flags.payer);
  const keys: Signer[] = [payer];
  try {
    const signer = await openKey(target, flags.key);
    keys.push(signer);
    const looked = await atEach(wanted, async (chain) => {
      const state = await look(target, chain, signer);
      return { chain, state, notes: state === undefined ? [] : await fundsOf(target, chain, payer) };
    });
    for (const { chain, state, notes } of looked.done) {
      output.say(
        state === undefined
          ? `the ${chain} bridge is paused already; a quorum can prolong it: pegway governance propose … prolongPause until=…`
          : `stops deposit, redeem, mint, withdraw, release and bounce of the ${chain} bridge for ` +
              `${duration(BigInt(state.delays.pauseDuration))}; this signer can do it again after ten times that`,
      );
      for (const note of notes) output.say(note);
    }
    const ready = looked.done.flatMap(({ chain, state }) => (state === undefined ? [] : [chain]));
    const missed = together(looked.failed);
    if (flags.dryRun) {
      if (missed !== undefined) throw missed;
      return output.result('nothing was signed or sent', { dryRun: true, chains: ready, payer: payer.address });
    }
    if (ready.length === 0) throw missed ?? new PegwayError('there is nothing left to pause', { code: 'paused' });
    if (missed !== undefined) output.say(missed.message);
    await confirm(`Pause the ${ready.join(' and the ')} bridge as ${signer.address}?`, flags.yes, io);

    const paused = await atEach(ready, async (chain) => {
      const pausedUntil = await pause(target, chain, { signer, payer }, output);
      return { chain, pausedUntil };
    });
    for (const { chain, pausedUntil } of paused.done) {
      output.result(`the ${chain} bridge is paused until ${moment(pausedUntil)}`, { chain, pausedUntil });
    }
    const error = together([...looked.failed, ...paused.failed]);
    if (error !== undefined) throw error;
  } finally {
    for (const key of keys) await key.close();
  }
}
