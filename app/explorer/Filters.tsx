import { type SubmitEvent, useState } from 'react';
import type { Address } from 'viem';

import { type Direction, type Status, directions, statuses } from '../../protocol/lane.ts';
import type { PegView } from '../chain/overview.ts';
import { useWords } from '../i18n/i18n.ts';

/** Filters that the visitor has set. */
export interface Wanted {
  readonly direction: Direction | undefined;
  readonly status: Status | undefined;
  readonly productToken: Address | undefined;
  /** Maximum age of the departure, in seconds. */
  readonly age: number | undefined;
}

const ages = [3_600, 86_400, 604_800] as const;

interface FiltersProps {
  readonly pegs: readonly PegView[];
  readonly wanted: Wanted;
  readonly onChange: (wanted: Wanted) => void;
  readonly onSearch: (text: string) => void;
}

/** Search by hash, account or nonce, and filters of the list. */
export function Filters({ pegs, wanted, onChange, onSearch }: FiltersProps) {
  const words = useWords();
  const { explorer, status, transfer } = words;
  const [text, setText] = useState('');
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    onSearch(text.trim());
  };
  return (
    <form className="filters" role="search" onSubmit={submit}>
      <input
        type="search"
        aria-label={explorer.search}
        placeholder={explorer.placeholder}
        value={text}
        maxLength={80}
        spellCheck={false}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <button type="submit">{explorer.go}</button>
      <Pick
        label={explorer.peg}
        value={wanted.productToken}
        options={pegs.map(({ productToken, tokens }) => [productToken, tokens.product.symbol])}
        onPick={(productToken) => onChange({ ...wanted, productToken })}
      />
      <Pick
        label={explorer.direction}
        value={wanted.direction}
        options={directions.map((one) => [one, one === 'mint' ? transfer.deposit : transfer.redeem])}
        onPick={(direction) => onChange({ ...wanted, direction })}
      />
      <Pick
        label={explorer.status}
        value={wanted.status}
        options={statuses.map((one) => [one, status[one]])}
        onPick={(one) => onChange({ ...wanted, status: one })}
      />
      <Pick
        label={explorer.age}
        value={wanted.age}
        options={ages.map((one) => [one, explorer.newerThan(words.duration(one))])}
        onPick={(age) => onChange({ ...wanted, age })}
      />
    </form>
  );
}

interface PickProps<T extends string | number> {
  readonly label: string;
  readonly value: T | undefined;
  readonly options: readonly (readonly [T, string])[];
  readonly onPick: (value: T | undefined) => void;
}

/** One of several, or all. */
function Pick<T extends string | number>({ label, value, options, onPick }: PickProps<T>) {
  const words = useWords();
  return (
    <select
      aria-label={label}
      value={value ?? ''}
      onChange={(event) => onPick(options[event.currentTarget.selectedIndex - 1]?.[0])}
    >
      <option value="">{words.explorer.all(label)}</option>
      {options.map(([one, text]) => (
        <option key={one} value={one}>
          {text}
        </option>
      ))}
    </select>
  );
}
