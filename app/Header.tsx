import { type Route, linkTo, views } from './router.ts';
import { language, languages, theme, themes } from './settings.ts';
import { useWords, wordsIn } from './words/words.ts';
import { WalletButton } from './wallet/WalletButton.tsx';

export function Header({ route }: { readonly route: Route }) {
  const words = useWords();
  return (
    <header className="top">
      <a className="brand" href={linkTo({ name: 'bridge' })}>
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <path d="M9 16h14" />
          <circle className="main" cx="9" cy="16" r="6" />
          <circle className="product" cx="23" cy="16" r="6" />
        </svg>
        Pegway
      </a>
      <nav aria-label={words.navigation}>
        {views.map((name) => (
          <a key={name} href={linkTo({ name })} aria-current={route.name === name ? 'page' : undefined}>
            {words.views[name]}
          </a>
        ))}
      </nav>
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
        <WalletButton />
      </div>
    </header>
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
