import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { setImmediate } from 'node:timers/promises';

import type { Endpoint } from '../../../relayer/chain/json-rpc-endpoint.ts';
import { UnreachableError } from '../../../relayer/chain/rpc-errors.ts';
import { createRpcQuorum } from '../../../relayer/chain/rpc-quorum.ts';

const TIMEOUT_MS = 10_000;
const MINUTES = 4;

/**
 * The only node of a chain, on a busy machine: it works on one request after another, also on those that were given up.
 * @returns the longest queue at the node, and the reads that it answered in the last minute.
 */
async function useBusyNode(options: { readonly loops: number; readonly requestMs: number }) {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const { loops, requestMs } = options;
    let time = 0;
    let isBusy = false;
    let isOver = false;
    let freeAt = 0;
    const queue: { readonly at: number; readonly answer: () => void }[] = [];
    const request = (method: string, _params: readonly unknown[], signal?: AbortSignal) =>
      new Promise((resolve, reject) => {
        if (!isBusy) return resolve('0xa');
        freeAt = Math.max(freeAt, time) + requestMs;
        queue.push({ at: freeAt, answer: () => resolve('0xa') });
        setTimeout(() => reject(new UnreachableError('0', method, 'timeout')), TIMEOUT_MS);
        signal?.addEventListener('abort', () => reject(signal.reason as Error));
      });
    const endpoint = { name: '0', request, stream: request } as unknown as Endpoint;
    const quorum = createRpcQuorum({
      ...{ name: 'main', chainId: 1, quorum: 1, endpoints: [endpoint], onDisagreement: () => undefined },
      now: () => time,
    });
    for (let known = 0; known < 8; known++) await quorum.agree('eth_call', []);
    isBusy = true;

    const answeredAt: number[] = [];
    const messages = new Set<string>();
    const loop = async (): Promise<void> => {
      while (!isOver) {
        try {
          await quorum.agree('eth_call', []);
          answeredAt.push(time);
        } catch (error) {
          messages.add((error as Error).message);
        }
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
    };
    for (let count = 0; count < loops; count++) loop().catch(() => undefined);
    let longest = 0;
    const end = MINUTES * 60_000;
    while (time < end) {
      time += 100;
      mock.timers.tick(100);
      while ((queue[0]?.at ?? Infinity) <= time) queue.shift()?.answer();
      longest = Math.max(longest, queue.length);
      await setImmediate();
    }
    isOver = true;
    return { longest, lately: answeredAt.filter((at) => at > end - 60_000).length, messages: [...messages] };
  } finally {
    mock.timers.reset();
  }
}

describe('the only node of a chain, where it answers one request at a time', () => {
  it('is used at its pace while it answers within the timeout of a request', async () => {
    const { longest, lately, messages } = await useBusyNode({ loops: 6, requestMs: 1_200 });
    assert.deepEqual(messages, []);
    assert.ok(longest <= 6, `${longest} waited at the node`);
    // It can answer fifty.
    assert.ok(lately >= 45, `${lately} answered`);
  });

  it('is not sent ever more requests while it answers later than that', async () => {
    const { longest, lately, messages } = await useBusyNode({ loops: 12, requestMs: 2_000 });
    assert.ok(longest <= 16, `${longest} waited at the node`);
    assert.ok(lately >= 5, `${lately} answered`);
    for (const message of messages) assert.match(message, /^eth_call at 0: no answer \(/);
  });

  it('answers each of many reads that wait for it, once it answers again', async () => {
    const sent: ((result: string) => void)[] = [];
    let isSilent = true;
    const request = (method: string) =>
      isSilent
        ? Promise.reject(new UnreachableError('0', method, 'closed'))
        : new Promise<string>((resolve) => sent.push(resolve));
    const endpoint = { name: '0', request, stream: request } as unknown as Endpoint;
    const quorum = createRpcQuorum({
      ...{ name: 'main', chainId: 1, quorum: 1, endpoints: [endpoint], onDisagreement: () => undefined },
      now: () => 0,
    });
    for (let count = 0; count < 2; count++) await assert.rejects(quorum.agree('eth_call', []), /closed/);
    isSilent = false;
    const reads = Array.from({ length: 20 }, () => quorum.agree<string>('eth_call', []));
    const rounds: number[] = [];
    while (sent.length > 0) {
      rounds.push(sent.length);
      for (const answer of sent.splice(0)) answer('0xa');
      await setImmediate();
    }
    assert.deepEqual(
      await Promise.all(reads),
      Array.from({ length: 20 }, () => '0xa'),
    );
    assert.deepEqual(rounds.slice(0, 2), [1, 2], 'the first answers show that it keeps up');
  });
});
