import { useState } from 'react';
import { getWalletClient } from 'wagmi/actions';

import { destinationOf } from '../../protocol/lane.ts';
import { type TransferName, isCoin } from '../../sdk/index.ts';
import type { PegView } from '../chain/overview.ts';
import { useMachine } from '../context.ts';
import { linkTo } from '../router.ts';
import { chainInWallet } from '../wallet/chain.ts';
import { useWallet } from '../wallet/useWallet.ts';
import { useWords } from '../i18n/i18n.ts';

interface NextProps {
  readonly name: TransferName;
  readonly peg: PegView;
  /** Of the transfer. */
  readonly link: string;
}

/** Actions after the arrival. */
export function Next({ name, peg, link }: NextProps) {
  const words = useWords();
  const machine = useMachine();
  const { address: account } = useWallet();
  const [shown, setShown] = useState<'added' | 'failed' | undefined>();
  const side = destinationOf(name.direction);
  const { address, symbol, decimals } = peg.tokens[side];

  const addToken = async () => {
    const chainId = await chainInWallet(machine, side);
    const wallet = await getWalletClient(machine.wagmi, { chainId });
    return wallet.watchAsset({ type: 'ERC20', options: { address, symbol, decimals } });
  };
  const share = () => {
    // Dismissing the dialog is no error.
    navigator.share({ url: link }).catch(() => undefined);
  };
  return (
    <div className="afterwards">
      <a className="button" href={linkTo({ name: 'bridge' })}>
        {words.transfer.another}
      </a>
      {account !== undefined && !isCoin(address) && (
        <button
          type="button"
          onClick={() => {
            addToken().then(
              (isAdded) => setShown(isAdded ? 'added' : 'failed'),
              () => setShown('failed'),
            );
          }}
        >
          {words.transfer.addToken(symbol)}
        </button>
      )}
      {'share' in navigator && (
        <button type="button" onClick={share}>
          {words.transfer.share}
        </button>
      )}
      <p className="note" role="status">
        {shown === undefined ? '' : shown === 'added' ? words.transfer.added(symbol) : words.transfer.notAdded}
      </p>
    </div>
  );
}
