import { useMachine } from './context.ts';
import { type Route, linkTo } from './router.ts';
import { useWords } from './i18n/i18n.ts';
import { views } from './views.ts';
import { WalletButton } from './wallet/WalletButton.tsx';

export function Header({ route }: { readonly route: Route }) {
  const words = useWords();
  const { brand } = useMachine().config;
  return (
    <header className="top">
      <a className="brand" href={linkTo({ name: 'bridge' })}>
        {brand.logo === undefined ? (
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <path d="M9 16h14" />
            <circle className="main" cx="9" cy="16" r="6" />
            <circle className="product" cx="23" cy="16" r="6" />
          </svg>
        ) : (
          <img src={brand.logo} alt="" width="28" height="28" />
        )}
        <span>{brand.name}</span>
      </a>
      <nav aria-label={words.navigation}>
        {views.map((name) => (
          <a key={name} href={linkTo({ name })} aria-current={viewOf(route) === name ? 'page' : undefined}>
            {words.views[name]}
          </a>
        ))}
      </nav>
      <WalletButton />
    </header>
  );
}

/** The header's link that leads to a route. */
const viewOf = ({ name }: Route): Route['name'] => (name === 'analytics' || name === 'receipt' ? 'explorer' : name);
