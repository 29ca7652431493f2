/** What a relayer's answer may weigh; more is not read. */
const LARGEST = 512 * 1_024;
const PATIENCE_MS = 4_000;

/** A relayer's API did not answer, or not with what it should. Nothing depends on it: the chains tell the truth. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/**
 * `GET` of a relayer's public API, as JSON.
 * SECURITY: whoever answers may lie, say too much or nothing: what comes is bounded here, and each caller takes only the fields
 * it knows, in the form it knows. What can be checked on the chains is checked there.
 * @throws {NoAnswer}
 */
export async function ask(apiUrl: string, path: string): Promise<unknown> {
  try {
    const response = await fetch(`${apiUrl.replace(/\/$/, '')}${path}`, {
      signal: AbortSignal.timeout(PATIENCE_MS),
      credentials: 'omit',
      redirect: 'error',
      cache: 'no-store',
    });
    // A relayer that does not know (yet) says so with its reason: that is an answer, too.
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
