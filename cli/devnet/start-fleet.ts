import type { Child } from './child.ts';
import type { DevnetBridge } from './describe-devnet.ts';
import { type FleetKey, type FleetMember, configureFleet, startMember } from './devnet-fleet.ts';

/** The relayers of one bridge. */
export interface Fleet {
  readonly bridge: DevnetBridge;
  readonly members: readonly FleetMember[];
  /** The process of a signer; replaced by `restart`. */
  relayer(index: number): Child;
  /** Starts a signer again that was killed. */
  restart(index: number): Promise<void>;
}

/** Receives a bridge's members before their relayers start: their configurations may still be changed. */
export type PrepareFleet = (bridge: Omit<DevnetBridge, 'signers'>, members: readonly FleetMember[]) => Promise<void>;

/** Starts one relayer; returns before it is ready. */
export type StartMember = (member: FleetMember) => Child;

/** Six relayers for one bridge. `launch` receives each process at once, and resolves when it is ready. */
export async function startFleet(
  directory: string,
  bridge: Omit<DevnetBridge, 'signers'>,
  keys: readonly FleetKey[],
  settings: Pick<Parameters<typeof configureFleet>[0], 'queue' | 'turnSeconds' | 'fallbackSeconds' | 'sweepSeconds'> & {
    /** Age of an anchor at which the next one follows. */
    readonly everySeconds: number;
  },
  launch: (child: Child, member: FleetMember) => Promise<void>,
  prepare?: PrepareFleet,
  run: StartMember = startMember,
): Promise<Fleet> {
  const side = ({ rpcUrl, ...chain }: DevnetBridge['main']) => ({ ...chain, rpcUrls: [rpcUrl] });
  const sides = { main: side(bridge.main), product: side(bridge.product) };
  const { everySeconds, ...times } = settings;
  const { anchors: contract } = bridge;
  const anchors = contract === undefined ? {} : { anchors: { contract, everySeconds } };
  const members = await configureFleet({ directory, keys, ...sides, ...anchors, ...times });
  await prepare?.(bridge, members);
  const processes = new Map<number, Child>();
  const start = async (member: FleetMember) => {
    const child = run(member);
    processes.set(member.index, child);
    await launch(child, member);
  };
  await Promise.all(members.map(start));

  const relayer = (index: number): Child => {
    const child = processes.get(index);
    if (child === undefined) throw new RangeError(`no signer ${index}`);
    return child;
  };
  return {
    bridge: { ...bridge, signers: members.map((member) => ({ ...member, pid: relayer(member.index).pid })) },
    members,
    relayer,
    async restart(index) {
      const member = members[index];
      if (member === undefined) throw new RangeError(`no signer ${index}`);
      await start(member);
    },
  };
}
