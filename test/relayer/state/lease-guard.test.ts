import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { codeOf } from '../../../protocol/errors.ts';
import type { RpcQuorum } from '../../../relayer/chain/rpc-quorum.ts';
import { guardedByLease } from '../../../relayer/state/lease-guard.ts';

/** Two nodes that record the methods they receive. */
function guarded(isLeaseHeld: () => boolean) {
  const received: string[] = [];
  const nodes = {
    endpoints: [{ name: 'one' }, { name: 'two' }],
    all(method: string) {
      received.push(method);
      return Promise.resolve([{ endpoint: 'one', result: '0x01' }]);
    },
  } as unknown as RpcQuorum;
  return { received, nodes: guardedByLease(nodes, isLeaseHeld) };
}

describe('nodes guarded by the lease', () => {
  it('receive a transaction while the lease is held', async () => {
    const { received, nodes } = guarded(() => true);
    assert.deepEqual(await nodes.all('eth_sendRawTransaction', ['0x']), [{ endpoint: 'one', result: '0x01' }]);
    assert.deepEqual(received, ['eth_sendRawTransaction']);
  });

  it('receive no transaction without the lease: every node is reported as standby', async () => {
    const { received, nodes } = guarded(() => false);
    const reported: string[] = [];
    const answers = await nodes.all('eth_sendRawTransaction', ['0x'], ({ endpoint }) => void reported.push(endpoint));
    assert.deepEqual(received, []);
    assert.deepEqual(reported, ['one', 'two']);
    assert.deepEqual(
      answers.map((answer) => ('error' in answer ? codeOf(answer.error) : 'sent')),
      ['standby', 'standby'],
    );
  });

  it('check the lease at each call, not once', async () => {
    let isHeld = true;
    const { received, nodes } = guarded(() => isHeld);
    await nodes.all('eth_sendRawTransaction', ['0x01']);
    isHeld = false;
    await nodes.all('eth_sendRawTransaction', ['0x02']);
    assert.equal(received.length, 1);
  });

  it('still receive reads without the lease', async () => {
    const { received, nodes } = guarded(() => false);
    await nodes.all('eth_getTransactionCount', []);
    assert.deepEqual(received, ['eth_getTransactionCount']);
  });
});
