import type { Child } from '../../../cli/devnet/child.ts';
import { limitFiles } from '../../support/file-limit.ts';
import { type ChaosNet, DOUBLE } from '../net.ts';
import type { Random } from '../random.ts';
import type { Fault, Last } from './fault.ts';

const indicesOf = ({ devnet }: ChaosNet): readonly number[] => devnet.members.map(({ index }) => index);

/** A relayer that is killed stays dead for a while and is then started by its service manager. */
const restart = async (net: ChaosNet, random: Random, last: Last, wiped: boolean): Promise<void> => {
  const victims = random.some(indicesOf(net), random.pick([1, 1, 2, 3, 6]));
  await net.kill(...victims);
  if (wiped) net.wipe(...victims);
  await last(random.between(0, 4));
  await net.restart(...victims);
};

/** Processes that hang, and go on. */
const freeze = async (victims: readonly Pick<Child, 'kill'>[], during: Promise<void>): Promise<void> => {
  for (const victim of victims) victim.kill('SIGSTOP');
  await during;
  for (const victim of victims) victim.kill('SIGCONT');
};

const someRelayers = (net: ChaosNet, random: Random, count: number): Child[] =>
  random.some(indicesOf(net), count).map((index) => net.devnet.relayer(index));

export const processFaults: readonly Fault[] = [
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
    strike: (net, random, last) =>
      freeze(someRelayers(net, random, random.between(1, 3)), last(random.pick([2, 4, 8, 12]))),
  },
  {
    name: 'SIGSTOP for a minute',
    kind: 'processes',
    weight: 0.3,
    strike: (net, random, last) => freeze(someRelayers(net, random, 1), last(60)),
  },
  {
    name: 'one of two processes of a signer stopped or killed',
    kind: 'processes',
    weight: 2,
    async strike(net, random, last) {
      const { standby } = net;
      if (standby === undefined) return;
      const [process, again] = random.pick([
        [net.devnet.relayer(DOUBLE), () => net.restart(DOUBLE)],
        [standby.process(), () => Promise.resolve(standby.start())],
      ] as const);
      if (random.next() < 0.5) return freeze([process], last(8));
      process.kill('SIGKILL');
      await process.ended;
      await last(random.between(0, 8));
      await again();
    },
  },
  {
    name: 'disk full',
    kind: 'processes',
    weight: 2,
    async strike(net, random, last) {
      const victims = someRelayers(net, random, random.pick([1, 2, 3, 6]));
      for (const { pid } of victims) limitFiles(pid, 'full');
      await last(random.pick([3, 6, 12]));
      for (const { pid } of victims) limitFiles(pid, 'room');
    },
  },
];
