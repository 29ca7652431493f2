// A batch of one transfer with nonce 0, and attempts to have it executed.
import assert from 'node:assert/strict';

import type { Hex } from 'viem';

import { encodeTransfers } from '../../../protocol/attestation.ts';
import { type HelpedSide, address } from './bridges.ts';
import { signers } from './signers.ts';

export const items = [{ recipient: address(0xa11ce), amount: 5n }];
export const transfers = encodeTransfers(items);
export const digestOf = ({ digest }: HelpedSide) => digest(0n, transfers);
export const attested = ({ attest }: HelpedSide, by?: number[]) => attest(0n, transfers, by);
export const submitted = (side: HelpedSide, signatures: Hex) => side.submit(0n, transfers, signatures);
/** Approvals of these signers, on chain. */
export const approve = async (side: HelpedSide, by: number[]) => submitted(side, await attested(side, by));

/** Nothing was paid, nothing was kept, whatever was tried. */
export async function unmoved(side: HelpedSide): Promise<void> {
  assert.equal(await side.status(0n), 'open');
  assert.equal(await side.balanceOf(items[0]!.recipient), 0n);
  assert.equal(await side.bridge.read.approvals([await digestOf(side)]), 0);
}

const addresses = signers.map((signer) => signer.address);

/** The refusal of the signature in this signer's place. */
export const invalid = (index: number) => ['InvalidSignature', [BigInt(index), addresses[index]]] as const;
