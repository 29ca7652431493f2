import { type Address, stringToHex } from 'viem';

import { PegwayError, messageOf } from '../../protocol/errors.ts';
import { sleep } from '../async/loop.ts';
import type { RpcQuorum } from '../chain/rpc-quorum.ts';
import type { Signer } from '../keys/signer.ts';
import { fetchStatuses } from '../peers/client.ts';
import type { PeerClient } from '../peers/http.ts';
import { isLow, transfersLeft } from './funds.ts';
import type { Metrics } from './metrics.ts';
import type { PeerReports } from './peer-reports.ts';
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
  /** Its part among the problems. */
  readonly part: string;
  readonly signer: Signer;
  /** Monotonic seconds of the last successful signature. */
  lastSuccessAt: number;
}

/** The accounts that pay on one chain. */
export interface Payers {
  readonly chain: string;
  readonly nodes: Pick<RpcQuorum, 'one'>;
  readonly accounts: readonly {
    readonly address: Address;
    /** In wei; undefined before the first reading. */
    balance: bigint | undefined;
  }[];
  /** Null before the first head, and on chains without a base fee. */
  readonly baseFee: bigint | null;
}

export interface HeartbeatOptions {
  readonly peerClient: PeerClient;
  /** All bridges: each relayer is asked once, whichever of them it serves. */
  readonly bridges: () => readonly PeerReports[];
  readonly keys: () => readonly KeyUse[];
  /** Of each chain. */
  readonly payers: () => readonly Payers[];
  readonly metrics: Pick<Metrics, 'accountBalance' | 'accountTransfersLeft'>;
  readonly problems: Problems;
  readonly signal: AbortSignal;
  /** Monotonic seconds. */
  readonly now: () => number;
}

/** One round: checks peers, keys and funds. Nothing here decides about a transfer. */
export function createHeartbeat(options: HeartbeatOptions): () => Promise<void> {
  const { peerClient, bridges, keys, payers, metrics, problems, signal, now } = options;
  let rounds = 0;

  const pollPeers = async (): Promise<void> => {
    const urls = new Set(bridges().flatMap(({ peers }) => peers.map(({ url }) => url)));
    const answers = new Map(
      await Promise.all(
        [...urls].map(
          async (url) => [url, await fetchStatuses(peerClient, url, signal, PEER_TIMEOUT_SECONDS)] as const,
        ),
      ),
    );
    for (const bridge of bridges()) bridge.update((url) => answers.get(url)?.get(bridge.id));
  };

  /** The lowest balance counts: an account without funds stops the bridges that it pays for. */
  const checkFunds = async ({ chain, nodes, accounts, baseFee }: Payers): Promise<void> => {
    const part = `${chain} funds`;
    const [gasPrice, ...balances] = await Promise.all([
      baseFee === 0n ? 0n : nodes.one<string>('eth_gasPrice', []).then(BigInt),
      ...accounts.map(({ address }) => nodes.one<string>('eth_getBalance', [address, 'latest']).then(BigInt)),
    ]);
    // A reload has closed the chain meanwhile.
    if (!payers().some((one) => one.nodes === nodes)) return;
    let lowest: { readonly address: Address; readonly balance: bigint } | undefined;
    for (const [place, account] of accounts.entries()) {
      const balance = balances[place] ?? 0n;
      account.balance = balance;
      if (lowest === undefined || balance < lowest.balance) lowest = { address: account.address, balance };
    }
    if (lowest === undefined) {
      // Another process of this signer pays on this chain.
      metrics.accountBalance.remove({ chain });
      metrics.accountTransfersLeft.remove({ chain });
      return problems.clear(part);
    }
    const { address, balance } = lowest;
    metrics.accountBalance.set({ chain }, Number(balance));
    metrics.accountTransfersLeft.set({ chain }, transfersLeft({ balance, gasPrice }));
    if (isLow({ balance, gasPrice })) problems.set(part, 'low-funds', `${address} has ${balance} wei left`);
    else problems.clear(part);
  };

  const probeKey = async ({ part, signer, lastSuccessAt }: KeyUse): Promise<void> => {
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
      ...keys().map(probeKey),
      // An unreachable node is reported by the watch.
      ...(due ? payers().map((each) => checkFunds(each).catch(() => undefined)) : []),
    ]);
  };
}
