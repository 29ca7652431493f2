import { useState } from 'react';
import type { Address } from 'viem';

import type { Snapshot } from '../../protocol/exits/snapshot.ts';
import { Recipient } from '../bridge/Recipient.tsx';
import type { Overview } from '../chain/overview.ts';
import { useMachine } from '../context.ts';
import { useTime, useWords } from '../i18n/i18n.ts';
import { amountOf } from '../parts/format-tokens.ts';
import { Ask } from './Ask.tsx';
import type { OpenRow } from './claims.ts';
import { isPayout, payoutOf } from './payout.ts';
import { registerClaims } from './send-claims.ts';
import type { DeployedExits } from './useExits.ts';

interface RegisterClaimsProps {
  readonly status: DeployedExits;
  readonly overview: Overview;
  readonly account: Address;
  readonly isPaying: boolean;
  readonly rows: readonly OpenRow[];
  readonly snapshot: Snapshot;
  readonly onSettled: () => void;
}

/** Names the recipient, shows what will be signed and sent, and registers the claims. */
export function RegisterClaims(props: RegisterClaimsProps) {
  const { status, overview, account, isPaying, rows, snapshot, onSettled } = props;
  const { exitClaims: words, findings } = useWords();
  const machine = useMachine();
  const time = useTime();
  const [typed, setTyped] = useState<string | undefined>();
  const { main, product } = machine.config.chains;
  const tokens = overview.pegs.flatMap((peg) => [peg.tokens.main.address, peg.tokens.product.address]);
  const payout = payoutOf(typed, account, [main.bridge, product.bridge, status.exits, ...tokens]);
  const block = status.settlement.number.toString();
  const asks = [
    ...(BigInt(status.settlement.stateRoot) === 0n ? [words.asks.fix(block)] : []),
    ...(isPayout(payout) ? [words.asks.sign(account, payout)] : []),
    ...rows.flatMap(({ peg, amount }) =>
      isPayout(payout) ? [words.asks.register(amountOf(peg, 'main', amount), payout)] : [],
    ),
  ];
  return (
    <>
      <Recipient value={typed} own={account} onChange={setTyped}>
        {!isPayout(payout) && <p className="finding error">{findings[payout]}</p>}
      </Recipient>
      {!isPaying && (
        <p>
          {words.shareLater(time(status.paymentsFrom))}{' '}
          {rows
            .map(({ peg, shares }) =>
              words.soFar(amountOf(peg, 'main', shares.registered), amountOf(peg, 'main', shares.collateral)),
            )
            .join(' ')}
        </p>
      )}
      <Ask
        {...{ asks, onSettled, button: words.register }}
        send={
          isPayout(payout)
            ? (onStep) =>
                registerClaims(machine, {
                  ...{ exits: status.exits, anchors: status.anchors, account, snapshot, payout, rows, onStep },
                })
            : undefined
        }
        block={block}
      />
    </>
  );
}
