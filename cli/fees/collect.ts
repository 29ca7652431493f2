import { type Side, sides } from '../../protocol/lane.ts';
import { feePotAt } from '../../relayer/chain/bridge-contract.ts';
import { encodeCollectFees, encodeDepartFees } from '../../relayer/rewards/rewards-contract.ts';
import { openOperator, openPayer, sideOf } from '../governance/operator.ts';
import { sendAndWait } from '../governance/transactions.ts';
import { amountOf } from '../inspect/format.ts';
import type { Io } from '../io.ts';
import { openListOutput, wrong } from '../output.ts';
import { type PegFees, leavingOf, readFees } from './read-fees.ts';
import type { FeesFlags } from './show.ts';

interface CollectFlags extends FeesFlags {
  readonly side?: string;
  readonly payer?: string;
  readonly dryRun: boolean;
}

interface Collection {
  readonly peg: PegFees;
  readonly side: Side;
  /** In base units of the side's token. */
  readonly amount: bigint;
}

/** `pegway fees collect` */
export async function collectFees(flags: CollectFlags, io: Io): Promise<void> {
  using output = openListOutput(flags.json, io);
  const chosen = flags.side === undefined ? sides : [sideOf(flags.side)];
  await using operator = await openOperator(flags, io);
  const pegs = await readFees(operator.sides, flags.peg);
  const ready = pegs.flatMap((peg) =>
    chosen
      .map((side): Collection => ({ peg, side, amount: leavingOf(peg, peg[side]) }))
      .filter(({ amount }) => amount > 0n),
  );
  if (ready.length === 0) throw nothing(pegs, chosen);
  const describe = ({ peg, side, amount }: Collection): string => {
    const what = `${amountOf(amount, peg[side].token)} of ${peg.product.token.symbol}`;
    return side === 'main' ? `collect ${what}` : `send ${what} through the bridge to the rewards contract`;
  };
  const toValue = ({ peg, side, amount }: Collection) => ({ productToken: peg.rate.productToken, side, amount });
  if (flags.dryRun) {
    for (const one of ready) output.result(`would ${describe(one)}`, { dryRun: true, ...toValue(one) });
    return;
  }

  const payer = await openPayer(operator, flags.payer);
  try {
    for (const one of ready) {
      const { side, peg } = one;
      const { productToken } = peg.rate;
      const data = side === 'main' ? encodeCollectFees(productToken) : encodeDepartFees(productToken);
      const { maxFeePerGas } = operator.config[side];
      // The pot only falls when fees leave.
      const done = async () => (await feePotAt(operator.sides[side], productToken, 'latest')) < peg[side].pot;
      await sendAndWait({ side: operator.sides[side], payer, maxFeePerGas, what: describe(one), data, done }, output);
      output.result(`done: ${describe(one)}`, toValue(one));
    }
  } finally {
    await payer.close();
  }
}

function nothing(pegs: readonly PegFees[], chosen: readonly Side[]) {
  const pots = pegs.flatMap((peg) =>
    chosen.map((side) => {
      const { token, pot, departMinimum } = peg[side];
      return `${peg.product.token.symbol} (${side}) holds ${amountOf(pot, token)} of ${amountOf(departMinimum, token)}`;
    }),
  );
  return wrong('no fee pot has reached its minimum', pots.join('; '));
}
