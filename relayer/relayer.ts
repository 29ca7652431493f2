import { hostname } from 'node:os';

import type { Logger } from 'pino';
import type { Address } from 'viem';

import manifest from '../package.json' with { type: 'json' };
import { createAuditing } from './audit/audit-scheduler.ts';
import type { Tip } from './chain/finality.ts';
import { checkChain, checkPair } from './chain/chain-client.ts';
import { createHistoryIndexer } from './history/history-indexer.ts';
import type { Config } from './config.ts';
import { PegwayError, codeOf, messageOf } from '../protocol/errors.ts';
import { createIntake } from './pipeline/block-processor.ts';
import { startLoop } from './monitoring/supervised-loop.ts';
import { collectBridgeMetrics } from './monitoring/metrics-collector.ts';
import { openChains, openKeys, openStores } from './bootstrap.ts';
import { createAttester } from './pipeline/attester.ts';
import { createAuditor } from './audit/auditor.ts';
import { pauseBridge } from './audit/pause-bridge.ts';
import { judge } from './pipeline/bounce-verdict.ts';
import { createPace } from './pipeline/adaptive-poller.ts';
import { type PrivatePort, openPrivatePort } from './api/private-port.ts';
import { openPublicPort } from './api/public-port.ts';
import { type Lease, soleLease, takeLease } from './queue/lease.ts';
import { isRedis, openQueue } from './queue/queue.ts';
import { openBridges } from './state/bridges.ts';
import { fenced } from './state/lease-guard.ts';
import { createPeerTracker, stoppedDirections } from './monitoring/peer-tracker.ts';
import { sleep } from './async/loop.ts';
import { createSecondContents } from './state/equivocation-guard.ts';
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
} from '../protocol/lane.ts';
import type { Reason } from '../protocol/reasons.ts';
import { readFee } from './tx/reads.ts';
import { createTxManager } from './tx/tx-manager.ts';
import { HEARTBEAT_SECONDS, createHeartbeat } from './monitoring/heartbeat.ts';
import { createWork } from './pipeline/lane-worker.ts';
import { createSweep } from './pipeline/reconciler.ts';

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
  const { metrics, problems, watchdog } = port;
  const ending = new AbortController();
  const ended = AbortSignal.any([signal, ending.signal]);

  /** What cannot be done now is told as a problem and tried again; what is configured wrongly is thrown. */
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

  // Keys, and the chains, and that they are the right ones.
  const keys = await openKeys(config, { metrics, problems, signal: ended, now });
  const [{ signer }, { signer: payer }] = [keys.attesting, keys.paying];
  metrics.buildInfo.set({ version: manifest.version, address: signer.address }, 1);
  const chains = openChains(config, metrics, log);
  for (const side of sides) await patiently(`${side} chain`, () => checkChain(chains[side]));
  await patiently('main bridge', () => checkPair(chains.main, chains.product));
  await patiently('product bridge', () => checkPair(chains.product, chains.main));

  // Only one process of a signer goes on from here.
  const ends = sides.flatMap((side) => [chains[side].chainId, chains[side].address.slice(2, 10)]);
  const namespace = [...ends, signer.address.slice(2, 10)].join('-');
  const lease = await takeTurn(namespace);

  // What is kept, and the queue: one of its own for each holder of the lease, so that a process that was stopped and goes on
  // takes no job from its successor.
  const stores = await patiently('data folder', () =>
    Promise.resolve(
      openStores(config, {
        written: () => problems.clear('data folder'),
        failed: ({ message }) => problems.set('data folder', 'disk-full', message),
      }),
    ),
  );
  const { journal, history } = stores;
  const spaceOf = (tenure: string) => [namespace, tenure].filter((part) => part !== '').join('-');
  const queue = await openQueue({
    url: config.queue,
    namespace: spaceOf(lease.tenure),
    previous: lease.previous === undefined ? undefined : spaceOf(lease.previous),
    log,
  });
  /** Nobody waits for it: a signer whose queue is away signs for its peers, and audits. */
  const wake = (key: string): void => {
    queue.wake(key).then(
      () => problems.clear('queue'),
      (error: unknown) => problems.set('queue', codeOf(error), messageOf(error)),
    );
  };

  // The bridges; final blocks and what they say; the audit of it.
  const bridges = await patiently('bridges', () => openBridges(chains, now));
  const intake = createIntake({
    bridges,
    auditor: {
      departed: (transfer) => auditor.departed(transfer),
      executed: (execution) => auditor.executed(execution),
      parked: (lane, nonce) => auditor.parked(lane, nonce),
    },
    metrics,
    log,
    async onTaken(side, { events, head, lanes }) {
      for (const { productToken } of lanes) auditing.touch(productToken);
      work.final(side, head.number);
      lanes.map(laneKey).forEach(wake);
      await historyIndexer.index(side, events, head);
    },
    now,
  });
  const { ledgers, ledger, watches } = intake;
  const auditor = createAuditor({
    bridges,
    ledger,
    heads: () => intake.heads(),
    sleep: (seconds) => sleep(seconds, ended),
  });
  const pause = async (side: Side): Promise<string | undefined> => {
    if (!bridges.state(side).signers.includes(signer.address)) return 'not-a-signer';
    return pauseBridge({
      bridge: chains[side],
      domain: bridges.pair[side],
      transactions: transactions[side],
      account: payer.address,
      sign: (statement) => attester.statement(statement),
    });
  };
  const auditing = createAuditing({
    ...{ auditor, metrics, problems, log },
    pause: config.pauseOnBrokenAudit ? pause : undefined,
    sleep: (seconds) => sleep(seconds, ended),
  });
  const historyIndexer = createHistoryIndexer({ bridges, ledgers, history, watches, auditor, log, now, signal: ended });

  /** Why nothing of this lane may be signed now. */
  const obstacle = (lane: Lane): Reason | undefined => {
    if (!isSigner(lane)) return 'not-a-signer';
    if (reversed) return 'finality-reversed';
    if (auditing.isBroken(lane.productToken)) return 'audit-broken';
    if (isPaused(destinationOf(lane.direction))) return 'paused';
    return ledger(lane)?.stopped;
  };
  let reversed = false;
  const isSigner = (lane: Lane) => bridges.destination(lane.direction).signers.includes(signer.address);
  const isPaused = (side: Side) => bridges.state(side).pausedUntil > intake.timestamp(side);

  // Signatures.
  const secondContents = createSecondContents({ journal, ledger, problems });
  const attester = createAttester({
    signer,
    journal,
    onSecondContent: (lane, nonce) => secondContents.stop(lane, nonce),
  });

  // Transactions: one lane an account and chain.
  const transactionLane = (side: Side) =>
    createTxManager({
      chain: fenced(chains[side].nodes, () => lease.held()),
      signer: payer,
      store: stores.transactions,
      fees: { maxFeePerGas: config[side].maxFeePerGas, bumpAfterBlocks: 3 },
      log,
      signal: ended,
      metrics: { outcome: (chain, outcome) => metrics.transactions.inc({ chain, outcome }) },
      onMined(record) {
        work.mined(record.key, record.mined?.number ?? 0n);
        readFee(chains[side].nodes, record).then(
          (fee) => metrics.transactionFee.inc({ chain: side }, Number(fee ?? 0n)),
          (error: unknown) => log.debug({ chain: side, error: messageOf(error) }, 'fee not known'),
        );
      },
      onAbandoned: (record) => work.abandoned(record.key),
    });
  const transactions = { main: transactionLane('main'), product: transactionLane('product') };
  const latest: Partial<Record<Side, Tip>> = {};
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
    wake,
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

  // From what the bridges say, and this account's records: where everything stands.
  await patiently('recovery', () => intake.recover(bridges.lanes()));
  const observing = bridges.lanes().length > 0 && !bridges.lanes().some(isSigner);
  if (observing) log.warn({ address: signer.address }, 'this key is not a signer: observing only');
  for (const side of sides) await patiently(`${side} transactions`, () => transactions[side].recover());
  // Before anything is signed.
  await auditing.check([...bridges.state('main').pegs.keys()]);

  const peerTracker = createPeerTracker(signer.address);
  const margin = (direction: Direction): number | undefined => {
    const { signers, threshold } = bridges.destination(direction);
    const inSync = peerTracker.inSync(direction, signers);
    return inSync === undefined ? undefined : inSync - threshold;
  };

  const publicPort = await openPublicPort(config.listen.public, {
    view: {
      version: manifest.version,
      address: signer.address,
      payer: payer.address,
      ...{ config, bridges, ledgers, watches, history, historyIndexer, margin, problems, obstacle, now },
      lastAnswer: (address) => lastAnswers.get(address),
      balance: (side) => balances[side],
      hasSigned: (lane, nonce) => journal.get(laneKey(lane), nonce) !== undefined,
    },
    attester,
    judge: judgeRefused,
    giveWay: work.giveWay,
    proposals: stores.proposals,
    metrics,
  });

  // Loops.
  queue.start({ wake: (key) => work.drive(key), batch: (job) => work.batch(job) });
  bridges.lanes().map(laneKey).forEach(wake);

  const loopContext = { watchdog, problems, metrics, signal: ended };
  const movedAt: Record<Side, number> = { main: now(), product: now() };
  const watchLoop = (side: Side) => {
    const pace = createPace();
    let idleSince = -Infinity;
    return startLoop(
      {
        name: `watch-${side}`,
        part: `${side} chain`,
        stallSeconds: config.standSeconds,
        async round() {
          const lookedAt = now();
          const isHeadDue = transactions[side].pending().length > 0 || lookedAt - idleSince > IDLE_HEAD_SECONDS;
          // Asked for together, both travel in one HTTP request.
          const [blocks, head] = await Promise.all([
            intake.look(side).then((count) => {
              if (count > 0) movedAt[side] = now();
              return count;
            }),
            isHeadDue ? chains[side].latestHead() : undefined,
          ]);
          auditing.afterBlock();
          if (head !== undefined) {
            idleSince = now();
            latest[side] = head;
            await transactions[side].onHead(head);
          }
          return Math.max(pace.next(lookedAt, blocks) - now(), 0);
        },
        onError(error) {
          if (codeOf(error) !== 'finality-reversed') return;
          reversed = true;
          // Of a part that no loop clears: nothing is signed until the restart, whatever the nodes say by then.
          problems.set(`${side} finality`, 'finality-reversed', messageOf(error));
        },
      },
      loopContext,
    );
  };

  const sweep = createSweep({
    ...{
      chains,
      intake,
      work,
      auditing,
      historyIndexer,
      secondContents,
      queue,
      metrics,
      problems,
      obstacle,
      wake,
      log,
      now,
    },
    pegs: () => [...bridges.state('main').pegs.keys()],
  });
  const sweepLoop = startLoop(
    {
      name: 'sweep',
      part: 'sweep',
      stallSeconds: config.sweepSeconds + config.standSeconds,
      async round() {
        await sleep(config.sweepSeconds, ended);
        if (!ended.aborted) await sweep();
        return 0;
      },
    },
    loopContext,
  );

  const heartbeat = createHeartbeat({
    config,
    bridges,
    peerTracker,
    keys: keys.all,
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
  const heartbeatLoop = startLoop(
    {
      name: 'vitals',
      stallSeconds: HEARTBEAT_SECONDS + config.standSeconds,
      async round() {
        stores.probe();
        await heartbeat();
        return HEARTBEAT_SECONDS;
      },
      onError: (error) => log.warn({ error: messageOf(error) }, 'vitals not read'),
    },
    loopContext,
  );

  const loops = [watchLoop('main'), watchLoop('product'), sweepLoop, heartbeatLoop, historyIndexer.run()];
  port.started({
    vitals: () => ({
      heads: sides.map((chain) => ({
        chain,
        seconds: now() - movedAt[chain],
        staleSeconds: config[chain].staleSeconds,
        behind: peerTracker.isBehind(chain, watches[chain].head?.number ?? 0n),
      })),
      paused: sides.filter(isPaused),
      // Before the first round it is not known, and no reason to worry.
      margins: directions.map((direction) => ({ direction, margin: margin(direction) ?? 0 })),
    }),
    measure: () =>
      collectBridgeMetrics({
        ...{ metrics, bridges, ledgers, watches, peerTracker, obstacle, isPaused, now },
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
      await Promise.all([publicPort.close(), port.close()]);
      await Promise.all(loops);
      work.close();
      await queue.close();
      await Promise.all(sides.map((side) => transactions[side].close()));
      await keys.close();
      stores.close();
      await lease.release();
      log.info({ address: signer.address }, 'relayer stopped');
    },
  };
}
