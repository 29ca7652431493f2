import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Side } from '../../../protocol/lane.ts';
import type { Endpoint } from '../../../relayer/chain/json-rpc-endpoint.ts';
import { RpcError } from '../../../relayer/chain/rpc-errors.ts';
import { requireAnswers } from '../../../cli/inspect/answering.ts';

/** A node that answers, fails with an error, or hangs until the caller gives up. */
const node = (name: string, outcome: 'answers' | 'hangs' | Error): Endpoint =>
  ({
    name,
    request: (_method: string, _params: unknown, signal?: AbortSignal) =>
      new Promise<unknown>((resolve, reject) => {
        if (outcome === 'answers') resolve('0x1');
        else if (outcome === 'hangs') signal?.addEventListener('abort', () => reject(signal.reason as Error));
        else reject(outcome);
      }),
  }) as unknown as Endpoint;

const chain = (side: Side, quorum: number, ...endpoints: readonly Endpoint[]) => ({
  side,
  nodes: { endpoints, quorum },
});

describe('asking nodes whether they answer', () => {
  it('waits for no node that the quorum does not need, and counts a node’s own error as an answer', async () => {
    const limited = new RpcError('0-a', 'eth_chainId', { code: 429, message: 'too many requests' });
    await requireAnswers(
      chain('main', 2, node('0-a', 'answers'), node('1-b', 'hangs'), node('2-c', 'answers')),
      chain('product', 1, node('0-a', limited)),
    );
  });

  it('names a chain at once when too few nodes are left for the quorum', async () => {
    const refused = (name: string) => node(name, new Error(`${name}: connect ECONNREFUSED`));
    await assert.rejects(requireAnswers(chain('product', 2, refused('0-a'), refused('1-b'), node('2-c', 'hangs'))), {
      message: 'the product chain does not answer: 0-a: connect ECONNREFUSED; 1-b: connect ECONNREFUSED',
    });
  });

  it('gives a silent node six seconds', async () => {
    await assert.rejects(requireAnswers(chain('main', 1, node('0-a', 'hangs'))), {
      message: 'the main chain does not answer: 0-a: no answer within 6 s',
    });
  });
});
