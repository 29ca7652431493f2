import './style/page.css';

import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { WagmiProvider } from 'wagmi';

import { loadConfig, originsOf } from './config.ts';
import { MachineContext, assemble } from './machine.ts';
import { Page } from './page.tsx';
import { allowOnly } from './policy.ts';
import { language } from './settings.ts';
import { wordsIn } from './words/words.ts';

const place = document.getElementById('page');
if (place === null) throw new Error('index.html has no #page');
const root = createRoot(place);

try {
  const [config] = await Promise.all([loadConfig(), fontLoaded()]);
  allowOnly(originsOf(config));
  const machine = assemble(config);
  // The last answer stays until there is a new one; a node that is away is asked again at the next turn.
  const queries = new QueryClient({
    defaultOptions: { queries: { retry: 1, networkMode: 'always', staleTime: 1_000 } },
  });
  root.render(
    <StrictMode>
      <WagmiProvider config={machine.wagmi}>
        <QueryClientProvider client={queries}>
          <MachineContext value={machine}>
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

/** Text that is drawn in another font first jumps when its own comes, from where this page comes from. */
async function fontLoaded(): Promise<void> {
  await document.fonts.load('1em "Schibsted Grotesk Variable"').catch(() => undefined);
}
