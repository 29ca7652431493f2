import { Worker } from 'node:worker_threads';

import { type Address, type Hex, keccak256, numberToHex } from 'viem';

import { signDigest } from './sign.ts';

/*
 * A stranger that floods a public port: requests for signatures, correct in form and signed beforehand, so that each passes all
 * checks up to the recovery of its signer. Sending costs the stranger almost nothing.
 */

export interface FloodTarget {
  readonly chainId: number;
  readonly bridge: Address;
  readonly signerEpoch: bigint;
  readonly productToken: Address;
}

export interface Flood extends AsyncDisposable {
  /** Number of answers so far, by HTTP status; `0` counts connections that failed. */
  answers(): ReadonlyMap<number, number>;
}

export interface FloodOptions {
  readonly perSecond: number;
  /** Source addresses, in 127.0.0.0/8: peers of a test net send from 127.0.0.1. */
  readonly from?: readonly string[];
}

/** Program of the sending thread. */
export interface FloodOrder {
  readonly port: number;
  readonly perSecond: number;
  readonly from: readonly string[];
  readonly bodies: readonly string[];
}

/** Different requests; a relayer that remembers some hundred signatures is not spared. */
const REQUESTS = 200;

/** Signs the requests; seconds of work, before the flood. */
export async function signFlood({ chainId, bridge, signerEpoch, productToken }: FloodTarget): Promise<string[]> {
  return Promise.all(
    Array.from({ length: REQUESTS }, async (_, index) => {
      const privateKey: Hex = keccak256(numberToHex(index + 1, { size: 32 }));
      const digest = keccak256(privateKey);
      const signature = await signDigest(privateKey, digest);
      return JSON.stringify({
        ...{ kind: 'batch', direction: 'mint', chainId, bridge, signerEpoch: signerEpoch.toString(), productToken },
        ...{ firstNonce: '0', count: 1, digest, signature },
      });
    }),
  );
}

/**
 * Floods until disposed, from a thread of its own.
 * @param port Public port of the attacked relayer, on 127.0.0.1.
 */
export function startFlood(port: number, bodies: readonly string[], options: FloodOptions): Flood {
  const { perSecond, from = ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5'] } = options;
  const answers = new Map<number, number>();
  const order: FloodOrder = { port, perSecond, from, bodies };
  const worker = new Worker(new URL('./flood-sender.ts', import.meta.url), { workerData: order });
  worker.on('message', (counts: ReadonlyMap<number, number>) => {
    for (const [status, count] of counts) answers.set(status, (answers.get(status) ?? 0) + count);
  });
  return {
    answers: () => answers,
    async [Symbol.asyncDispose]() {
      await worker.terminate();
    },
  };
}
