import { type Address, stringToHex } from 'viem';

import { PegwayError, messageOf } from '../../protocol/errors.ts';
import { type Side, sides } from '../../protocol/lane.ts';
import { sleep } from '../async/loop.ts';
import type { ChainClient } from '../chain/chain-client.ts';
import type { Config } from '../config.ts';
import type { Signer } from '../keys/signer.ts';
import { fetchStatus } from '../peers/client.ts';
import type { PeerClient } from '../peers/http.ts';
import type { BridgePair } from '../state/bridges.ts';
import { isLow, transfersLeft } from './funds.ts';
import type { Metrics } from './metrics.ts';
import { type PeerTracker, type SignerReport, stoppedDirections } from './peer-tracker.ts';
import type { Problems } from './problems.ts';

/** Interval of the heartbeat. */
export const HEARTBEAT_SECONDS = 10;
const PEER_TIMEOUT_SECONDS = 4;
/** Funds are checked at every third heartbeat. */
const FUNDS_EVERY_ROUNDS = 3;
/** A key without a signature for this long is probed; a failing one at every heartbeat. */
const KEY_SECONDS = 60;
const KEY_TIMEOUT_SECONDS = 20;

/** SECURITY: no statement and no transaction begins with a letter, so a signature of this text is useless elsewhere. */
const PROBE = stringToHex('Pegway: is this key still there?');

/** The last use of a key. */
export interface KeyUse {
  readonly use: 'attest' | 'pay';
  readonly signer: Signer;
  /** Monotonic seconds of the last successful signature. */
  lastSuccessAt: number;
}

export interface HeartbeatOptions {
  readonly config: Pick<Config, 'peers'>;
  readonly peerClient: PeerClient;
  readonly bridges: BridgePair;
  readonly peerTracker: PeerTracker;
  readonly keys: readonly KeyUse[];
  readonly payer: Address;
  readonly metrics: Metrics;
  readonly problems: Problems;
  readonly own: () => SignerReport;
  /** Null before the first head, and on chains without a base fee. */
  readonly baseFee: (side: Side) => bigint | null;
  readonly onAnswered: (signer: Address) => void;
  /** In wei. */
  readonly onBalance: (side: Side, balance: bigint) => void;
  readonly signal: AbortSignal;
  /** Monotonic seconds. */
  readonly now: () => number;
}

/** One round: checks peers, keys and funds. Nothing here decides about a transfer. */
export function createHeartbeat(options: HeartbeatOptions): () => Promise<void> {
  const { config, peerClient, bridges, peerTracker, keys, payer, metrics, problems, own, baseFee, signal, now } =
    options;
  let rounds = 0;
  let reportedSigners: ReadonlySet<Address> = new Set<Address>();

  const pollPeers = async (): Promise<void> => {
    const current = new Set([...bridges.state('main').signers, ...bridges.state('product').signers]);
    const answers = await Promise.all(
      config.peers.map(
        async (peer) => [peer.address, await fetchStatus(peerClient, peer, signal, PEER_TIMEOUT_SECONDS)] as const,
      ),
    );
    const reports = new Map<Address, SignerReport>();
    for (const [address, status] of answers) {
      if (status === undefined) continue;
      const { main, product } = status.bridges;
      const scanned = { main: main.scannedBlock, product: product.scannedBlock };
      options.onAnswered(address);
      reports.set(address, { scanned, stopped: status.stopped ?? stoppedDirections(status.lanes) });
    }
    peerTracker.update(own(), reports);
    for (const signer of current) {
      const answered = reports.has(signer) || keys.some((key) => key.use === 'attest' && key.signer.address === signer);
      if (answered) metrics.signerLastAnswer.set({ signer }, Date.now() / 1_000);
      // Creates the series, so that a signer that never answers is noticed.
      else metrics.signerLastAnswer.inc({ signer }, 0);
      metrics.signatures.inc({ signer }, 0);
    }
    // Former signers are not missed.
    for (const signer of reportedSigners) if (!current.has(signer)) metrics.signerLastAnswer.remove({ signer });
    reportedSigners = current;
  };

  const checkFunds = async (side: Side, { nodes }: ChainClient): Promise<void> => {
    const free = baseFee(side) === 0n;
    const [balance, gasPrice] = await Promise.all([
      nodes.one<string>('eth_getBalance', [payer, 'latest']).then(BigInt),
      free ? 0n : nodes.one<string>('eth_gasPrice', []).then(BigInt),
    ]);
    options.onBalance(side, balance);
    metrics.accountBalance.set({ chain: side }, Number(balance));
    metrics.accountTransfersLeft.set({ chain: side }, transfersLeft({ balance, gasPrice }));
    const part = `${side} funds`;
    if (isLow({ balance, gasPrice })) problems.set(part, 'low-funds', `${payer} has ${balance} wei left`);
    else problems.clear(part);
  };

  const probeKey = async ({ use, signer, lastSuccessAt }: KeyUse): Promise<void> => {
    const part = `${use} key`;
    const failing = problems.list().some((problem) => problem.part === part);
    if (!failing && now() - lastSuccessAt < KEY_SECONDS) return;
    const late = new AbortController();
    try {
      await Promise.race([
        signer.sign(PROBE),
        sleep(KEY_TIMEOUT_SECONDS, AbortSignal.any([late.signal, signal])).then(() => {
          throw new PegwayError(`no signature within ${KEY_TIMEOUT_SECONDS} s`, { code: 'key-silent' });
        }),
      ]);
      problems.clear(part);
    } catch (error) {
      if (signal.aborted) return;
      problems.set(part, error instanceof PegwayError ? (error.code ?? 'key-failed') : 'key-failed', messageOf(error));
    } finally {
      late.abort();
    }
  };

  return async () => {
    const due = rounds++ % FUNDS_EVERY_ROUNDS === 0;
    await Promise.all([
      pollPeers(),
      ...keys.map(probeKey),
      // An unreachable node is reported by the watch.
      ...(due ? sides.map((side) => checkFunds(side, bridges.sides[side]).catch(() => undefined)) : []),
    ]);
  };
}
