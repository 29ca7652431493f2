import type { FastifyRequest } from 'fastify';
import { type Address, isAddressEqual } from 'viem';
import { z } from 'zod';

import type { BridgesView, BridgeSummary } from '../../protocol/api-types.ts';
import { type Direction, directions, sides } from '../../protocol/lane.ts';
import type { Reason } from '../../protocol/reasons.ts';
import { type Config, bridgeIdOf } from '../config.ts';
import type { SignerReport } from '../monitoring/peer-tracker.ts';
import type { Ledger } from '../state/ledger.ts';
import type { Problem } from './health.ts';
import { addressSchema } from '../schemas.ts';
import type { BridgePort } from './bridge-port.ts';

/** One of the bridges of a process. */
export interface ServedBridge {
  readonly config: Config;
  /** `{mainChainId}-{mainBridge}` in lower case. */
  readonly id: string;
  /** Undefined while it is not open. */
  readonly open:
    | {
        readonly port: BridgePort;
        readonly address: Address;
        readonly bridge: {
          readonly ledgers: ReadonlyMap<string, Ledger>;
          readonly rewards: { readonly address: Address } | undefined;
          readonly view: { readonly margin: (direction: Direction) => number | undefined };
          report(): SignerReport;
        };
      }
    | undefined;
  problems(): readonly Problem[];
}

/** Finds the bridge of a request to the public port. */
export interface BridgeDirectory {
  /** True for a process of several bridges, even while it has one. */
  readonly isFleet: boolean;
  /** @param isForwarded True if another process asks: then only the bridges of this one are listed. */
  list(isForwarded?: boolean): Promise<BridgesView>;
  /** Base URL of the process of this signer that works for the bridge of a request; undefined if none other does. */
  elsewhere(request: FastifyRequest): string | undefined;
  /** The bridge that a path names, by name or id. @throws 404 for an unknown one, 503 while it is not open. */
  named(request: FastifyRequest): BridgePort;
  /**
   * The bridge of a path without a name: the only one of this process. Of several, that which the body of a peer's request names.
   * @throws 404 naming the long path, 503 while it is not open.
   */
  only(request: FastifyRequest): BridgePort;
}

export interface BridgeDirectoryOptions {
  readonly version: string;
  readonly runners: () => readonly ServedBridge[];
  /** True for a process of several bridges, even while it has one. */
  readonly isFleet: boolean;
  /** Undefined unless processes share the bridges of this signer. */
  readonly others?: OtherProcesses | undefined;
  /** Receives the exception of a bridge that could not be listed. */
  readonly onFault: (bridge: Config, error: unknown) => void;
  /** Monotonic seconds. */
  readonly now: () => number;
}

/** The other processes of a signer, which work for the rest of its bridges. */
export interface OtherProcesses {
  /** All bridges of the signer. */
  readonly bridges: () => readonly Config[];
  /** The id of the bridge that a contract beside it belongs to. */
  readonly bridgeOf: (contract: Address) => string | undefined;
  /** Base URL of the process that works for a bridge. */
  readonly urlOf: (bridgeId: string) => string | undefined;
  /** Names this process, and those that serve other bridges. */
  readonly processOf: (bridgeId: string) => string | undefined;
  /** The lists of the others. Never rejects: those that do not answer are left out. */
  readonly lists: () => Promise<readonly BridgesView[]>;
}

/** Bodies of POST requests name the contract that they are for. */
type Named = z.output<typeof bodySchema>;

const bodySchema = z.object({
  chainId: z.coerce.number().int().positive(),
  bridge: addressSchema.optional(),
  rewards: addressSchema.optional(),
  anchors: addressSchema.optional(),
});

