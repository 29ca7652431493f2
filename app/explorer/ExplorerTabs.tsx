import { useWords } from '../i18n/i18n.ts';
import { linkTo } from '../router.ts';

const tabs = ['explorer', 'analytics', 'receipt'] as const;

/** Links between the views of the explorer. */
export function ExplorerTabs({ current }: { readonly current: (typeof tabs)[number] }) {
  const { tabs: names } = useWords().analytics;
  return (
    <nav className="choices" aria-label={names.label}>
      {tabs.map((name) => (
        <a key={name} href={linkTo({ name })} aria-current={name === current ? 'page' : undefined}>
          {names[name]}
        </a>
      ))}
    </nav>
  );
}
