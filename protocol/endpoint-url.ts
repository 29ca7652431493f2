/**
 * A node's URL in parts, so that no secret in it reaches a log: credentials, path and query may each hold an API key.
 */
export interface EndpointUrl {
  /** Without credentials. */
  readonly url: URL;
  /** Host and port: the only part that may be printed. */
  readonly host: string;
  /** The `Authorization` header for the URL's credentials (RFC 7617, UTF-8), or undefined without any. */
  readonly authorization: string | undefined;
  /** Removes this URL's secrets from a text, such as an error page that repeats the request's path. */
  readonly redact: (text: string) => string;
}

/** Shorter parts are not secret, and removing them would garble unrelated words. */
const SHORTEST_SECRET = 4;

/** @throws {TypeError} for an invalid URL. */
export function parseEndpointUrl(text: string): EndpointUrl {
  const full = new URL(text);
  const url = new URL(full);
  url.username = '';
  url.password = '';
  url.hash = '';

  const [user, password] = [decode(full.username), decode(full.password)];
  const token = user === '' && password === '' ? undefined : base64(`${user}:${password}`);
  const secrets = [
    ...[text, full.href, url.href, `${full.username}:${full.password}`, `${user}:${password}`, token ?? ''],
    ...[full.username, full.password, user, password],
    ...(url.pathname === '/' ? [] : [url.pathname + url.search, url.pathname]),
    ...url.pathname.split('/').filter(isKeyLike),
    ...[url.search, ...url.searchParams.values()],
  ]
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .sort((a, b) => b.length - a.length);

  return {
    url,
    host: url.host,
    authorization: token === undefined ? undefined : `Basic ${token}`,
    redact: (words) => secrets.reduce((clean, secret) => clean.replaceAll(secret, '[redacted]'), words),
  };
}

/**
 * Matches a path segment such as an API key, but not `mainnet` or `rpc`, which node messages contain as ordinary words.
 */
const isKeyLike = (segment: string): boolean => segment.length >= 20 || (segment.length >= 8 && /\d/.test(segment));

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // A bare `%` in a password.
    return part;
  }
}

const base64 = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
