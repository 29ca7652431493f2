import type { Hex } from 'viem';

import type { SigningHistory } from '../store/signing-history.ts';
import type { SignedContents } from './signed-contents.ts';

/** A signing history that holds across the processes of a signer. */
export interface SharedHistory {
  /** As of {@link SigningHistory}, and against what the other processes have signed. */
  record(laneKey: string, firstNonce: bigint, contents: readonly Hex[]): Promise<bigint | undefined>;
}

/**
 * @param local Of this process. The content of another process is adopted into it, so that an operator finds and accepts it here.
 */
export const shareHistory = (
  local: Pick<SigningHistory, 'record' | 'accept'>,
  signed: Pick<SignedContents, 'record'>,
): SharedHistory => ({
  async record(laneKey, firstNonce, contents) {
    const conflict = local.record(laneKey, firstNonce, contents);
    if (conflict !== undefined) return conflict;
    const other = await signed.record(laneKey, firstNonce, contents);
    if (other === undefined) return undefined;
    local.accept(laneKey, other.nonce);
    local.record(laneKey, other.nonce, [other.content]);
    return other.nonce;
  },
});
