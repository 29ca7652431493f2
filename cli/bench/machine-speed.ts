import { keccak256, recoverAddress } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

/** Operations a second of one thread of this machine: figures of different machines compare by them. */
export interface MachineSpeed {
  /** Keccak-256 of 1 KiB. */
  readonly hashes: number;
  /** secp256k1 recoveries of a signer's address. */
  readonly recoveries: number;
}

const SECONDS = 1;

async function rate(work: () => unknown): Promise<number> {
  const begun = performance.now();
  let count = 0;
  for (; performance.now() - begun < SECONDS * 1_000; count++) await work();
  return Math.round((count * 1_000) / (performance.now() - begun));
}

export async function measureMachine(): Promise<MachineSpeed> {
  const bytes = new Uint8Array(1_024);
  const hash = keccak256(bytes);
  const signature = await privateKeyToAccount(`0x${'11'.repeat(32)}`).sign({ hash });
  return {
    hashes: await rate(() => keccak256(bytes)),
    recoveries: await rate(() => recoverAddress({ hash, signature })),
  };
}
