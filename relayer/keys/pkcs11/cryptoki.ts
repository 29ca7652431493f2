import type * as pkcs11js from 'pkcs11js';

import { messageOf } from '../../../protocol/errors.ts';
import { KeyError, usageError } from '../key-error.ts';
import { importOptional } from '../optional-package.ts';

/** The exports of `pkcs11js`: classes, and the standard's constants. */
export type Pkcs11 = typeof pkcs11js;

export type Library = pkcs11js.PKCS11;

export type Handle = pkcs11js.Handle;

/** Compiled when it is installed, so a signer without an HSM does without. */
const loadBinding = (): Promise<Pkcs11> =>
  importOptional(
    // A CommonJS package that declares no default export.
    async () => ((await import('pkcs11js')) as unknown as { default: Pkcs11 }).default,
    {
      name: 'pkcs11js',
      scheme: 'pkcs11: or envelope:',
      hint: ' (compiling it needs python3, make and g++; npm may ask to allow its install script)',
    },
  );

const opened = new Map<string, Promise<Cryptoki>>();

/**
 * One HSM library in this process. PKCS#11 sees one application per process, so all keys of a library share it. A
 * restart, which some libraries need after their HSM was unreachable, waits until no call is in progress.
 */
export class Cryptoki {
  readonly pkcs11: Pkcs11;
  readonly #library: Library;
  readonly #path: string;
  #owners = 1;
  #inside = 0;
  #becameIdle: (() => void) | undefined;
  #restarting: Promise<void> | undefined;
  #restarted = -Infinity;
  #ownsInitialization = false;

  private constructor(pkcs11: Pkcs11, path: string) {
    this.pkcs11 = pkcs11;
    this.#path = path;
    this.#library = new pkcs11.PKCS11();
  }

  /** Every `open` is paired with one `close`. */
  static async open(path: string): Promise<Cryptoki> {
    const shared = opened.get(path);
    if (shared !== undefined) {
      const cryptoki = await shared;
      cryptoki.#owners += 1;
      return cryptoki;
    }
    const opening = loadBinding().then((pkcs11) => {
      const cryptoki = new Cryptoki(pkcs11, path);
      cryptoki.#load();
      return cryptoki;
    });
    opened.set(path, opening);
    try {
      return await opening;
    } catch (error) {
      opened.delete(path);
      throw error;
    }
  }

  #load(): void {
    try {
      this.#library.load(this.#path);
    } catch (cause) {
      throw usageError(`cannot load the HSM library ${this.#path}: ${messageOf(cause)}`, {
        cause,
        hint: 'module-path names the PKCS#11 library (.so) of the HSM’s vendor',
      });
    }
    try {
      this.#initialize();
    } catch (cause) {
      this.#library.close();
      throw usageError(`the HSM library ${this.#path} does not start: ${messageOf(cause)}`, {
        cause,
        hint: 'its own tools give details; SoftHSM finds its tokens by SOFTHSM2_CONF',
      });
    }
  }

  #initialize(): void {
    try {
      this.#library.C_Initialize({ flags: this.pkcs11.CKF_OS_LOCKING_OK });
      this.#ownsInitialization = true;
    } catch (error) {
      // Initialized elsewhere in this process, which then also finalizes it.
      if (!this.is(error, 'CKR_CRYPTOKI_ALREADY_INITIALIZED')) throw error;
    }
  }

  #finalize(): void {
    if (!this.#ownsInitialization) return;
    this.#ownsInitialization = false;
    try {
      this.#library.C_Finalize();
    } catch {
      // Already finalized.
    }
  }

  /** True if an error carries one of these PKCS#11 return values. */
  is(error: unknown, ...names: readonly string[]): boolean {
    return error instanceof this.pkcs11.Pkcs11Error && names.includes(error.message);
  }

  /** Every call into the HSM runs in here. */
  async use<T>(work: (library: Library) => Promise<T> | T): Promise<T> {
    while (this.#restarting !== undefined) await this.#restarting;
    this.#inside += 1;
    try {
      return await work(this.#library);
    } finally {
      this.#inside -= 1;
      if (this.#inside === 0) this.#becameIdle?.();
    }
  }

  async #idle(): Promise<void> {
    if (this.#inside === 0) return;
    await new Promise<void>((resolve) => (this.#becameIdle = resolve));
    this.#becameIdle = undefined;
  }

  /**
   * Restarts the library, at most once a second. All sessions of all keys are lost. Never rejects: the next call fails
   * instead.
   */
  async restart(): Promise<void> {
    if (this.#restarting === undefined && performance.now() - this.#restarted < 1000) return;
    this.#restarting ??= this.#idle()
      .then(() => {
        this.#finalize();
        this.#initialize();
      })
      .catch(() => undefined)
      .finally(() => {
        this.#restarting = undefined;
        this.#restarted = performance.now();
      });
    await this.#restarting;
  }

  async close(): Promise<void> {
    this.#owners -= 1;
    if (this.#owners > 0) return;
    opened.delete(this.#path);
    await this.#restarting;
    await this.#idle();
    this.#finalize();
    this.#library.close();
  }

  /** Wraps a runtime error of the HSM. */
  failure(what: string, cause: unknown): KeyError {
    if (cause instanceof KeyError)
      return new KeyError(`${what}: ${cause.message}`, { cause, code: cause.code ?? 'hsm' });
    return new KeyError(`${what}: ${messageOf(cause)}`, { cause, code: 'hsm' });
  }
}
