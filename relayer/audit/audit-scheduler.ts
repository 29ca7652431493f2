import type { Address } from 'viem';

import { codeOf, messageOf } from '../../protocol/errors.ts';
import type { Metrics } from '../monitoring/metrics.ts';
import type { Auditor, Finding } from './auditor.ts';
import type { Problems } from '../monitoring/problems.ts';
import { type Side, sides } from '../../protocol/lane.ts';

/** Schedules the audits of pegs and acts on their findings. */
export interface AuditScheduler {
  /** Marks a peg as changed: it is audited after the block. */
  touch(productToken: Address): void;
  /** Audits the changed pegs in the background. */
  afterBlock(): void;
  /**
   * Audits pegs, one audit at a time; resolves when this one is complete. Never rejects: a failure becomes a problem.
   */
  check(productTokens: readonly Address[]): Promise<void>;
}

export interface AuditSchedulerOptions {
  readonly auditor: Pick<Auditor, 'check'>;
  /** Pegs for which no statement may be signed; read by the signing gate. */
  readonly broken: Set<Address>;
  readonly metrics: Metrics;
  readonly problems: Problems;
  readonly log: { warn(o: object, m: string): void };
  /**
   * Pauses one bridge, if this signer is configured to do so when an audit is broken.
   * @returns why the bridge was not paused: it is paused already, or it rejects the call.
   */
  readonly pause: ((side: Side) => Promise<string | undefined>) | undefined;
  readonly sleep: (seconds: number) => Promise<void>;
}

/** Delay after a block, so that transfers go first: the audited state is final, so a short delay costs nothing. */
const TRANSFERS_FIRST_SECONDS = 0.25;

export function createAuditScheduler(options: AuditSchedulerOptions): AuditScheduler {
  const { auditor, broken, metrics, problems, log, pause, sleep } = options;
  const touched = new Set<Address>();
  let last: Promise<void> = Promise.resolve();

  const conclude = ({ productToken, locked, supply, gap, errors }: Finding): void => {
    metrics.pegLocked.set({ peg: productToken }, Number(locked));
    metrics.pegSupply.set({ peg: productToken }, Number(supply));
    if (gap !== undefined) metrics.pegGap.set({ peg: productToken }, Number(gap));
    metrics.auditOk.set({ peg: productToken }, errors.length === 0 ? 1 : 0);
    if (errors.length > 0) {
      broken.add(productToken);
      problems.set(`audit ${productToken}`, 'audit-broken', errors.join('; '));
    } else if (broken.delete(productToken)) {
      problems.clear(`audit ${productToken}`);
      log.warn({ productToken }, 'audit passes again: signing resumed');
    }
  };

  /** Pauses the bridges independently: a failure on one must not prevent the pause of the other. */
  const pauseBoth = async (pauseOne: (side: Side) => Promise<string | undefined>): Promise<void> => {
    for (const side of sides) {
      try {
        const refused = await pauseOne(side);
        if (refused === undefined) log.warn({ chain: side }, 'bridge paused: broken audit');
      } catch (error) {
        log.warn({ chain: side, error: messageOf(error) }, 'bridge not paused: retrying with the next audit');
      }
    }
  };

  const check = (productTokens: readonly Address[]): Promise<void> => {
    last = last.then(async () => {
      try {
        for (const finding of await auditor.check(productTokens)) conclude(finding);
        if (broken.size > 0 && pause !== undefined) await pauseBoth(pause);
        problems.clear('audit');
      } catch (error) {
        problems.set('audit', codeOf(error), messageOf(error));
      }
    });
    return last;
  };

  return {
    touch: (productToken) => void touched.add(productToken),

    afterBlock() {
      if (touched.size === 0) return;
      const productTokens = [...touched];
      touched.clear();
      void sleep(TRANSFERS_FIRST_SECONDS).then(() => check(productTokens));
    },

    check,
  };
}
