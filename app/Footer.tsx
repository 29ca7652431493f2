import { useMachine } from './context.ts';
import { language, languages, theme, themes } from './settings.ts';
import { useWords, wordsIn } from './i18n/i18n.ts';

/** Site-wide note, and the display preferences. */
export function Footer() {
  const words = useWords();
  const { links } = useMachine().config.brand;
  return (
    <footer>
      <p>
        {words.footer}{' '}
        {(['help', 'terms'] as const).map(
          (name) =>
            links[name] !== undefined && (
              <a key={name} href={links[name]} target="_blank" rel="noreferrer">
                {words.links[name]}
              </a>
            ),
        )}
      </p>
      <div className="settings">
        <Choice
          label={words.language}
          value={language.use()}
          options={languages.map((one) => [one, wordsIn(one).name])}
          onChange={(value) => language.set(value)}
        />
        <Choice
          label={words.theme.label}
          value={theme.use()}
          options={themes.map((one) => [one, words.theme[one]])}
          onChange={(value) => theme.set(value)}
        />
      </div>
    </footer>
  );
}

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly (readonly [T, string])[];
  readonly onChange: (value: T) => void;
}

function Choice<T extends string>({ label, value, options, onChange }: ChoiceProps<T>) {
  return (
    <select aria-label={label} value={value} onChange={(event) => onChange(event.currentTarget.value as T)}>
      {options.map(([one, text]) => (
        <option key={one} value={one}>
          {text}
        </option>
      ))}
    </select>
  );
}
