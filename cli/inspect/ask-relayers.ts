import { PegwayError, messageOf } from '../../protocol/errors.ts';
import type { Wire } from '../../protocol/api-types.ts';
import { openPeerClient, printableUrl } from '../../relayer/peers/http.ts';

/** The answer of a relayer's public port, or the error. `url` is printable. */
export type Told<T> =
  | { readonly url: string; readonly seconds: number; readonly value: Wire<T> }
  /** `reason`: it answered, and has no such thing. */
  | { readonly url: string; readonly seconds: number; readonly reason: string; readonly message: string }
  | { readonly url: string; readonly error: string };

const TIMEOUT_SECONDS = 3;
/** In bytes. SECURITY: a relayer may answer anything, at any length; a page of transfers is below 1 MB. */
const LARGEST_ANSWER = 16 * 1_024 ** 2;
const LEAST_GRACE_SECONDS = 0.3;

/**
 * Queries all relayers at once. When most have answered, the others get twice that time again: one that hangs does not delay
 * the command.
 * @param asking asks one, until the signal
 * @param answered whether that one answered
 */
export async function askAll<T>(
  urls: readonly string[],
  asking: (url: string, signal: AbortSignal) => Promise<T>,
  answered: (told: T) => boolean,
): Promise<T[]> {
  const late = new AbortController();
  const began = performance.now();
  let timer: NodeJS.Timeout | undefined;
  let answers = 0;
  const one = async (url: string): Promise<T> => {
    const told = await asking(url, late.signal);
    if (answered(told)) answers++;
    if (answers > urls.length / 2 && timer === undefined) {
      const seconds = Math.max(LEAST_GRACE_SECONDS, (2 * (performance.now() - began)) / 1_000);
      const silence = new PegwayError(`no answer ${seconds.toFixed(1)} s after most others`);
      timer = setTimeout(() => late.abort(silence), seconds * 1_000);
    }
    return told;
  };
  try {
    return await Promise.all(urls.map(one));
  } finally {
    clearTimeout(timer);
  }
}

const client = openPeerClient();

/** Asks one relayer's public port. Never rejects. */
export async function ask<T>(relayer: string, path: string, until?: AbortSignal): Promise<Told<T>> {
  const began = performance.now();
  const url = printableUrl(relayer);
  try {
    const timeout = AbortSignal.timeout(TIMEOUT_SECONDS * 1_000);
    const signal = until === undefined ? timeout : AbortSignal.any([timeout, until]);
    const response = await client.request({ url: relayer, path, signal, largestAnswer: LARGEST_ANSWER });
    const body: unknown = JSON.parse(response.body);
    const seconds = (performance.now() - began) / 1_000;
    if (response.status === 200) return { url, seconds, value: body as Wire<T> };
    const { reason = `HTTP ${response.status}`, message = '' } = body as { reason?: string; message?: string };
    return { url, seconds, reason, message };
  } catch (cause) {
    return { url, error: shortOf(cause) };
  }
}

/** The innermost cause: `fetch failed` alone is not informative. */
function shortOf(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error && !(inner instanceof PegwayError)) inner = inner.cause;
  if (inner instanceof Error && 'code' in inner && typeof inner.code === 'string') return inner.code;
  return messageOf(inner);
}
