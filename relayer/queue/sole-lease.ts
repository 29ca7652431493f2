/** Lets Redis refuse what a process writes after it has lost a lease: the key of the lease has this value while it is held. */
export interface Fence {
  readonly key: string;
  readonly token: string;
}

export interface Lease {
  /**
   * True while this process may send. Turns false before another one may, even after a suspension or a network
   * partition.
   */
  held(): boolean;
  /**
   * True while this process may sign. False once another one holds the lease, and after a suspension until Redis
   * confirms the lease. While Redis does not answer, it stays true or not as the holder chose.
   */
  maySign(): boolean;
  /**
   * Aborts once another process holds the lease, or has held it meanwhile: this one must discard its state and its
   * work.
   */
  readonly lost: AbortSignal;
  /** Unique to this holder's tenure. */
  readonly tenure: string;
  /** The previous tenure, with a queue that is obsolete. */
  readonly previous: string | undefined;
  /** Undefined without Redis. */
  readonly fence: Fence | undefined;
  /** Releases the lease, so that a standby need not wait for its expiry. */
  release(): Promise<void>;
}

/** The lease for a queue that no other process can share. */
export const soleLease: Lease = {
  held: () => true,
  maySign: () => true,
  lost: new AbortController().signal,
  tenure: '',
  previous: undefined,
  fence: undefined,
  release: () => Promise.resolve(),
};
