import { type Hash, hexToBytes, numberToBytes } from 'viem';

import { toHex } from './hex.ts';
import { keccak } from './keccak.ts';

const PREFIX = new TextEncoder().encode('matic-bor-receipt-');

/**
 * Hash of the transaction with which Polygon records its state syncs: Bor derives it from the block. Nodes return its
 * receipt behind those of the block, and neither the transactions root nor the receipts root covers it.
 */
export const stateSyncHash = (number: bigint, block: Hash): Hash =>
  toHex(keccak(Buffer.concat([PREFIX, numberToBytes(number, { size: 8 }), hexToBytes(block)])));
