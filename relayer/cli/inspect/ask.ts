import { PegwayError, messageOf } from '../../errors.ts';
import type { Wire } from '../../transfer/view.ts';

/** What a relayer's public port said, or why it said nothing. */
export type Told<T> =
  | { readonly url: string; readonly seconds: number; readonly value: Wire<T> }
  /** `reason`: it answered, and has no such thing. */
  | { readonly url: string; readonly seconds: number; readonly reason: string; readonly message: string }
  | { readonly url: string; readonly error: string };

const TIMEOUT_SECONDS = 3;

/** Asks one relayer's public port. Never rejects. */
export async function ask<T>(url: string, path: string): Promise<Told<T>> {
  const began = performance.now();
  try {
    const signal = AbortSignal.timeout(TIMEOUT_SECONDS * 1_000);
    const response = await fetch(new URL(path, url), { signal, redirect: 'error' });
    const body: unknown = await response.json();
    const seconds = (performance.now() - began) / 1_000;
    if (response.ok) return { url, seconds, value: body as Wire<T> };
    const { reason = `HTTP ${response.status}`, message = '' } = body as { reason?: string; message?: string };
    return { url, seconds, reason, message };
  } catch (cause) {
    return { url, error: shortOf(cause) };
  }
}

/** `fetch failed` says nothing; what lies under it does. */
function shortOf(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error && !(inner instanceof PegwayError)) inner = inner.cause;
  if (inner instanceof Error && 'code' in inner && typeof inner.code === 'string') return inner.code;
  return messageOf(inner);
}
