import { createAccountTracker } from './account-tracker.ts';
import { gaps } from './account.ts';
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
import { createSubmit } from './submit.ts';

export interface TxManagerOptions {
  readonly chain: TransactionChain;
  readonly signer: TransactionSigner;
  readonly store: TransactionStore;
  readonly fees: FeePolicy;
  readonly log: TransactionLog;
  readonly signal: AbortSignal;
  readonly metrics?: TransactionMetrics;
  /** Blocks after which a mined transaction is taken as final; 64 when left out. */
  readonly finalityBlocks?: number;
  /** Without a new block for so long, the same bytes are sent again; 15 s when left out. */
  readonly repeatAfterMs?: number;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
  /** It is in a block. What it did there, only the bridge's events tell. May be called again after a reorganisation. */
  onMined?(record: TransactionRecord): void;
  /** It will not be mined. The intent may be submitted again. */
  onAbandoned?(record: TransactionRecord, reason: AbandonReason): void;
}

export interface TxManager {
  /**
   * Records, signs and sends. Resolves once it is recorded and a node has it, or may have it; the lane then sees to it
   * that it is mined. Rejects with a reason code when it was not taken: then nothing of it is left, and no nonce used.
   */
  submit(intent: Intent): Promise<TransactionRecord>;
  onHead(head: Head): Promise<void>;
  pending(): readonly TransactionRecord[];
  /** Its owner knows that what it did, or that it failed, is final: the key may be used anew. */
  settle(key: string): Promise<void>;
  /** Reads the records. `submit` and `onHead` do it first where nobody else has. */
  recover(): Promise<void>;
  close(): Promise<void>;
}

/** More open nonces than this are filled over several heads. */
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

  // One thing at a time: no two submits see the same free nonce, and no head is judged by half of a change.
  let tail: Promise<unknown> = Promise.resolve();
  const serialized = <T>(work: () => Promise<T>): Promise<T> => {
    const result = tail.then(work);
    tail = result.catch(() => undefined);
    return result;
  };

  let newestHead: Head | undefined;
  /** Nonces that nobody used at the last head. */
  let previouslyOpen: readonly number[] = [];
  const onHead = (next: Head): Promise<void> => {
    newestHead = next;
    return serialized(async () => {
      // When heads come faster than they are worked off, only the newest counts.
      if (newestHead !== next || closed) return;
      try {
        await account.recover();
        await reconcile(next);
      } catch (error) {
        // Nodes that fail are asked again with the next head; nothing here may end the relayer.
        log.warn({ chain: chain.name, block: next.number.toString(), err: error }, 'transactions not looked after');
      }
    });
  };

  const timer = setInterval(() => {
    // It settles by itself: what fails in it is logged.
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
          // A record that cannot be written now is settled by its depth, heads later.
          log.warn({ chain: chain.name, key, err: error }, 'transaction not settled');
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
    // Nothing that may still change: nothing is read.
    if (records.all().every(({ status }) => status === 'settled')) return;
    const observed = await account.refresh(head);
    if (observed === null) return;

    // Side by side, so that many in flight cost one round trip; begun in the order of nonces, as pools like it.
    const steps = records.all().map(async ({ nonce }) => {
      try {
        await step(nonce, observed, head);
      } catch (error) {
        // A key or a node that fails: the record stays as it is, and the others have their turn.
        log.error({ chain: chain.name, nonce, err: error }, 'transaction left for the next head');
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
    // It is pending again, and its pools may have forgotten it.
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

  /** A nonce that stays open for a second head below one that is pending is filled, so that what is above can be mined. */
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
