import { parseEndpointUrl } from '../protocol/endpoint-url.ts';
import { causeWords } from '../protocol/failure-words.ts';

/** A relayer did not answer, or not with what was requested. */
export class RelayerError extends Error {
  override readonly name: string = 'RelayerError';
  /** HTTP status; undefined without an answer. */
  readonly status: number | undefined;
  /** Reason code of the relayer, such as `history-incomplete`. */
  readonly reason: string | undefined;
  /** The relayer asks for this pause. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    message: string,
    {
      status,
      reason,
      retryAfterSeconds,
      cause,
    }: Partial<Pick<RelayerError, 'status' | 'reason' | 'retryAfterSeconds' | 'cause'>> = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    [this.status, this.reason, this.retryAfterSeconds] = [status, reason, retryAfterSeconds];
  }
}

/** SECURITY: a relayer may answer anything, at any length. In characters; a page of 200 transfers is below 200,000. */
const LARGEST_ANSWER = 4 * 1_024 ** 2;

/**
 * Sends a GET request to a relayer's public port, or below it (`https://signer.example/bridges/NAME`).
 * @returns An answer of status 200, of which only the headers were read.
 * @throws {RelayerError} for any other; the signal's reason when it is aborted.
 */
export async function askRelayer(
  relayer: string,
  path: string,
  { accept, signal }: { readonly accept: string; readonly signal: AbortSignal },
): Promise<Response> {
  const { url, host, authorization, redact } = parseEndpointUrl(relayer);
  let response: Response;
  try {
    response = await fetch(`${url.origin}${url.pathname.replace(/\/$/, '')}${path}`, {
      headers: { accept, ...(authorization === undefined ? {} : { authorization }) },
      ...{ redirect: 'error', credentials: 'omit', cache: 'no-store' },
      signal,
    });
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw new RelayerError(`no answer from ${host}: ${redact(causeWords(cause))}`, { cause });
  }
  if (response.status === 200) return response;
  const { reason, message, retryAfter } = await refusalIn(response);
  throw new RelayerError(`${host} answered ${response.status}${reason === undefined ? '' : ` ${reason}`}: ${message}`, {
    ...{ status: response.status, reason, retryAfterSeconds: retryAfter },
  });
}

async function refusalIn(response: Response) {
  const seconds = Number(response.headers.get('retry-after') ?? NaN);
  const retryAfter = Number.isInteger(seconds) ? seconds : undefined;
  const text = await readText(response).catch(() => '');
  try {
    const { reason, message } = JSON.parse(text) as { readonly reason?: unknown; readonly message?: unknown };
    return {
      ...{ retryAfter, message: typeof message === 'string' ? message : '' },
      reason: typeof reason === 'string' ? reason : undefined,
    };
  } catch {
    return { retryAfter, reason: undefined, message: text.slice(0, 120) };
  }
}

/**
 * The body as text.
 * @param largest In characters; by default more than any answer that the SDK requests.
 * @throws {RelayerError} when it is longer.
 */
export async function readText(response: Response, largest = LARGEST_ANSWER): Promise<string> {
  let text = '';
  for await (const part of decode(response)) {
    text += part;
    if (text.length > largest) throw new RelayerError(`the answer is longer than ${largest} characters`);
  }
  return text;
}

/** The parts of a body as they arrive; ending early ends the connection. */
export async function* decode(response: Response): AsyncGenerator<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  try {
    for (;;) {
      const chunk = (await reader?.read()) as { readonly value?: Uint8Array } | undefined;
      if (chunk?.value === undefined) return;
      yield decoder.decode(chunk.value, { stream: true });
    }
  } finally {
    await reader?.cancel().catch(() => undefined);
  }
}
