import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type NodeFault, silence } from '../../support/rpc-proxy.ts';
import { eventually } from '../../support/wait.ts';
import { type OpsNet, ways } from '../support/net.ts';

/** One signer with two failing nodes of the main chain. */
export function nodes(net: () => OpsNet): void {
  const isNot = async (part: string, code: string) => {
    const { ready } = await eventually(
      `not ready: ${part} ${code}`,
      async () => {
        const health = await net().health();
        const told = health.reasons.some((reason) => reason.part === part && reason.code === code);
        return health.status === 503 && told && health;
      },
      120,
    );
    assert.equal(ready, false);
    const live = await fetch(new URL('/health/live', net().devnet.members[net().frail]?.metricsUrl));
    assert.equal(live.status, 200);
  };
  const failing = async (names: readonly string[], fault: NodeFault, during: () => Promise<void>) => {
    const { proxy, becomesReady } = net();
    for (const name of names) proxy.faults.set(name, fault);
    await during();
    proxy.faults.clear();
    await becomesReady();
  };

  describe('/health/ready of a relayer', () => {
    it('is true while all is well', () => net().becomesReady());

    it('is false while its nodes say different things, and true when they agree again', () =>
      failing(
        ['two'],
        { tell: ({ method }, result) => (method === 'eth_getBlockByNumber' ? alter(result) : result) },
        () => isNot('main chain', 'rpc-disagreement'),
      ));

    it('is false while a node that the quorum needs does not answer', () =>
      failing(['two'], silence, () => isNot('main chain', 'rpc-unreachable')));

    it('is false while its nodes show an old final block as the last, which its peers have passed', () => {
      let kept: unknown;
      const fault: NodeFault = {
        tell({ method, params }, result) {
          if (method !== 'eth_getBlockByNumber' || params[0] !== 'finalized') return result;
          return (kept ??= result);
        },
      };
      return failing(ways, fault, () => isNot('main chain', 'stale-head'));
    });

    it('is false while its nodes hang', () => {
      const release = Promise.withResolvers<undefined>();
      const hanging: NodeFault = { http: () => release.promise.then(() => 'go on') };
      return failing(ways, hanging, async () => {
        await isNot('main chain', 'rpc-unreachable');
        release.resolve(undefined);
      });
    });
  });
}

/** The same block with another hash. */
function alter(result: unknown): unknown {
  const block = result as { hash: string } | null;
  return block === null ? null : { ...block, hash: `0x${'ab'.repeat(32)}` };
}
