import './style/page.css';

import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { WagmiProvider } from 'wagmi';

import { type Brand, loadConfig, originsOf } from './page-config.ts';
import { MachineContext, assemble } from './context.ts';
import { Page } from './App.tsx';
import { allowOnly } from './policy.ts';
import { language } from './settings.ts';
import { wordsIn } from './i18n/i18n.ts';

const place = document.getElementById('page');
if (place === null) throw new Error('index.html has no #page');
const root = createRoot(place);

try {
  // One after the other: on a slow line a font beside it would keep the configuration waiting.
  const configs = await loadConfig();
  await fontDecided();
  allowOnly(originsOf(configs.en));
  paint(configs.en.brand);
  const machines = assemble(configs);
  // The last answer stays until there is a new one; a node that is away is asked again at the next turn.
  const queries = new QueryClient({
    defaultOptions: { queries: { retry: 1, networkMode: 'always', staleTime: 1_000 } },
  });
  root.render(
    <StrictMode>
      <WagmiProvider config={machines.en.wagmi}>
        <QueryClientProvider client={queries}>
          <MachineContext value={machines}>
            <Page />
          </MachineContext>
        </QueryClientProvider>
      </WagmiProvider>
    </StrictMode>,
  );
} catch (error) {
  root.render(
    <main className="broken" role="alert">
      <h1>{wordsIn(language.get()).configBroken}</h1>
      <p>{error instanceof Error ? error.message : String(error)}</p>
    </main>,
  );
}

/** Applies the operator's colours. */
function paint({ colours }: Brand): void {
  for (const side of ['main', 'product'] as const) {
    const shade = colours[side];
    if (shade === undefined) continue;
    document.documentElement.style.setProperty(`--${side}`, `light-dark(${shade.light}, ${shade.dark})`);
    const soft = `color-mix(in srgb, var(--${side}) 12%, var(--card))`;
    document.documentElement.style.setProperty(`--${side}-soft`, soft);
  }
}

/** Longer than browsers wait for an optional font: from then on it is settled in which font this visit is drawn. */
const FONT_PATIENCE_MS = 150;

/** Waits until the font is there, or will not be used on this visit: nothing changes its font once it is drawn. */
function fontDecided(): Promise<unknown> {
  const loaded = document.fonts.load('1em "Schibsted Grotesk"').catch(() => undefined);
  return Promise.race([loaded, new Promise((resolve) => setTimeout(resolve, FONT_PATIENCE_MS))]);
}
