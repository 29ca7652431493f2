import type { Fault } from './fault.ts';

export const queueFaults: readonly Fault[] = [
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
];
