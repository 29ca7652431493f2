import { PegwayError } from '../errors.ts';
import { accountOf, type AccountView, observe } from './account.ts';
import { isRefusal } from './answers.ts';
import { openBook } from './book.ts';
import { type Action, type ChainView, decide, wantsBalance, wantsHigherFees } from './decide.ts';
import { type FeePolicy, freshFees } from './fees.ts';
import { gaps, nextNonce } from './nonces.ts';
import type {
  Head,
  TransactionChain,
  TransactionLog,
  TransactionMetrics,
  TransactionSigner,
  TransactionStore,
} from './ports.ts';
import { readBalance, readHead, readPendingCount, readTip } from './reads.ts';
import {
  type AbandonReason,
  costOf,
  type Fees,
  type Hold,
  type Intent,
  newest,
  type TransactionRecord,
} from './record.ts';
import { refusalOf, refuse } from './refusals.ts';
import { createSender, describe } from './sender.ts';

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

/** A transfer of nothing to oneself. */
const FILLER_GAS = 21_000n;
const MOST_FILLERS_A_HEAD = 16;

type Seen = Pick<ChainView, 'included'>;

export function createTransactionLane(options: TransactionLaneOptions): TransactionLane {
  const { chain, signer, fees: policy, log, metrics, signal } = options;
  const { finalityBlocks = 64, repeatAfterMs = 15_000, now = () => performance.now() } = options;
  const address = signer.address;

  const book = openBook(options.store, chain.name, address);
  const sender = createSender({ chain, signer, book, log, metrics, now });

  let account: AccountView = accountOf(book.all());
  let head: Head | undefined;
  let newestHead: Head | undefined;
  let recovered = false;
  let closed = false;
  /** Nonces that an earlier life of this account, which left no records, has in the pools. They get a turn to be mined. */
  let orphans: { readonly upTo: number; readonly until: bigint } | undefined;
  /** Nonces that nobody used at the last head. */
  let openGaps: readonly number[] = [];
  /** What the last submit lacked, and when. */
  let shortAt: bigint | undefined;

  // One thing at a time: no two submits see the same free nonce, and no head is judged by half of a change.
  let tail: Promise<unknown> = Promise.resolve();
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = tail.then(work);
    tail = result.catch(() => undefined);
    return result;
  }

  const timer = setInterval(() => {
    if (newestHead !== undefined) void lane.onHead(newestHead);
  }, repeatAfterMs);
  timer.unref();
  const stop = (): void => {
    closed = true;
    clearInterval(timer);
  };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();

  const lane: TransactionLane = {
    submit(intent) {
      return inTurn(() => submit(intent));
    },

    onHead(next) {
      newestHead = next;
      return inTurn(async () => {
        // When heads come faster than they are worked off, only the newest counts.
        if (newestHead !== next || closed) return;
        try {
          await recover();
          await work(next);
        } catch (error) {
          // Nodes that fail are tried again with the next head; nothing here may end the relayer.
          log.warn({ chain: chain.name, block: next.number, err: error }, 'transactions not looked after at this head');
        }
      });
    },

    pending: () => book.pending(),

    settle(key) {
      return inTurn(() => {
        const record = book.live(key);
        if (record?.status === 'mined') book.put({ ...record, status: 'settled' });
        book.prune();
        return Promise.resolve();
      });
    },

    recover: () => inTurn(recover),

    async close() {
      stop();
      signal.removeEventListener('abort', stop);
      await tail;
    },
  };
  return lane;

  // --- At start

  async function recover(): Promise<void> {
    if (recovered || closed) return;
    const latest = head ?? (await readHead(chain));
    if (latest === null || !(await look(latest))) {
      throw new PegwayError(`no node of the ${chain.name} chain tells the account's nonce`, {
        code: 'rpc-unreachable',
      });
    }

    if (book.pending().length === 0) {
      const upTo = await readPendingCount(chain, address);
      if (upTo > account.count) {
        orphans = { upTo, until: latest.number + BigInt(policy.bumpAfterBlocks) };
        log.warn({ chain: chain.name, from: account.count, upTo }, 'pools hold transactions that no record knows');
      }
    }
    recovered = true;
    log.info(
      { chain: chain.name, account: address, nonce: account.count, pending: book.pending().length },
      'transaction lane ready',
    );
  }

  // --- A new transaction

  async function submit(intent: Intent): Promise<TransactionRecord> {
    if (closed) throw refuse('closed', chain.name);
    const live = book.live(intent.key);
    if (live) return live;

    await recover();
    // While nothing is pending nobody reads the account, so it may have moved.
    if (book.pending().length === 0 && head !== undefined) await look(head);
    for (let attempt = 0; head !== undefined && attempt < 3; attempt++) {
      const record = await take(intent, head);
      const { answer } = newest(record);
      if (answer !== null && isRefusal(answer)) {
        book.drop(record);
        if (refusalOf(answer) === 'low-funds') shortAt = head.number;
        throw refuse(refusalOf(answer), chain.name);
      }
      if (answer !== 'nonce-too-low') return record;

      // The account moved since the head was read.
      const latest = await readHead(chain);
      if (latest !== null) await look(latest);
      if (record.nonce >= account.count) return record;
      book.drop(record);
    }
    throw refuse('rpc-disagreement', chain.name);
  }

  /** Gives the intent a nonce, records it, and sends it. */
  async function take(intent: Intent, at: Head): Promise<TransactionRecord> {
    const nonce = nextNonce(book.all(), account.count);
    if (orphans !== undefined && nonce < orphans.upTo && at.number < orphans.until) {
      throw refuse('waiting-for-inclusion', chain.name);
    }
    const tip = await tipAt(at);
    if (tip === null) throw refuse('rpc-unreachable', chain.name);
    const fees = freshFees(at, tip, policy);
    if (fees === null) throw refuse('fee-cap', chain.name);
    if (shortAt !== undefined && !(await hasFunds(intent, fees, at))) throw refuse('low-funds', chain.name);

    const version = await sender.sign(nonce, intent, fees, at);
    if (closed) throw refuse('closed', chain.name);
    const record: TransactionRecord = {
      ...intent,
      chain: chain.name,
      account: address,
      nonce,
      status: 'pending',
      filler: false,
      versions: [version],
      held: null,
      mined: null,
      sent: null,
    };
    book.put(record);
    return sender.send(record, version, at);
  }

  /** After a refusal for want of coins: looks once a head, and only then. */
  async function hasFunds(intent: Intent, fees: Fees, at: Head): Promise<boolean> {
    if (shortAt === at.number) return false;
    const balance = await readBalance(chain, address, at);
    const committed = book.pending().reduce((sum, record) => sum + costOf(record.gas, newest(record).fees), 0n);
    const enough = balance !== null && balance >= committed + costOf(intent.gas, fees);
    shortAt = enough ? undefined : at.number;
    return enough;
  }

  // --- A new head

  async function work(next: Head): Promise<void> {
    head = next;
    if (book.all().every(({ status }) => status === 'settled')) return;
    const view = await look(next);
    if (view === null) return;

    for (const { nonce } of book.all()) {
      try {
        await step(nonce, view, next);
      } catch (error) {
        // A key or a node that fails: the record stays as it is, and the others have their turn.
        log.error({ chain: chain.name, nonce, err: error }, 'transaction left for the next head');
      }
    }
    await fillGaps(next);
    book.prune();
  }

  async function step(nonce: number, seen: Seen, at: Head): Promise<void> {
    // A record that was reorganised is judged again at once.
    for (let round = 0; round < 2; round++) {
      const record = book.get(nonce);
      if (record === undefined || closed) return;
      const view = await viewFor(record, seen, at);
      const actions = decide(record, view, now());
      hold(record, actions.find((action) => action.do === 'hold')?.reason ?? null);
      for (const action of actions) await act(nonce, action, at);
      if (!actions.some((action) => action.do === 'reorganised')) return;
    }
  }

  async function act(nonce: number, action: Action, at: Head): Promise<void> {
    const record = book.get(nonce);
    if (record === undefined || closed) return;
    switch (action.do) {
      case 'hold':
        return;

      case 'broadcast':
        await sender.send(record, action.version, at);
        return;

      case 'bump': {
        const version = await sender.sign(nonce, record, action.fees, at);
        const bumped: TransactionRecord = { ...record, versions: [...record.versions, version] };
        book.put(bumped);
        report(record, 'bumped', { fees: action.fees });
        await sender.send(bumped, version, at);
        return;
      }

      case 'fill': {
        const content = { to: address, data: '0x', gas: FILLER_GAS } as const;
        const version = await sender.sign(nonce, content, action.fees, at);
        const filler: TransactionRecord = {
          ...record,
          ...content,
          key: `filler:${nonce}`,
          note: {},
          filler: true,
          versions: [...record.versions, version],
          held: null,
        };
        book.put(filler);
        giveUp(record, action.reason);
        await sender.send(filler, version, at);
        return;
      }

      case 'mined': {
        const mined: TransactionRecord = { ...record, status: 'mined', mined: action.block, held: null };
        book.put(mined);
        report(mined, 'mined', { block: action.block.number, hash: action.hash });
        if (!mined.filler) options.onMined?.(mined);
        return;
      }

      case 'abandon':
        book.drop(record);
        giveUp(record, action.reason);
        return;

      case 'reorganised':
        book.put({ ...record, status: 'pending', mined: null, sent: null });
        report(record, 'reorganised', {});
        return;

      case 'settle':
        book.put({ ...record, status: 'settled' });
        return;
    }
  }

  function hold(record: TransactionRecord, held: Hold | null): void {
    if (record.status !== 'pending' || record.held === held) return;
    book.put({ ...record, held });
    if (held === null) log.info(describe(record), 'transaction no longer held');
    else report(record, held, { balanceNeeded: costOf(record.gas, newest(record).fees) });
  }

  function giveUp(record: TransactionRecord, reason: AbandonReason): void {
    if (record.filler) return;
    report(record, reason === 'foreign-nonce' ? reason : 'abandoned', { reason });
    options.onAbandoned?.(record, reason);
  }

  function report(record: TransactionRecord, outcome: string, fields: object): void {
    metrics?.outcome(chain.name, outcome);
    log.info({ ...describe(record), outcome, ...fields }, 'transaction changed');
  }

  /** A nonce that stays open for a second head below one that is pending is filled, so that what is above can be mined. */
  async function fillGaps(at: Head): Promise<void> {
    const open = gaps(book.all(), account.count);
    const stale = open.filter((nonce) => openGaps.includes(nonce)).slice(0, MOST_FILLERS_A_HEAD);
    openGaps = open;
    if (stale.length === 0) return;

    const tip = await tipAt(at);
    const fees = tip === null ? null : freshFees(at, tip, policy);
    if (fees === null) return;
    for (const nonce of stale) {
      const content = { to: address, data: '0x', gas: FILLER_GAS } as const;
      const version = await sender.sign(nonce, content, fees, at);
      const base = {
        key: `filler:${nonce}`,
        note: {},
        chain: chain.name,
        account: address,
        nonce,
        held: null,
        mined: null,
      };
      const filler: TransactionRecord = {
        ...base,
        ...content,
        status: 'pending',
        filler: true,
        versions: [version],
        sent: null,
      };
      book.put(filler);
      report(filler, 'gap-filled', {});
      await sender.send(filler, version, at);
    }
  }

  // --- Reading

  /** Takes in what `at` says of the account. */
  async function look(at: Head): Promise<Seen | null> {
    const seen = await observe({ chain, address, head: at, before: account, pending: book.pending() });
    if (seen === null) return null;
    account = seen.account;
    head = at;
    if (orphans !== undefined && (account.count >= orphans.upTo || at.number >= orphans.until)) orphans = undefined;
    return seen;
  }

  async function viewFor(record: TransactionRecord, seen: Seen, at: Head): Promise<ChainView> {
    const known = {
      head: at,
      count: account.count,
      movedAt: account.movedAt,
      highestNonce: Math.max(...book.all().map(({ nonce }) => nonce)),
      included: seen.included,
      policy,
      finalityBlocks,
      repeatAfterMs,
    };
    return {
      ...known,
      tip: wantsHigherFees(record, known) ? await tipAt(at) : null,
      balance: wantsBalance(record) ? await readBalance(chain, address, at) : null,
    };
  }

  async function tipAt(at: Head): Promise<bigint | null> {
    if (policy.priorityFeePerGas !== undefined && at.baseFeePerGas !== null) return policy.priorityFeePerGas;
    // A chain whose base fee is 0 is free of fees, unless a pool says that it wants some.
    const wantsSome = book.pending().some((record) => newest(record).answer === 'underpriced');
    if (at.baseFeePerGas === 0n && !wantsSome) return 0n;
    return readTip(chain, at);
  }
}
