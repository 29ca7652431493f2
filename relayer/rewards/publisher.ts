import type { Address } from 'viem';

import { encodeSignatures } from '../../protocol/attestation.ts';
import { reasonOf } from '../../protocol/errors.ts';
import type { RewardPeriod } from '../../protocol/rewards.ts';
import { hasTurnFor } from '../../protocol/turns.ts';
import type { ChainClient } from '../chain/chain-client.ts';
import type { Attester } from '../pipeline/attester.ts';
import type { SignatureCollector } from '../pipeline/signature-collector.ts';
import { stateRewards } from '../state/statement.ts';
import type { TxManager } from '../tx/tx-manager.ts';
import { distributionOf, encodePublish, sendFeeCall } from './rewards-contract.ts';
import type { RewardsBook } from './rewards-book.ts';

/** Publishes the roots of finished periods, one after the other. */
export interface RewardsPublisher {
  /** Publishes due periods in this signer's turn. */
  publish(): Promise<void>;
  /** The last published period of a token, as last read; undefined before. */
  published(token: Address): bigint | undefined;
}

export interface RewardsPublisherOptions {
  readonly main: ChainClient;
  readonly rewards: Address;
  readonly book: Pick<RewardsBook, 'tokens' | 'periods'>;
  readonly authority: () => {
    readonly signers: readonly Address[];
    readonly threshold: number;
    readonly signerEpoch: bigint;
  };
  readonly attester: Attester;
  readonly collect: SignatureCollector;
  readonly transactions: TxManager;
  readonly payer: Address;
  readonly turnSeconds: number;
  /** Called when a peer, or the published root, differs from what this relayer computed. */
  readonly onMismatch: (token: Address, period: bigint) => void;
  readonly log: { info(fields: object, message: string): void };
  /** Ends the requests of this process. */
  readonly signal: AbortSignal;
  /** Monotonic seconds. */
  readonly now: () => number;
}

export function createRewardsPublisher(options: RewardsPublisherOptions): RewardsPublisher {
  const {
    main,
    rewards,
    book,
    authority,
    attester,
    collect,
    transactions,
    payer,
    turnSeconds,
    onMismatch,
    log,
    signal,
    now,
  } = options;
  const last = new Map<Address, bigint>();
  /** When each period was first seen to be due, in monotonic seconds: the clock of its turns. */
  const dueSince = new Map<string, number>();

  const publishPeriod = async (token: Address, period: RewardPeriod): Promise<void> => {
    const { signers, threshold, signerEpoch } = authority();
    const note = { token, period: period.period.toString() };
    const key = `rewards-${token}-${period.period}`;
    const since = dueSince.get(key) ?? now();
    dueSince.set(key, since);
    const index = signers.indexOf(attester.address);
    const turn = { subject: key, size: signers.length, index, readySeconds: now() - since, turnSeconds };
    if (!hasTurnFor(turn)) return;

    const statement = stateRewards({ chainId: main.chainId, rewards }, signerEpoch, token, period);
    const { signatures, refusals } = await collect(statement, await attester.sign(statement), signal);
    if (signatures.length < threshold) {
      log.info({ ...note, refusals }, 'quorum incomplete for rewards');
      if (refusals.some(({ reason }) => reason === 'digest-mismatch')) onMismatch(token, period.period);
      return;
    }
    const refused = await sendFeeCall({
      ...{ nodes: main.nodes, transactions, from: payer, to: rewards, key, note },
      data: encodePublish(statement, encodeSignatures(signatures)),
    });
    if (refused === undefined)
      log.info({ ...note, root: period.root, total: period.total.toString() }, 'rewards submitted');
    else log.info({ ...note, error: refused }, 'rewards not submitted: the simulation reverts');
  };

  const publishToken = async (token: Address): Promise<void> => {
    const periods = book.periods(token);
    if ((last.get(token) ?? -1n) >= BigInt(periods.length)) return;
    const { period, root, total } = await distributionOf(main.nodes, rewards, token);
    last.set(token, period);
    const own = periods[Number(period) - 1];
    if (own !== undefined && (own.root !== root || own.total !== total)) return onMismatch(token, period);
    const next = periods[Number(period)];
    if (next === undefined) return;
    try {
      await publishPeriod(token, next);
    } catch (error) {
      const reason = reasonOf(error);
      if (reason === undefined) throw error;
      log.info({ token, period: next.period.toString(), reason }, 'rewards not submitted');
    }
  };

  return {
    published: (token) => last.get(token),

    async publish() {
      for (const token of book.tokens()) await publishToken(token);
    },
  };
}
