import type { Address } from 'viem';

import { codeOf, messageOf } from '../../protocol/errors.ts';
import type { Metrics } from '../monitoring/metrics.ts';
import type { Auditor, Finding } from './auditor.ts';
import type { Problems } from '../monitoring/problems.ts';
import { type Side, sides } from '../../protocol/lane.ts';

/** When pegs are audited, and what follows from what is found. */
export interface Auditing {
  /** Something of this peg moved: it is audited after the block. */
  touch(productToken: Address): void;
  /** Audits in the background what was touched. */
  afterBlock(): void;
  /** One audit at a time; resolves when this one is over. Never fails: a problem tells of it. */
  check(productTokens: readonly Address[]): Promise<void>;
}

export interface AuditingOptions {
  readonly auditor: Pick<Auditor, 'check'>;
  /** Pegs of which nothing may be signed; read by the signing gate. */
  readonly broken: Set<Address>;
  readonly metrics: Metrics;
  readonly problems: Problems;
  readonly log: { warn(o: object, m: string): void };
  /**
   * Pauses one bridge, where this signer is to do that when a peg is broken. Answers why it was not paused: it is already, or
   * the bridge refuses.
   */
  readonly pause: ((side: Side) => Promise<string | undefined>) | undefined;
  readonly sleep: (seconds: number) => Promise<void>;
}

/** After a block transfers go first: what is to be audited is final, and is so a moment later, too. */
const TRANSFERS_FIRST_SECONDS = 0.25;

export function createAuditing(options: AuditingOptions): Auditing {
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
      log.warn({ productToken }, 'the audit finds nothing any more: signing again');
    }
  };

  /** Each bridge for itself: that one cannot be reached must not spare the other. */
  const pauseBoth = async (pauseOne: (side: Side) => Promise<string | undefined>): Promise<void> => {
    for (const side of sides) {
      try {
        const refused = await pauseOne(side);
        if (refused === undefined) log.warn({ chain: side }, 'bridge paused: an audit is broken');
      } catch (error) {
        log.warn({ chain: side, error: messageOf(error) }, 'bridge not paused: tried again with the next audit');
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
