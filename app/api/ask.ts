import { RelayerError, askRelayer, readText } from '../../sdk/ask-relayer.ts';

/** Maximum size of a relayer's response, in characters; the rest is not read. */
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
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const response = await askRelayer(apiUrl, path, { accept: 'application/json', signal });
    return JSON.parse(await readText(response, LARGEST));
  } catch (cause) {
    // A 404 carries the reason why the relayer does not have the transfer (yet), so it is a valid response.
    if (cause instanceof RelayerError && cause.status === 404) return { reason: cause.reason };
    throw new NoAnswer('no answer', { cause });
  }
}
