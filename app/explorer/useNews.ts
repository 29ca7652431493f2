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
    const { signal } = ending;
    void callOnNews(watch({ relayers, after, kinds, signal }), () => call(), signal);
    return () => ending.abort();
  }, [listed, after, turn]);
}

/**
 * Calls `onNews` after events, at most every `PAUSE_MS`, and once more `LAG_MS` after the last call. Never rejects: without a stream,
 * polling continues.
 */
export async function callOnNews(
  events: AsyncIterable<unknown>,
  onNews: () => Promise<unknown>,
  signal: AbortSignal,
): Promise<void> {
  let isNew = false;
  let isCalling = false;
  let late: ReturnType<typeof setTimeout> | undefined;
  const pass = async (): Promise<void> => {
    isNew = true;
    if (isCalling) return;
    isCalling = true;
    clearTimeout(late);
    while (isNew && !signal.aborted) {
      isNew = false;
      await onNews().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    isCalling = false;
    if (!signal.aborted) late = setTimeout(() => void onNews().catch(() => undefined), LAG_MS);
  };
  signal.addEventListener('abort', () => clearTimeout(late));
  try {
    for await (const _ of events) void pass();
  } catch {
    // Ended, or no relayer has events any more.
  }
}
