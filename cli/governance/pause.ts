import { encodeFunctionData } from 'viem';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import { compactSignature, pausePreimage } from '../../protocol/attestation.ts';
import { PegwayError, messageOf } from '../../protocol/errors.ts';
import { type Side, sides } from '../../protocol/lane.ts';
import { view } from '../../relayer/chain/bridge-contract.ts';
import type { Signer } from '../../relayer/keys/signer.ts';
import { isLow } from '../../relayer/monitoring/funds.ts';
import { tokens } from '../inspect/format.ts';
import type { Io } from '../io.ts';
import { type Output, openListOutput, wrong } from '../output.ts';
import { confirm } from '../confirm-action.ts';
import { sendAndWait } from './transactions.ts';
import { type GovernedState, readGoverned } from './governed-state.ts';
import type { SendFlags } from './submit-proposals.ts';
import { type Operator, checkSide, openKey, openPayer, openUnchecked, sideOf } from './operator.ts';
import { duration, moment, relative } from './chain-time.ts';

interface PauseFlags extends SendFlags {
  readonly key?: string;
  readonly yes: boolean;
}

/** Starts to check nodes and bridges. */
function startChecks(operator: Operator, chains: readonly Side[]): ReadonlyMap<Side, Promise<void>> {
  return new Map(
    chains.map((chain) => {
      const checked = checkSide(operator, chain);
      // Reported where it is awaited.
      checked.catch(() => undefined);
      return [chain, checked];
    }),
  );
}

/**
 * Resolves as soon as one bridge can be paused. The keys are opened then, while a slow chain is still waited for: scrypt
 * takes seconds, and a prompt for a password would be left open when no chain answers.
 * @throws {PegwayError} when none can.
 */
async function requireOne(checks: ReadonlyMap<Side, Promise<void>>): Promise<void> {
  const any = await Promise.any(checks.values()).then(
    () => true,
    () => false,
  );
  if (any) return;
  const { failed } = await atEach([...checks.keys()], async (chain) => checks.get(chain));
  throw together(failed) ?? new PegwayError('no chain was named');
}

/**
 * Checks a bridge before it is paused. @returns Undefined when it is paused already.
 * @throws {PegwayError} when the bridge would refuse this signer's pause, or its chain does not answer.
 */
async function look(
  operator: Operator,
  chain: Side,
  checks: ReadonlyMap<Side, Promise<void>>,
  signer: Signer,
): Promise<GovernedState | undefined> {
  await checks.get(chain);
  const state = await readGoverned(operator.sides[chain]);
  const { signers, pausedUntil, timestamp } = state;
  if (!signers.includes(signer.address)) {
    throw wrong(
      `${signer.address} is not a signer of the ${chain} bridge (any more)`,
      'name a signer’s key with --key URI',
      'not-a-signer',
    );
  }
  if (pausedUntil > timestamp) return undefined;
  const { nodes, address } = operator.sides[chain];
  const args = [signer.address] as const;
  const allowedAt = await view(nodes, { address, abi: mainBridgeAbi, functionName: 'pauseAllowedAt', args });
  if (allowedAt <= timestamp) return state;
  throw new PegwayError(
    `this signer has paused the ${chain} bridge before and may again at ${moment(allowedAt)}, ${relative(allowedAt, timestamp)}`,
    { code: 'too-early', hint: 'another signer may now' },
  );
}

/** Warnings about the payer's balance. The pause is tried regardless, also when the node does not answer. */
async function fundsOf({ sides }: Operator, chain: Side, payer: Signer): Promise<string[]> {
  const { nodes } = sides[chain];
  const funds = await Promise.all([
    nodes.one<string>('eth_getBalance', [payer.address, 'latest']).then(BigInt),
    nodes.one<string>('eth_gasPrice', []).then(BigInt),
  ]).catch(() => undefined);
  if (funds === undefined) return [];
  const [balance, gasPrice] = funds;
  if (!isLow({ balance, gasPrice })) return [];
  return [`${payer.address}, which pays, has ${tokens(balance, 18)} coins left on the ${chain} chain: send it some`];
}

/** @returns The end of the pause, in seconds since the epoch by the chain's clock. */
async function pause(
  operator: Operator,
  chain: Side,
  { signer, payer }: { readonly signer: Signer; readonly payer: Signer },
  output: Output,
): Promise<bigint> {
  const side = operator.sides[chain];
  const { chainId, address: bridge, nodes } = side;
  const { signerEpoch } = await readGoverned(side);
  const pauseNonce = await view(nodes, { address: bridge, abi: mainBridgeAbi, functionName: 'pauseNonce' });
  const signature = compactSignature(await signer.sign(pausePreimage({ chainId, bridge }, signerEpoch, pauseNonce)));
  await sendAndWait(
    {
      side,
      payer,
      maxFeePerGas: operator.config[chain].maxFeePerGas,
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
  using output = openListOutput(flags.json, io);
  const wanted = chains.length === 0 ? sides : [...new Set(chains.map(sideOf))];
  await using operator = openUnchecked(flags, io);
  const checks = startChecks(operator, wanted);
  await requireOne(checks);
  // A missing key or account fails before the confirmation, and in a dry run.
  const payer = await openPayer(operator, flags.payer);
  const keys: Signer[] = [payer];
  try {
    const signer = await openKey(operator, flags.key);
    keys.push(signer);
    const looked = await atEach(wanted, async (chain) => {
      const state = await look(operator, chain, checks, signer);
      return { chain, state, notes: state === undefined ? [] : await fundsOf(operator, chain, payer) };
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
      const pausedUntil = await pause(operator, chain, { signer, payer }, output);
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

/** A failure at one bridge. */
export interface Failed {
  readonly chain: Side;
  readonly error: unknown;
}

/** Runs `work` for each bridge concurrently: a failure at one bridge does not stop the other. */
export async function atEach<T>(
  chains: readonly Side[],
  work: (chain: Side) => Promise<T>,
): Promise<{ readonly done: readonly T[]; readonly failed: readonly Failed[] }> {
  const done: T[] = [];
  const failed: Failed[] = [];
  const ends = await Promise.allSettled(chains.map(work));
  for (const [index, chain] of chains.entries()) {
    const end = ends[index];
    if (end?.status === 'fulfilled') done.push(end.value);
    else if (end !== undefined) failed.push({ chain, error: end.reason });
  }
  return { done, failed };
}

/** One error that lists the bridges that are not paused, with code and hint of the first. Undefined when all are paused. */
export function together(failed: readonly Failed[]): PegwayError | undefined {
  const [first] = failed;
  if (first === undefined) return undefined;
  const lines = failed.map(({ chain, error }) => `the ${chain} bridge is not paused: ${messageOf(error)}`);
  const { code, hint, exitCode } = first.error instanceof PegwayError ? first.error : new PegwayError('');
  const options = { cause: first.error, exitCode };
  return new PegwayError(lines.join('\n'), {
    ...options,
    ...(code === undefined ? {} : { code }),
    ...(hint === undefined ? {} : { hint }),
  });
}
