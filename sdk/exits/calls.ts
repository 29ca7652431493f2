import type { Address, Hex } from 'viem';

/** A call of `Exits`. */
export interface ExitCall {
  readonly functionName:
    | ('open' | 'close' | 'advance' | 'fix')
    | ('link' | 'unwind' | 'claimBalance' | 'claimDeposit' | 'claimRedeem')
    | ('pay' | 'payRedeemer');
  readonly args: readonly unknown[];
}

/** A call before a claim that serves every holder's: it brings a known block or running hash nearer. */
export interface Preparation extends ExitCall {
  readonly functionName: 'link' | 'unwind';
  /** The height of the block, or the place of the running hash in its lane. */
  readonly at: bigint;
}

/** The recipient of a claim, and the account's consent to it: a signature, or the proof of its entry in `ExitAddress`. */
export interface ExitPayout {
  readonly payout: Address;
  readonly signature: Hex;
  readonly proof: Hex;
}
