import { parseEndpointUrl } from '../../protocol/endpoint-url.ts';

/** Maximum size of a relayer's response, in bytes; the rest is not read. */
const LARGEST = 512 * 1_024;
const PATIENCE_MS = 4_000;

/** A relayer's API did not respond, or not as specified. Never critical: the chains are the source of truth. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/**
 * `GET` of a relayer's public API, as JSON. The path of `apiUrl` precedes `path`.
 * SECURITY: untrusted input. Its size is bounded here, and each caller reads only known fields in the expected form.
 * Anything verifiable on the chains is verified there.
 * @throws {NoAnswer}
 */
export async function ask(apiUrl: string, path: string): Promise<unknown> {
  try {
    const { url, authorization } = parseEndpointUrl(apiUrl);
    const response = await fetch(`${url.href.replace(/\/$/, '')}${path}`, {
      // Browsers refuse a URL with credentials in it.
      ...(authorization === undefined ? {} : { headers: { authorization } }),
      signal: AbortSignal.timeout(PATIENCE_MS),
      credentials: 'omit',
      redirect: 'error',
      cache: 'no-store',
    });
    // A 404 carries the reason why the relayer does not have the transfer (yet), so it is a valid response.
    if (!response.ok && response.status !== 404) throw new NoAnswer(`HTTP ${response.status}`);
    return JSON.parse(await readBounded(response));
  } catch (cause) {
    throw cause instanceof NoAnswer ? cause : new NoAnswer('no answer', { cause });
  }
}

async function readBounded(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) throw new NoAnswer('an empty answer');
  const decoder = new TextDecoder();
  let text = '';
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    length += value.byteLength;
    if (length > LARGEST) {
      await reader.cancel();
      throw new NoAnswer(`an answer of more than ${LARGEST} bytes`);
    }
    text += decoder.decode(value, { stream: true });
  }
}
