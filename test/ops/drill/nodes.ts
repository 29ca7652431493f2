import { type NodeFault, silence } from '../../support/rpc-proxy.ts';
import { type OpsNet, ways } from '../support/net.ts';
import type { Drill } from './walk.ts';

/** Faults of one signer's nodes of the main chain, one at a time. */
export function nodeDrills({ frail, proxy, becomesReady }: OpsNet): Drill[] {
  const instance = { instance: `signer-${frail}` };
  const fault = (names: readonly string[], of: NodeFault) => () => {
    for (const name of names) proxy.faults.set(name, of);
    return Promise.resolve();
  };
  const replaced = async () => {
    proxy.faults.clear();
    await becomesReady();
  };
  const otherBlocks: NodeFault = {
    tell: ({ method }, result) =>
      method.startsWith('eth_getBlockBy') && result !== null ? { ...result, hash: `0x${'ab'.repeat(32)}` } : result,
  };
  const kept = new Map<unknown, unknown>();
  const frozen: NodeFault = {
    tell({ method, params }, result) {
      const isHead = method === 'eth_getBlockByNumber' && (params[0] === 'latest' || params[0] === 'finalized');
      if (!isHead) return result;
      if (!kept.has(params[0])) kept.set(params[0], result);
      return kept.get(params[0]);
    },
  };

  return [
    {
      alerts: [{ name: 'ChainUnreachable', labels: instance }],
      fault: 'both nodes of a signer refuse connections',
      inject: fault(ways, silence),
      repair: 'start the nodes again',
      mend: replaced,
    },
    {
      alerts: [{ name: 'NodesDisagree', labels: instance }],
      fault: 'one of two nodes answers other blocks',
      inject: fault(['two'], otherBlocks),
      repair: 'replace the node',
      mend: replaced,
    },
    {
      alerts: [
        { name: 'HeadStale', labels: instance },
        { name: 'RelayerNotReady', labels: instance },
      ],
      fault: 'both nodes stand at one block',
      inject: fault(ways, frozen),
      repair: 'mend the nodes’ peers',
      mend: replaced,
    },
    {
      alerts: [{ name: 'ChainHangs', labels: instance }],
      fault: 'both nodes stand at one block',
      inject() {
        kept.clear();
        return fault(ways, frozen)();
      },
      repair: 'mend the nodes’ peers',
      mend: replaced,
    },
  ];
}
