import { departureOf } from '../../sdk/exits/plan-claim.ts';
import { share } from '../chain/amount.ts';
import { type Words, useWords } from '../i18n/i18n.ts';
import { Address } from '../parts/Address.tsx';
import { TokenName } from '../parts/TokenName.tsx';
import { amountOf } from '../parts/format-tokens.ts';
import type { ClaimRow, OpenRow, RegisteredRow } from './claims.ts';

/** Each claim: what it is of, its amount, and how far it is. */
export function ClaimFacts({ rows, isPaying }: { readonly rows: readonly ClaimRow[]; readonly isPaying: boolean }) {
  const { exitClaims: words } = useWords();
  return (
    <dl className="facts">
      {rows.map((row) => (
        <div key={row.id}>
          <dt>
            {row.one.kind === 'balance' ? <TokenName token={row.peg.tokens.product} /> : <b>{nameOf(row, words)}</b>}
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
      return words.state[row.state](heldText(row), amountOf(row.peg, 'main', row.amount));
    case 'none-left':
    case 'unnamed':
    case 'other-wallet':
      return words.state[row.state](heldText(row));
    case 'registered':
      return words.state.registered(amountOf(row.peg, 'main', row.amount));
    case 'paid':
      return words.state.paid(isPaying ? paymentText(row, words) : amountOf(row.peg, 'main', row.payment));
    default:
      return words.state[row.state];
  }
}

/** A balance in product tokens, or the amount of a transfer. */
const heldText = ({ one, peg, balance, amount }: OpenRow): string => {
  if (one.kind === 'redeem') return amountOf(peg, 'main', one.redeem.mainAmount);
  return balance === undefined ? amountOf(peg, 'main', amount) : amountOf(peg, 'product', balance.value);
};

/** Of the claim: its token, or its transfer. */
export function nameOf({ one, peg }: ClaimRow, { names }: Words['exitClaims']): string {
  switch (one.kind) {
    case 'balance':
      return peg.tokens.product.symbol;
    case 'deposit':
      return (departureOf(one).bounced === 0n ? names.deposit : names.refund)(one.nonce.toString());
    case 'redeem':
      return names.redeem(one.redeem.nonce.toString());
  }
}

/** The payment, and the share of the claim that it is where that is not all. */
export function paymentText({ peg, amount, payment, shares }: RegisteredRow, words: Words['exitClaims']): string {
  const paid = amountOf(peg, 'main', payment);
  if (shares.registered <= shares.collateral) return paid;
  return `${paid} (${words.shareOf(share(shares.collateral, shares.registered), amountOf(peg, 'main', amount))})`;
}
