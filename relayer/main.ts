import pino, { type DestinationStream, type Logger } from 'pino';

import type { ProcessConfig } from './config.ts';
import { type RelayerProcess, type StartOptions, startProcess } from './process.ts';

/** JSON lines with ISO times to `destination`, stdout by default. */
export const openLog = (config: Pick<ProcessConfig, 'log'>, destination?: DestinationStream): Logger =>
  // SECURITY: a key's URI may hold a PIN, and a node's URL a password; neither is ever logged as a whole.
  pino(
    {
      ...{ level: config.log, timestamp: pino.stdTimeFunctions.isoTime },
      redact: ['key', 'payingKey', '*.key', '*.payingKey', 'shards[*].payingKey', '*.shards[*].payingKey'],
    },
    destination,
  );

/** Runs one relayer until the signal is aborted; resolves when everything has stopped. */
export async function runRelayer(
  given: ProcessConfig,
  { log, signal, source, faults }: Pick<StartOptions, 'log' | 'signal' | 'source' | 'faults'>,
): Promise<void> {
  let config = given;
  // Superseded by another process of the same signer, it stands by; its state is read again when its turn comes.
  for (let superseded = false; !signal.aborted;) {
    const relayer = await start(config, { log, signal, source, faults, superseded });
    if (relayer === undefined) return;
    await aborted(AbortSignal.any([signal, relayer.superseded]));
    superseded = relayer.superseded.aborted;
    config = relayer.config();
    if (superseded) log.warn({ address: relayer.address }, 'superseded: standing by');
    await relayer[Symbol.asyncDispose]();
  }
}

/** Undefined when the signal was aborted before it had started. */
async function start(config: ProcessConfig, options: StartOptions): Promise<RelayerProcess | undefined> {
  try {
    return await startProcess(config, options);
  } catch (error) {
    if (options.signal.aborted) return undefined;
    throw error;
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
