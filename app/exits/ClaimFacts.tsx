import { share } from '../chain/amount.ts';
import { type Words, useWords } from '../i18n/i18n.ts';
import { Address } from '../parts/Address.tsx';
import { TokenName } from '../parts/TokenName.tsx';
import { amountOf } from '../parts/format-tokens.ts';
import type { ClaimRow, RegisteredRow } from './claims.ts';

/** Each peg: the balance, the claim, and how far it is. */
export function ClaimFacts({ rows, isPaying }: { readonly rows: readonly ClaimRow[]; readonly isPaying: boolean }) {
  const { exitClaims: words } = useWords();
  return (
    <dl className="facts">
      {rows.map((row) => (
        <div key={row.id}>
          <dt>
            <TokenName token={row.peg.tokens.product} />
          </dt>
          <dd>
            {stateText(row, isPaying, words)}
            {'payment' in row && (
              <>
                <br />
                <Address value={row.payout} />
              </>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function stateText(row: ClaimRow, isPaying: boolean, words: Words['exitClaims']): string {
  switch (row.state) {
    case 'open':
    case 'late':
      return words.state[row.state](
        amountOf(row.peg, 'product', row.balance.value),
        amountOf(row.peg, 'main', row.amount),
      );
    case 'none-left':
      return words.state[row.state](amountOf(row.peg, 'product', row.balance.value));
    case 'registered':
      return words.state.registered(amountOf(row.peg, 'main', row.amount));
    case 'paid':
      return words.state.paid(isPaying ? paymentText(row, words) : amountOf(row.peg, 'main', row.payment));
    default:
      return words.state[row.state];
  }
}

/** The payment, and the share of the claim that it is where that is not all. */
export function paymentText({ peg, amount, payment, shares }: RegisteredRow, words: Words['exitClaims']): string {
  const paid = amountOf(peg, 'main', payment);
  if (shares.registered <= shares.collateral) return paid;
  return `${paid} (${words.shareOf(share(shares.collateral, shares.registered), amountOf(peg, 'main', amount))})`;
}
