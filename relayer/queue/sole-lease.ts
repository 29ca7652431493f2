export interface Lease {
  /**
   * True while this process may send. Turns false before another one may, even after a suspension or a network
   * partition.
   */
  held(): boolean;
  /**
   * Aborts once another process holds the lease, or has held it meanwhile: this one must discard its state and its
   * work.
   */
  readonly lost: AbortSignal;
  /** Unique to this holder's tenure. */
  readonly tenure: string;
  /** The previous tenure, with a queue that is obsolete. */
  readonly previous: string | undefined;
  /** Releases the lease, so that a standby need not wait for its expiry. */
  release(): Promise<void>;
}

/** The lease for a queue that no other process can share. */
export const soleLease: Lease = {
  held: () => true,
  lost: new AbortController().signal,
  tenure: '',
  previous: undefined,
  release: () => Promise.resolve(),
};
