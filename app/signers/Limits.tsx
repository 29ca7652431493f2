import { isLimited } from '../../protocol/peg.ts';
import type { Side } from '../../protocol/lane.ts';
import type { Overview, PegView } from '../chain/overview.ts';
import { useMachine } from '../context.ts';
import { useWords } from '../i18n/i18n.ts';
import { amountOf } from '../parts/format-tokens.ts';

/** What each peg's limits leave now, and when they are full again. Read from the chains. */
export function Limits({ overview }: { readonly overview: Overview }) {
  const words = useWords();
  const { config } = useMachine();
  const limited = overview.pegs.flatMap((peg) =>
    (['main', 'product'] as const).filter((side) => isLimited(peg.sides[side])).map((side) => ({ peg, side })),
  );
  if (limited.length === 0) return null;
  return (
    <section className="card limits">
      <h2>{words.signers.limits}</h2>
      <p>{words.signers.limitsText}</p>
      <dl className="facts">
        {limited.map(({ peg, side }) => {
          const { available, capacity } = peg.sides[side];
          const missing = secondsUntilFull(peg, side);
          return (
            <div key={`${side}-${peg.productToken}`}>
              <dt>{words.signers.limitOf(peg.tokens.product.symbol, config.chains[side].name)}</dt>
              <dd>
                {words.signers.limitNow(amountOf(peg, side, available), amountOf(peg, side, capacity))}{' '}
                {missing > 0 && <small>{words.signers.fullIn(words.duration(missing))}</small>}
              </dd>
            </div>
          );
        })}
      </dl>
    </section>
  );
}

function secondsUntilFull({ sides }: PegView, side: Side): number {
  const { available, capacity, refillPerSecond } = sides[side];
  return refillPerSecond === 0n || available >= capacity
    ? 0
    : Number((capacity - available + refillPerSecond - 1n) / refillPerSecond);
}
