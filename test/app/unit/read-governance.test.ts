import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';

import {
  type Hex,
  TransactionReceiptNotFoundError,
  encodeAbiParameters,
  encodeEventTopics,
  numberToHex,
  zeroHash,
} from 'viem';

import { readGovernance } from '../../../app/governance/read-governance.ts';
import type { Machine } from '../../../app/context.ts';
import { mainBridgeAbi } from '../../../protocol/abi.ts';

const bridge = `0x${'c3'.repeat(20)}` as const;
const hashOf = (block: number): Hex => numberToHex(block, { size: 32 });
const NOW = 10_000n;

/** A chain with one event a block, whose number is its transaction's hash and its time. */
function chainOf(events: Readonly<Record<number, { readonly topics: readonly unknown[]; readonly data: Hex }>>) {
  const callsHash: Hex = zeroHash;
  return { pending: { nonce: 0n, callsHash, executableAt: 0n, listEpoch: 0n }, events };
}

const accepted = (nonce: bigint, executableAt: bigint, calls: readonly Hex[] = ['0x12345678']) => ({
  topics: encodeEventTopics({ abi: mainBridgeAbi, eventName: 'ProposalAccepted', args: { nonce } }),
  data: encodeAbiParameters(
    ['uint256', 'uint32', 'bytes[]'].map((type) => ({ type })),
    [executableAt, 15, calls],
  ),
});
const executed = (nonce: bigint) => ({
  topics: encodeEventTopics({ abi: mainBridgeAbi, eventName: 'ProposalExecuted', args: { nonce } }),
  data: '0x' as const,
});

function machineOf(main: ReturnType<typeof chainOf>): Machine {
  const reader = ({ pending, events }: ReturnType<typeof chainOf>) => ({
    readContract: ({ functionName }: { functionName: string }) =>
      Promise.resolve(functionName === 'pendingProposal' ? pending : 1n),
    getBlock: ({ blockNumber = NOW }: { blockNumber?: bigint }) => Promise.resolve({ timestamp: blockNumber }),
    getTransactionReceipt: ({ hash }: { hash: Hex }) => {
      const event = events[Number(hash)];
      if (event === undefined) return Promise.reject(new TransactionReceiptNotFoundError({ hash }));
      return Promise.resolve({ blockNumber: BigInt(hash), logs: [{ address: bridge, ...event }] });
    },
  });
  const chains = { main: { bridge }, product: { bridge } };
  return { config: { chains }, readers: { main: reader(main), product: reader(chainOf({})) } } as unknown as Machine;
}

describe('the proposals of both bridges', () => {
  it('come from the chains: what a relayer invents or exaggerates is not shown', async (test) => {
    const hint = (nonce: number, at: number, execution?: number) => ({
      ...{
        chain: 'main',
        nonce: `${nonce}`,
        executableAt: '1',
        accepted: { at: `${at}`, transactionHash: hashOf(at) },
      },
      executed: execution === undefined ? undefined : { at: '1', transactionHash: hashOf(execution) },
    });
    const proposals = [hint(0, 100, 200), hint(1, 300), hint(2, 400, 200), hint(7, 999), hint(8, 100), hint(3, 500)];
    const server = createServer((_, response) => response.end(JSON.stringify({ complete: true, proposals })));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    test.after(() => server.close());
    const teller = { name: 'Antares', apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };

    const main = chainOf({
      100: accepted(0n, 150n),
      200: executed(0n),
      300: accepted(1n, 350n, []),
      400: accepted(2n, 450n),
      500: accepted(3n, NOW + 60n),
    });
    main.pending = { nonce: 3n, callsHash: `0x${'11'.repeat(32)}`, executableAt: NOW + 60n, listEpoch: 1n };
    const rows = await readGovernance(machineOf(main), [teller], new Map());
    assert.deepEqual(
      rows.map(({ side, nonce, stage, executedAt, content }) => [
        side,
        nonce,
        stage,
        executedAt,
        content?.calls.length,
      ]),
      [
        ['main', 3n, 'waiting', undefined, 1],
        ['main', 2n, 'superseded', undefined, 1],
        ['main', 1n, 'executed', 300n, 0],
        ['main', 0n, 'executed', 200n, 1],
      ],
    );
  });

  it('that are pending are shown without any relayer, without their content', async () => {
    const main = chainOf({});
    main.pending = { nonce: 3n, callsHash: `0x${'11'.repeat(32)}`, executableAt: NOW - 1n, listEpoch: 1n };
    const [row, ...more] = await readGovernance(machineOf(main), [], new Map());
    assert.deepEqual([row?.nonce, row?.stage, row?.content, more.length], [3n, 'executable', undefined, 0]);
    main.pending = { ...main.pending, listEpoch: 2n };
    const [dead] = await readGovernance(machineOf(main), [], new Map());
    assert.equal(dead?.stage, 'signers-replaced');
  });
});
