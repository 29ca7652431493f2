import type { Address } from 'viem';

import { tailRootOf } from '../../protocol/anchors/history.ts';
import type { AnchorHistoryView, AnchorProofView, AnchorsView } from '../../protocol/api-types.ts';
import { codeOf, messageOf, reasonOf } from '../../protocol/errors.ts';
import type { Reason } from '../../protocol/reasons.ts';
import type { Answer } from '../api/handle-attestation.ts';
import type { Beat } from '../async/beat.ts';
import type { Caller } from '../callers/callers.ts';
import type { ChainClient } from '../chain/chain-client.ts';
import type { Head } from '../chain/finality.ts';
import { afterGathering } from '../chain/merged-calls.ts';
import type { Config } from '../config.ts';
import type { Metrics } from '../monitoring/metrics.ts';
import type { Problems } from '../monitoring/problems.ts';
import type { Loop } from '../monitoring/supervised-loop.ts';
import type { AnchorRequest } from '../peers/request.ts';
import type { Attester } from '../pipeline/attester.ts';
import type { SignatureCollector } from '../pipeline/signature-collector.ts';
import type { BridgePair } from '../state/bridges.ts';
import type { TxManager } from '../tx/tx-manager.ts';
import { type AnchorsTerms, type ExitTerms, type LastAnchor, exitOpensAt, readLast } from './anchors-contract.ts';
import { answerAnchor } from './answer-anchor.ts';
import type { ChainHistory } from './chain-history.ts';
import { createAnchorPublisher } from './publisher.ts';

/*
 * Anchors of one bridge: final blocks of the product chain → history → signatures → `Anchors` on the main chain. Transfers
 * wait for none of it.
 */

export interface Anchors {
  /** One round of reading and anchoring; see `Loop`. */
  readonly loop: Loop;
  answer(request: AnchorRequest, caller: Caller): Promise<Answer>;
  /** The last anchor, and how far this relayer has read; undefined before the first reading. */
  view(): AnchorsView | undefined;
  /** Proves that the last anchor commits to the block at a height. */
  prove(height: bigint): Promise<AnchorProofView | Reason>;
  /** The history up to a block, as far as it was read here. */
  history(number: bigint): Promise<AnchorHistoryView | Reason>;
  measure(metrics: Pick<Metrics, 'anchorBlock' | 'anchorTimestamp' | 'anchorHead' | 'exitOpens'>): void;
}

export interface AnchorsOptions {
  readonly config: Pick<Config, 'turnSeconds' | 'fallbackSeconds' | 'sweepSeconds' | 'standSeconds'>;
  readonly everySeconds: number;
  readonly terms: AnchorsTerms;
  readonly history: ChainHistory;
  /** Undefined on a bridge without exits. */
  readonly exit: ExitTerms | undefined;
  readonly main: ChainClient;
  readonly product: ChainClient;
  /** Pays on the main chain. */
  readonly account: { readonly transactions: TxManager; readonly address: Address };
  readonly bridges: BridgePair;
  /** The final heads as last processed. */
  readonly head: (side: 'main' | 'product') => Head | undefined;
  /** Time of the main chain's latest block, if known. */
  readonly tipTime: () => bigint | undefined;
  readonly problems: Pick<Problems, 'set' | 'clear'>;
  readonly attester: Attester;
  readonly collect: SignatureCollector;
  /** True while this process may send for its signer. */
  readonly isLeaseHeld: () => boolean;
  /** Ends the requests of this process. */
  readonly signal: AbortSignal;
  readonly log: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
  /** Monotonic seconds. */
  readonly now: () => number;
  /** Periodic work that shares HTTP requests. */
  readonly beat: Beat;
}

const PART = 'anchors';
/** Rounds while an anchor waits for its turn, in seconds. */
const ROUND_SECONDS = 10;

