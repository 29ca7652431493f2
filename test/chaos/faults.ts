import { type Hex, keccak256, numberToHex, pad } from 'viem';

import { call } from '../../relayer/cli/devnet/anvil.ts';
import {
  attestationDigest,
  encodeSignatures,
  encodeTransfers,
  mainBridgeAbi,
  productBridgeAbi,
} from '../../relayer/sdk.ts';
import { allSigners } from '../support/devnet.ts';
import { type NodeFault, silence, slowness } from '../support/rpc-proxy.ts';
import { signDigest } from '../support/sign.ts';
import { type ChaosNet, DOUBLE, type Side, careful, nodesOf, wayOf } from './net.ts';
import type { Random } from './random.ts';

/** Something that goes wrong. It ends when `strike` resolves: then all is in order again. */
export interface Fault {
  readonly name: string;
  /** What it takes hold of: two of one kind are never on at once. */
  readonly kind: 'processes' | 'redis' | 'peers' | 'nodes' | 'chain' | 'signers';
  /** How often it is chosen, against the others. */
  readonly weight: number;
  strike(net: ChaosNet, random: Random, last: (seconds: number) => Promise<void>): Promise<void>;
}

const sides = ['main', 'product'] as const satisfies readonly Side[];
/** What forged events pay. */
const THIEF = '0x000000000000000000000000000000000000dead';

/** A relayer that is killed stays dead for a while and is then started by its service manager. */
const restart = async (net: ChaosNet, random: Random, last: (seconds: number) => Promise<void>, wiped: boolean) => {
  const victims = random.some(allSigners, random.pick([1, 1, 2, 3, 6]));
  await net.kill(...victims);
  if (wiped) net.wipe(...victims);
  await last(random.between(0, 4));
  await net.restart(...victims);
};

/** Sets one fault on ways to nodes, and takes it off. */
const onWays = async (net: ChaosNet, ways: readonly string[], fault: NodeFault, during: Promise<void>) => {
  for (const way of ways) net.proxy.faults.set(way, fault);
  await during;
  for (const way of ways) net.proxy.faults.delete(way);
};

/** All nodes that a signer has on one chain. */
const allOf = (signer: number, side: Side) => nodesOf(signer).map((node) => wayOf(signer, side, node));
/** One node, the same for all signers that have others to compare it with. */
const oneOf = (side: Side, node: number) => careful.map((signer) => wayOf(signer, side, node));

interface Block {
  number: Hex;
  logsBloom: Hex;
}

interface Log {
  data: Hex;
  topics: Hex[];
  logIndex: Hex;
}

/** A node that is some blocks behind. */
const lagging = (blocks: number): NodeFault => ({
  async ask({ method, params }, node) {
    const [tag] = params;
    if (method === 'eth_blockNumber') {
      return numberToHex(BigInt((await node('eth_blockNumber')) as Hex) - BigInt(blocks));
    }
    if (method !== 'eth_getBlockByNumber' || (tag !== 'latest' && tag !== 'finalized')) return undefined;
    const { number } = (await node('eth_getBlockByNumber', tag, false)) as Block;
    const then = BigInt(number) - BigInt(blocks);
    return node('eth_getBlockByNumber', numberToHex(then > 0n ? then : 0n), params[1]);
  },
});

/** A node that keeps events to itself, and says that blocks hold none. */
const withholding: NodeFault = {
  tell({ method }, result) {
    if (method === 'eth_getLogs') return [];
    if (method !== 'eth_getBlockByNumber' || result === null) return result;
    return { ...(result as Block), logsBloom: pad('0x0', { size: 256 }) };
  },
};

const change = (log: Log, forge: (log: Log) => Log): Log => (log.topics.length === 4 ? forge(log) : log);

/** A node that tells of other events than there were. `forge` is the same at every signer, as a thief's would be. */
const lying = (forge: (logs: readonly Log[]) => Log[]): NodeFault => ({
  tell({ method }, result) {
    if (method === 'eth_getLogs') return forge(result as Log[]);
    if (method !== 'eth_getBlockReceipts' || result === null) return result;
    return (result as { logs: Log[] }[]).map((receipt) => ({ ...receipt, logs: forge(receipt.logs) }));
  },
});

/** The recipient is the first word of what both departure events hold. */
const otherRecipient = (log: Log): Log => ({ ...log, data: `${pad(THIEF, { size: 32 })}${log.data.slice(66)}` });
const nextNonce = (log: Log): Log => {
  const [name, peg, nonce, sender] = log.topics;
  const later = pad(numberToHex(BigInt(nonce ?? '0x0') + 1n), { size: 32 });
  return otherRecipient({ ...log, topics: [name ?? '0x', peg ?? '0x', later, sender ?? '0x'] });
};

const dropping: NodeFault = {
  ask: ({ method, params }) =>
    Promise.resolve(method === 'eth_sendRawTransaction' ? keccak256(params[0] as Hex) : undefined),
};

