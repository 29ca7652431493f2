import { type Address, isAddressEqual } from 'viem';

import { messageOf } from '../../protocol/errors.ts';
import { type Side, sides } from '../../protocol/lane.ts';
import { moment } from '../governance/chain-time.ts';
import { stageOf } from '../../protocol/governance.ts';
import { findPending, readGoverned, stageWords } from '../governance/governed-state.ts';
import { type OperatorFlags, openOperator } from '../governance/operator.ts';
import type { ProposalCall } from '../governance/proposal.ts';
import { amountOf } from '../inspect/format.ts';
import type { OpenChainClients } from '../inspect/target.ts';
import type { Io } from '../io.ts';
import { openListOutput } from '../output.ts';
import { type SideFees, leavingOf, readFees } from './read-fees.ts';

export interface FeesFlags extends OperatorFlags {
  readonly peg?: string;
}

/** The pending proposal of one bridge, as far as it is known. */
interface Pending {
  readonly when: string;
  readonly calls: readonly ProposalCall[];
}

/** `pegway fees show` */
export async function showFees(flags: FeesFlags, io: Io): Promise<void> {
  using output = openListOutput(flags.json, io);
  await using operator = await openOperator(flags, io);
  const [pegs, main, product] = await Promise.all([
    readFees(operator.sides, flags.peg),
    pendingOf(operator.sides, 'main'),
    pendingOf(operator.sides, 'product'),
  ]);
  const pending = { main, product };
  for (const peg of pegs) {
    const { productToken } = peg.rate;
    const changes = (side: Side) => changesOf(peg[side], productToken, pending[side]);
    const lines = sides.flatMap((side) => [describe(peg[side], leavingOf(peg, peg[side])), ...changes(side)]);
    output.result([output.bold(`${peg.product.token.symbol} ${productToken}`), ...lines].join('\n'), {
      ...peg,
      pending: { main: changes('main'), product: changes('product') },
    });
  }
}

export const feeWords = (flat: bigint, basisPoints: number | bigint, { token }: Pick<SideFees, 'token'>): string =>
  flat === 0n && Number(basisPoints) === 0
    ? 'no fee'
    : `${amountOf(flat, token)} and ${Number(basisPoints) / 100} % of the amount`;

function describe(fees: SideFees, leaving: bigint): string {
  const { side, token, flat, basisPoints, maximumFlat, pot, departMinimum } = fees;
  const transfer = side === 'main' ? 'deposit' : 'redeem ';
  const ready = leaving > 0n ? 'can be collected' : `leaves from ${amountOf(departMinimum, token)} on`;
  return (
    `  ${transfer}  ${feeWords(flat, basisPoints, fees)}; at most ${amountOf(maximumFlat, token)} and 1 %\n` +
    `           pot ${amountOf(pot, token)}: ${ready}`
  );
}

/** The changes of a pending proposal to the fees of this peg, one line each. */
function changesOf(fees: SideFees, productToken: Address, pending: Pending | undefined): string[] {
  const own = (pending?.calls ?? []).filter(({ args }) => {
    const named = args['productToken'];
    return typeof named === 'string' && isAddressEqual(named as Address, productToken);
  });
  return own.flatMap(({ function: name, args }) => {
    if (name === 'setFee') {
      const words = feeWords(BigInt(String(args['flat'])), BigInt(String(args['basisPoints'])), fees);
      return [`           pending: ${words}; ${pending?.when}`];
    }
    if (name !== 'setDepartMinimum') return [];
    const words = amountOf(String(args['departMinimum']), fees.token);
    return [`           pending: the pot leaves from ${words} on; ${pending?.when}`];
  });
}

async function pendingOf(chains: OpenChainClients, side: Side): Promise<Pending | undefined> {
  const state = await readGoverned(chains[side]);
  const stage = stageOf(state);
  if (stage !== 'waiting' && stage !== 'executable') return undefined;
  const when = stage === 'waiting' ? `from ${moment(state.pending?.executableAt ?? 0n)}` : stageWords[stage];
  try {
    const accepted = await findPending(chains[side], state);
    return { when, calls: accepted?.proposal.calls ?? [] };
  } catch (error) {
    return { when: `${when}; its calls are unknown: ${messageOf(error)}`, calls: [] };
  }
}
