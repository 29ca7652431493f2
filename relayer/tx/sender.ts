import type { Address } from 'viem';

import { type AnswerClass, agree, answers, classify } from './broadcast-errors.ts';
import type { Book } from './records.ts';
import { gather } from './ask-all.ts';
import type {
  Head,
  NodeAnswer,
  TransactionChain,
  TransactionLog,
  TransactionMetrics,
  TransactionSigner,
} from './ports.ts';
import type { Fees, Intent, TransactionRecord, Version } from './record.ts';
import { signVersion } from './sign.ts';

export interface SenderOptions {
  readonly chain: TransactionChain;
  readonly signer: TransactionSigner;
  readonly book: Book;
  readonly log: TransactionLog;
  readonly metrics: TransactionMetrics | undefined;
  readonly now: () => number;
}

/** Everything that leaves for a node goes through here, recorded first. */
export interface Sender {
  readonly address: Address;
  /** A record that is new. */
  record(nonce: number, intent: Intent, version: Version): TransactionRecord;
  sign(nonce: number, content: Pick<Intent, 'to' | 'data' | 'gas'>, fees: Fees, head: Head): Promise<Version>;
  /** Sends one version of a record that is in the book, and returns the record with the answer. */
  send(record: TransactionRecord, version: Version, head: Head): Promise<TransactionRecord>;
}

export function createSender(options: SenderOptions): Sender {
  const { chain, signer, book, log, metrics, now } = options;

  return {
    address: signer.address,

    record(nonce, intent, version) {
      const own = { chain: chain.name, account: signer.address, nonce, status: 'pending', filler: false } as const;
      return { ...intent, ...own, versions: [version], held: null, mined: null, sent: null };
    },

    sign(nonce, content, fees, head) {
      return signVersion({ signer, chainId: chain.chainId, nonce, content, fees, block: head.number });
    },

    async send(record, version, head) {
      const given = await gather<unknown>(chain, 'eth_sendRawTransaction', [version.raw], {
        enough: (answer) => answers[classOf(answer)].then === 'sent',
        useful: (answer) => answers[classOf(answer)].then !== 'silent',
      });

      const answer = agree(given.map(classOf));
      const versions = record.versions.map((each) => (each.hash === version.hash ? { ...each, answer } : each));
      const sent: TransactionRecord = {
        ...record,
        versions: versions as [Version, ...Version[]],
        sent: { block: head.number, at: now() },
      };

      if (isSame(answer, version.answer)) book.note(sent);
      else {
        book.put(sent);
        metrics?.outcome(chain.name, answer);
        tell(sent, version, answer, given);
      }
      return sent;
    },
  };

  function tell(
    record: TransactionRecord,
    version: Version,
    answer: AnswerClass,
    given: readonly NodeAnswer<unknown>[],
  ): void {
    const fields = { ...describe(record), hash: version.hash, answer };
    if (answers[answer].then === 'sent') {
      log.debug(fields, 'transaction sent');
      return;
    }
    // Each node's whole words, for the day when a client changes them.
    const said = given.map((each) => ({
      endpoint: each.endpoint,
      answer: classOf(each),
      error: 'error' in each ? each.error : undefined,
    }));
    log.warn({ ...fields, said }, 'transaction not taken by any node');
  }
}

/** `accepted` and then `already-known` is no news. */
function isSame(answer: AnswerClass, before: AnswerClass | null): boolean {
  if (before === null) return false;
  return answer === before || (answers[answer].then === 'sent' && answers[before].then === 'sent');
}

export function describe(record: TransactionRecord): object {
  return { chain: record.chain, key: record.key, nonce: record.nonce, ...record.note };
}

/** A node that took it returns the hash. Which, the lane has computed itself. */
function classOf(answer: NodeAnswer<unknown>): AnswerClass {
  if ('error' in answer) return classify(answer.error);
  return typeof answer.result === 'string' && /^0x[0-9a-f]{64}$/i.test(answer.result) ? 'accepted' : 'unknown';
}
