import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type Address, type Hex, encodeAbiParameters } from 'viem';

import type { RpcQuorum } from '../../../relayer/chain/rpc-quorum.ts';
import { createMetrics } from '../../../relayer/monitoring/metrics.ts';
import { createPegNames } from '../../../relayer/monitoring/peg-names.ts';
import { eventually } from '../../support/wait.ts';

const [boat, odd]: readonly Address[] = [`0x${'0b'.repeat(20)}`, `0x${'0d'.repeat(20)}`];

describe('the names of pegs in metrics', () => {
  const texts = new Map<string, string>();
  let asked = 0;
  const one = (_method: string, [{ to }]: readonly [{ readonly to: Address }]): Promise<Hex> => {
    asked++;
    const text = texts.get(to);
    if (text === undefined) return Promise.reject(new Error('no answer'));
    return Promise.resolve(encodeAbiParameters([{ type: 'string' }], [text]));
  };
  const metrics = createMetrics();
  const names = createPegNames({ nodes: { name: 'product', one } as unknown as RpcQuorum, metrics });
  const shown = async () =>
    (await metrics.pegInfo.get()).values.map(({ labels: { peg, symbol } }) => [peg, symbol] as const);

  it('are read once, again after a failure, without characters that a message must not have', async () => {
    texts.set(boat ?? '', 'BO\nAT\u001b[2J and a very long name');
    names.update([boat ?? '0x', odd ?? '0x']);
    await eventually('the first is read', async () => (await shown()).length === 1);
    assert.deepEqual(await shown(), [[boat, 'BO?AT??2J?and?a?']]);
    texts.set(odd ?? '', 'ODD');
    await eventually('the second is read', async () => {
      names.update([boat ?? '0x', odd ?? '0x']);
      return (await shown()).length === 2;
    });
    const before = asked;
    names.update([boat ?? '0x', odd ?? '0x']);
    assert.equal(asked, before);
  });

  it('go with their pegs', async () => {
    names.update([odd ?? '0x']);
    assert.deepEqual(await shown(), [[odd, 'ODD']]);
  });
});
