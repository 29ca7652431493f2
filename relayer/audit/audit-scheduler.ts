import type { Address } from 'viem';

import { codeOf, messageOf } from '../../protocol/errors.ts';
import { type Side, sides } from '../../protocol/lane.ts';
import type { Metrics } from '../monitoring/metrics.ts';
import type { Problems } from '../monitoring/problems.ts';
import type { AuditState } from './audit-state.ts';
import type { Auditor, Finding } from './auditor.ts';

/** Schedules the audits of pegs and acts on their findings. */
export interface AuditScheduler {
  /** Marks a peg as changed: it is audited after the block. */
  touch(productToken: Address): void;
  /** Audits the changed pegs in the background, and those with an incomplete last audit. */
  afterBlock(): void;
  /**
   * Audits pegs, one audit at a time; resolves when this one has ended. Never rejects: a failure becomes a problem, and
   * the peg keeps the result of its last complete audit.
   */
  check(productTokens: readonly Address[]): Promise<void>;
}

export interface AuditSchedulerOptions {
  readonly auditor: Pick<Auditor, 'check'>;
  /** Results of the audits; read by the signing gate. */
  readonly state: AuditState;
  readonly metrics: Pick<Metrics, 'pegLocked' | 'pegSupply' | 'pegGap'>;
  readonly problems: Pick<Problems, 'set' | 'clear'>;
  readonly log: { warn(o: object, m: string): void };
  /**
   * Pauses one bridge, if this signer is configured to do so when an audit is broken.
   * @returns why the bridge was not paused: it is paused already, or it rejects the call.
   */
  readonly pause: ((side: Side) => Promise<string | undefined>) | undefined;
  readonly sleep: (seconds: number) => Promise<void>;
  /** Monotonic seconds. */
  readonly now: () => number;
}

/** Delay after a block, so that transfers go first: the audited state is final, so a short delay costs nothing. */
const TRANSFERS_FIRST_SECONDS = 0.25;
/**
 * Minimum delay before an incomplete audit is tried again; doubled each time. Slow nodes would be asked by all pegs of
 * all bridges at once, and never catch up.
 */
const AGAIN_SECONDS = 2;
const LONGEST_AGAIN_SECONDS = 32;

export function createAuditScheduler(options: AuditSchedulerOptions): AuditScheduler {
  const { auditor, state, metrics, problems, log, pause, sleep, now } = options;
  const touched = new Set<Address>();
  /** Pegs with an incomplete last audit, the earliest time of the next, and the delay until then. */
  const again = new Map<Address, { readonly at: number; readonly delay: number }>();
  let isScheduled = false;
  let last: Promise<void> = Promise.resolve();

  const conclude = ({ productToken, locked, supply, gap, errors, incomplete }: Finding): void => {
    const peg = productToken;
    if (locked !== undefined) metrics.pegLocked.set({ peg }, Number(locked));
    if (supply !== undefined) metrics.pegSupply.set({ peg }, Number(supply));
    if (gap !== undefined) metrics.pegGap.set({ peg }, Number(gap));
    const delay = Math.min(2 * (again.get(peg)?.delay ?? AGAIN_SECONDS / 2), LONGEST_AGAIN_SECONDS);
    again.delete(peg);
    if (errors.length > 0) return state.broken(peg, errors);
    if (incomplete === undefined) return state.clean(peg);
    state.incomplete(peg, incomplete);
    again.set(peg, { at: now() + delay, delay });
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
        if (state.isAnyBroken() && pause !== undefined) await pauseBoth(pause);
        problems.clear('audit');
      } catch (error) {
        problems.set('audit', codeOf(error), messageOf(error));
      }
    });
    return last;
  };

  const auditTouched = async (): Promise<void> => {
    while (touched.size > 0) {
      await sleep(TRANSFERS_FIRST_SECONDS);
      const productTokens = [...touched];
      touched.clear();
      await check(productTokens);
    }
  };

  return {
    touch: (productToken) => void touched.add(productToken),

    afterBlock() {
      for (const [peg, { at }] of again) if (now() >= at) touched.add(peg);
      // Blocks faster than the audit add to the pegs of the next one, not to a queue of audits.
      if (isScheduled || touched.size === 0) return;
      isScheduled = true;
      void auditTouched().finally(() => (isScheduled = false));
    },

    check,
  };
}
