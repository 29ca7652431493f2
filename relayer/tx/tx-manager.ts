import { createAccountTracker } from './account-tracker.ts';
import { gaps } from './nonces.ts';
import { type ChainView, decide, wantsBalance, wantsHigherFees } from './decide.ts';
import { createExecutor } from './executor.ts';
import { type FeePolicy, freshFees } from './fees.ts';
import type { Head, TransactionChain, TransactionLog, TransactionMetrics, TransactionSigner } from './ports.ts';
import { readBalance } from './reads.ts';
import {
  type AbandonReason,
  type Intent,
  openRecords,
  type TransactionRecord,
  type TransactionStore,
} from './records.ts';
import { createSender } from './sender.ts';
import { createSubmit } from './submit-intent.ts';

export interface TxManagerOptions {
  readonly chain: TransactionChain;
  readonly signer: TransactionSigner;
  readonly store: TransactionStore;
  readonly fees: FeePolicy;
  readonly log: TransactionLog;
  readonly signal: AbortSignal;
  readonly metrics?: TransactionMetrics;
  /** A mined transaction is settled after this many blocks. Default: 64. */
  readonly finalityBlocks?: number;
  /** The same bytes are broadcast again after this long without a new block. Default: 15 s. */
  readonly repeatAfterMs?: number;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
  /**
   * The transaction is in a block. Only the events of the bridge show whether it took effect. Called again after a
   * reorg, and when a mined key is submitted again.
   */
  onMined?(record: TransactionRecord): void;
  /** It will not be mined. The intent may be submitted again. */
  onAbandoned?(record: TransactionRecord, reason: AbandonReason): void;
}

export interface TxManager {
  /**
   * Signs, saves and broadcasts. Resolves once a node has the transaction, or may have it; the manager then raises fees
   * and rebroadcasts until it is mined. Rejects with a reason code when no node accepts it: then no record is left, and
   * no nonce is used.
   */
  submit(intent: Intent): Promise<TransactionRecord>;
  onHead(head: Head): Promise<void>;
  pending(): readonly TransactionRecord[];
  /** The owner knows that the outcome is final: the key may be used again. */
  settle(key: string): Promise<void>;
  /** Reads the chain. `submit` and `onHead` do so first if it was not done. */
  recover(): Promise<void>;
  close(): Promise<void>;
}

/** Further nonce gaps are filled at later heads. */
const MAX_FILLERS_PER_HEAD = 16;

