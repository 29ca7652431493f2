import { sides } from '../../../protocol/lane.ts';
import { type NodeFault, silence, slowness } from '../../support/rpc-proxy.ts';
import { careful, everyone, nodesOf, wayOf } from '../net.ts';
import type { Random } from '../random.ts';
import type { Fault } from './fault.ts';
import { dropping, failing, forging, inventing, lagging, withholding } from './lies.ts';

/** All nodes of some signers on one chain: every response is faulty, or missing. */
const ofSigners = (random: Random, count = 1): string[] => {
  const side = random.pick(sides);
  return random.some(everyone, count).flatMap((signer) => nodesOf(signer).map((node) => wayOf(signer, side, node)));
};

/** One node of a chain, shared by all signers that can compare it with others; often the first they query. */
const oneNode = (random: Random): string[] => {
  const [side, node] = [random.pick(sides), random.pick([0, 0, 1, 2])];
  return careful.map((signer) => wayOf(signer, side, node));
};

/** In milliseconds: a liar answers before the nodes with which it is compared. */
const HEAD_START = 30;

/** The other nodes of the same signers and chain. */
const besides = (ways: readonly string[]): readonly string[] =>
  careful
    .flatMap((signer) => sides.map((side) => nodesOf(signer).map((node) => wayOf(signer, side, node))))
    .filter((group) => ways.some((way) => group.includes(way)))
    .flatMap((group) => group.filter((way) => !ways.includes(way)));

/** Applies a fault to some routes for a while, in seconds. */
const nodeFault = (
  name: string,
  weight: number,
  ways: (random: Random) => readonly string[],
  fault: (random: Random) => NodeFault,
  [low, high]: readonly [number, number],
  isFirst = false,
): Fault => ({
  name,
  weight,
  kind: 'nodes',
  async strike(net, random, last) {
    const hurt = ways(random);
    const does = fault(random);
    const late = isFirst ? besides(hurt) : [];
    for (const way of hurt) net.proxy.faults.set(way, does);
    for (const way of late) net.proxy.faults.set(way, slowness(HEAD_START));
    await last(random.between(low, high));
    for (const way of [...hurt, ...late]) net.proxy.faults.delete(way);
  },
});

const someSigners = (random: Random) => ofSigners(random, random.pick([1, 2, 3, everyone.length]));

export const nodeFaults: readonly Fault[] = [
  nodeFault('all nodes of a signer cut off', 2, ofSigners, () => silence, [2, 8]),
  nodeFault('nodes slow', 1, ofSigners, () => slowness(1_500), [4, 10]),
  nodeFault('nodes answer 429, 500, a page, half a line', 2, ofSigners, failing, [3, 10]),
  nodeFault('a node is behind', 2, oneNode, (random) => lagging(random.pick([2, 5, 20])), [8, 8]),
  nodeFault('a node withholds events', 3, oneNode, () => withholding, [3, 10], true),
  nodeFault('all nodes of some signers withhold events', 2, someSigners, () => withholding, [3, 8]),
  nodeFault('a node forges receipts', 3, oneNode, () => forging, [4, 10]),
  nodeFault('a node invents a departure', 3, oneNode, () => inventing, [4, 10]),
  nodeFault('nodes drop transactions that they took', 2, ofSigners, () => dropping, [3, 8]),
];
