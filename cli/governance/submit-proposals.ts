import { encodeFunctionData } from 'viem';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import { governanceNonce } from '../../relayer/chain/bridge-contract.ts';
import type { Io } from '../io.ts';
import { type Output, openListOutput, wrong } from '../output.ts';
import { requireQuorum, requireSignable } from './requirements.ts';
import { describe } from './describe-proposal.ts';
import { type Loaded, load, oneForEachBridge } from './proposal-files.ts';
import { type Proposal, dataOf, digestOf } from './proposal.ts';
import { readShared, sharedCopies } from './relayers.ts';
import { sendAndWait, simulateCalls } from './transactions.ts';
import { countSignatures, mergeProposals, packSignatures } from './signatures.ts';
import { type GovernedState, readGoverned } from './governed-state.ts';
import { type Operator, type OperatorFlags, openPayer, openOperator } from './operator.ts';
import { moment } from './chain-time.ts';

export interface SendFlags extends OperatorFlags {
  readonly payer?: string;
  readonly dryRun: boolean;
}

/** A proposal that its bridge will accept: everything it checks was checked. */
interface Submittable {
  readonly proposal: Proposal;
  readonly state: GovernedState;
}

async function prepare(operator: Operator, given: Proposal, output: Output): Promise<Submittable> {
  const state = await readGoverned(operator.sides[given.chain]);
  requireSignable(given, state);
  const enough = (await countSignatures(given, state)).counting.length >= state.threshold;
  // Signatures held by the relayers count as well; they are fetched only when the files do not suffice.
  const copies = enough ? [] : await sharedCopies(operator.relayerUrls, digestOf(given));
  const proposal = mergeProposals([given, ...copies]);
  requireQuorum(await countSignatures(proposal, state), state);
  const notes = await simulateCalls(operator.sides[given.chain], proposal);
  output.say([(await describe(operator, proposal, state)).text, ...notes].join('\n'));
  return { proposal, state };
}

async function send(
  operator: Operator,
  { proposal, state }: Submittable,
  flags: SendFlags,
  output: Output,
): Promise<void> {
  const side = operator.sides[proposal.chain];
  const signatures = packSignatures(await countSignatures(proposal, state), state.threshold);
  const args = [BigInt(proposal.deadline), dataOf(proposal), signatures] as const;
  const payer = await openPayer(operator, flags.payer);
  try {
    const sending = { side, payer, maxFeePerGas: operator.config[proposal.chain].maxFeePerGas };
    await sendAndWait(
      {
        ...sending,
        what: `submit proposal ${proposal.nonce} to the ${proposal.chain} bridge`,
        data: encodeFunctionData({ abi: mainBridgeAbi, functionName: 'propose', args }),
        done: async () => (await governanceNonce(side)) > state.nonce,
      },
      output,
    );
  } finally {
    await payer.close();
  }
  const { pending } = await readGoverned(side);
  const executableAt = pending?.nonce === state.nonce ? pending.executableAt : undefined;
  const outcome = executableAt !== undefined ? 'pending' : proposal.calls.length === 0 ? 'cancelled' : 'executed';
  const then = {
    pending: `accepted; can be executed from ${moment(executableAt ?? 0n)}: pegway governance execute`,
    cancelled: 'the pending proposal is cancelled',
    executed: 'executed',
  };
  output.result(`proposal ${proposal.nonce} for the ${proposal.chain} bridge: ${then[outcome]}`, {
    chain: proposal.chain,
    nonce: proposal.nonce,
    digest: digestOf(proposal),
    outcome,
    executableAt,
  });
}

/** The proposals that the relayers hold with enough signatures. @throws {PegwayError} exit code 2 when there is none. */
async function signedByQuorum(operator: Operator): Promise<Loaded[]> {
  const found: Loaded[] = [];
  const short: string[] = [];
  for (const proposal of await readShared(operator.relayerUrls)) {
    const state = await readGoverned(operator.sides[proposal.chain]);
    const { counting } = await countSignatures(proposal, state);
    if (counting.length >= state.threshold) found.push({ proposal, file: undefined });
    else short.push(`${proposal.chain} proposal ${proposal.nonce} by ${counting.length} of ${state.threshold}`);
  }
  if (found.length > 0) return found;
  throw wrong(
    short.length === 0 ? 'no relayer that answers holds a proposal' : `signed by too few so far: ${short.join(', ')}`,
    short.length === 0 ? 'name its file' : 'the other signers sign with: pegway governance sign',
    'waiting-for-signatures',
  );
}

/** `pegway governance submit` */
export async function submitProposals(names: string[], flags: SendFlags, io: Io): Promise<void> {
  using output = openListOutput(flags.json, io);
  await using operator = await openOperator(flags, io);
  const loaded = names.length > 0 ? await load(operator, names) : await signedByQuorum(operator);
  const proposals = oneForEachBridge(loaded);
  // All of them are checked before the first is sent.
  const ready = [];
  for (const proposal of proposals) ready.push(await prepare(operator, proposal, output));
  if (flags.dryRun) {
    const value = ready.map(({ proposal }) => ({
      chain: proposal.chain,
      nonce: proposal.nonce,
      digest: digestOf(proposal),
    }));
    return output.result('the bridges would accept; nothing was sent', { dryRun: true, proposals: value });
  }
  for (const one of ready) await send(operator, one, flags, output);
}
