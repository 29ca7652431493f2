import type { FastifyRequest } from 'fastify';
import { type Address, isAddressEqual } from 'viem';
import { z } from 'zod';

import type { BridgesView, BridgeSummary } from '../../protocol/api-types.ts';
import { type Direction, directions, sides } from '../../protocol/lane.ts';
import type { Reason } from '../../protocol/reasons.ts';
import type { Config } from '../config.ts';
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
  list(): BridgesView;
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
  /** Monotonic seconds. */
  readonly now: () => number;
}

/** Bodies of POST requests name the contract that they are for. */
const bodySchema = z.object({
  chainId: z.coerce.number().int().positive(),
  bridge: addressSchema.optional(),
  rewards: addressSchema.optional(),
  anchors: addressSchema.optional(),
});

export function createBridgeDirectory({ version, runners, isFleet, now }: BridgeDirectoryOptions): BridgeDirectory {
  const portOf = (runner: ServedBridge): BridgePort => {
    const { config, id, open } = runner;
    if (open !== undefined) return open.port;
    const why = runner
      .problems()
      .map(({ part, message }) => `${part}: ${message}`)
      .join('; ');
    throw httpError(503, 'bridge-closed', `bridge ${config.name || id} is not open: ${why || 'it is starting'}`);
  };

  const inBody = (body: unknown): ServedBridge | undefined => {
    const named = bodySchema.safeParse(body);
    if (!named.success) return undefined;
    const { chainId, bridge, rewards, anchors } = named.data;
    return runners().find(({ config, open }) =>
      sides.some((side) => {
        if (config[side].chainId !== chainId) return false;
        if (bridge !== undefined) return isAddressEqual(config[side].bridge, bridge);
        const satellite = rewards ?? anchors;
        const own = rewards === undefined ? config.anchors?.contract : open?.bridge.rewards?.address;
        return side === 'main' && satellite !== undefined && own !== undefined && isAddressEqual(own, satellite);
      }),
    );
  };

  return {
    isFleet,
    list: () => ({ version, bridges: runners().map((runner) => summaryOf(runner, now())) }),

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
    ...{ id, name: config.name },
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