export function createAnchors(options: AnchorsOptions): Anchors {
  const { config, everySeconds, terms, history, exit, main, product, account, bridges, head, tipTime } = options;
  const { problems, attester, collect, isLeaseHeld, signal, log, now, beat } = options;
  const authority = () => bridges.state('main');
  const domain = { chainId: main.chainId, anchors: terms.address, sourceChainId: product.chainId };
  let last: LastAnchor | undefined;
  let opensAt: bigint | undefined;

  const publisher = createAnchorPublisher({
    ...{ main, product, terms, history, authority, attester, collect, everySeconds, log, signal, now },
    ...{ transactions: account.transactions, payer: account.address },
    ...{ turnSeconds: config.turnSeconds, fallbackSeconds: config.fallbackSeconds },
  });

  /** @returns true while blocks remain. */
  const readMore = async (): Promise<boolean> => {
    const to = head('product');
    return to !== undefined && to.number > history.head() && (await history.advance(to));
  };

  /** Whether the last anchor is of the chain that was read here: an anchor of another one is refused, and reported. */
  const contradiction = async (anchor: LastAnchor): Promise<string | undefined> => {
    if (anchor.number < terms.firstBlock || anchor.number > history.head()) return undefined;
    const own = await history.commit(anchor.number);
    if (own.blockHash === anchor.blockHash && own.historyRoot === anchor.historyRoot) return undefined;
    return `block ${anchor.number} is anchored as ${anchor.blockHash}; this relayer has read ${own.blockHash}`;
  };

  const publish = async (anchor: LastAnchor, final: Head): Promise<void> => {
    try {
      await publisher.publish(anchor, final);
    } catch (error) {
      const reason = reasonOf(error);
      if (reason === undefined || reason === 'second-content') throw error;
      log.info({ reason }, 'anchor not submitted');
    }
  };

  const round = async (): Promise<number> => {
    const final = head('main');
    // At once, so that they share HTTP requests with the other work of this moment.
    const [isBehind, newest] = await Promise.all([
      readMore(),
      final &&
        Promise.all([
          readLast(main.nodes, terms.address, 'latest'),
          exit === undefined ? undefined : exitOpensAt(main.nodes, exit),
        ]),
    ]);
    if (isBehind) return 0;
    if (final === undefined || newest === undefined) return 1;
    [last, opensAt] = newest;
    const contradicted = await contradiction(last);
    if (contradicted !== undefined) {
      // A single node returned it: the quorum decides before anyone is woken.
      last = await readLast(main.nodes, terms.address, final);
      if ((await contradiction(last)) !== undefined) {
        history.refuse('digest-mismatch');
        problems.set(PART, 'digest-mismatch', contradicted);
        return config.sweepSeconds;
      }
    }
    history.refuse(undefined);
    problems.clear(PART);
    if (isLeaseHeld()) await publish(last, final);
    await afterGathering(beat)(Math.min(ROUND_SECONDS, config.sweepSeconds), signal);
    return 0;
  };

  return {
    loop: {
      name: 'anchors',
      stallSeconds: config.sweepSeconds + config.standSeconds,
      round,
      retrySeconds: 5,
      onError(error) {
        log.warn({ error: messageOf(error) }, 'anchors: round failed, retrying');
        if (reasonOf(error) === 'finality-reversed' || reasonOf(error) === 'second-content')
          problems.set(PART, codeOf(error), messageOf(error));
      },
    },

    answer: (request, caller) =>
      answerAnchor(
        request,
        {
          ...{ domain, authority, history, attester },
          catchUp: (signerEpoch) => bridges.catchUp('main', signerEpoch),
          async readTo(number) {
            if (history.head() < number) await readMore();
          },
          mainTime: () => [head('main')?.timestamp ?? 0n, tipTime() ?? 0n].reduce((a, b) => (a > b ? a : b)),
        },
        caller,
      ),

    view() {
      if (last === undefined) return undefined;
      const { number, attestedAt, blockHash, historyRoot, signerEpoch, isCorrecting } = last;
      const isFirst = number < terms.firstBlock;
      return {
        ...{ anchors: terms.address, sourceChainId: product.chainId, firstBlock: terms.firstBlock },
        latest: isFirst ? undefined : { number, attestedAt, blockHash, historyRoot, signerEpoch },
        correcting: isCorrecting,
        readTo: history.head(),
      };
    },

    async prove(height) {
      if (last === undefined || height < terms.firstBlock || height > last.number) return 'not-final';
      if (last.number > history.head()) return 'not-final';
      const { number, attestedAt, blockHash, historyRoot } = last;
      const { blockHash: proven, proof } = await history.prove(number, height);
      return { anchor: { number, attestedAt, blockHash, historyRoot }, height, blockHash: proven, proof };
    },

    async history(number) {
      if (number < terms.firstBlock || number > history.head()) return 'not-final';
      const commitment = await history.commit(number);
      const of = await history.upTo(number);
      return { number, ...commitment, peaks: of.peaks, tailRoot: tailRootOf(of) };
    },

    measure(metrics) {
      metrics.anchorHead.set(Number(history.head()));
      if (opensAt !== undefined) metrics.exitOpens.set(Number(opensAt));
      if (last === undefined) return;
      metrics.anchorBlock.set(Number(last.number));
      metrics.anchorTimestamp.set(Number(last.attestedAt));
    },
  };
}
