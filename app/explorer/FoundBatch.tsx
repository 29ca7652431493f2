import type { TransferName } from '../../sdk/index.ts';
import type { PegView } from '../chain/overview.ts';
import { useWords } from '../i18n/i18n.ts';
import { linkTo } from '../router.ts';

interface FoundBatchProps {
  readonly transfers: readonly TransferName[];
  readonly pegs: readonly PegView[];
}

/** Links to the transfers of one batch, or of one transaction. */
export function FoundBatch({ transfers, pegs }: FoundBatchProps) {
  const { explorer, transfer } = useWords();
  return (
    <div className="card found" role="status">
      <p>{explorer.batch(transfers.length)}</p>
      <ul>
        {transfers.map(({ direction, productToken, nonce }) => {
          const link = linkTo({ name: 'transfer', direction, productToken, nonce });
          const what = direction === 'mint' ? transfer.deposit : transfer.redeem;
          const symbol = pegs.find((peg) => peg.productToken === productToken)?.tokens.product.symbol;
          return (
            <li key={link}>
              <a href={link}>
                {symbol} {transfer.heading(what, nonce.toString())}
              </a>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
