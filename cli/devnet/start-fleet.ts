import type { ConfigFile, FleetFile } from '../../relayer/config.ts';
import type { Child } from './child.ts';
import type { DevnetBridge } from './describe-devnet.ts';
import { type FleetKey, type FleetMember, configureFleet, startMember } from './devnet-fleet.ts';

/** The relayers of one bridge. */
export interface Fleet {
  readonly bridge: DevnetBridge;
  /** Further bridges of the same relayers. */
  readonly others: readonly DevnetBridge[];
  readonly members: readonly FleetMember[];
  /** The process of a signer; replaced by `restart`. */
  relayer(index: number): Child;
  /** Starts a signer again that was killed. */
  restart(index: number): Promise<void>;
}

/** Receives a bridge's members before their relayers start: their configurations may still be changed. */
export type PrepareFleet = (bridge: Omit<DevnetBridge, 'signers'>, members: readonly FleetMember[]) => Promise<void>;

type Described = Omit<DevnetBridge, 'signers'>;

const anchorsOf = ({ anchors: contract }: Described, everySeconds: number) =>
  contract === undefined ? {} : { anchors: { contract, everySeconds } };

function oneForm(bridge: Described, everySeconds: number): Pick<ConfigFile, 'main' | 'product' | 'anchors'> {
  const side = ({ rpcUrl, ...chain }: DevnetBridge['main']) => ({ ...chain, rpcUrls: [rpcUrl] });
  return { main: side(bridge.main), product: side(bridge.product), ...anchorsOf(bridge, everySeconds) };
}

/** The chains and bridges of a configuration for several bridges. */
export function severalForm(
  bridges: readonly Described[],
  everySeconds: number,
): Pick<FleetFile, 'chains' | 'bridges'> {
  const nameOf = ({ chainId }: DevnetBridge['main']): string => `chain-${chainId}`;
  const place = (side: DevnetBridge['main']) => ({ chain: nameOf(side), bridge: side.bridge });
  const chains = bridges.flatMap(({ main, product }) => [main, product]);
  const described = (bridge: Described) => ({
    ...{ main: place(bridge.main), product: place(bridge.product), ...anchorsOf(bridge, everySeconds) },
  });
  return {
    chains: Object.fromEntries(chains.map((one) => [nameOf(one), { chainId: one.chainId, rpcUrls: [one.rpcUrl] }])),
    bridges: Object.fromEntries(bridges.map((bridge) => [bridge.name, described(bridge)])),
  };
}

/** Starts one relayer; returns before it is ready. */
export type StartMember = (member: FleetMember) => Child;

/** Six relayers for one bridge. `launch` receives each process at once, and resolves when it is ready. */
export async function startFleet(
  directory: string,
  [bridge, ...others]: readonly [Described, ...Described[]],
  keys: readonly FleetKey[],
  settings: Pick<Parameters<typeof configureFleet>[0], 'queue' | 'turnSeconds' | 'fallbackSeconds' | 'sweepSeconds'> & {
    /** Age of an anchor at which the next one follows. */
    readonly everySeconds: number;
  },
  launch: (child: Child, member: FleetMember) => Promise<void>,
  prepare?: PrepareFleet,
  run: StartMember = startMember,
): Promise<Fleet> {
  const { everySeconds, ...times } = settings;
  const chains = others.length === 0 ? oneForm(bridge, everySeconds) : severalForm([bridge, ...others], everySeconds);
  const members = await configureFleet({ directory, keys, chains, ...times });
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
  /** Below the bridge where the relayers have several, so that clients of one bridge find its paths. */
  const withSigners = (one: Described): DevnetBridge => ({
    ...one,
    signers: members.map((member) => ({
      ...{ ...member, pid: relayer(member.index).pid },
      apiUrl: others.length === 0 ? member.apiUrl : `${member.apiUrl}/bridges/${one.name}`,
    })),
  });
  return {
    bridge: withSigners(bridge),
    others: others.map(withSigners),
    members,
    relayer,
    async restart(index) {
      const member = members[index];
      if (member === undefined) throw new RangeError(`no signer ${index}`);
      await start(member);
    },
  };
}
