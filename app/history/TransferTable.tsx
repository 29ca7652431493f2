import { destinationOf, sourceOf } from '../../protocol/lane.ts';
import type { Overview } from '../chain/overview.ts';
import { amountOf } from '../parts/format-tokens.ts';
import { linkTo } from '../router.ts';
import { useTime, useWords } from '../i18n/i18n.ts';
import type { Row } from './rows.ts';

/** Transfers, each with a link to its own page. */
export function TransferTable({ rows, overview }: { readonly rows: readonly Row[]; readonly overview: Overview }) {
  const words = useWords();
  const time = useTime();
  const { columns } = words.history;
  return (
    <div className="card table">
      <table>
        <thead>
          <tr>
            <th scope="col">{columns.what}</th>
            <th scope="col">{columns.time}</th>
            <th scope="col">{columns.gives}</th>
            <th scope="col">{columns.receives}</th>
            <th scope="col">{columns.status}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ transfer, departedAt, status }) => {
            const { direction, productToken } = transfer.lane;
            const peg = overview.pegs.find((one) => one.productToken === productToken);
            if (peg === undefined) return null;
            const link = linkTo({ name: 'transfer', direction, productToken, nonce: transfer.nonce });
            const what = direction === 'mint' ? words.transfer.deposit : words.transfer.redeem;
            return (
              <tr key={link}>
                <td>
                  <a href={link}>{words.transfer.heading(what, transfer.nonce.toString())}</a>
                </td>
                <td data-label={columns.time}>{time(departedAt)}</td>
                <td data-label={columns.gives}>{amountOf(peg, sourceOf(direction), transfer.sourceAmount)}</td>
                <td data-label={columns.receives}>{amountOf(peg, destinationOf(direction), transfer.amount)}</td>
                <td>
                  <span className={`badge ${status}`}>{words.status[status]}</span>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
