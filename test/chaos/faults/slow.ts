import { mainBridgeAbi } from '../../../sdk/index.ts';
import { sides } from '../../../protocol/lane.ts';
import { signFlood, startFlood } from '../../support/flood.ts';
import { type NodeFault, slowness } from '../../support/rpc-proxy.ts';
import { startWeb3Signer } from '../../relayer/keys/web3signer-server.ts';
import { type ChaosNet, DOUBLE, careful, everyone, wayOf } from '../net.ts';
import type { Random } from '../random.ts';
import type { Fault } from './fault.ts';

/*
 * Parts that are slow or busy, and not down: each of them once delayed everything behind it.
 */

/** Accepts requests, and answers none. */
const hanging: NodeFault = { http: () => new Promise(() => undefined) };

/** The same node of a chain at all signers that have others to compare it with. */
const oneNode = (name: string, does: NodeFault): Fault => ({
  name,
  kind: 'nodes',
  weight: 2,
  async strike(net, random, last) {
    const [side, node] = [random.pick(sides), random.pick([0, 1, 2])];
    const ways = careful.map((signer) => wayOf(signer, side, node));
    for (const way of ways) net.proxy.faults.set(way, does);
    await last(random.between(4, 10));
    for (const way of ways) net.proxy.faults.delete(way);
  },
});

/** Half of it in each direction. */
const DISTANCE_MILLISECONDS = 300;

/** The machine of a chaos run has few cores, and the flood must leave some to the chains. */
const FLOOD_PER_SECOND = 500;
const floods = new WeakMap<ChaosNet, Promise<readonly string[]>>();

async function floodOf(net: ChaosNet): Promise<readonly string[]> {
  const { reader, bridge } = net.holder.product;
  const signerEpoch = await reader.readContract({ address: bridge, abi: mainBridgeAbi, functionName: 'signerEpoch' });
  const [productToken = '0x'] = net.tokens;
  return signFlood({ chainId: net.devnet.file.product.chainId, bridge, signerEpoch, productToken });
}

/** Milliseconds that a signature takes: an HSM under load. */
const KEY_MILLISECONDS = 2_000;

export const slowFaults: readonly Fault[] = [
  oneNode('a node hangs', hanging),
  oneNode('a node is slow by a second', slowness(1_000)),
  {
    name: '300 ms between peers',
    kind: 'peers',
    weight: 2,
    async strike(net, random, last) {
      for (const cable of net.peerCables) cable.delay(DISTANCE_MILLISECONDS / 2);
      await last(random.between(5, 10));
      for (const cable of net.peerCables) cable.delay(0);
    },
  },
  {
    name: 'a stranger floods a public port',
    kind: 'strangers',
    weight: 2,
    async strike(net, random, last) {
      const signed = floods.get(net) ?? floodOf(net);
      floods.set(net, signed);
      const bodies = await signed;
      const port = Number(new URL(net.devnet.members[random.pick(everyone)]?.apiUrl ?? '').port);
      await using _ = startFlood(port, bodies, { perSecond: FLOOD_PER_SECOND });
      await last(random.between(5, 10));
    },
  },
  {
    name: 'a key as slow as a busy HSM',
    kind: 'processes',
    weight: 1,
    strike: (net, random, last) => withSlowKey(net, random, () => last(random.between(5, 10))),
  },
];

/** Restarts a signer with its attesting key behind a slow server, and afterwards with its own configuration. */
async function withSlowKey(net: ChaosNet, random: Random, during: () => Promise<void>): Promise<void> {
  const signers = net.devnet.members.map((member) => member.index);
  const index = random.pick(signers.filter((signer) => signer !== DOUBLE));
  const privateKey = net.devnet.members[index]?.privateKey ?? '0x';
  const server = await startWeb3Signer({ privateKey, milliseconds: KEY_MILLISECONDS });
  const restartWith = async (key: string): Promise<void> => {
    net.configure(index, (config) => Object.assign(config, { key, payingKey: `plain:${privateKey}` }));
    await net.kill(index);
    await net.restart(index);
  };
  try {
    await restartWith(`web3signer:${server.url}?address=${server.address}`);
    await during();
  } finally {
    await restartWith(`plain:${privateKey}`);
    await server.stop();
  }
}
