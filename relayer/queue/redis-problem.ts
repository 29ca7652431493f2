import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';

import { PegwayError, messageOf } from '../../protocol/errors.ts';

const PROBE_MS = 2_000;

/** Misconfigurations that Redis or TLS reports explicitly. */
const known: readonly { readonly pattern: RegExp; readonly found: string; readonly hint: string }[] = [
  {
    pattern: /WRONGPASS|invalid password|invalid username-password/i,
    found: 'Redis refuses user name or password',
    hint: 'correct them in the URL (redis://USER:PASSWORD@HOST:PORT, percent-encoded), or in the ACL of Redis',
  },
  {
    pattern: /NOAUTH/,
    found: 'Redis requires a password, and the URL has none',
    hint: 'add it to the URL: redis://USER:PASSWORD@HOST:PORT, percent-encoded',
  },
  {
    pattern: /NOPERM/,
    found: 'the ACL of Redis denies this user a command or key that the queue needs',
    hint: 'allow it all commands on the keys pegway-*, or use a Redis of its own',
  },
  {
    pattern: /DB index is out of range/i,
    found: 'Redis does not have the database that the URL names',
    hint: 'use a lower number after the last slash, or none (database 0), or raise `databases` in redis.conf',
  },
  {
    pattern: /self-signed|unable to (verify|get)|certificate|altname/i,
    found: 'the TLS certificate of Redis is not trusted',
    hint: 'name its authority in NODE_EXTRA_CA_CERTS, and use a host name that the certificate holds',
  },
];

const misconfigured = (found: string, hint: string, cause?: unknown): PegwayError =>
  new PegwayError(`queue: ${found}`, { cause, code: 'queue-unreachable', exitCode: 2, hint });

/**
 * Diagnoses a Redis that refused a connection or a command. Exit code 2 for a misconfiguration, 1 for a transient
 * failure. Never quotes the URL, which may hold a password.
 */
export async function redisProblem(url: string, cause: unknown): Promise<PegwayError> {
  const message = messageOf(cause);
  const found = known.find(({ pattern }) => pattern.test(message));
  if (found !== undefined) return misconfigured(`${found.found} (${message})`, found.hint, cause);
  const mismatch = await tlsMismatch(new URL(url));
  if (mismatch !== undefined) return misconfigured(mismatch.found, mismatch.hint, cause);
  return new PegwayError(`queue: Redis does not answer: ${message || 'the connection was closed'}`, {
    ...{ cause, code: 'queue-unreachable' },
    hint: 'is it running, and reachable from here?',
  });
}

/** @throws {PegwayError} exit code 2 when the database part of the URL is not a number. */
export function checkDatabase(url: string): void {
  const { pathname } = new URL(url);
  if (/^\/?\d*$/.test(pathname)) return;
  throw misconfigured(
    `the URL names the database ${pathname.slice(1)}, expected a number`,
    'write redis://HOST:PORT/0, or leave it out',
  );
}

/** A TLS mismatch shows as a closed connection or a timeout, so the other protocol is tried. */
async function tlsMismatch({ protocol, hostname, port }: URL) {
  const at = { host: hostname.replaceAll(/[[\]]/g, ''), port: Number(port || 6379) };
  if (protocol === 'redis:' && (await speaksTls(at))) {
    return {
      found: 'Redis expects TLS on this port, and the URL is redis://',
      hint: 'use rediss://, or its plain port',
    };
  }
  if (protocol === 'rediss:' && (await speaksPlain(at))) {
    return { found: 'Redis has no TLS on this port, and the URL is rediss://', hint: 'use redis://, or its TLS port' };
  }
  return undefined;
}

type Address = Readonly<{ host: string; port: number }>;

const speaksTls = (at: Address): Promise<boolean> =>
  new Promise((resolve) => {
    // The probe sends no data, so the certificate need not be valid.
    const socket = connectTls({ ...at, rejectUnauthorized: false, timeout: PROBE_MS });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('secureConnect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
    socket.once('timeout', () => end(false));
  });

const speaksPlain = (at: Address): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ ...at, timeout: PROBE_MS });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (data: Buffer) => end(/^(\+PONG|-[A-Z]+ )/.test(data.toString('latin1'))));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
    socket.once('timeout', () => end(false));
  });
