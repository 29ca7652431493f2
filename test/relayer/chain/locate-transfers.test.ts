import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';

import { findTransfers } from '../../../relayer/chain/locate-transfers.ts';
import { createBlockProofs, openLogSource } from '../../../relayer/chain/logs.ts';
import { bridges, lane } from '../support.ts';
import { type DepositLog, depositLog, serves } from './support/bridge-node.ts';
import { type Chain, startNodes } from './support/node.ts';

describe('the events of open nonces', () => {
  let chain: Chain;
  afterEach(() => chain.close());

  /** One deposit in each of these blocks, nonces from 0 on, each with the link to the one before. */
  const linked = (blocks: readonly number[]): DepositLog[] =>
    blocks.map((block, nonce) => depositLog(block, BigInt(nonce), BigInt(blocks[nonce - 1] ?? 0)));

  /** @param held The logs of the node, all of the source's unless it withholds some. */
  const locate = async (
    source: readonly DepositLog[],
    nonces: readonly bigint[],
    { logRange = 10, held = source }: { readonly logRange?: number; readonly held?: readonly DepositLog[] } = {},
  ) => {
    const ranges: string[] = [];
    const blockOf = (nonce: number) => BigInt(source[nonce]?.blockNumber ?? '0x0');
    const views = {
      outboundBlock: (_token: string, word: bigint) => blockOf(Number(word) * 256),
      lastOutboundBlock: () => blockOf(source.length - 1),
    };
    chain = await startNodes(1, serves({ views, logs: held, ranges }));
    const [bridge] = bridges;
    const at = { side: 'main', address: bridge, nodes: chain.nodes } as const;
    const proofs = createBlockProofs(chain.nodes, 'ethereum');
    const logs = openLogSource({
      ...{ nodes: chain.nodes, side: 'main', bridge, logRange, proof: 'witnesses', proofs },
    });
    const found = await findTransfers(at, logs, lane, nonces, BigInt(source.length), 10_000n);
    return { found: found.map(({ nonce }) => nonce).toSorted((a, b) => Number(a - b)), ranges };
  };

  it('are found by one query where the word fits into the range that nodes allow', async () => {
    const { found, ranges } = await locate(linked([100, 103, 109]), [0n, 2n]);
    assert.deepEqual(found, [0n, 2n]);
    assert.deepEqual(ranges, ['100-109']);
  });

  it('are found block by block along the links where it does not, down to the oldest one sought', async () => {
    const { found, ranges } = await locate(linked([100, 2_000, 2_001, 5_000, 9_000]), [2n, 3n]);
    assert.deepEqual(found, [2n, 3n]);
    assert.deepEqual(ranges, ['9000-9000', '5000-5000', '2001-2001']);
  });

  it('share one query over adjacent words', async () => {
    const source = linked(Array.from({ length: 300 }, (_, nonce) => 100 + Math.floor(nonce / 50)));
    const { found, ranges } = await locate(source, [3n, 299n]);
    assert.deepEqual(found, [3n, 299n]);
    assert.deepEqual(ranges, ['100-105']);
  });

  it('are an error, not fewer transfers, when a node withholds one', async () => {
    const source = linked([100, 103, 109]);
    const withheld = locate(source, [0n, 1n], { held: source.filter((_, nonce) => nonce !== 1) });
    await assert.rejects(withheld, { code: 'withheld-log', message: /nonce 1\b/ });
  });

  it('are an error when the withheld one breaks the chain of links', async () => {
    const source = linked([100, 2_000, 5_000]);
    const withheld = locate(source, [0n], { held: source.filter((_, nonce) => nonce !== 1) });
    await assert.rejects(withheld, { code: 'withheld-log', message: /nonce 0\b/ });
  });

  it('end at a link that leads upwards, which no bridge emits', async () => {
    const source = [depositLog(100, 0n), depositLog(5_000, 1n, 5_000n)];
    await assert.rejects(locate(source, [0n]), { code: 'withheld-log' });
  });
});
