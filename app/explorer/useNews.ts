import { useEffect, useEffectEvent, useState } from 'react';

import { type EventKind, beforeBlock, formatCursor } from '../../protocol/events.ts';
import { watch } from '../../sdk/index.ts';
import type { Overview } from '../chain/overview.ts';

/** Events after which a list of transfers may look different. */
const kinds: readonly EventKind[] = ['departed', 'executed', 'parked', 'released', 'bounced', 'voided'];

/** Between two calls: a busy bridge has several events a second. */
const PAUSE_MS = 500;

/** After the last event, until a further call: the relayers that list transfers may lag behind the one that streams. */
const LAG_MS = 3_000;

/**
 * Calls `onNews` after events of transfers in final blocks, as one relayer streams them; another one continues where it fails.
 * SECURITY: an event is only the cue. What has changed is read from the chains.
 */
export function useNews(apiUrls: readonly string[], { sides }: Overview, onNews: () => Promise<unknown>): void {
  const [after] = useState(() =>
    formatCursor({
      main: beforeBlock(sides.main.final.number + 1n),
      product: beforeBlock(sides.product.final.number + 1n),
    }),
  );
  // Each visitor begins at another relayer.
  const [turn] = useState(() => Math.random());
  const call = useEffectEvent(onNews);
  const listed = apiUrls.join(' ');
  useEffect(() => {
    if (listed === '') return;
    const ending = new AbortController();
    const urls = listed.split(' ');
    const first = Math.floor(turn * urls.length);
    const relayers = [...urls.slice(first), ...urls.slice(0, first)];
    void callOnNews({ relayers, after, kinds, signal: ending.signal }, () => call());
    return () => ending.abort();
  }, [listed, after, turn]);
}

/** Never rejects: without a stream, polling continues. */
async function callOnNews(
  options: Parameters<typeof watch>[0] & { readonly signal: AbortSignal },
  onNews: () => Promise<unknown>,
): Promise<void> {
  let isNew = false;
  let isCalling = false;
  let late: ReturnType<typeof setTimeout> | undefined;
  const pass = async (): Promise<void> => {
    isNew = true;
    if (isCalling) return;
    isCalling = true;
    clearTimeout(late);
    while (isNew && !options.signal.aborted) {
      isNew = false;
      await onNews().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    isCalling = false;
    if (!options.signal.aborted) late = setTimeout(() => void onNews().catch(() => undefined), LAG_MS);
  };
  options.signal.addEventListener('abort', () => clearTimeout(late));
  try {
    for await (const _ of watch(options)) void pass();
  } catch {
    // Ended, or no relayer has events any more.
  }
}
