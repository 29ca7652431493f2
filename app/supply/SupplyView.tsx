import { toProduct } from '../../protocol/peg.ts';
import { share, showAmount } from '../chain/amount.ts';
import type { Overview, PegView } from '../chain/overview.ts';
import { Address } from '../parts/Address.tsx';
import { amountOf, rateOf } from '../parts/format-tokens.ts';
import type { SignerNow } from '../signers/useSigners.ts';
import { useWords } from '../i18n/i18n.ts';
import { SupplyChart } from './SupplyChart.tsx';

interface SupplyViewProps {
  readonly overview: Overview;
  readonly signers: readonly SignerNow[];
}

/** The token dashboard: for each main token, what it backs, at which rate, and how much of it. */
export default function SupplyView({ overview, signers }: SupplyViewProps) {
  const words = useWords();
  const byMainToken = Map.groupBy(overview.pegs, (peg) => peg.tokens.main.address);
  return (
    <section className="supply">
      <h1>{words.supply.heading}</h1>
      <p>{words.supply.intro}</p>
      {[...byMainToken.values()].map((pegs) => (
        <MainToken
          key={pegs[0]?.tokens.main.address}
          pegs={pegs}
          signers={signers}
          now={Number(overview.sides.main.head.timestamp)}
        />
      ))}
    </section>
  );
}

interface MainTokenProps {
  readonly pegs: readonly PegView[];
  readonly signers: readonly SignerNow[];
  /** Of the main chain's head, in seconds. */
  readonly now: number;
}

function MainToken({ pegs, signers, now }: MainTokenProps) {
  const words = useWords();
  const [first] = pegs;
  if (first === undefined) return null;
  const { symbol, name, decimals, address } = first.tokens.main;
  const total = pegs.reduce((sum, { locked }) => sum + locked, 0n);
  return (
    <section className="card maintoken" aria-label={symbol}>
      <header>
        <div>
          <h2>
            {name} <small>{symbol}</small>
          </h2>
          <Address value={address} />
        </div>
        <p className="total">
          <b>{showAmount(total, decimals)}</b>
          <small>{words.supply.lockedOf(symbol)}</small>
        </p>
      </header>
      <div className="bar" aria-hidden="true">
        {pegs.map((peg, place) => {
          const part = partOf(peg.locked, total);
          return part > 0 && <i key={peg.productToken} className={`shade${place % 6}`} style={{ flexGrow: part }} />;
        })}
      </div>
      <ul className="backed">
        {pegs.map((peg, place) => (
          <Backed key={peg.productToken} peg={peg} total={total} place={place} />
        ))}
      </ul>
      <SupplyChart pegs={pegs} signers={signers} now={now} />
    </section>
  );
}

function Backed({ peg, total, place }: { readonly peg: PegView; readonly total: bigint; readonly place: number }) {
  const words = useWords();
  const rate = rateOf(peg);
  const underway = toProduct(peg.sides.main, peg.locked) - peg.supply;
  const figures: readonly (readonly [string, string])[] = [
    [words.supply.share, share(peg.locked, total)],
    [words.supply.rate, words.bridge.rateText(rate.main, rate.product)],
    [words.supply.locked, amountOf(peg, 'main', peg.locked)],
    [words.supply.supply, amountOf(peg, 'product', peg.supply)],
    ...(underway > 0n ? [[words.supply.underway, amountOf(peg, 'product', underway)] as const] : []),
  ];
  return (
    <li>
      <h3>
        <i className={`shade${place % 6}`} aria-hidden="true" />
        {peg.tokens.product.name} <small>{peg.tokens.product.symbol}</small>
        {peg.sides.main.retired && <span className="badge parked">{words.supply.retired}</span>}
      </h3>
      <Address value={peg.productToken} />
      <dl className="facts">
        {figures.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </li>
  );
}

/** For the width of a bar, 0 for what shows as 0.00 %; figures are shown exactly beside it. */
const partOf = (part: bigint, whole: bigint): number => (whole === 0n ? 0 : Number((part * 10_000n) / whole));