export function createBridgeDirectory(options: BridgeDirectoryOptions): BridgeDirectory {
  const { version, runners, isFleet, others, onFault, now } = options;
  const portOf = (runner: ServedBridge): BridgePort => {
    const { config, id, open } = runner;
    if (open !== undefined) return open.port;
    const why = runner
      .problems()
      .map(({ part, message }) => `${part}: ${message}`)
      .join('; ');
    throw httpError(503, 'bridge-closed', `bridge ${config.name || id} is not open: ${why || 'it is starting'}`);
  };

  const ofBody = ({ config }: Pick<ServedBridge, 'config'>, body: Named, rewards: Address | undefined): boolean =>
    sides.some((side) => {
      if (config[side].chainId !== body.chainId) return false;
      if (body.bridge !== undefined) return isAddressEqual(config[side].bridge, body.bridge);
      const satellite = body.rewards ?? body.anchors;
      const own = body.rewards === undefined ? config.anchors?.contract : rewards;
      return side === 'main' && satellite !== undefined && own !== undefined && isAddressEqual(own, satellite);
    });
  const inBody = (body: unknown): ServedBridge | undefined => {
    const named = bodySchema.safeParse(body);
    if (!named.success) return undefined;
    return runners().find((runner) => ofBody(runner, named.data, runner.open?.bridge.rewards?.address));
  };

  /** The id of the bridge of a request, among all of the signer. */
  const idOf = ({ params, method, body }: FastifyRequest, all: OtherProcesses): string | undefined => {
    const { bridge } = params as { readonly bridge?: string };
    const configs = all.bridges();
    if (bridge !== undefined) {
      const found = configs.find((config) => config.name === bridge || bridgeIdOf(config) === bridge.toLowerCase());
      return found && bridgeIdOf(found);
    }
    const named = method === 'POST' ? bodySchema.safeParse(body) : undefined;
    if (named?.success !== true) return undefined;
    const { rewards } = named.data;
    if (rewards !== undefined && named.data.bridge === undefined) return all.bridgeOf(rewards);
    const found = configs.find((config) => ofBody({ config }, named.data, undefined));
    return found && bridgeIdOf(found);
  };

  /** An exception of one bridge must not keep the others from the list. */
  const contained = (runner: ServedBridge): BridgeSummary => {
    try {
      return summaryOf(runner, now());
    } catch (error) {
      onFault(runner.config, error);
      const { config, id } = runner;
      const closed = summaryOf({ config, id, open: undefined, problems: () => [] }, now());
      return { ...closed, state: 'failed', problems: ['internal'] };
    }
  };
  const own = (): BridgeSummary[] =>
    runners().map((runner) => ({ ...contained(runner), process: others?.processOf(runner.id) }));
  const ofAll = async ({ bridges, lists }: OtherProcesses): Promise<BridgeSummary[]> => {
    const listed = [...own(), ...(await lists()).flatMap((list) => list.bridges)];
    const byId = new Map(listed.toReversed().map((summary) => [summary.id, summary]));
    // A bridge that no process lists now is between two of them.
    const between = (config: Config): BridgeSummary =>
      summaryOf({ config, id: bridgeIdOf(config), open: undefined, problems: () => [] }, now());
    return bridges().map((config) => byId.get(bridgeIdOf(config)) ?? between(config));
  };

  return {
    isFleet,
    async list(isForwarded = false) {
      return { version, bridges: others === undefined || isForwarded ? own() : await ofAll(others) };
    },

    elsewhere(request) {
      const id = others && idOf(request, others);
      if (others === undefined || id === undefined || runners().some((runner) => runner.id === id)) return undefined;
      const url = others.urlOf(id);
      if (url === undefined)
        throw httpError(503, 'bridge-closed', 'no process of this signer works for this bridge now');
      return url;
    },

    named({ params }) {
      const { bridge } = params as { readonly bridge: string };
      const found = runners().find(({ config, id }) => config.name === bridge || id === bridge.toLowerCase());
      if (found !== undefined) return portOf(found);
      throw httpError(404, 'wrong-bridge', `this relayer has no bridge ${bridge.slice(0, 80)}; /v1/bridges lists them`);
    },

    only({ method, url, body }) {
      const [first] = runners();
      if (!isFleet && first !== undefined) return portOf(first);
      if (method === 'POST') {
        const found = inBody(body);
        if (found !== undefined) return portOf(found);
        throw httpError(409, 'wrong-bridge', 'the request names no bridge of this relayer; /v1/bridges lists them');
      }
      const path = url.replace(/^\/v1/, '').slice(0, 120);
      throw httpError(
        404,
        'wrong-bridge',
        `this relayer has several bridges: ask /v1/bridges/NAME${path}; /v1/bridges lists them`,
      );
    },
  };
}

const httpError = (statusCode: number, reason: Reason, message: string): Error =>
  Object.assign(new Error(message), { statusCode, reason });

/** Enough to name what is wrong; each bridge's own status has all. */
const MAX_CODES = 8;

function summaryOf(runner: ServedBridge, now: number): BridgeSummary {
  const { config, id, open } = runner;
  const found = runner.problems();
  const ledgers = [...(open?.bridge.ledgers.values() ?? [])];
  const entries = ledgers.flatMap((ledger) => ledger.entries());
  const report = open?.bridge.report();
  return {
    ...{ id, name: config.name, process: undefined },
    state: open === undefined ? (found.some(({ part }) => part === 'start') ? 'failed' : 'starting') : 'open',
    address: open?.address,
    bridges: {
      main: { chainId: config.main.chainId, bridge: config.main.bridge, scannedBlock: report?.scanned.main },
      product: {
        chainId: config.product.chainId,
        bridge: config.product.bridge,
        scannedBlock: report?.scanned.product,
      },
    },
    margin: { mint: open?.bridge.view.margin('mint'), withdraw: open?.bridge.view.margin('withdraw') },
    open: entries.length,
    parked: entries.filter(({ parked }) => parked).length,
    oldestSeconds:
      entries.length === 0
        ? undefined
        : Math.round(now - Math.min(...ledgers.flatMap((ledger) => ledger.entries()[0]?.readyAt ?? []))),
    stopped: report?.stopped ?? directions,
    problems: [...new Set(found.map(({ code }) => code))].slice(0, MAX_CODES),
  };
}
