import { type Hex, keccak256 } from 'viem';

import { leaderOf } from '../../../protocol/turns.ts';
import { ONE, allSigners } from '../../support/devnet.ts';
import { type NodeFault, NodeError } from '../../support/rpc-proxy.ts';
import { type OpsNet, PRODUCT_WAY, QUIET_PEG, ways } from '../support/net.ts';
import type { Drill } from './walk.ts';

/** Nodes of one signer that agree on a falsehood, or take what they do not pass on. */
export function lyingDrills(net: OpsNet): Drill[] {
  const { frail, proxy, becomesReady } = net;
  const instance = { instance: `signer-${frail}` };
  const set = (fault: NodeFault, names: readonly string[] = ways) => {
    for (const name of names) proxy.faults.set(name, fault);
  };
  const replaced = async () => {
    proxy.faults.clear();
    await becomesReady();
  };
  const restarted = async () => {
    await net.kill(frail);
    proxy.faults.clear();
    await net.restart(frail);
  };
  const productToken = net.tokens[QUIET_PEG] ?? '0x';

  return [
    {
      alerts: [{ name: 'NodeLies', labels: instance }],
      fault: 'both nodes answer receipts that the header does not prove',
      async inject() {
        set({
          tell: ({ method }, result) =>
            method === 'eth_getBlockReceipts' && Array.isArray(result)
              ? result.map((receipt: object) => ({ ...receipt, cumulativeGasUsed: '0x5208' }))
              : result,
        });
        await net.deposit(ONE, QUIET_PEG);
      },
      repair: 'replace the nodes',
      mend: replaced,
    },
    {
      alerts: [{ name: 'UnknownFork', labels: instance }],
      fault: 'headers with a field that this release does not know',
      async inject() {
        set(fork());
        await net.deposit(ONE, QUIET_PEG);
      },
      repair: 'a release that knows the fork, and a restart',
      mend: restarted,
    },
    {
      alerts: [{ name: 'LoopStands', labels: instance }],
      fault: 'nodes that never answer requests for logs and receipts',
      async inject() {
        // One request in each HTTP exchange: only these hang.
        await net.kill(frail);
        net.configure(frail, (config) => (config.main = { ...config.main, batch: false }));
        await net.restart(frail);
        await becomesReady();
        const never = new Promise<never>(() => undefined);
        set({ ask: ({ method }) => (hanging.test(method) ? never : Promise.resolve(undefined)) });
        await net.deposit(ONE, QUIET_PEG);
      },
      repair: 'mend the nodes, and restart',
      mend: restarted,
    },
    {
      alerts: [{ name: 'TransactionStuck', labels: { ...instance, chain: 'main' } }],
      fault: 'a node that takes transactions and does not pass them on',
      async prepare() {
        await net.arrives(await net.deposit(20n * ONE, QUIET_PEG));
      },
      async inject() {
        set({
          ask({ method, params: [raw] }) {
            return Promise.resolve(method === 'eth_sendRawTransaction' ? keccak256(raw as Hex) : undefined);
          },
        });
        // Until one is the turn of this signer.
        for (;;) {
          const { nonce } = await net.redeem(ONE, QUIET_PEG);
          if (leaderOf({ direction: 'withdraw', productToken }, nonce, allSigners.length) === frail) return;
        }
      },
      repair: 'replace the node',
      mend: replaced,
    },
    {
      alerts: [{ name: 'ExitSnapshotMissing' }],
      fault: 'product chain nodes without `eth_getProof`',
      inject() {
        set(
          {
            ask({ method }) {
              if (method === 'eth_getProof') return Promise.reject(new NodeError(-32_601, 'method not found'));
              return Promise.resolve(undefined);
            },
          },
          [PRODUCT_WAY],
        );
        return Promise.resolve();
      },
      repair: 'nodes that serve proofs',
      mend: () => Promise.resolve(proxy.faults.clear()),
    },
  ];
}

const hanging = /^eth_get(Logs|BlockReceipts|BlockByHash)$/;

interface Block {
  readonly hash: Hex;
  readonly parentHash: Hex;
}

/** From now on blocks have another field, and so other hashes. */
function fork(): NodeFault {
  const own = new Map<string, string>();
  const forked = new Map<string, string>();
  const otherOf = (hash: string): string => {
    const other = `${hash.slice(0, -2)}${hash.endsWith('00') ? '01' : '00'}`;
    forked.set(hash, other);
    own.set(other, hash);
    return other;
  };
  let first: bigint | undefined;
  const renamed = (value: unknown, names: ReadonlyMap<string, string>): unknown =>
    JSON.parse(JSON.stringify(value).replaceAll(/0x[0-9a-f]{64}/g, (hash) => names.get(hash) ?? hash)) as unknown;
  return {
    ask(request) {
      request.params = renamed(request.params, own) as unknown[];
      return Promise.resolve(undefined);
    },
    tell({ method, params }, result) {
      if (!method.startsWith('eth_getBlockBy') || result === null) return renamed(result, forked);
      const block = result as Block & { readonly number: Hex };
      if (params[0] === 'latest') first ??= BigInt(block.number) + 1n;
      if (first === undefined || BigInt(block.number) < first) return block;
      const hash = forked.get(block.hash) ?? otherOf(block.hash);
      const isAfter = BigInt(block.number) > first;
      const parentHash = isAfter ? (forked.get(block.parentHash) ?? otherOf(block.parentHash)) : block.parentHash;
      return { ...block, hash, parentHash, futureRoot: `0x${'77'.repeat(32)}` };
    },
  };
}
