import { type Direction, destinationOf, sourceOf } from '../../protocol/lane.ts';
import { isLimited, stepOf } from '../../protocol/peg.ts';
import { roundedUp } from '../chain/amount.ts';
import type { Overview, PegView } from '../chain/overview.ts';
import { useMachine } from '../context.ts';
import { amountOf, rateOf } from '../parts/format-tokens.ts';
import { useWords } from '../i18n/i18n.ts';
import { expectedSeconds } from './expected.ts';

interface FactsProps {
  readonly overview: Overview;
  readonly peg: PegView;
  readonly direction: Direction;
  /** Network fee of the transaction. */
  readonly fee: bigint | undefined;
  /** Of the amount; undefined without one. */
  readonly bridgeFee: bigint | undefined;
}

/** Properties of this direction that do not depend on the amount. */
export function Facts({ overview, peg, direction, fee, bridgeFee }: FactsProps) {
  const words = useWords();
  const { config } = useMachine();
  const source = sourceOf(direction);
  const destination = destinationOf(direction);
  const { coin } = config.chains[source];
  const rate = rateOf(peg);
  const limit = peg.sides[destination];
  const step = stepOf(peg.sides[source], direction);
  const { flat, basisPoints } = peg.sides[source];
  const parts = [
    ...(flat > 0n ? [amountOf(peg, source, flat)] : []),
    ...(basisPoints > 0 ? [`${basisPoints / 100} %`] : []),
  ];
  return (
    <dl className="facts">
      <div>
        <dt>{words.bridge.rate}</dt>
        <dd>{words.bridge.rateText(rate.main, rate.product)}</dd>
      </div>
      <div>
        <dt>{words.bridge.minimum}</dt>
        <dd>{amountOf(peg, source, peg.sides[source].minimum)}</dd>
      </div>
      {step > 1n && (
        <div>
          <dt>{words.bridge.step}</dt>
          <dd>{amountOf(peg, source, step)}</dd>
        </div>
      )}
      <div>
        <dt>{words.bridge.limit}</dt>
        <dd>{isLimited(limit) ? amountOf(peg, destination, limit.available) : words.bridge.noLimit}</dd>
      </div>
      <div>
        <dt>{words.bridge.bridgeFee}</dt>
        <dd>
          {parts.length === 0
            ? words.bridge.noBridgeFee
            : bridgeFee === undefined
              ? parts.join(' + ')
              : amountOf(peg, source, bridgeFee)}
        </dd>
      </div>
      <div>
        <dt>{words.bridge.fee(config.chains[source].name)}</dt>
        <dd>
          {fee === undefined
            ? '…'
            : fee === 0n
              ? words.bridge.noFee
              : words.bridge.feeText(`${roundedUp(fee, coin.decimals)} ${coin.symbol}`)}
        </dd>
      </div>
      <div>
        <dt>{words.bridge.feeThere(config.chains[destination].name)}</dt>
        <dd>{words.bridge.paidBySigners}</dd>
      </div>
      <div>
        <dt>{words.bridge.time}</dt>
        <dd>{words.bridge.timeText(words.duration(expectedSeconds(overview, direction)))}</dd>
      </div>
    </dl>
  );
}
