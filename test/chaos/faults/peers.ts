import type { Fault } from './fault.ts';

export const peerFaults: readonly Fault[] = [
  {
    name: 'peers cut off',
    kind: 'peers',
    weight: 2,
    async strike(net, random, last) {
      const cables = random.some(net.peerCables, random.pick([1, 2, 3, net.peerCables.length]));
      for (const cable of cables) cable.cut();
      await last(random.pick([3, 6, 12]));
      for (const cable of cables) cable.mend();
    },
  },
];