/** All transactions of one account on one chain. */
export function createTxManager(options: TxManagerOptions): TxManager {
  const { chain, signer, fees, log, metrics, signal } = options;
  const { finalityBlocks = 64, repeatAfterMs = 15_000, now = () => performance.now() } = options;
  const address = signer.address;

  let closed = false;
  const isClosed = (): boolean => closed;
  const records = openRecords(options.store, chain.name, address);
  const sender = createSender({ chain, signer, records, log, metrics, now });
  const account = createAccountTracker({ chain, address, records, fees, log });
  const onMined = (record: TransactionRecord): void => options.onMined?.(record);
  const submit = createSubmit({ chain, records, account, sender, fees, isClosed, onMined });
  const executor = createExecutor({
    chain,
    records,
    sender,
    log,
    metrics,
    onMined,
    onAbandoned: (record, reason) => options.onAbandoned?.(record, reason),
  });

  // One task at a time: no two submits use the same nonce, and no head sees half of a change.
  let tail: Promise<unknown> = Promise.resolve();
  const serialized = <T>(work: () => Promise<T>): Promise<T> => {
    const result = tail.then(work);
    tail = result.catch(() => undefined);
    return result;
  };

  let newestHead: Head | undefined;
  /** Nonce gaps at the previous head. */
  let previouslyOpen: readonly number[] = [];
  const onHead = (next: Head): Promise<void> => {
    newestHead = next;
    return serialized(async () => {
      // When heads arrive faster than they are processed, only the newest counts.
      if (newestHead !== next || closed) return;
      try {
        await account.recover();
        await reconcile(next);
      } catch (error) {
        // A failing node is asked again at the next head. No error here may end the relayer.
        log.warn(
          { chain: chain.name, block: next.number.toString(), err: error },
          'transactions not processed at this head',
        );
      }
    });
  };

  const timer = setInterval(() => {
    // Never rejects: failures are logged.
    if (newestHead !== undefined && records.pending().length > 0) onHead(newestHead).catch(() => undefined);
  }, repeatAfterMs);
  timer.unref();
  const stop = (): void => {
    closed = true;
    clearInterval(timer);
  };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();

  return {
    onHead,
    submit: (intent) => serialized(() => submit(intent)),
    recover: () => serialized(() => account.recover()),
    pending: () => records.pending(),

    settle(key) {
      return serialized(() => {
        try {
          const record = records.active(key);
          if (record?.status === 'mined') records.put({ ...record, status: 'settled' });
          records.prune();
        } catch (error) {
          // If the write fails now, the record is settled by its depth later.
          log.warn({ chain: chain.name, intent: key, err: error }, 'transaction not settled');
        }
        return Promise.resolve();
      });
    },

    async close() {
      stop();
      signal.removeEventListener('abort', stop);
      await tail;
    },
  };

  async function reconcile(head: Head): Promise<void> {
    account.setHead(head);
    // Every record is final: read nothing.
    if (records.all().every(({ status }) => status === 'settled')) return;
    const observed = await account.refresh(head);
    if (observed === null) return;

    // In parallel, so that many transactions cost one round trip; started in nonce order, as pools expect.
    const steps = records.all().map(async ({ nonce }) => {
      try {
        await step(nonce, observed, head);
      } catch (error) {
        // A failure of the key or a node: this record is left for the next head, the others continue.
        log.error({ chain: chain.name, nonce, err: error }, 'transaction not processed at this head');
      }
    });
    await Promise.all(steps);
    await fillGaps(head);
    records.prune();
  }

  async function step(nonce: number, observed: Pick<ChainView, 'included'>, head: Head): Promise<void> {
    const record = records.get(nonce);
    if (record === undefined || closed) return;
    const actions = decide(record, await viewFor(record, observed, head), now());

    executor.setHold(record, actions.find((action) => action.do === 'hold')?.reason ?? null);
    for (const action of actions) {
      const current = records.get(nonce);
      if (current === undefined || isClosed()) return;
      await executor.execute(current, action, head);
    }
    // Pending again, and its pools may have dropped it.
    if (actions.some((action) => action.do === 'reorganised')) await step(nonce, observed, head);
  }

  async function viewFor(
    record: TransactionRecord,
    observed: Pick<ChainView, 'included'>,
    head: Head,
  ): Promise<ChainView> {
    const view = {
      head,
      count: account.count,
      movedAt: account.movedAt,
      highestNonce: Math.max(...records.all().map(({ nonce }) => nonce)),
      included: observed.included,
      policy: fees,
      finalityBlocks,
      repeatAfterMs,
    };
    return {
      ...view,
      tip: wantsHigherFees(record, view) ? await account.tip(head) : null,
      balance: wantsBalance(record) ? await readBalance(chain, address, head) : null,
    };
  }

  /** Fills a nonce gap that is still there at the next head, so that the transactions above can be mined. */
  async function fillGaps(head: Head): Promise<void> {
    const open = gaps(records.all(), account.count);
    const stale = open.filter((nonce) => previouslyOpen.includes(nonce)).slice(0, MAX_FILLERS_PER_HEAD);
    previouslyOpen = open;
    if (stale.length === 0) return;

    const tip = await account.tip(head);
    const fresh = tip === null ? null : freshFees(head, tip, fees);
    if (fresh === null) return;
    for (const nonce of stale) await executor.fillGap(nonce, fresh, head);
  }
}