const failing = (random: Random): NodeFault => ({
  http(response) {
    const [status, body] = random.pick([
      [429, '{"jsonrpc":"2.0","id":1,"error":{"code":-32005,"message":"too many requests"}}'],
      [500, 'Internal Server Error'],
      [200, '<html>a page</html>'],
      [200, '{"jsonrpc":"2.0"'],
    ] as const);
    if (random.next() < 0.5) return Promise.resolve('go on');
    response.writeHead(status).end(body);
    return Promise.resolve('answered');
  },
});

export const faults: readonly Fault[] = [
  { name: 'kill -9', kind: 'processes', weight: 3, strike: (net, random, last) => restart(net, random, last, false) },
  {
    name: 'kill -9, data folder deleted',
    kind: 'processes',
    weight: 2,
    strike: (net, random, last) => restart(net, random, last, true),
  },
  {
    name: 'SIGSTOP',
    kind: 'processes',
    weight: 3,
    async strike(net, random, last) {
      const victims = random.some(allSigners, random.between(1, 3)).map((index) => net.devnet.relayer(index));
      for (const victim of victims) victim.kill('SIGSTOP');
      await last(random.pick([2, 4, 8, 12]));
      for (const victim of victims) victim.kill('SIGCONT');
    },
  },
  {
    name: 'SIGSTOP for a minute',
    kind: 'processes',
    weight: 0.3,
    async strike(net, random, last) {
      const victim = net.devnet.relayer(random.pick(allSigners));
      victim.kill('SIGSTOP');
      await last(60);
      victim.kill('SIGCONT');
    },
  },
  {
    name: 'one of two processes of a signer stopped or killed',
    kind: 'processes',
    weight: 2,
    async strike(net, random, last) {
      const standby = net.standby.process();
      const [process, again] = random.pick([
        [net.devnet.relayer(DOUBLE), () => net.restart(DOUBLE)],
        [standby, () => Promise.resolve(net.standby.start())],
      ] as const);
      if (random.next() < 0.5) {
        process.kill('SIGSTOP');
        await last(8);
        process.kill('SIGCONT');
      } else {
        process.kill('SIGKILL');
        await process.ended;
        await last(random.between(0, 8));
        await again();
      }
    },
  },
  {
    name: 'Redis killed, restarted empty',
    kind: 'redis',
    weight: 2,
    async strike(net, random, last) {
      await net.redis.kill();
      await last(random.between(0, 6));
      await net.redis.start();
    },
  },
  { name: 'Redis FLUSHALL', kind: 'redis', weight: 2, strike: (net) => net.redis.flush() },
  {
    name: 'network to Redis cut',
    kind: 'redis',
    weight: 1,
    async strike(net, random, last) {
      net.redisCable.cut();
      await last(random.between(1, 8));
      net.redisCable.mend();
    },
  },
  {
    name: 'peers cut off',
    kind: 'peers',
    weight: 2,
    async strike(net, random, last) {
      const cables = random.some(net.peerCables, random.pick([1, 2, 3, 6]));
      for (const cable of cables) cable.cut();
      await last(random.pick([3, 6, 12]));
      for (const cable of cables) cable.mend();
    },
  },
  {
    name: 'all nodes of a signer cut off',
    kind: 'nodes',
    weight: 2,
    strike: (net, random, last) =>
      onWays(net, allOf(random.pick(allSigners), random.pick(sides)), silence, last(random.between(2, 8))),
  },
  {
    name: 'nodes slow',
    kind: 'nodes',
    weight: 1,
    strike: (net, random, last) =>
      onWays(net, allOf(random.pick(allSigners), random.pick(sides)), slowness(1_500), last(random.between(4, 10))),
  },
  {
    name: 'nodes answer 429, 500, a page, half a line',
    kind: 'nodes',
    weight: 2,
    strike: (net, random, last) =>
      onWays(net, allOf(random.pick(allSigners), random.pick(sides)), failing(random), last(random.between(3, 10))),
  },
  {
    name: 'a node is behind',
    kind: 'nodes',
    weight: 2,
    strike: (net, random, last) =>
      onWays(net, oneOf(random.pick(sides), random.between(0, 2)), lagging(random.pick([2, 5, 20])), last(8)),
  },
  {
    name: 'a node withholds events',
    kind: 'nodes',
    weight: 3,
    strike: (net, random, last) =>
      onWays(net, oneOf(random.pick(sides), random.between(0, 2)), withholding, last(random.between(3, 10))),
  },
  {
    name: 'all nodes of some signers withhold events',
    kind: 'nodes',
    weight: 2,
    strike(net, random, last) {
      const side = random.pick(sides);
      const ways = random.some(allSigners, random.pick([1, 2, 3, 6])).flatMap((signer) => allOf(signer, side));
      return onWays(net, ways, withholding, last(random.between(3, 8)));
    },
  },
  {
    name: 'a node forges receipts',
    kind: 'nodes',
    weight: 3,
    strike: (net, random, last) =>
      onWays(
        net,
        oneOf(random.pick(sides), random.pick([0, 0, 1, 2])),
        lying((logs) => logs.map((log) => change(log, otherRecipient))),
        last(random.between(4, 10)),
      ),
  },
  {
    name: 'a node invents a departure',
    kind: 'nodes',
    weight: 3,
    strike: (net, random, last) =>
      onWays(
        net,
        oneOf(random.pick(sides), random.pick([0, 0, 1, 2])),
        lying((logs) => logs.flatMap((log) => (log.topics.length === 4 ? [log, nextNonce(log)] : [log]))),
        last(random.between(4, 10)),
      ),
  },
  {
    name: 'nodes drop transactions that they took',
    kind: 'nodes',
    weight: 2,
    strike: (net, random, last) =>
      onWays(net, allOf(random.pick(allSigners), random.pick(sides)), dropping, last(random.between(3, 8))),
  },
  {
    name: 'the pool forgets everything',
    kind: 'chain',
    weight: 2,
    strike: async (net, random) => {
      await call(net.devnet.file[random.pick(sides)].rpcUrl, 'anvil_dropAllTransactions');
    },
  },
  {
    name: 'reorganisation up to the final block',
    kind: 'chain',
    weight: 3,
    strike: async (net, random) => {
      await call(net.devnet.file[random.pick(sides)].rpcUrl, 'anvil_reorg', random.between(1, 2), []);
    },
  },
  {
    name: 'gas price × 50',
    kind: 'chain',
    weight: 1,
    async strike(net, _random, last) {
      const { rpcUrl } = net.devnet.file.main;
      const { baseFeePerGas } = (await call(rpcUrl, 'eth_getBlockByNumber', 'latest', false)) as { baseFeePerGas: Hex };
      const high = BigInt(baseFeePerGas) * 50n;
      // It falls by an eighth with each block that is not full.
      if (high < 10n ** 12n) await call(rpcUrl, 'anvil_setNextBlockBaseFeePerGas', numberToHex(high));
      await last(5);
    },
  },
  {
    name: 'a chain’s clock jumps',
    kind: 'chain',
    weight: 1,
    strike: async (net, random) => {
      await call(net.devnet.file[random.pick(sides)].rpcUrl, 'evm_increaseTime', random.between(10, 250));
    },
  },
  {
    name: 'three signers approve junk on chain',
    kind: 'signers',
    weight: 2,
    async strike(net, random) {
      const { main, product } = net.devnet.file;
      const { reader, writer, bridge } = net.holder.product;
      const [productToken] = random.some(net.tokens, 1);
      if (productToken === undefined) return;
      const epoch = { address: bridge, abi: mainBridgeAbi, functionName: 'signerEpoch' } as const;
      const transfers = encodeTransfers([{ recipient: THIEF, amount: BigInt(random.between(1, 1e9)) }]);
      const firstNonce = BigInt(random.between(0, 10_000));
      const signerEpoch = await reader.readContract(epoch);
      const digest = attestationDigest({
        destination: product,
        source: main,
        signerEpoch,
        productToken,
        firstNonce,
        transfers,
      });
      const signatures = await Promise.all(
        [3, 4, 5].map(async (index) => {
          const key = net.devnet.members[index]?.privateKey ?? '0x';
          return { index, signature: await signDigest(key, digest) };
        }),
      );
      const args = [productToken, firstNonce, transfers, encodeSignatures(signatures)] as const;
      // The pool, or the bridge where the nonce is executed already, may refuse it.
      await writer
        .writeContract({ address: bridge, abi: productBridgeAbi, functionName: 'mint', args, gas: 500_000n })
        .catch(() => undefined);
    },
  },
  {
    name: 'a signer asks its peers to sign junk',
    kind: 'signers',
    weight: 2,
    async strike(net, random) {
      const { product } = net.devnet.file;
      const thief = net.devnet.members[random.pick(allSigners)];
      if (thief === undefined) return;
      const digest = keccak256(numberToHex(random.between(1, 1e9)));
      const body = JSON.stringify({
        ...{ kind: 'batch', direction: 'mint', chainId: product.chainId, bridge: product.bridge, signerEpoch: '1' },
        ...{ productToken: net.tokens[0], firstNonce: '0', count: 1, digest },
        signature: await signDigest(thief.privateKey, digest),
      });
      const headers = { 'content-type': 'application/json' };
      const answers = await Promise.allSettled(
        net.devnet.members.map(({ apiUrl }) =>
          fetch(`${apiUrl}/v1/attestations`, { method: 'POST', headers, body, signal: AbortSignal.timeout(2_000) }),
        ),
      );
      for (const answer of answers) {
        if (answer.status === 'fulfilled' && answer.value.ok)
          throw new Error(`junk was signed: ${await answer.value.text()}`);
      }
    },
  },
];
