import { chainFaults } from './faults/chains.ts';
import type { Fault } from './faults/fault.ts';
import { nodeFaults } from './faults/nodes.ts';
import { peerFaults } from './faults/peers.ts';
import { processFaults } from './faults/processes.ts';
import { queueFaults } from './faults/queue.ts';
import { signerFaults } from './faults/signers.ts';
import { slowFaults } from './faults/slow.ts';

/** All that can go wrong. */
export const faults: readonly Fault[] = [
  ...processFaults,
  ...queueFaults,
  ...peerFaults,
  ...nodeFaults,
  ...chainFaults,
  ...signerFaults,
  ...slowFaults,
];
