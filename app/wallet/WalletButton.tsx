import { useEffect, useId, useRef, useState } from 'react';
import { type Connector, useConfig } from 'wagmi';
import { connect, disconnect } from 'wagmi/actions';

import { plain } from '../chain/token-calls.ts';
import { Address } from '../parts/Address.tsx';
import { Copy } from '../parts/Copy.tsx';
import { Notice } from '../parts/Notice.tsx';
import { useWords } from '../i18n/i18n.ts';
import { useWallet } from './useWallet.ts';
import { walletApps } from './wallet-apps.ts';

/** Connects a wallet, or shows which account is connected. */
export function WalletButton() {
  const words = useWords();
  const wallet = useWallet();
  const wagmi = useConfig();
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const [failed, setFailed] = useState(false);
  const { address } = wallet;
  useEffect(() => dialog.current?.close(), [address]);

  const use = (connector: Connector) => {
    setFailed(false);
    connect(wagmi, { connector }).catch(() => setFailed(true));
  };
  return (
    <>
      <button type="button" className="wallet" onClick={() => dialog.current?.showModal()} aria-haspopup="dialog">
        {address === undefined ? (
          <span>{wallet.isBusy ? words.wallet.connecting : words.wallet.connect}</span>
        ) : (
          <>
            <i className="dot good" aria-hidden="true" />
            <span className="unseen">{words.wallet.account}</span>
            <code>{`${address.slice(0, 6)}…${address.slice(-4)}`}</code>
          </>
        )}
      </button>
      <dialog ref={dialog} aria-labelledby={heading}>
        <header>
          <h2 id={heading}>{address === undefined ? words.wallet.choose : words.wallet.account}</h2>
          <button type="button" className="plain" onClick={() => dialog.current?.close()} aria-label={words.close}>
            ✕
          </button>
        </header>
        {address === undefined ? (
          <ul className="wallets">
            {wallet.choices.map((connector) => (
              <li key={connector.uid}>
                <button type="button" onClick={() => use(connector)}>
                  <Icon connector={connector} />
                  {plain(connector.name, 40)}
                </button>
              </li>
            ))}
            {wallet.choices.length === 0 && (isPhone() ? <WalletApps /> : <li>{words.wallet.none}</li>)}
          </ul>
        ) : (
          <>
            <Address value={address} />
            <button type="button" className="second" onClick={() => void disconnect(wagmi)}>
              {words.wallet.disconnect}
            </button>
          </>
        )}
        {failed && <Notice kind="problem">{words.wallet.failed}</Notice>}
      </dialog>
    </>
  );
}

/** Phones have no wallet extensions: a wallet opens this page in its own browser instead. */
const isPhone = (): boolean => window.matchMedia('(pointer: coarse)').matches;

function WalletApps() {
  const words = useWords();
  const page = new URL(window.location.href);
  return (
    <>
      <li>{words.wallet.openIn}</li>
      {walletApps.map(({ name, linkTo }) => (
        <li key={name}>
          <a className="app" href={linkTo(page)} rel="noreferrer">
            {name}
            <i aria-hidden="true">↗</i>
          </a>
        </li>
      ))}
      <li className="row">
        {words.wallet.otherApp} <Copy text={page.href} label={words.wallet.copyLink} />
      </li>
    </>
  );
}

/** Shows the wallet's own icon, but only one that triggers no network request. */
function Icon({ connector }: { readonly connector: Connector }) {
  const icon = connector.icon?.trim() ?? '';
  return icon.startsWith('data:image/') ? <img src={icon} alt="" width="24" height="24" /> : <i className="dot" />;
}
