import { useId } from 'react';

interface ChoicesProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly (readonly [T, string])[];
  readonly onPick: (value: T) => void;
}

/** One of a few, as a row of buttons. */
export function Choices<T extends string>({ label, value, options, onPick }: ChoicesProps<T>) {
  const name = useId();
  return (
    <span className="choices" role="radiogroup" aria-label={label}>
      {options.map(([one, text]) => (
        <label key={one}>
          <input type="radio" name={name} checked={one === value} onChange={() => onPick(one)} />
          <span>{text}</span>
        </label>
      ))}
    </span>
  );
}
