import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';

import type { Side } from '../../protocol/lane.ts';
import type { ShardState } from '../shards/shard-states.ts';

export interface Problem {
  /** The component that reported it. */
  readonly part: string;
  /** A reason code where one applies. */
  readonly code: string;
  readonly message: string;
}

export interface Health {
  readonly ready: boolean;
  /** This signer's own faults: nodes, key, funds, loops. */
  readonly reasons: readonly Problem[];
  /** Faults that stop the bridge as a whole. They are reported and do not affect readiness. */
  readonly bridge: readonly Problem[];
  /** What an operator should know of, without an effect on transfers. */
  readonly notices: readonly Problem[];
  /** Chains with a stale finalized head, for any cause. */
  readonly stale: readonly Side[];
}

/** Input of the health decision, all of it current. */
export interface HealthInputs {
  /** False until recovery is complete and the loops run. */
  readonly started: boolean;
  readonly problems: readonly Problem[];
  readonly stalled: readonly { readonly loop: string; readonly seconds: number }[];
  readonly heads: readonly {
    readonly chain: Side;
    readonly seconds: number;
    readonly staleSeconds: number;
    /** True if a peer has reported a later block, or no peer answers. */
    readonly behind: boolean;
  }[];
  readonly paused: readonly Side[];
  /** Number of signers that answer and are in sync, minus the threshold. */
  readonly margins: readonly { readonly direction: string; readonly margin: number }[];
}

/**
 * Every signer detects these alike: if they affected readiness, an orchestrator would take all signers out of service
 * at once.
 */
const bridgeWide = new Set(['audit-broken', 'second-content', 'paused']);

/** Shown to the operator, and no reason to replace a relayer, which works. */
const harmless = new Set(['reload-refused', 'equivocation']);

/** Derives the health response from the inputs. Pure. */
export function healthOf(inputs: HealthInputs): Health {
  const { started, problems, stalled, heads, paused, margins } = inputs;
  const stale = heads.filter(({ seconds, staleSeconds }) => seconds > staleSeconds);
  const staleProblem = ({ chain, seconds }: (typeof heads)[number]): Problem => ({
    part: `${chain} chain`,
    code: 'stale-head',
    message: `the final block has not moved for ${Math.round(seconds)} s`,
  });

  const reasons: Problem[] = [
    ...(started ? [] : [{ part: 'start', code: 'starting', message: 'recovering the state of the bridges' }]),
    ...problems.filter(({ code }) => !bridgeWide.has(code) && !harmless.has(code)),
    ...stalled.map(({ loop, seconds }) => ({
      part: loop,
      code: 'loop-stands',
      message: `this loop has not completed a round for ${seconds} s`,
    })),
    ...stale.filter(({ behind }) => behind).map(staleProblem),
  ];
  const bridge: Problem[] = [
    ...problems.filter(({ code }) => bridgeWide.has(code)),
    ...stale.filter(({ behind }) => !behind).map(staleProblem),
    ...paused.map((side) => ({ part: `${side} bridge`, code: 'paused', message: 'the bridge is paused' })),
    ...margins
      .filter(({ margin }) => margin < 0)
      .map(({ direction, margin }) => ({
        part: `${direction} quorum`,
        code: 'waiting-for-signatures',
        message: `${-margin} more signers must answer and be in sync`,
      })),
  ];
  const notices = problems.filter(({ code }) => harmless.has(code));
  return { ready: reasons.length === 0, reasons, bridge, notices, stale: stale.map(({ chain }) => chain) };
}

/** Health of one of several bridges. */
export interface BridgeHealth extends Health {
  readonly name: string;
}

/**
 * Health of a process with several bridges: ready while it has no fault of its own and one of its bridges has none, because a
 * bridge that fails must not take the others out of service.
 */
export const healthOfFleet = (own: Health, bridges: readonly BridgeHealth[]): FleetHealth => ({
  ...own,
  ready: own.ready && (bridges.length === 0 || bridges.some(({ ready }) => ready)),
  bridges,
});

export type FleetHealth = Health & {
  readonly bridges?: readonly BridgeHealth[];
  /** Of a process that shares them with others of its signer. One that holds none has no fault: it waits for its share. */
  readonly shards?: readonly ShardState[] | undefined;
};

/** Registers the routes of the private port: metrics, and health for an orchestrator. */
export function registerHealth(
  server: FastifyInstance,
  options: {
    readonly registry: Registry;
    readonly health: () => FleetHealth;
    readonly measure: (health: FleetHealth) => void;
  },
): void {
  const { registry, health, measure } = options;
  server.get('/metrics', async (_request, reply) => {
    measure(health());
    return reply
      .type(registry.contentType)
      .serializer(String)
      .send(await registry.metrics());
  });

  // An answer shows that the event loop runs. Faults of the bridge or its nodes belong to `ready`: a restart cannot fix
  // them.
  server.get('/health/live', () => ({ live: true }));

  server.get('/health/ready', (_request, reply) => {
    const { ready, reasons, bridge, notices, bridges, shards } = health();
    const each = bridges?.map((one) => ({
      name: one.name,
      ready: one.ready,
      reasons: one.reasons,
      bridge: one.bridge,
    }));
    return reply.status(ready ? 200 : 503).send({
      ...{ ready, reasons, bridge, notices },
      ...(each === undefined ? {} : { bridges: each }),
      ...(shards === undefined ? {} : { shards }),
    });
  });
}
