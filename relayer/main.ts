import pino from 'pino';

import type { Config } from './config.ts';
import { startRelayer } from './relayer.ts';

/** Runs one relayer until it is told to stop (SIGTERM, SIGINT); resolves when nothing is left half done. */
export async function runRelayer(config: Config): Promise<void> {
  // SECURITY: a URI of a key may hold one, and a node's URL a password; neither is ever logged as a whole.
  const log = pino({ level: config.log, redact: ['key', 'payingKey', '*.key', '*.payingKey'] });
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);

  const relayer = await startRelayer(config, log, stopping.signal).catch((error: unknown) => {
    if (stopping.signal.aborted) return undefined;
    throw error;
  });
  if (relayer === undefined) return;
  if (!stopping.signal.aborted) {
    await new Promise((resolve) => stopping.signal.addEventListener('abort', resolve, { once: true }));
  }
  await relayer.stop();
}
