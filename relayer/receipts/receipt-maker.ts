import { limit } from '../async/limit.ts';
import { BoundedMap } from '../../protocol/bounded-map.ts';
import { PegwayError, messageOf, reasonOf } from '../../protocol/errors.ts';
import { type Lane, laneKey } from '../../protocol/lane.ts';
import { type Reason, reasons } from '../../protocol/reasons.ts';
import { type ReceiptParts, buildReceipt } from '../../protocol/receipts/build-receipt.ts';
import type { AnchorProof, Receipt } from '../../protocol/receipts/format.ts';
import { waitingFor } from '../state/wait-reason.ts';
import type { Metrics } from '../monitoring/metrics.ts';
import type { Ledger } from '../state/ledger.ts';
import type { History } from '../store/history.ts';
import { type PartsSources, createPartsReader } from './gather-parts.ts';

/* Receipts of ended transfers (docs/receipt.md), made from final blocks on request. Nothing depends on them. */

export interface ReceiptMaker {
  /**
   * The receipt of a transfer.
   * @throws {PegwayError} with the reason when there is none: `unknown-nonce`, `history-incomplete`, `unprovable`,
   * `too-many-requests`, what a transfer waits for that has not ended, or what the nodes lack.
   */
  receipt(lane: Lane, nonce: bigint): Promise<Receipt>;
}

export interface ReceiptMakerOptions extends Omit<PartsSources, 'events'> {
  readonly history: Pick<History, 'get' | 'events'>;
  readonly ledgers: ReadonlyMap<string, Ledger>;
  readonly obstacle: (lane: Lane) => Reason | undefined;
  /** Proves the blocks of the product chain by an anchor; undefined on a bridge without anchors. */
  readonly anchorOf: ((parts: ReceiptParts) => Promise<AnchorProof | undefined>) | undefined;
  readonly metrics: Pick<Metrics, 'receipts' | 'receiptSeconds'>;
  readonly log: { warn(fields: object, message: string): void };
  /** Monotonic seconds. */
  readonly now: () => number;
}

/** Receipts in memory: 11 kB each, of a full batch 76 kB. */
const REMEMBERED = 64;
/** Made at once, and waiting for that. SECURITY: anyone may ask, and each takes three blocks with all receipts. */
const AT_ONCE = 2;
const WAITING = 16;

export function createReceiptMaker(options: ReceiptMakerOptions): ReceiptMaker {
  const { history, ledgers, obstacle, anchorOf, metrics, log, now } = options;
  const partsOf = createPartsReader({ ...options, events: history.events });
  const gathered = new BoundedMap<string, ReceiptParts>(REMEMBERED);
  const made = new BoundedMap<string, Promise<Receipt>>(REMEMBERED);
  const inTurn = limit(AT_ONCE);
  let pending = 0;

  const warn = (lane: Lane, nonce: bigint, error: unknown, message: string): void =>
    log.warn({ ...lane, nonce: String(nonce), error: messageOf(error) }, message);

  const gather = async (lane: Lane, nonce: bigint): Promise<ReceiptParts> => {
    const ledger = ledgers.get(laneKey(lane));
    const entry = ledger?.get(nonce);
    if (entry !== undefined) throw refusal(waitingFor(entry, obstacle(lane)));
    if (ledger === undefined || nonce >= ledger.nextNonce) throw refusal('unknown-nonce');
    const item = history.get(lane, nonce);
    const executedBlock = item?.executedBlock;
    if (item === undefined || executedBlock === undefined) throw refusal('history-incomplete');
    return partsOf({ ...item, executedBlock });
  };

  const make = async (lane: Lane, nonce: bigint, key: string): Promise<Receipt> => {
    const parts = gathered.get(key) ?? (await gather(lane, nonce));
    gathered.set(key, parts);
    if (anchorOf !== undefined) {
      try {
        const anchor = await anchorOf(parts);
        if (anchor !== undefined) return (await buildReceipt({ ...parts, anchor })).receipt;
      } catch (error) {
        warn(lane, nonce, error, 'receipt made without its anchor');
      }
      // An anchor may follow: only the parts are kept.
      made.delete(key);
    }
    return (await buildReceipt(parts)).receipt;
  };

  const measured = async (lane: Lane, nonce: bigint, key: string): Promise<Receipt> => {
    const began = now();
    const receipt = await make(lane, nonce, key);
    metrics.receiptSeconds.observe(now() - began);
    return receipt;
  };

  const find = (lane: Lane, nonce: bigint): Promise<Receipt> => {
    const key = `${laneKey(lane)} ${nonce}`;
    const known = made.get(key);
    if (known !== undefined) return known;
    if (pending >= AT_ONCE + WAITING) return Promise.reject(refusal('too-many-requests'));
    pending++;
    const receipt = inTurn(() => measured(lane, nonce, key));
    made.set(key, receipt);
    receipt
      .catch((error: unknown) => {
        made.delete(key);
        if (isOfNodes(reasonOf(error))) warn(lane, nonce, error, 'receipt not made');
      })
      .finally(() => pending--);
    return receipt;
  };

  return {
    async receipt(lane, nonce) {
      try {
        const receipt = await find(lane, nonce);
        metrics.receipts.inc({ outcome: 'served' });
        return receipt;
      } catch (error) {
        metrics.receipts.inc({ outcome: isOfNodes(reasonOf(error)) ? 'failed' : 'refused' });
        throw error;
      }
    },
  };
}

const refusal = (reason: Reason): PegwayError => new PegwayError(reasons[reason], { code: reason });

const ofNodes: readonly (Reason | undefined)[] = [
  ...['rpc-unreachable', 'rpc-disagreement', 'proof-invalid', 'unknown-fork', 'withheld-log', undefined],
] as const;

/** True for the failures that concern the operator: of nodes, and those without a reason. */
export const isOfNodes = (reason: Reason | undefined): boolean => ofNodes.includes(reason);
