import { type Address, stringToHex } from 'viem';

import type { ChainSide } from '../chain/chain-client.ts';
import type { Config } from '../config.ts';
import { PegwayError, messageOf } from '../../protocol/errors.ts';
import type { Signer } from '../keys/signer.ts';
import type { Metrics } from './metrics.ts';
import type { PeerClient } from '../peers/http.ts';
import { askStatus } from '../peers/status.ts';
import type { Bridges } from '../state/bridges.ts';
import { type Fleet, type Report, stoppedDirections } from './peer-tracker.ts';
import { isOut, transfersLeft } from './funds.ts';
import { sleep } from '../async/loop.ts';
import type { Problems } from './problems.ts';
import { type Side, sides } from '../../protocol/lane.ts';

/** How often the peers are asked where they stand. */
export const HEARTBEAT_SECONDS = 10;
const PEER_TIMEOUT_SECONDS = 4;
/** Funds are looked at with every so many heartbeats. */
const FUNDS_EVERY = 3;
/** A key that has not signed for so long is asked whether it is still there; one that failed with every heartbeat. */
const KEY_SECONDS = 60;
const KEY_TIMEOUT_SECONDS = 20;

/** SECURITY: no statement and no transaction begins with a letter, so a signature over this is worth nothing anywhere. */
const probe = stringToHex('Pegway: is this key still there?');

/** What is known of a key by its last signature. */
export interface KeyUse {
  readonly use: 'attest' | 'pay';
  readonly signer: Signer;
  /** Monotonic seconds of its last success. */
  goodAt: number;
}

export interface VitalsOptions {
  readonly config: Pick<Config, 'peers'>;
  readonly peerClient: PeerClient;
  readonly bridges: Bridges;
  readonly fleet: Fleet;
  readonly keys: readonly KeyUse[];
  readonly payer: Address;
  readonly metrics: Metrics;
  readonly problems: Problems;
  readonly own: () => Report;
  /** Null before a head was seen, and on chains without a base fee. */
  readonly baseFee: (side: Side) => bigint | null;
  readonly onAnswered: (signer: Address) => void;
  /** In wei. */
  readonly onBalance: (side: Side, balance: bigint) => void;
  readonly signal: AbortSignal;
  /** Monotonic seconds. */
  readonly now: () => number;
}

/** One round: are the peers there, is the key, are there funds. Nothing here decides about a transfer. */
export function createVitals(options: VitalsOptions): () => Promise<void> {
  const { config, peerClient, bridges, fleet, keys, payer, metrics, problems, own, baseFee, signal, now } = options;
  let rounds = 0;
  let measured: ReadonlySet<Address> = new Set<Address>();

  const heartbeats = async (): Promise<void> => {
    const current = new Set([...bridges.state('main').signers, ...bridges.state('product').signers]);
    const answers = await Promise.all(
      config.peers.map(
        async (peer) => [peer.address, await askStatus(peerClient, peer, signal, PEER_TIMEOUT_SECONDS)] as const,
      ),
    );
    const reports = new Map<Address, Report>();
    for (const [address, status] of answers) {
      if (status === undefined) continue;
      const { main, product } = status.bridges;
      const scanned = { main: main.scannedBlock, product: product.scannedBlock };
      options.onAnswered(address);
      reports.set(address, { scanned, stopped: stoppedDirections(status.lanes) });
    }
    fleet.see(own(), reports);
    for (const signer of current) {
      const answered = reports.has(signer) || keys.some((key) => key.use === 'attest' && key.signer.address === signer);
      if (answered) metrics.signerLastAnswer.set({ signer }, Date.now() / 1_000);
      // A series from the start, so that one who never answers is noticed, too.
      else metrics.signerLastAnswer.inc({ signer }, 0);
      metrics.signatures.inc({ signer }, 0);
    }
    // Who is no signer any more is not missed.
    for (const signer of measured) if (!current.has(signer)) metrics.signerLastAnswer.remove({ signer });
    measured = current;
  };

  const funds = async (side: Side, { nodes }: ChainSide): Promise<void> => {
    const free = baseFee(side) === 0n;
    const [balance, gasPrice] = await Promise.all([
      nodes.one<string>('eth_getBalance', [payer, 'latest']).then(BigInt),
      free ? 0n : nodes.one<string>('eth_gasPrice', []).then(BigInt),
    ]);
    options.onBalance(side, balance);
    metrics.accountBalance.set({ chain: side }, Number(balance));
    metrics.accountTransfersLeft.set({ chain: side }, transfersLeft({ balance, gasPrice }));
    const part = `${side} funds`;
    if (isOut({ balance, gasPrice })) problems.set(part, 'low-funds', `${payer} has ${balance} wei left`);
    else problems.clear(part);
  };

  const key = async ({ use, signer, goodAt }: KeyUse): Promise<void> => {
    const part = `${use} key`;
    const failing = problems.list().some((problem) => problem.part === part);
    if (!failing && now() - goodAt < KEY_SECONDS) return;
    const late = new AbortController();
    try {
      await Promise.race([
        signer.sign(probe),
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
    const due = rounds++ % FUNDS_EVERY === 0;
    await Promise.all([
      heartbeats(),
      ...keys.map(key),
      // A node that does not answer is the watch's to tell.
      ...(due ? sides.map((side) => funds(side, bridges.sides[side]).catch(() => undefined)) : []),
    ]);
  };
}
