import { keccak256 } from 'viem';

import { limit } from '../../async/limit.ts';
import { KeyError, usageError } from '../key-error.ts';
import type { KeyUri } from '../key-uri.ts';
import type { PasswordOptions } from '../password.ts';
import { normalizeSignature, readSignature } from '../signature.ts';
import type { Signer } from '../signer.ts';
import { withTimeout } from '../timeout.ts';
import type { Handle, Library } from './cryptoki.ts';
import { findEcKey } from './ec-key.ts';
import { type Hsm, openHsm, withSession } from './hsm.ts';
import { openSession } from './token.ts';
import { nameOfToken } from './uri.ts';

/** Concurrent signatures in the HSM: one per session. */
const sessions = 4;

const answerSeconds = 30;

interface Session {
  readonly handle: Handle;
  readonly privateKey: Handle;
}

/** Errors that a new session would not fix. */
const refusals = [
  'CKR_KEY_FUNCTION_NOT_PERMITTED',
  'CKR_KEY_TYPE_INCONSISTENT',
  'CKR_MECHANISM_INVALID',
  'CKR_FUNCTION_NOT_SUPPORTED',
  'CKR_DATA_LEN_RANGE',
];

/** A pool of sessions for one key, opened on demand and reopened after the HSM dropped them. */
class Sessions {
  readonly #hsm: Hsm;
  readonly #address: string;
  #idle: Session[] = [];
  /** A rejected PIN is never retried: a few wrong ones lock the HSM. */
  #refused: KeyError | undefined;

  constructor(hsm: Hsm, address: string) {
    this.#hsm = hsm;
    this.#address = address;
  }

  #connect(library: Library): Session {
    if (this.#refused !== undefined) throw this.#refused;
    const { cryptoki, uri, pin } = this.#hsm;
    let handle: Handle | undefined;
    try {
      handle = openSession(cryptoki, library, uri, pin);
      const { privateKey, address } = findEcKey(cryptoki, library, handle, uri);
      if (address !== this.#address) throw usageError(`the key in the HSM is now ${address}, and was ${this.#address}`);
      return { handle, privateKey };
    } catch (error) {
      if (error instanceof KeyError && error.code === 'wrong-pin') this.#refused = error;
      if (handle !== undefined) this.#close(library, handle);
      throw error;
    }
  }

  #close(library: Library, handle: Handle): void {
    try {
      library.C_CloseSession(handle);
    } catch {
      // Already closed.
    }
  }

  /** One attempt. After a failure this session and all idle ones are closed: their cause is shared. */
  async sign(digest: Buffer): Promise<Uint8Array> {
    return this.#hsm.cryptoki.use(async (library) => {
      const session = this.#idle.pop() ?? this.#connect(library);
      try {
        library.C_SignInit(session.handle, { mechanism: this.#hsm.cryptoki.pkcs11.CKM_ECDSA }, session.privateKey);
        const signature = await library.C_SignAsync(session.handle, digest, Buffer.alloc(256));
        this.#idle.push(session);
        return signature;
      } catch (error) {
        this.closeIdle(library);
        this.#close(library, session.handle);
        throw error;
      }
    });
  }

  closeIdle(library: Library): void {
    for (const { handle } of this.#idle.splice(0)) this.#close(library, handle);
  }
}

/** A key that never leaves its HSM. Recovers from lost sessions and an unreachable token. */
export async function openPkcs11(uri: KeyUri, options: PasswordOptions): Promise<Signer> {
  const hsm = await openHsm(uri, options);
  const { cryptoki } = hsm;
  const name = nameOfToken(hsm.uri);
  const address = await withTimeout(
    answerSeconds,
    name,
    withSession(hsm, (library, session) => findEcKey(cryptoki, library, session, hsm.uri).address),
  ).catch(async (error: unknown) => {
    await cryptoki.close();
    throw error;
  });

  const pool = new Sessions(hsm, address);
  const limited = limit(sessions);
  let open = true;

  /** With the session at hand, then with a new one, then with the library started over. */
  async function signWithRetry(digest: Buffer): Promise<Uint8Array> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await pool.sign(digest);
      } catch (error) {
        const final = attempt === 3 || cryptoki.is(error, ...refusals);
        if (final || (error instanceof KeyError && error.code === 'wrong-pin')) {
          throw cryptoki.failure(`${address} in ${name} cannot sign`, error);
        }
        if (attempt === 2) await cryptoki.restart();
      }
    }
  }

  return {
    address,
    sign: async (preimage) => {
      if (!open) throw new KeyError(`the key of ${address} is closed`);
      const digest = Buffer.from(keccak256(preimage, 'bytes'));
      const signature = await limited(() => withTimeout(answerSeconds, name, signWithRetry(digest)));
      return normalizeSignature(readSignature(signature), digest, address);
    },
    close: async () => {
      if (!open) return;
      open = false;
      await cryptoki.use((library) => {
        pool.closeIdle(library);
      });
      await cryptoki.close();
    },
  };
}
