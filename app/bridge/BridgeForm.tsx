import { type CSSProperties, type SubmitEvent, useDeferredValue, useId, useState } from 'react';

import { type Direction, destinationOf, sourceOf } from '../../protocol/lane.ts';
import { plainAmount, showAmount } from '../chain/amount.ts';
import { useBalances } from '../chain/balances.ts';
import type { Overview, PegView } from '../chain/overview.ts';
import { useMachine } from '../context.ts';
import { amountOf } from '../parts/format-tokens.ts';
import { TokenName } from '../parts/TokenName.tsx';
import { linkTo } from '../router.ts';
import { keep } from '../settings.ts';
import { useWallet } from '../wallet/useWallet.ts';
import { useWords } from '../i18n/i18n.ts';
import { type Draft, check, largestOf } from './checks.ts';
import { Facts } from './Facts.tsx';
import { Findings } from './Findings.tsx';
import { Recipient } from './Recipient.tsx';
import { SendButton } from './SendButton.tsx';
import { useAbsence } from './useAbsence.ts';
import { useFee } from './useFee.ts';
import { usePayment } from './usePayment.ts';

const chosenPeg = keep<string>(
  'peg',
  (text) => text ?? '',
  (value) => value,
);

/** Deposit or redeem: shows every finding before the wallet opens. */
export function BridgeForm({ overview }: { readonly overview: Overview }) {
  const words = useWords();
  const { config } = useMachine();
  const { address: account } = useWallet();
  const amountId = useId();
  const chosen = chosenPeg.use();
  const peg = overview.pegs.find(({ productToken }) => productToken === chosen) ?? overview.pegs[0];
  const [direction, setDirection] = useState<Direction>('mint');
  const [amount, setAmount] = useState('');
  const [recipient, setRecipient] = useState<string | undefined>();
  const balances = useBalances(account, peg).data;
  const isAbsent = useAbsence(account, direction);
  if (peg === undefined) throw new RangeError('a form without pegs');

  const source = sourceOf(direction);
  const destination = destinationOf(direction);
  const draft: Draft = { direction, amount, recipient };
  const bridges = { main: config.chains.main.bridge, product: config.chains.product.bridge };
  const known = { overview, peg, bridges, account, isAbsent, balances };
  const first = check(draft, { ...known, fee: undefined, payment: undefined });
  // Deferred, so that not every keystroke queries the chains.
  const asked = useDeferredValue(first.arrives === undefined ? undefined : first.amount);
  const productToken = peg.productToken;
  const { recipient: to, bridgeFee } = first;
  const fee = useFee({ direction, productToken, amount: asked, bridgeFee, recipient: to, account }).data;
  const payment = usePayment(peg, first.arrives, to, direction === 'withdraw').data;
  const checked = check(draft, { ...known, fee, payment });

  const balance = balances?.[source].token;
  const turn = () => {
    setDirection(destination === 'product' ? 'withdraw' : 'mint');
    setAmount(checked.arrives === undefined ? '' : plainAmount(checked.arrives, peg.tokens[destination].decimals));
  };
  const choosePeg = (one: PegView) => {
    chosenPeg.set(one.productToken);
    setAmount('');
  };
  return (
    <form
      className={`card bridge ${direction}`}
      onSubmit={(event: SubmitEvent) => event.preventDefault()}
      autoComplete="off"
      noValidate
    >
      <fieldset className="pegs" style={{ '--columns': columnsFor(overview.pegs.length) } as CSSProperties}>
        <legend>{words.bridge.peg}</legend>
        {overview.pegs.map((one) => (
          <label key={one.productToken}>
            <input
              type="radio"
              name="peg"
              checked={one.productToken === peg.productToken}
              onChange={() => choosePeg(one)}
            />
            <span>
              <TokenName token={one.tokens.main} />
              <i aria-hidden="true" />
              <TokenName token={one.tokens.product} />
            </span>
          </label>
        ))}
      </fieldset>

      <div className="way">
        <p className={source}>
          <small>{words.bridge.from}</small>
          {config.chains[source].name}
        </p>
        <button type="button" className="turn" onClick={turn} aria-label={words.bridge.turn} title={words.bridge.turn}>
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d="M4 9h15m-4-4 4 4-4 4M20 15H5m4-4-4 4 4 4" transform="translate(0 0)" />
          </svg>
        </button>
        <p className={destination}>
          <small>{words.bridge.to}</small>
          {config.chains[destination].name}
        </p>
      </div>

      <div className="amounts">
        <div className="amount give">
          <label htmlFor={amountId}>{words.bridge.give}</label>
          <span className="row">
            <input
              id={amountId}
              inputMode="decimal"
              placeholder="0"
              value={amount}
              maxLength={100}
              onChange={(event) => setAmount(event.currentTarget.value)}
              aria-invalid={checked.findings.some(
                ({ on, level, kind }) => on === 'amount' && level === 'error' && kind !== 'empty',
              )}
              aria-describedby={`${amountId}-said`}
            />
            <TokenName token={peg.tokens[source]} />
          </span>
          <span className="under">
            <span>{balance === undefined ? ' ' : words.bridge.balance(amountOf(peg, source, balance))}</span>
            {balances !== undefined && (
              <span className="parts" role="group" aria-label={words.bridge.part}>
                {([25n, 50n, 100n] as const).map((percent) => (
                  <button
                    key={percent}
                    type="button"
                    className="plain"
                    onClick={() => {
                      const largest = largestOf(peg, direction, balances, fee, percent);
                      setAmount(plainAmount(largest, peg.tokens[source].decimals));
                    }}
                  >
                    {percent === 100n ? words.bridge.max : `${percent}%`}
                  </button>
                ))}
              </span>
            )}
          </span>
        </div>
        <div className="amount receive">
          <span className="label" id={`${amountId}-receive`}>
            {words.bridge.receive}
          </span>
          <span className="row">
            <output htmlFor={amountId} aria-labelledby={`${amountId}-receive`} aria-live="polite">
              {checked.arrives === undefined ? '–' : showAmount(checked.arrives, peg.tokens[destination].decimals)}
            </output>
            <TokenName token={peg.tokens[destination]} />
          </span>
          <span className="under">
            {balances === undefined
              ? ' '
              : words.bridge.balance(amountOf(peg, destination, balances[destination].token))}
          </span>
        </div>
      </div>
      <div id={`${amountId}-said`} className="said" aria-live="polite">
        <Findings findings={checked.findings} on="amount" peg={peg} quiet={amount === ''} onUse={setAmount} />
      </div>

      <Recipient value={recipient} onChange={setRecipient} own={account}>
        <Findings findings={checked.findings} on="recipient" peg={peg} quiet={recipient === ''} />
      </Recipient>

      <Facts overview={overview} peg={peg} direction={direction} fee={fee} bridgeFee={checked.bridgeFee} />
      <Findings findings={checked.findings} on="form" peg={peg} quiet={false} />
      <SendButton
        peg={peg}
        direction={direction}
        checked={checked}
        onSent={(hash) => (window.location.hash = linkTo({ name: 'sent', direction, hash }))}
      />
    </form>
  );
}

/** Rows of at most four pegs, all as full as can be: never a single one below. */
const columnsFor = (pegs: number): number => Math.ceil(pegs / Math.ceil(pegs / 4));
