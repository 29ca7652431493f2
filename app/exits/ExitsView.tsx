import type { Overview } from '../chain/overview.ts';
import { Address } from '../parts/Address.tsx';
import { Copy } from '../parts/Copy.tsx';
import { useTime, useWords } from '../i18n/i18n.ts';
import { ExitClaims } from './ExitClaims.tsx';
import { ExitState } from './ExitState.tsx';
import { commandOf, stepsNow } from './steps.ts';
import { useExits } from './useExits.ts';

/** Where the steps are explained, in both languages of the page. */
const GUIDE = 'docs/exit.md';

/** The state of the exits, its dates, the claims of the connected account, and the commands of the steps that are possible now. */
export default function ExitsView({ overview }: { readonly overview: Overview }) {
  const { exits: words, loading } = useWords();
  const time = useTime();
  const exits = useExits();
  if (exits === undefined) return <p className="loading">{loading}</p>;
  if (exits === 'none') {
    return (
      <section className="signers">
        <h1>{words.heading}</h1>
        <p>{words.none}</p>
      </section>
    );
  }
  const isClosed = exits.settlement.closedAt !== 0n;
  const block = isClosed ? exits.settlement : exits.anchor;
  return (
    <section className="signers">
      <h1>{words.heading}</h1>
      <p>{words.intro}</p>
      <p
        className={`margin ${exits.phase === 'silent' && exits.now < exits.openableAt ? 'good' : 'warn'}`}
        role="status"
      >
        <ExitState status={exits} />
      </p>
      <dl className="facts card">
        <div>
          <dt>{words.contract}</dt>
          <dd>
            <Address value={exits.exits} />
          </dd>
        </div>
        <div>
          <dt>{words.lastLife}</dt>
          <dd>{time(exits.lastLifeAt)}</dd>
        </div>
        <div>
          <dt>{isClosed ? words.settled : words.lastAnchor}</dt>
          <dd>{words.block(block.number.toString())}</dd>
        </div>
      </dl>
      {!isClosed && <p>{words.notCovered}</p>}
      {(exits.phase === 'registering' || exits.phase === 'paying') && <ExitClaims status={exits} overview={overview} />}
      <h2>{words.steps}</h2>
      <ol>
        {stepsNow(exits).map((step) => (
          <li key={step}>
            {words.step[step]}
            <br />
            <code>{commandOf[step]}</code> <Copy text={commandOf[step]} />
          </li>
        ))}
      </ol>
      <p>{words.commands(GUIDE)}</p>
    </section>
  );
}
