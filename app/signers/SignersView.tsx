import type { Overview } from '../chain/overview.ts';
import { ExitDistance } from '../exits/ExitDistance.tsx';
import { Address } from '../parts/Address.tsx';
import { useWords } from '../i18n/i18n.ts';
import { useLastSignatures } from './useLastSignatures.ts';
import type { SignerNow } from './useSigners.ts';

interface SignersViewProps {
  readonly overview: Overview;
  readonly signers: readonly SignerNow[];
}

/** The signers, their liveness, and the margin above the threshold. */
export default function SignersView({ overview, signers }: SignersViewProps) {
  const words = useWords();
  const { main, product } = overview.sides;
  const threshold = Math.max(main.threshold, product.threshold);
  const alive = signers.filter(({ state }) => state === 'in-sync').length;
  const margin = alive - threshold;
  const asked = signers.some(({ state }) => state !== 'unknown');
  const last = useLastSignatures();
  return (
    <section className="signers">
      <h1>{words.signers.heading}</h1>
      <p>{words.signers.intro(threshold.toString(), signers.length.toString())}</p>
      {asked && (
        <p className={`margin ${margin < 0 ? 'bad' : margin === 0 ? 'warn' : 'good'}`} role="status">
          {margin < 0
            ? words.signers.marginShort(alive.toString(), (-margin).toString())
            : margin === 0
              ? words.signers.marginNone(alive.toString())
              : words.signers.margin(alive.toString(), margin.toString())}
        </p>
      )}
      {main.signers.join() !== product.signers.join() && <p className="margin warn">{words.signers.differ}</p>}
      <ExitDistance />
      <ul className="cards">
        {signers.map(({ index, address, name, state }) => {
          const seen = last?.found.get(index);
          return (
            <li key={address} className="card">
              <header>
                <h2>{name}</h2>
                <span className={`state ${state}`}>
                  <i aria-hidden="true" />
                  {words.signers.states[state]}
                </span>
              </header>
              <Address value={address} />
              <p className="last">
                <small>{words.signers.lastSignature}</small>{' '}
                {last === undefined
                  ? '…'
                  : seen === undefined
                    ? words.signers.never(last.blocks.toString())
                    : words.signers.block(seen.block.toString(), seen.chain)}
              </p>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
