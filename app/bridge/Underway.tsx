import type { Overview } from '../chain/overview.ts';
import { type Journey, journeys } from '../sent-transfers.ts';
import { linkTo } from '../router.ts';
import { useTransfer } from '../transfer/useTransfer.ts';
import { amountOf } from '../parts/format-tokens.ts';
import { sourceOf } from '../../protocol/lane.ts';
import { useWords } from '../i18n/i18n.ts';

/** Transfers sent from this browser that have not arrived. */
export function Underway({ overview }: { readonly overview: Overview }) {
  const words = useWords();
  const open = journeys.use().filter(({ arrived }) => !arrived);
  if (open.length === 0) return null;
  return (
    <section className="underway">
      <h2>{words.bridge.underway}</h2>
      <ul>
        {open.map((journey) => (
          <Line key={linkTo({ name: 'transfer', ...journey })} journey={journey} overview={overview} />
        ))}
      </ul>
    </section>
  );
}

function Line({ journey, overview }: { readonly journey: Journey; readonly overview: Overview }) {
  const words = useWords();
  const { direction, productToken, nonce } = journey;
  const facts = useTransfer({ direction, productToken, nonce }).data;
  const peg = overview.pegs.find((one) => one.productToken === productToken);
  if (peg === undefined) return null;
  const what = direction === 'mint' ? words.transfer.deposit : words.transfer.redeem;
  return (
    <li>
      <a href={linkTo({ name: 'transfer', direction, productToken, nonce })}>
        <span>{words.transfer.heading(what, nonce.toString())}</span>
        <b>{facts ? amountOf(peg, sourceOf(direction), facts.transfer.sourceAmount) : '…'}</b>
        <span className={`badge ${facts?.status ?? 'open'}`}>{words.status[facts?.status ?? 'open']}</span>
      </a>
    </li>
  );
}
