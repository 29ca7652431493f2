import { createActor } from './act.ts';
import { openBook } from './records.ts';
import { type ChainView, decide, wantsBalance, wantsHigherFees } from './decide.ts';
import { createDesk } from './account-tracker.ts';
import { type FeePolicy, freshFees } from './fees.ts';
import { gaps } from './nonces.ts';
import type {
  Head,
  TransactionChain,
  TransactionLog,
  TransactionMetrics,
  TransactionSigner,
  TransactionStore,
} from './ports.ts';
import { readBalance } from './reads.ts';
import type { AbandonReason, Intent, TransactionRecord } from './record.ts';
import { createSender } from './sender.ts';
import { createSubmit } from './submit.ts';

export interface TransactionLaneOptions {
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

export interface TransactionLane {
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
const MOST_FILLERS_A_HEAD = 16;

/** All transactions of one account on one chain. */
export function createTransactionLane(options: TransactionLaneOptions): TransactionLane {
  const { chain, signer, fees, log, metrics, signal } = options;
  const { finalityBlocks = 64, repeatAfterMs = 15_000, now = () => performance.now() } = options;
  const address = signer.address;

  let closed = false;
  const isClosed = (): boolean => closed;
  const book = openBook(options.store, chain.name, address);
  const sender = createSender({ chain, signer, book, log, metrics, now });
  const desk = createDesk({ chain, address, book, fees, log });
  const submit = createSubmit({ chain, book, desk, sender, fees, isClosed });
  const actor = createActor({
    chain,
    book,
    sender,
    log,
    metrics,
    onMined: (record) => options.onMined?.(record),
    onAbandoned: (record, reason) => options.onAbandoned?.(record, reason),
  });

  // One thing at a time: no two submits see the same free nonce, and no head is judged by half of a change.
  let tail: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = tail.then(work);
    tail = result.catch(() => undefined);
    return result;
  };

  let newestHead: Head | undefined;
  /** Nonces that nobody used at the last head. */
  let openBefore: readonly number[] = [];
  const onHead = (next: Head): Promise<void> => {
    newestHead = next;
    return inTurn(async () => {
      // When heads come faster than they are worked off, only the newest counts.
      if (newestHead !== next || closed) return;
      try {
        await desk.recover();
        await work(next);
      } catch (error) {
        // Nodes that fail are asked again with the next head; nothing here may end the relayer.
        log.warn({ chain: chain.name, block: next.number.toString(), err: error }, 'transactions not looked after');
      }
    });
  };

  const timer = setInterval(() => {
    // It settles by itself: what fails in it is logged.
    if (newestHead !== undefined && book.pending().length > 0) onHead(newestHead).catch(() => undefined);
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
    submit: (intent) => inTurn(() => submit(intent)),
    recover: () => inTurn(() => desk.recover()),
    pending: () => book.pending(),

    settle(key) {
      return inTurn(() => {
        try {
          const record = book.live(key);
          if (record?.status === 'mined') book.put({ ...record, status: 'settled' });
          book.prune();
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

  async function work(head: Head): Promise<void> {
    desk.see(head);
    // Nothing that may still change: nothing is read.
    if (book.all().every(({ status }) => status === 'settled')) return;
    const seen = await desk.look(head);
    if (seen === null) return;

    // Side by side, so that many in flight cost one round trip; begun in the order of nonces, as pools like it.
    const steps = book.all().map(async ({ nonce }) => {
      try {
        await step(nonce, seen, head);
      } catch (error) {
        // A key or a node that fails: the record stays as it is, and the others have their turn.
        log.error({ chain: chain.name, nonce, err: error }, 'transaction left for the next head');
      }
    });
    await Promise.all(steps);
    await fillGaps(head);
    book.prune();
  }

  async function step(nonce: number, seen: Pick<ChainView, 'included'>, head: Head): Promise<void> {
    const record = book.get(nonce);
    if (record === undefined || closed) return;
    const actions = decide(record, await viewFor(record, seen, head), now());

    actor.hold(record, actions.find((action) => action.do === 'hold')?.reason ?? null);
    for (const action of actions) {
      const current = book.get(nonce);
      if (current === undefined || isClosed()) return;
      await actor.act(current, action, head);
    }
    // It is pending again, and its pools may have forgotten it.
    if (actions.some((action) => action.do === 'reorganised')) await step(nonce, seen, head);
  }

  async function viewFor(record: TransactionRecord, seen: Pick<ChainView, 'included'>, head: Head): Promise<ChainView> {
    const view = {
      head,
      count: desk.count,
      movedAt: desk.movedAt,
      highestNonce: Math.max(...book.all().map(({ nonce }) => nonce)),
      included: seen.included,
      policy: fees,
      finalityBlocks,
      repeatAfterMs,
    };
    return {
      ...view,
      tip: wantsHigherFees(record, view) ? await desk.tipAt(head) : null,
      balance: wantsBalance(record) ? await readBalance(chain, address, head) : null,
    };
  }

  /** A nonce that stays open for a second head below one that is pending is filled, so that what is above can be mined. */
  async function fillGaps(head: Head): Promise<void> {
    const open = gaps(book.all(), desk.count);
    const stale = open.filter((nonce) => openBefore.includes(nonce)).slice(0, MOST_FILLERS_A_HEAD);
    openBefore = open;
    if (stale.length === 0) return;

    const tip = await desk.tipAt(head);
    const fresh = tip === null ? null : freshFees(head, tip, fees);
    if (fresh === null) return;
    for (const nonce of stale) await actor.fill(nonce, fresh, head);
  }
}
