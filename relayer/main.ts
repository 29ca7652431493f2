import pino from 'pino';

import type { Config } from './config.ts';
import { type Relayer, startRelayer } from './relayer.ts';

/** Runs one relayer until it is told to stop (SIGTERM, SIGINT); resolves when nothing is left half done. */
export async function runRelayer(config: Config): Promise<void> {
  // SECURITY: a URI of a key may hold one, and a node's URL a password; neither is ever logged as a whole.
  const log = pino({ level: config.log, redact: ['key', 'payingKey', '*.key', '*.payingKey'] });
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);

  // Superseded by another process of the same signer, it stands by; all it knew is read anew when its turn comes.
  for (let superseded = false; !stopping.signal.aborted;) {
    const relayer = await start(config, log, stopping.signal, superseded);
    if (relayer === undefined) return;
    await aborted(AbortSignal.any([stopping.signal, relayer.superseded]));
    superseded = relayer.superseded.aborted;
    if (superseded) log.warn({ address: relayer.address }, 'superseded: standing by');
    await relayer.stop();
  }
}

/** Undefined when it was told to stop before it had started. */
async function start(...options: Parameters<typeof startRelayer>): Promise<Relayer | undefined> {
  const [, , signal] = options;
  try {
    return await startRelayer(...options);
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
