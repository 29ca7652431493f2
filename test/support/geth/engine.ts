import { createHmac } from 'node:crypto';

import type { Hash, Hex } from 'viem';

import { call } from '../../../cli/devnet/anvil.ts';
import type { Fork } from './genesis.ts';

/** An execution payload as geth builds it; opaque but for these fields. */
interface Payload {
  readonly blockHash: Hash;
  readonly blockNumber: Hex;
  readonly timestamp: Hex;
}

interface Envelope {
  readonly executionPayload: Payload;
  readonly executionRequests?: readonly Hex[] | null;
}

/** The heads that consensus has agreed on. */
export interface Heads {
  readonly head: Hash;
  readonly safe: Hash;
  readonly finalized: Hash;
}

interface Status {
  readonly status: string;
  readonly validationError?: string | null;
}

const newPayload: Readonly<Record<Fork, string>> = {
  cancun: 'engine_newPayloadV3',
  osaka: 'engine_newPayloadV4',
  amsterdam: 'engine_newPayloadV5',
};
const forkchoiceUpdated: Readonly<Record<Fork, string>> = {
  cancun: 'engine_forkchoiceUpdatedV3',
  osaka: 'engine_forkchoiceUpdatedV3',
  amsterdam: 'engine_forkchoiceUpdatedV4',
};

interface EngineOptions {
  readonly url: string;
  /** Serves the namespace `testing`, which the engine port does not. */
  readonly rpcUrl: string;
  readonly secret: Hex;
  readonly fork: Fork;
}

/** The consensus side of a node (https://github.com/ethereum/execution-apis/tree/main/src/engine). */
export function connectEngine({ url, rpcUrl, secret, fork }: EngineOptions) {
  const ask = async (method: string, ...params: readonly unknown[]): Promise<unknown> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token(secret)}` },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    });
    const { result, error } = (await response.json()) as { result?: unknown; error?: { message: string } };
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  };
  const valid = (method: string, { status, validationError }: Status): void => {
    if (status !== 'VALID') throw new Error(`${method}: ${status}: ${validationError ?? ''}`);
  };

  return {
    /**
     * A block on the current head, with these transactions, or those of the pool where undefined. Its beacon root is the
     * salt, so that blocks with the same content differ. `engine_getPayload` would return an empty block at once.
     */
    async build(parent: Hash, timestamp: bigint, salt: Hash, transactions?: readonly Hex[]): Promise<Envelope> {
      const attributes = {
        ...{ timestamp: hex(timestamp), prevRandao: salt, parentBeaconBlockRoot: salt, withdrawals: [] },
        suggestedFeeRecipient: '0x00000000000000000000000000000000000000fe',
        ...(fork === 'amsterdam' ? { slotNumber: hex(timestamp), targetGasLimit: '0x5f5e100' } : {}),
      };
      return (await call(rpcUrl, 'testing_buildBlockV1', parent, attributes, transactions ?? null, null)) as Envelope;
    },

    async insert({ executionPayload, executionRequests }: Envelope, salt: Hash): Promise<void> {
      const requests = fork === 'cancun' ? [] : [executionRequests ?? []];
      const method = newPayload[fork];
      valid(method, (await ask(method, executionPayload, [], salt, ...requests)) as Status);
    },

    async choose({ head, safe, finalized }: Heads): Promise<void> {
      const method = forkchoiceUpdated[fork];
      const state = { headBlockHash: head, safeBlockHash: safe, finalizedBlockHash: finalized };
      const { payloadStatus } = (await ask(method, state, null)) as { payloadStatus: Status };
      valid(method, payloadStatus);
    },
  };
}

const hex = (value: bigint): Hex => `0x${value.toString(16)}`;

/** HS256 with the time of issue, as the Engine API's authentication requires. */
function token(secret: Hex): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ iat: Math.floor(Date.now() / 1_000) })}`;
  const signature = createHmac('sha256', Buffer.from(secret.slice(2), 'hex'))
    .update(text)
    .digest('base64url');
  return `${text}.${signature}`;
}
