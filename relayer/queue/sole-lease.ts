export interface Lease {
  /** Whether this process may send now. False before another one may, also after this one was stopped or cut off. */
  held(): boolean;
  /** Another process holds it now, or did meanwhile: what this one knows and began is void. */
  readonly lost: AbortSignal;
  /** Tells this holder's time from every other's. */
  readonly tenure: string;
  /** The one before, whose queue nobody needs any more. */
  readonly previous: string | undefined;
  /** Gives it up, so that a standby need not wait. */
  release(): Promise<void>;
}

/** For a queue that no other process can share. */
export const soleLease: Lease = {
  held: () => true,
  lost: new AbortController().signal,
  tenure: '',
  previous: undefined,
  release: () => Promise.resolve(),
};
