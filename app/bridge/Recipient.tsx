import { type ReactNode, useId } from 'react';
import type { Address } from 'viem';

import { Address as AddressText } from '../parts/Address.tsx';
import { useWords } from '../i18n/i18n.ts';

interface RecipientProps {
  /** Undefined for the holder's own account. */
  readonly value: string | undefined;
  readonly own: Address | undefined;
  readonly onChange: (value: string | undefined) => void;
  /** Findings on the recipient. */
  readonly children: ReactNode;
}

export function Recipient({ value, own, onChange, children }: RecipientProps) {
  const words = useWords();
  const id = useId();
  return (
    <fieldset className="recipient">
      <legend>{words.bridge.recipient}</legend>
      <div className="choices">
        <label>
          <input type="radio" name="recipient" checked={value === undefined} onChange={() => onChange(undefined)} />
          <span>{words.bridge.self}</span>
        </label>
        <label>
          <input type="radio" name="recipient" checked={value !== undefined} onChange={() => onChange('')} />
          <span>{words.bridge.another}</span>
        </label>
      </div>
      {value === undefined ? (
        <p className="own">{own === undefined ? ' ' : <AddressText value={own} />}</p>
      ) : (
        <input
          className="addressfield"
          aria-label={words.bridge.recipientAddress}
          aria-describedby={id}
          placeholder="0x…"
          value={value}
          maxLength={60}
          spellCheck={false}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      )}
      <div id={id} className="said" aria-live="polite">
        {children}
      </div>
    </fieldset>
  );
}
