import type { Address } from 'viem';

import { useMachine } from '../context.ts';
import { useWords } from '../i18n/i18n.ts';
import { Ask } from './Ask.tsx';
import { paymentText } from './ClaimFacts.tsx';
import type { RegisteredRow } from './claims.ts';
import { isFallback, payClaims } from './send-claims.ts';

interface PayClaimsProps {
  readonly exits: Address;
  readonly own: Address;
  readonly rows: readonly RegisteredRow[];
  readonly onSettled: () => void;
}

/** Shows the payments and their recipients, and has them paid. */
export function PayClaims({ exits, own, rows, onSettled }: PayClaimsProps) {
  const { exitClaims: words } = useWords();
  const machine = useMachine();
  return (
    <Ask
      asks={rows.map((row) =>
        (isFallback(row.fallbackAccount, own) ? words.asks.payOrTake : words.asks.pay)(
          paymentText(row, words),
          row.payout,
        ),
      )}
      button={words.pay}
      send={(onStep) => payClaims(machine, { exits, own, rows, onStep })}
      onSettled={onSettled}
    />
  );
}
