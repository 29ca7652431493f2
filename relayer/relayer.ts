import { hostname } from 'node:os';

import type { Address } from 'viem';
import type { Logger } from 'pino';

import manifest from '../package.json' with { type: 'json' };
import { createBoard } from './board.ts';
import { governanceNonce } from './chain/bridge.ts';
import { findTransfers } from './chain/find.ts';
import type { BridgeEvent } from './chain/events.ts';
import type { Head } from './chain/finality.ts';
import { checkChain, checkPair, openSide } from './chain/side.ts';
import { createChronicle } from './chronicle.ts';
import type { Config } from './config.ts';
import { PegwayError, messageOf } from './errors.ts';
import { createServer, listen } from './http.ts';
import { observeSigner } from './keys/observe-signer.ts';
import { openSigner } from './keys/open.ts';
import { measureBridge } from './measure.ts';
import { registerGovernance } from './peers/governance.ts';
import { registerRoutes } from './peers/routes.ts';
import { type Answering, answer } from './pipeline/answer.ts';
import { createAttester } from './pipeline/attest.ts';
import { type Finding, createAuditor } from './pipeline/audit.ts';
import { pauseBridge } from './pipeline/audit/pause.ts';
import { judge } from './pipeline/bounce.ts';
import { confirm } from './pipeline/confirm.ts';
import { recoverLane } from './pipeline/recover.ts';
import { parkedDue } from './pipeline/sweep.ts';
import { takeTransfer, verifyTransfer } from './pipeline/verify.ts';
import { type Watch, createPace, createWatch } from './pipeline/watch.ts';
import { type PrivatePort, openPrivatePort } from './private-port.ts';
import { type Lease, soleLease, takeLease } from './queue/lease.ts';
import { isRedis, openQueue } from './queue/queue.ts';
import { openBridges } from './state/bridges.ts';
import { fenced } from './state/fence.ts';
import { createFleet, stoppedDirections } from './state/fleet.ts';
import { type Entry, type Ledger, createLedger } from './state/ledger.ts';
import { runLoop, sleep } from './state/loop.ts';
import { createSecondContents } from './state/second-contents.ts';
import { stateBatch, stateBounce } from './state/statement.ts';
import { isWhole } from './state/whole.ts';
import { openDatabase, openHistoryDatabase } from './store/database.ts';
import { openHistory } from './store/history.ts';
import { openJournal } from './store/journal.ts';
import { openProposals } from './store/proposals.ts';
import {
  type Direction,
  type Lane,
  type Side,
  type Transfer,
  destinationOf,
  directions,
  laneKey,
  sides,
  sourceOf,
} from './transfer/lane.ts';
import type { Reason } from './transfer/reasons.ts';
import { feeOf } from './tx/fee.ts';
import { createTransactionLane } from './tx/lane.ts';
import { createTransactionStore } from './tx/store.ts';
import { publicView } from './view.ts';
import { type KeyUse, HEARTBEAT_SECONDS, createVitals } from './vitals.ts';
import { createWork } from './work.ts';

/*
 * The machine, in the order in which it is put together; `stop` takes it apart in the opposite one:
 *
 *   private port → keys → chains (checked) → lease → store, bridges → ledgers (recovered) → transactions, queue → public port → loops
 *
 * A transfer's way: watch → verify → (queue) → schedule → attest → collect → submit → confirm; sweep and audit beside it.
 */

const RETRY_SECONDS = 1;
/** Heads for transactions are looked at with every new final block while some are pending, else this often. */
const IDLE_HEAD_SECONDS = 15;

export interface Relayer {
  readonly address: Address;
  /** Another process of this signer works now: this one is to be stopped, and may stand by. */
  readonly superseded: AbortSignal;
  /** Ends everything that was begun; nothing is left half done. */
  stop(): Promise<void>;
}

/**
 * Starts one signer's relayer for one bridge. While another process of the same signer holds the lease, it stands by.
 * @throws {PegwayError} exit code 2 when the configuration does not fit the chains; nothing was signed then.
 */
