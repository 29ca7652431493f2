import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';

import type { Side } from '../../protocol/lane.ts';

export interface Problem {
  /** What noticed it. */
  readonly part: string;
  /** A reason code where one fits. */
  readonly code: string;
  readonly message: string;
}

export interface Health {
  readonly ready: boolean;
  /** This signer's own faults: nodes, key, funds, loops. */
  readonly reasons: readonly Problem[];
  /** What keeps the bridge as a whole from moving. It is told, and makes no signer unready. */
  readonly bridge: readonly Problem[];
  /** Chains whose final head stands, whoever's fault it is. */
  readonly stale: readonly Side[];
}

/** What the judgement rests on; all of it as of now. */
export interface Vitals {
  /** False until everything is recovered and the loops turn. */
  readonly started: boolean;
  readonly problems: readonly Problem[];
  readonly standing: readonly { readonly loop: string; readonly seconds: number }[];
  readonly heads: readonly {
    readonly chain: Side;
    readonly seconds: number;
    readonly staleSeconds: number;
    /** Whether a peer has seen a later block, or none can be asked. */
    readonly behind: boolean;
  }[];
  readonly paused: readonly Side[];
  /** Signers that answer and are in sync, less the threshold. */
  readonly margins: readonly { readonly direction: string; readonly margin: number }[];
}

/** Found by every signer alike: were it a fault of each, an orchestrator would take all six out of service at once. */
const bridgeWide = new Set(['audit-broken', 'second-content', 'paused']);

/** Pure: what is known comes in, what to answer goes out. */
export function judge(vitals: Vitals): Health {
  const { started, problems, standing, heads, paused, margins } = vitals;
  const stale = heads.filter(({ seconds, staleSeconds }) => seconds > staleSeconds);
  const staleProblem = ({ chain, seconds }: (typeof heads)[number]): Problem => ({
    part: `${chain} chain`,
    code: 'stale-head',
    message: `the final block has not moved for ${Math.round(seconds)} s`,
  });

  const reasons: Problem[] = [
    ...(started ? [] : [{ part: 'start', code: 'starting', message: 'reading what the bridges say' }]),
    ...problems.filter(({ code }) => !bridgeWide.has(code)),
    ...standing.map(({ loop, seconds }) => ({
      part: loop,
      code: 'loop-stands',
      message: `this loop has not come round for ${seconds} s`,
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
        message: `${-margin} signers too few answer and are in sync`,
      })),
  ];
  return { ready: reasons.length === 0, reasons, bridge, stale: stale.map(({ chain }) => chain) };
}

/** The private port: metrics, and health for an orchestrator. */
export function registerHealth(
  server: FastifyInstance,
  options: { readonly registry: Registry; readonly health: () => Health; readonly measure: (health: Health) => void },
): void {
  const { registry, health, measure } = options;
  server.get('/metrics', async (_request, reply) => {
    measure(health());
    return reply
      .type(registry.contentType)
      .serializer(String)
      .send(await registry.metrics());
  });

  // It answers, so its event loop turns. Whether what it does is of use is for `ready`: a restart mends nothing there.
  server.get('/health/live', () => ({ live: true }));

  server.get('/health/ready', (_request, reply) => {
    const { ready, reasons, bridge } = health();
    return reply.status(ready ? 200 : 503).send({ ready, reasons, bridge });
  });
}
