import { readFileSync } from 'node:fs';

import type { Address, Hex } from 'viem';

/** The rules of a chain from its genesis on. */
export type Fork = 'cancun' | 'osaka' | 'amsterdam';

/** The contracts that blocks call by themselves, with the code of mainnet (EIP-4788, 2935, 7002, 7251, 8282). */
const systemContracts = JSON.parse(readFileSync(new URL('system-contracts.json', import.meta.url), 'utf8')) as Readonly<
  Record<string, { readonly address: Address; readonly code: Hex }>
>;

const BLOCKS_OF_PROOF_OF_WORK = [
  ...['homesteadBlock', 'eip150Block', 'eip155Block', 'eip158Block', 'byzantiumBlock', 'constantinopleBlock'],
  ...['petersburgBlock', 'istanbulBlock', 'berlinBlock', 'londonBlock'],
];
const TIMES: Readonly<Record<Fork, readonly string[]>> = {
  cancun: ['shanghaiTime', 'cancunTime'],
  osaka: ['shanghaiTime', 'cancunTime', 'pragueTime', 'osakaTime'],
  amsterdam: ['shanghaiTime', 'cancunTime', 'pragueTime', 'osakaTime', 'amsterdamTime'],
};
const blobs = { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716 };

/** Of every block. The creation of a bridge exceeds 30 million gas on Amsterdam. */
export const gasLimitOf = (fork: Fork): number => (fork === 'amsterdam' ? 100_000_000 : 30_000_000);

/** The genesis file of geth for a chain on which `rich` owns all coins. */
export function genesisOf(
  chainId: number,
  fork: Fork,
  { rich, timestamp, baseFee }: { readonly rich: Address; readonly timestamp: number; readonly baseFee: bigint },
): object {
  const zero = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, 0]));
  const alloc = Object.values(systemContracts).map(({ address, code }) => [
    address,
    { code, balance: '0x0', nonce: '0x1' },
  ]);
  return {
    config: {
      ...{ chainId, terminalTotalDifficulty: 0, ...zero(BLOCKS_OF_PROOF_OF_WORK), ...zero(TIMES[fork]) },
      depositContractAddress: '0x00000000219ab540356cBB839Cbe05303d7705Fa',
      blobSchedule: {
        cancun: { target: 3, max: 6, baseFeeUpdateFraction: 3_338_477 },
        prague: blobs,
        osaka: blobs,
        amsterdam: blobs,
      },
    },
    ...{
      difficulty: '0x0',
      gasLimit: `0x${gasLimitOf(fork).toString(16)}`,
      baseFeePerGas: `0x${baseFee.toString(16)}`,
      timestamp: `0x${timestamp.toString(16)}`,
    },
    alloc: {
      ...(Object.fromEntries(alloc) as Record<string, object>),
      [rich]: { balance: '0x200000000000000000000000000000000' },
    },
  };
}