export async function startRelayer(
  config: Config,
  log: Logger,
  signal: AbortSignal,
  /** Whether this process was superseded, and so waits for its turn as all others. */
  superseded = false,
): Promise<Relayer> {
  const port = await openPrivatePort(config.listen.private, { log, now });
  const undo = [() => port.close()];
  const takeTurn = async (namespace: string): Promise<Lease> => {
    const { queue: url, listen: at } = config;
    // Only a Redis can be shared by several processes of a signer.
    if (url === undefined || !isRedis(url)) return soleLease;
    const lease = await takeLease({
      ...{ url, namespace, signal },
      // The private port tells the installations of one host apart.
      instance: superseded ? undefined : `${hostname()} ${at.private.host}:${at.private.port}`,
      onWait: (code, message) => port.problems.set('lease', code, message),
    });
    port.problems.clear('lease');
    undo.push(() => lease.release());
    return lease;
  };
  try {
    return await assemble(config, log, signal, port, takeTurn);
  } catch (error) {
    for (const one of undo.toReversed()) await one();
    throw error;
  }
}

const now = (): number => performance.now() / 1_000;

async function assemble(
  config: Config,
  log: Logger,
  signal: AbortSignal,
  port: PrivatePort,
  takeTurn: (namespace: string) => Promise<Lease>,
): Promise<Relayer> {
  const { metrics, problems, pulse } = port;
  const ending = new AbortController();
  const ended = AbortSignal.any([signal, ending.signal]);

  // Keys.
  const open = async (uri: string, use: 'attest' | 'pay'): Promise<KeyUse> => {
    const key = await openSigner(uri, { allowPlain: config.devnet, directory: config.directory, signal: ended });
    const known = { use, goodAt: now() };
    const signer = observeSigner(key, ({ seconds, outcome }) => {
      metrics.signingSeconds.observe({ use, outcome }, seconds);
      if (outcome === 'ok') known.goodAt = now();
      else problems.set(`${use} key`, 'key-failed', 'its last signature failed');
    });
    return Object.assign(known, { signer });
  };
  const attesting = await open(config.key, 'attest');
  const paying = config.payingKey === undefined ? attesting : await open(config.payingKey, 'pay');
  const [signer, payer] = [attesting.signer, paying.signer];
  metrics.buildInfo.set({ version: manifest.version, address: signer.address }, 1);

  // The chains, and that they are the right ones.
  const openChain = (side: Side) =>
    openSide(side, config[side], {
      request: ({ endpoint, method, outcome }) => metrics.rpcRequests.inc({ chain: side, endpoint, method, outcome }),
      response({ endpoint, bytes }) {
        metrics.rpcHttpRequests.inc({ chain: side, endpoint });
        metrics.rpcReceivedBytes.inc({ chain: side, endpoint }, bytes);
      },
      disagreement: () => metrics.rpcDisagreements.inc({ chain: side }),
    });
  const chains = { main: openChain('main'), product: openChain('product') };
  for (const side of sides) {
    if (config[side].rpcQuorum === 1) {
      log.warn({ chain: side, nodes: config[side].rpcUrls.length }, 'one node is trusted: rpcQuorum is 1');
    }
  }
  const patiently = async <T>(what: string, action: () => Promise<T>): Promise<T> => {
    for (;;) {
      try {
        const result = await action();
        problems.clear(what);
        return result;
      } catch (error) {
        if (!(error instanceof PegwayError) || error.exitCode === 2 || ended.aborted) throw error;
        problems.set(what, error.code ?? 'rpc-unreachable', messageOf(error));
        await sleep(RETRY_SECONDS, ended);
        ended.throwIfAborted();
      }
    }
  };
  for (const side of sides) await patiently(`${side} chain`, () => checkChain(chains[side]));
  await patiently('main bridge', () => checkPair(chains.main, chains.product));
  await patiently('product bridge', () => checkPair(chains.product, chains.main));

  // Only one process of a signer goes on from here.
  const deployment = [
    chains.main.chainId,
    chains.main.address.slice(2, 10),
    chains.product.chainId,
    chains.product.address.slice(2, 10),
    signer.address.slice(2, 10),
  ].join('-');
  const lease = await takeTurn(deployment);
  const database = openDatabase(config.dataDir);
  const journal = openJournal(database);
  const historyDatabase = openHistoryDatabase(config.dataDir);
  const history = openHistory({
    database: historyDatabase,
    deployment: [config.main, config.product].map(({ chainId, bridge }) => `${chainId}-${bridge}`).join('-'),
    mainBridge: config.main.bridge,
  });

  // The bridges, and a ledger for each lane, from what the bridges say.
  const bridges = await patiently('bridges', () => openBridges(chains));
  const ledgers = new Map<string, Ledger>();
  const ledger = (lane: Lane) => ledgers.get(laneKey(lane));
  const brokenPegs = new Set<Address>();
  /** Whether a final block is being taken in, or was taken in by half. */
  const moving: Record<Side, boolean> = { main: false, product: false };
  const isSigner = (lane: Lane) => bridges.destination(lane.direction).signers.includes(signer.address);
  const timestamps: Record<Side, bigint> = { main: 0n, product: 0n };
  const isPaused = (side: Side) => bridges.state(side).pausedUntil > timestamps[side];

  const known = (productToken: Address) => ({
    ...bridges.pegs(productToken),
    bridges: [chains.main.address, chains.product.address],
  });

  const obstacle = (lane: Lane): Reason | undefined => {
    if (!isSigner(lane)) return 'not-a-signer';
    if (reversed) return 'finality-reversed';
    if (brokenPegs.has(lane.productToken)) return 'audit-broken';
    if (isPaused(destinationOf(lane.direction))) return 'paused';
    return ledger(lane)?.stopped;
  };
  let reversed = false;

  const countSeen = ({ lane: { direction } }: Ledger, count: number, entries: readonly Entry[]): void => {
    metrics.transfersSeen.inc({ direction }, count);
    for (const { rejected } of entries) {
      if (rejected !== undefined) metrics.transfersRejected.inc({ direction, reason: rejected });
    }
  };

  /** The final heads that the ledgers are a picture of; undefined while events are being taken in. */
  const standing = (): Readonly<Record<Side, Head>> | undefined => {
    const { main, product } = { main: watches.main.head, product: watches.product.head };
    return moving.main || moving.product || main === undefined || product === undefined ? undefined : { main, product };
  };

  const auditor = createAuditor({
    bridges,
    ledger,
    heads: () => standing(),
    sleep: (seconds) => sleep(seconds, ended),
  });

  const recover = async (lane: Lane, heads: Readonly<Record<Side, Head>>): Promise<void> => {
    const fresh = createLedger(lane);
    await recoverLane(bridges, fresh, heads, now());
    adopt(fresh);
  };
  const adopt = (fresh: Ledger): void => {
    const { lane } = fresh;
    fresh.stopped = ledger(lane)?.stopped;
    for (const entry of fresh.entries()) {
      auditor.departed(entry.transfer);
      entry.rejected = verifyTransfer(entry.transfer, known(lane.productToken));
    }
    countSeen(fresh, fresh.entries().length, fresh.entries());
    ledgers.set(laneKey(lane), fresh);
    const { direction, productToken } = lane;
    log.info(
      { direction, productToken, next: fresh.nextNonce.toString(), open: fresh.entries().length },
      'lane recovered',
    );
  };
  /** Builds a lane anew that is not what the bridges say. While the heads move on it is left for the next sweep. */
  const repair = async (one: Ledger): Promise<void> => {
    const heads = standing();
    if (heads === undefined || (await isWhole(bridges, one, heads))) return;
    const fresh = createLedger(one.lane);
    await recoverLane(bridges, fresh, heads, now());
    const then = standing();
    if (then?.main !== heads.main || then.product !== heads.product) return;
    log.warn({ lane: laneKey(one.lane), code: 'withheld-log' }, 'events were withheld: lane built anew');
    adopt(fresh);
  };

  const secondContents = createSecondContents({ journal, ledger, problems });
  const attester = createAttester({
    signer,
    journal,
    onSecondContent: (lane, nonce) => secondContents.stop(lane, nonce),
  });

  // A queue of its own for each holder of the lease: one that was stopped and goes on takes no job from its successor.
  const spaceOf = (tenure: string) => [deployment, tenure].filter((part) => part !== '').join('-');
  const queue = await openQueue({
    url: config.queue,
    namespace: spaceOf(lease.tenure),
    previous: lease.previous === undefined ? undefined : spaceOf(lease.previous),
    log,
  });

  // Transactions: one lane an account and chain.
  const store = createTransactionStore(database);
  const transactionLane = (side: Side) =>
    createTransactionLane({
      chain: fenced(chains[side].nodes, () => lease.held()),
      signer: payer,
      store,
      fees: { maxFeePerGas: config[side].maxFeePerGas, bumpAfterBlocks: 3 },
      log,
      signal: ended,
      metrics: { outcome: (chain, outcome) => metrics.transactions.inc({ chain, outcome }) },
      onMined(record) {
        work.mined(record.key, record.mined?.number ?? 0n);
        feeOf(chains[side].nodes, record).then(
          (fee) => metrics.transactionFee.inc({ chain: side }, Number(fee ?? 0n)),
          (error: unknown) => log.debug({ chain: side, error: messageOf(error) }, 'fee not known'),
        );
      },
      onAbandoned: (record) => work.abandoned(record.key),
    });
  const transactions = { main: transactionLane('main'), product: transactionLane('product') };
  const latest: Partial<Record<Side, Head>> = {};
  const balances: Partial<Record<Side, bigint>> = {};
  const lastAnswers = new Map<Address, number>();
  const onAnswered = (address: Address): void => void lastAnswers.set(address, now());

  /** By this relayer's own view of the main chain. */
  const judgeRefused = (transfer: Transfer) => {
    const { mainPeg } = bridges.pegs(transfer.lane.productToken);
    const head = watches.main.head;
    if (mainPeg === undefined || head === undefined) {
      throw new PegwayError('the main bridge does not know the peg', { code: 'peg-mismatch' });
    }
    return judge(transfer, { bridge: chains.main, peg: mainPeg, bounceDelay: bridges.state('main').bounceDelay, head });
  };

  const work = createWork({
    config,
    bridges,
    ledgers,
    attester,
    queue,
    transactions,
    payer: payer.address,
    metrics,
    log,
    obstacle: (lane) => (lease.held() ? obstacle(lane) : 'standby'),
    blockGasLimit: (side) => latest[side]?.gasLimit ?? 30_000_000n,
    judge: judgeRefused,
    onAnswered,
    now,
  });

  const wake = (lane: Lane) => queue.wake(laneKey(lane));

  // What final blocks say. Until all of it is taken in, the ledgers are a picture of no block.
  const onEvents = (side: Side) => async (events: readonly BridgeEvent[], head: Head) => {
    moving[side] = true;
    await takeEvents(side, events, head);
  };
  const takeEvents = async (side: Side, events: readonly BridgeEvent[], head: Head): Promise<void> => {
    const touched = new Map<string, Lane>();
    if (events.some(({ kind }) => kind === 'changed' || kind === 'voided')) await refresh(side);

    for (const event of events) {
      if (event.kind === 'departed') {
        const { lane } = event.transfer;
        auditor.departed(event.transfer);
        const target = ledger(lane);
        if (target === undefined) continue;
        const before = target.nextNonce;
        const taken = await takeTransfer(target, event.transfer, {
          known: known(lane.productToken),
          now: now(),
          find: (nonces) =>
            findTransfers(chains[side], chains[side].source, lane, nonces, event.transfer.nonce + 1n, head.number),
        });
        const entries = taken.flatMap(({ nonce }) => target.get(nonce) ?? []);
        countSeen(target, Number(target.nextNonce - before), entries);
        touched.set(laneKey(lane), lane);
      } else {
        const lane = confirm(event, { ledger, metrics, now });
        if (lane === undefined) continue;
        if (event.kind === 'executed') auditor.executed({ ...event, lane, timestamp: head.timestamp });
        touched.set(laneKey(lane), lane);
      }
    }
    for (const { productToken } of touched.values()) touchedPegs.add(productToken);
    timestamps[side] = head.timestamp;
    work.final(side, head.number);
    await Promise.all([...touched.values()].map(wake));
    await chronicle.take(side, events, head);
  };

  /** Reads one bridge anew; what was rejected because the two did not say the same may do now. */
  const refresh = async (side: Side): Promise<void> => {
    await bridges.refresh(side);
    const missing = bridges.lanes().filter((lane) => ledger(lane) === undefined);
    if (missing.length > 0) await recoverAll(missing);
    for (const one of ledgers.values()) {
      for (const entry of one.entries())
        entry.rejected &&= verifyTransfer(entry.transfer, known(one.lane.productToken));
    }
  };

  const watches: Record<Side, Watch> = {
    main: createWatch(chains.main, onEvents('main')),
    product: createWatch(chains.product, onEvents('product')),
  };

  const chronicle = createChronicle({ bridges, ledgers, history, watches, log, now, signal: ended });

  const recoverAll = async (lanes: readonly Lane[]): Promise<void> => {
    const heads = {
      main: watches.main.head ?? (await chains.main.finalHead()),
      product: watches.product.head ?? (await chains.product.finalHead()),
    };
    await Promise.all(lanes.map((lane) => recover(lane, heads)));
    for (const side of sides) {
      if (watches[side].head === undefined) watches[side].startAt(heads[side]);
      timestamps[side] = heads[side].timestamp;
    }
  };
  await patiently('recovery', () => recoverAll(bridges.lanes()));
  const observing = bridges.lanes().length > 0 && !bridges.lanes().some(isSigner);
  if (observing) log.warn({ address: signer.address }, 'this key is not a signer: observing only');
  for (const side of sides) await patiently(`${side} transactions`, () => transactions[side].recover());

  const fleet = createFleet(signer.address);
  const margin = (direction: Direction): number | undefined => {
    const { signers, threshold } = bridges.destination(direction);
    const inSync = fleet.inSync(direction, signers);
    return inSync === undefined ? undefined : inSync - threshold;
  };

  // Ports.
  const answering: Answering = {
    destination: ({ direction }) => ({
      ...bridges.pair[destinationOf(direction)],
      ...bridges.destination(direction),
    }),
    refresh: ({ direction }) => bridges.refresh(destinationOf(direction)),
    ledger,
    obstacle,
    state: (one, firstNonce, count) =>
      stateBatch(bridges.pair, bridges.destination(one.lane.direction).signerEpoch, one.range(firstNonce, count)),
    sign: (statement) => attester.batch(statement),
    mayBounce: async (transfer) => (await judgeRefused(transfer)).next === 'bounce',
    stateBounce: (transfer) => stateBounce(bridges.pair, bridges.destination('withdraw').signerEpoch, transfer),
    signBounce: (statement) => attester.statement(statement),
    address: signer.address,
  };
  const publicServer = await createServer({ openToPages: true });
  registerRoutes(publicServer, {
    ...publicView({
      version: manifest.version,
      address: signer.address,
      payer: payer.address,
      config,
      bridges,
      ledgers,
      watches,
      history,
      chronicle,
      lastAnswer: (address) => lastAnswers.get(address),
      margin,
      balance: (side) => balances[side],
      hasSigned: (lane, nonce) => journal.get(laneKey(lane), nonce) !== undefined,
      problems,
      obstacle,
      now,
    }),
    async attest(request) {
      const answered = await answer(request, answering);
      const { direction } = request;
      if ('reason' in answered) metrics.transfersRejected.inc({ direction, reason: answered.reason });
      else metrics.signatures.inc({ signer: signer.address });
      return answered;
    },
  });
  const boardSide = (side: Side) => ({
    ...bridges.pair[side],
    signers: () => bridges.state(side).signers,
    nextNonce: () => governanceNonce(chains[side]),
  });
  registerGovernance(
    publicServer,
    createBoard({
      bridges: { main: boardSide('main'), product: boardSide('product') },
      store: openProposals(database),
      now,
    }),
  );
  await listen(publicServer, 'public', config.listen.public);

  // Loops.
  queue.start({ wake: (key) => work.drive(key), batch: (job) => work.batch(job) });
  await Promise.all(bridges.lanes().map(wake));

  const movedAt: Record<Side, number> = { main: now(), product: now() };
  const watchLoop = (side: Side) => {
    const pace = createPace();
    let idleSince = -Infinity;
    const loop = `watch-${side}`;
    pulse.expect(loop, config.standSeconds);
    return runLoop({
      signal: ended,
      retrySeconds: RETRY_SECONDS,
      async round() {
        const moved = await watches[side].look();
        if (moved) movedAt[side] = now();
        moving[side] = false;
        auditTouched();
        if (transactions[side].pending().length > 0 || now() - idleSince > IDLE_HEAD_SECONDS) {
          const head = await chains[side].latestHead();
          idleSince = now();
          latest[side] = head;
          await transactions[side].onHead(head);
        }
        problems.clear(`${side} chain`);
        metrics.loopTimestamp.set({ loop }, Date.now() / 1_000);
        pulse.beat(loop);
        return pace.next(now(), moved);
      },
      onError(error) {
        const code = error instanceof PegwayError ? (error.code ?? 'internal') : 'internal';
        if (code === 'finality-reversed') reversed = true;
        pulse.beat(loop);
        problems.set(`${side} chain`, code, messageOf(error));
      },
    });
  };

  const sweepLoop = () => {
    pulse.expect('sweep', config.sweepSeconds + config.standSeconds);
    return runLoop({
      signal: ended,
      retrySeconds: RETRY_SECONDS,
      async round() {
        await sleep(config.sweepSeconds, ended);
        if (ended.aborted) return 0;
        for (const one of ledgers.values()) {
          await repair(one);
          const destination = chains[destinationOf(one.lane.direction)];
          for (const nonce of await parkedDue(destination, one, timestamps[destination.side])) {
            await queue.batch({ laneKey: laneKey(one.lane), firstNonce: nonce.toString(), count: 1, kind: 'release' });
          }
          if (obstacle(one.lane) === undefined) await work.lookAtRefused(one, timestamps[destination.side]);
          await wake(one.lane);
        }
        await audit([...bridges.state('main').pegs.keys()]);
        chronicle.sweep();
        for (const lane of secondContents.review()) log.warn(lane, 'journal accepted: signing again');
        for (const { queue: name, state, count } of await queue.counts()) {
          metrics.queueJobs.set({ queue: name, state }, count);
        }
        problems.clear('sweep');
        metrics.loopTimestamp.set({ loop: 'sweep' }, Date.now() / 1_000);
        pulse.beat('sweep');
        return 0;
      },
      onError(error) {
        pulse.beat('sweep');
        problems.set('sweep', error instanceof PegwayError ? (error.code ?? 'internal') : 'internal', messageOf(error));
      },
    });
  };

  /** One audit at a time; what is touched meanwhile is audited after the next block. */
  const touchedPegs = new Set<Address>();
  let auditing: Promise<void> = Promise.resolve();
  const audit = (productTokens: readonly Address[]): Promise<void> => {
    auditing = auditing.then(async () => {
      try {
        for (const finding of await auditor.check(productTokens)) conclude(finding);
        if (brokenPegs.size > 0 && config.pauseOnBrokenAudit) await pauseBoth();
        problems.clear('audit');
      } catch (error) {
        problems.set('audit', error instanceof PegwayError ? (error.code ?? 'internal') : 'internal', messageOf(error));
      }
    });
    return auditing;
  };
  const auditTouched = (): void => {
    if (touchedPegs.size === 0) return;
    const pegs = [...touchedPegs];
    touchedPegs.clear();
    void audit(pegs);
  };

  const conclude = ({ productToken, locked, supply, gap, errors }: Finding): void => {
    metrics.pegLocked.set({ peg: productToken }, Number(locked));
    metrics.pegSupply.set({ peg: productToken }, Number(supply));
    if (gap !== undefined) metrics.pegGap.set({ peg: productToken }, Number(gap));
    metrics.auditOk.set({ peg: productToken }, errors.length === 0 ? 1 : 0);
    if (errors.length > 0) {
      brokenPegs.add(productToken);
      problems.set(`audit ${productToken}`, 'audit-broken', errors.join('; '));
    } else if (brokenPegs.delete(productToken)) {
      problems.clear(`audit ${productToken}`);
      log.warn({ productToken }, 'the audit finds nothing any more: signing again');
    }
  };

  /** Each bridge for itself: that one cannot be reached must not spare the other. */
  const pauseBoth = async (): Promise<void> => {
    for (const side of sides) {
      if (!bridges.state(side).signers.includes(signer.address)) continue;
      try {
        const refused = await pauseBridge({
          bridge: chains[side],
          domain: bridges.pair[side],
          transactions: transactions[side],
          account: payer.address,
          sign: (statement) => attester.statement(statement),
        });
        if (refused === undefined) log.warn({ chain: side }, 'bridge paused: an audit is broken');
      } catch (error) {
        log.warn({ chain: side, error: messageOf(error) }, 'bridge not paused: tried again with the next audit');
      }
    }
  };

  const look = createVitals({
    config,
    bridges,
    fleet,
    keys: payer === signer ? [attesting] : [attesting, paying],
    payer: payer.address,
    metrics,
    problems,
    own() {
      const lanes = bridges.lanes().map((lane) => ({ ...lane, reason: obstacle(lane) }));
      const ill = new Set(problems.list().map(({ part }) => part));
      const cut = directions.filter((direction) => ill.has(`${sourceOf(direction)} chain`) || ill.has('attest key'));
      const scanned = { main: watches.main.head?.number, product: watches.product.head?.number };
      return { scanned, stopped: [...cut, ...stoppedDirections(lanes)] };
    },
    baseFee: (side) => latest[side]?.baseFeePerGas ?? null,
    onAnswered,
    onBalance: (side, balance) => void (balances[side] = balance),
    signal: ended,
    now,
  });
  const vitalsLoop = () => {
    pulse.expect('vitals', HEARTBEAT_SECONDS + config.standSeconds);
    return runLoop({
      signal: ended,
      retrySeconds: RETRY_SECONDS,
      async round() {
        await look();
        metrics.loopTimestamp.set({ loop: 'vitals' }, Date.now() / 1_000);
        pulse.beat('vitals');
        return HEARTBEAT_SECONDS;
      },
      onError(error) {
        pulse.beat('vitals');
        log.warn({ error: messageOf(error) }, 'vitals not read');
      },
    });
  };

  const loops = [watchLoop('main'), watchLoop('product'), sweepLoop(), vitalsLoop(), chronicle.run()];
  port.started({
    vitals: () => ({
      heads: sides.map((chain) => ({
        chain,
        seconds: now() - movedAt[chain],
        staleSeconds: config[chain].staleSeconds,
        behind: fleet.isBehind(chain, watches[chain].head?.number ?? 0n),
      })),
      paused: sides.filter(isPaused),
      // Before the first round it is not known, and no reason to worry.
      margins: directions.map((direction) => ({ direction, margin: margin(direction) ?? 0 })),
    }),
    measure: () =>
      measureBridge({
        ...{ metrics, bridges, ledgers, watches, fleet, obstacle, isPaused, now },
        pending: (side) => transactions[side].pending(),
        latestBlock: (side) => latest[side]?.number,
      }),
  });
  log.info({ address: signer.address, observing, lanes: ledgers.size }, 'relayer started');

  return {
    address: signer.address,
    superseded: lease.lost,
    async stop() {
      ending.abort();
      // First nothing new comes in, then what is under way ends, then what it stood on is closed.
      await Promise.all([publicServer.close(), port.close()]);
      await Promise.all(loops);
      work.close();
      await queue.close();
      await Promise.all(sides.map((side) => transactions[side].close()));
      await payer.close();
      if (payer !== signer) await signer.close();
      database.close();
      historyDatabase.close();
      await lease.release();
      log.info({ address: signer.address }, 'relayer stopped');
    },
  };
}
