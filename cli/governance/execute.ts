import { type Address, encodeFunctionData, isAddressEqual } from 'viem';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import { PegwayError } from '../../protocol/errors.ts';
import { sides } from '../../protocol/lane.ts';
import { view } from '../../relayer/chain/bridge-contract.ts';
import { isRefusal } from '../../relayer/chain/revert.ts';
import type { Io } from '../io.ts';
import { type Output, openListOutput, wrong } from '../output.ts';
import { requireExecutable } from './requirements.ts';
import { describe } from './describe-proposal.ts';
import { load, oneForEachBridge } from './proposal-files.ts';
import { type GovernedState, findPending, readGoverned } from './governed-state.ts';
import { type Proposal, dataOf } from './proposal.ts';
import { relayersThatAnswer } from './relayers.ts';
import { sendAndWait } from './transactions.ts';
import type { SendFlags } from './submit-proposals.ts';
import { type Operator, openPayer, openOperator } from './operator.ts';

interface ExecuteFlags extends SendFlags {
  readonly withoutRelayers: boolean;
}

interface Executable {
  readonly proposal: Proposal;
  readonly state: GovernedState;
}

/** The pending proposals of both bridges, product chain first; the calls are read from the chain. */
async function allPending(operator: Operator): Promise<Proposal[]> {
  const found = [];
  for (const side of sides.toReversed()) {
    const accepted = await findPending(operator.sides[side], await readGoverned(operator.sides[side]));
    if (accepted !== undefined) found.push(accepted.proposal);
  }
  if (found.length > 0) return found;
  throw wrong('out of order: nothing is pending at either bridge', 'submit a proposal first', 'out-of-order');
}

/**
 * A new signer set without running relayers would leave transfers waiting on chain.
 * @throws {PegwayError} `waiting-for-signatures`
 */
async function requireRelayers(operator: Operator, { proposal }: Executable): Promise<void> {
  const call = proposal.calls.findLast(({ function: name }) => name === 'setSigners');
  if (call === undefined) return;
  const next = call.args['newSigners'] as readonly string[];
  const threshold = Number(call.args['newThreshold']);
  const { main, product } = operator.sides;
  const answering = await relayersThatAnswer(operator.relayerUrls, [main.address, product.address]);
  const missing = next.filter((signer) => !answering.has(signer));
  if (next.length - missing.length >= threshold) return;
  throw new PegwayError(
    `only ${next.length - missing.length} relayers of the new signers answer, and ${threshold} must sign; ` +
      `no answer of ${missing.join(', ')}`,
    {
      code: 'waiting-for-signatures',
      hint: 'start them first (they observe until then) and name them under peers; or pass --without-relayers',
    },
  );
}

/** A peg is opened on the product side first: its token must be there, and be the one that the proposal names. */
async function requireProductPegs(operator: Operator, { proposal }: Executable): Promise<void> {
  if (proposal.chain !== 'main') return;
  const { nodes, address } = operator.sides.product;
  for (const call of proposal.calls.filter(({ function: name }) => name === 'openPeg')) {
    const { productToken, mainToken, numerator, denominator } = call.args;
    const args = [productToken as Address] as const;
    const peg = await view(nodes, { address, abi: mainBridgeAbi, functionName: 'peg', args }).catch(
      (error: unknown) => {
        if (isRefusal(error)) return undefined;
        throw error;
      },
    );
    if (peg === undefined) {
      throw wrong(
        `out of order: the product bridge has no peg of ${String(productToken)} yet`,
        'open it on the product side first, then here',
        'out-of-order',
      );
    }
    const same = isAddressEqual(peg.mainToken, mainToken as Address);
    if (same && peg.numerator.toString() === numerator && peg.denominator.toString() === denominator) continue;
    throw wrong(
      `the product bridge has another peg of ${String(productToken)}: ${peg.mainToken} at ${peg.numerator}/${peg.denominator}`,
      'main token and rate must be the same on both sides, or nothing of it is ever signed',
      'peg-mismatch',
    );
  }
}

async function send(
  operator: Operator,
  { proposal, state }: Executable,
  flags: ExecuteFlags,
  output: Output,
): Promise<void> {
  const side = operator.sides[proposal.chain];
  const payer = await openPayer(operator, flags.payer);
  const nonce = state.pending?.nonce ?? 0n;
  try {
    const sending = { side, payer, maxFeePerGas: operator.config[proposal.chain].maxFeePerGas };
    await sendAndWait(
      {
        ...sending,
        what: `execute proposal ${nonce} at the ${proposal.chain} bridge`,
        data: encodeFunctionData({ abi: mainBridgeAbi, functionName: 'execute', args: [dataOf(proposal)] }),
        done: async () => (await readGoverned(side)).pending?.nonce !== nonce,
      },
      output,
    );
  } finally {
    await payer.close();
  }
  const text = `proposal ${nonce} for the ${proposal.chain} bridge: executed`;
  output.result(text, { chain: proposal.chain, nonce, outcome: 'executed' });
}

/** `pegway governance execute` */
export async function executeProposals(names: string[], flags: ExecuteFlags, io: Io): Promise<void> {
  using output = openListOutput(flags.json, io);
  await using operator = await openOperator(flags, io);
  const proposals = names.length === 0 ? await allPending(operator) : oneForEachBridge(await load(operator, names));
  // All of them are checked before the first is sent: one bridge must not change its signers while the other cannot.
  const ready: Executable[] = [];
  for (const proposal of proposals) {
    const state = await readGoverned(operator.sides[proposal.chain]);
    requireExecutable(proposal, state);
    const executable = { proposal, state };
    if (!flags.withoutRelayers) await requireRelayers(operator, executable);
    // Both halves of a new peg at once: the product side's comes first, and is checked again below.
    if (proposals.length === 1) await requireProductPegs(operator, executable);
    output.say((await describe(operator, proposal, state, true)).text);
    ready.push(executable);
  }
  if (flags.dryRun) {
    const value = ready.map(({ proposal, state }) => ({ chain: proposal.chain, nonce: state.pending?.nonce }));
    return output.result('the bridges would execute; nothing was sent', { dryRun: true, proposals: value });
  }
  for (const one of ready) {
    await requireProductPegs(operator, one);
    await send(operator, one, flags, output);
  }
}
