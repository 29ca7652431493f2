import { codeOf } from '../../protocol/errors.ts';
import type { Side } from '../../protocol/lane.ts';
import { createLatest } from '../async/latest.ts';
import type { AuditScheduler } from '../audit/audit-scheduler.ts';
import type { Head } from '../chain/finality.ts';
import type { Loop } from '../monitoring/supervised-loop.ts';
import type { BlockProcessor } from './block-processor.ts';

/** Processes the finalized heads of one chain for one bridge. */
export interface BlockLoop {
  readonly loop: Loop;
  /** Passes a finalized head; the loop skips to the newest. */
  put(head: Head): void;
  /** When the processed head last moved, in monotonic seconds. */
  movedAt(): number;
}

export interface BlockLoopOptions {
  readonly blocks: Pick<BlockProcessor, 'advance'>;
  readonly auditScheduler: Pick<AuditScheduler, 'afterBlock'>;
  readonly standSeconds: number;
  /** Called when a finalized block has changed. */
  readonly onReversed: (error: unknown) => void;
  readonly signal: AbortSignal;
  /** Monotonic seconds. */
  readonly now: () => number;
}

/** Longest wait for a finalized head. */
const IDLE_SECONDS = 2;

export function createBlockLoop(side: Side, options: BlockLoopOptions): BlockLoop {
  const { blocks, auditScheduler, standSeconds, onReversed, signal, now } = options;
  const finalHeads = createLatest<Head>();
  let movedAt = now();
  /** A head with events that could not be processed; retried unless a newer one has arrived. */
  let failed: Head | undefined;

  return {
    put: (head) => finalHeads.put(head),
    movedAt: () => movedAt,
    loop: {
      name: `blocks-${side}`,
      part: `${side} blocks`,
      stallSeconds: standSeconds,
      async round() {
        // An unreachable chain is reported by the chain loop: without heads this loop still completes rounds.
        const idle = AbortSignal.any([signal, AbortSignal.timeout(IDLE_SECONDS * 1_000)]);
        const head = failed ?? (await finalHeads.take(idle));
        if (head === undefined) return 0;
        failed = head;
        if ((await blocks.advance(side, head)) > 0) movedAt = now();
        failed = undefined;
        auditScheduler.afterBlock();
        return 0;
      },
      onError(error) {
        if (codeOf(error) === 'finality-reversed') onReversed(error);
      },
    },
  };
}
