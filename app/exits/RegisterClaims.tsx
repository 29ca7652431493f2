import type { Address } from 'viem';

import type { Snapshot } from '../../protocol/exits/snapshot.ts';
import type { ExitSources } from '../../sdk/exits/sources.ts';
import { Recipient } from '../bridge/Recipient.tsx';
import { wordsOf } from '../bridge/send-transfer.ts';
import type { Overview } from '../chain/overview.ts';
import { useMachine } from '../context.ts';
import { useTime, useWords } from '../i18n/i18n.ts';
import { Notice } from '../parts/Notice.tsx';
import { amountOf } from '../parts/format-tokens.ts';
import { Ask } from './Ask.tsx';
import { nameOf } from './ClaimFacts.tsx';
import type { OpenRow } from './claims.ts';
import type { Consents } from './consent.ts';
import { isPayout, payoutOf } from './payout.ts';
import { needsSignature, preparationsOf, registerClaims } from './send-claims.ts';
import type { DeployedExits } from './useExits.ts';
import { usePlans } from './usePlans.ts';

interface RegisterClaimsProps {
  readonly status: DeployedExits;
  readonly overview: Overview;
  readonly sources: ExitSources;
  readonly account: Address;
  readonly own: Address;
  readonly consents: Consents;
  readonly isPaying: boolean;
  readonly rows: readonly OpenRow[];
  readonly snapshot: Snapshot;
  /** The recipient's address as typed; undefined for the wallet's own account. */
  readonly typed: string | undefined;
  readonly onTyped: (typed: string | undefined) => void;
  readonly onSettled: () => void;
}

/** Names the recipient, shows what will be signed and sent, and registers the claims. */
export function RegisterClaims(props: RegisterClaimsProps) {
  const { status, overview, sources, account, own, consents, isPaying, rows, snapshot, typed, onTyped, onSettled } =
    props;
  const { exitClaims: words, findings } = useWords();
  const machine = useMachine();
  const time = useTime();
  const { plans, refresh } = usePlans(sources, snapshot, account, rows);
  if (plans === undefined) return <p role="status">{words.planning}</p>;

  const { planned, failed } = plans;
  const { main, product } = machine.config.chains;
  const tokens = overview.pegs.flatMap((peg) => [peg.tokens.main.address, peg.tokens.product.address]);
  const chosen = payoutOf(typed, own, [main.bridge, product.bridge, status.exits, ...tokens]);
  const isChoosing = planned.some(({ row }) => row.recipient === undefined);
  const payout = isChoosing ? chosen : own;
  const block = status.settlement.number.toString();
  const preparations = preparationsOf(planned).length;
  const asks = [
    ...(BigInt(status.settlement.stateRoot) === 0n ? [words.asks.fix(block)] : []),
    ...(needsSignature(consents, planned) && isPayout(payout) ? [words.asks.sign(own, payout)] : []),
    ...(preparations > 0 ? [words.asks.prepare(preparations)] : []),
    ...planned.flatMap(({ row: { peg, amount, recipient } }) =>
      isPayout(payout) ? [words.asks.register(amountOf(peg, 'main', amount), recipient ?? payout)] : [],
    ),
  ];
  return (
    <>
      {failed.map(({ row, error }) => (
        <Notice key={row.id} kind="warning">
          {words.unplanned(nameOf(row, words), wordsOf(error))}
        </Notice>
      ))}
      {isChoosing && (
        <Recipient value={typed} own={own} onChange={onTyped}>
          {!isPayout(payout) && <p className="finding error">{findings[payout]}</p>}
        </Recipient>
      )}
      {!isPaying && (
        <p>
          {words.shareLater(time(status.paymentsFrom))}{' '}
          {[...new Map(rows.map(({ peg, shares }) => [peg.productToken, { peg, shares }])).values()]
            .map(({ peg, shares }) =>
              words.soFar(amountOf(peg, 'main', shares.registered), amountOf(peg, 'main', shares.collateral)),
            )
            .join(' ')}
        </p>
      )}
      {planned.length > 0 && (
        <Ask
          {...{ asks, button: words.register }}
          onSettled={() => {
            // Halfway through, what was prepared is not asked for again.
            refresh();
            onSettled();
          }}
          send={
            isPayout(payout)
              ? (onStep) =>
                  registerClaims(machine, {
                    ...{
                      exits: status.exits,
                      anchors: status.anchors,
                      own,
                      snapshot,
                      payout,
                      consents,
                      planned,
                      onStep,
                    },
                  })
              : undefined
          }
          block={block}
        />
      )}
    </>
  );
}
