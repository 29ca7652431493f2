import type { ErrorObject, Silence } from './json-rpc.ts';

/** Longest excerpt of a response body in an error message, in characters. */
const LONGEST_EXCERPT = 120;
/** Longest error message of a node that is kept, in characters. The metrics and rules read no further. */
const LONGEST_MESSAGE = 1_000;

/** Reduces a text to one line without control characters, which could rewrite a terminal. */
export function oneLine(text: string, longest = LONGEST_MESSAGE): string {
  const line = text
    .slice(0, 10 * longest)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}

/** The first readable words of a body, without the markup, styles and scripts of an error page. */
export const firstWords = (body: string): string =>
  oneLine(
    body
      .slice(0, 8_192)
      .replace(/<(style|script)\b[^]*?(<\/\1>|$)/gi, ' ')
      .replace(/<[^>]*>?/g, ' '),
    LONGEST_EXCERPT,
  );

/** Metadata of an HTTP response. */
export interface ResponseFacts {
  readonly status: number;
  /** The reason phrase, such as `Bad Gateway`; empty if unknown. */
  readonly statusText: string;
  /** The `Location` header. */
  readonly location: string | undefined;
  readonly body: string;
}

/** Removes secrets from a text; see `parseEndpointUrl`. */
export type Redact = (text: string) => string;

/** Characters of a body that excerpts are taken from. */
const READ = 16_384;

/**
 * Describes why a response contains no answer to a request: its status if it failed, then a description of the body.
 *
 * SECURITY: secrets are removed before excerpts are cut, since a cut could leave part of one.
 */
export function silenceWords(silence: Silence, response: ResponseFacts, redact: Redact): string {
  const { status, statusText, location } = response;
  const body = redact(response.body.slice(0, READ));
  const isFailure = status < 200 || status > 299;
  const prefix = isFailure ? `HTTP ${status} ${statusText}`.trim() : '';
  if (location !== undefined && status >= 300 && status < 400) return `${prefix}: redirect to ${hostOf(location)}`;
  // An empty body leaves only the status.
  const words = body.trim() === '' ? (isFailure ? '' : 'empty body') : bodyWords(silence, body, redact);
  return [prefix, words].filter((part) => part !== '').join(': ');
}

function bodyWords({ reason, unattributed }: Silence, body: string, redact: Redact): string {
  const excerpt = firstWords(body);
  const gap =
    unattributed === undefined
      ? ''
      : `; an item without id has error ${unattributed.code}: ${oneLine(redact(unattributed.message))}`;
  switch (reason) {
    case 'missing':
      return `the response lacks this request${gap}`;
    case 'repeated':
      return `the response has this request's id more than once${gap}`;
    case 'malformed':
      return `the response's item has no single result or error${gap}`;
    case 'not-json-rpc':
      return `not a JSON-RPC response: ${excerpt}`;
    case 'not-json':
      return `invalid JSON: ${excerpt}`;
    case 'html':
      return `HTML instead of JSON: ${excerpt}`;
  }
}

/** Removes secrets from an error: nodes and gateways quote requests in theirs. Revert data is kept as is. */
export function redactError({ code, message, data }: ErrorObject, redact: Redact): ErrorObject {
  const clean = (value: unknown): unknown => {
    if (typeof value === 'string') return /^0x[0-9a-f]*$/i.test(value) ? value : redact(value);
    if (Array.isArray(value)) return value.map(clean);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [redact(key), clean(one)]));
  };
  return { code, message: redact(message), ...(data === undefined ? {} : { data: clean(data) }) };
}

/** Only the host: the rest of a redirect may repeat a key. */
function hostOf(location: string): string {
  return URL.canParse(location) ? new URL(location).host : 'another path';
}

/** Maximum depth of wrapped errors that is inspected. */
const DEEPEST = 8;

/**
 * Returns the innermost cause of a failed connection, with its errno or TLS code, which libraries wrap in messages
 * without either.
 */
export function causeWords(error: unknown): string {
  let found: unknown = error;
  for (let depth = 0; depth < DEEPEST; depth++) {
    const inner = innerOf(found);
    if (inner === undefined) break;
    found = inner;
  }
  if (!(found instanceof Error)) return oneLine(String(found));
  const code = 'code' in found && typeof found.code === 'string' ? found.code : '';
  const message = oneLine(found.message);
  if (message === '') return code === '' ? found.name : code;
  return code === '' || message.includes(code) ? message : `${message} (${code})`;
}

/** A host with several addresses fails with one error for each; the first represents all. */
const innerOf = (error: unknown): unknown => {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors[0] as unknown;
  return error instanceof Error ? (error.cause ?? undefined) : undefined;
};
