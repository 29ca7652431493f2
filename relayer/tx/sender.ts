import { type Address, type Hex, keccak256, serializeTransaction, type TransactionSerializable } from 'viem';

import { askAll } from './ask-all.ts';
import {
  type BroadcastOutcome,
  combineOutcomes,
  broadcastOutcomes,
  classifyBroadcastError,
} from './broadcast-errors.ts';
import type {
  Head,
  NodeAnswer,
  TransactionChain,
  TransactionLog,
  TransactionMetrics,
  TransactionSigner,
} from './ports.ts';
import type { Fees, Intent, Records, TransactionRecord, Version } from './records.ts';

export interface SenderOptions {
  readonly chain: TransactionChain;
  readonly signer: TransactionSigner;
  readonly records: Records;
  readonly log: TransactionLog;
  readonly metrics: TransactionMetrics | undefined;
  readonly now: () => number;
}

/** Signs and broadcasts. Callers save a version before they send it. */
export interface Sender {
  readonly address: Address;
  /** A new record. */
  newRecord(nonce: number, intent: Intent, version: Version): TransactionRecord;
  sign(nonce: number, content: Pick<Intent, 'to' | 'data' | 'gas'>, fees: Fees, head: Head): Promise<Version>;
  /** Broadcasts one version of a saved record, and returns the record with the outcome. */
  send(record: TransactionRecord, version: Version, head: Head): Promise<TransactionRecord>;
}

export function createSender(options: SenderOptions): Sender {
  const { chain, signer, records, log, metrics, now } = options;

  return {
    address: signer.address,

    newRecord(nonce, intent, version) {
      const own = { chain: chain.name, account: signer.address, nonce, status: 'pending', filler: false } as const;
      return { ...intent, ...own, versions: [version], held: null, mined: null, sent: null };
    },

    sign(nonce, content, fees, head) {
      return signVersion({ signer, chainId: chain.chainId, nonce, content, fees, block: head.number });
    },

    async send(record, version, head) {
      const answers = await askAll<unknown>(chain, 'eth_sendRawTransaction', [version.raw], {
        enough: (answer) => broadcastOutcomes[outcomeOf(answer)].then === 'sent',
        useful: (answer) => broadcastOutcomes[outcomeOf(answer)].then !== 'silent',
      });

      const answer = combineOutcomes(answers.map(outcomeOf));
      const versions = record.versions.map((each) => (each.hash === version.hash ? { ...each, answer } : each));
      const sent: TransactionRecord = {
        ...record,
        versions: versions as [Version, ...Version[]],
        sent: { block: head.number, at: now() },
      };

      if (isUnchanged(answer, version.answer)) records.putInMemory(sent);
      else {
        records.put(sent);
        metrics?.outcome(chain.name, answer);
        logOutcome(sent, version, answer, answers);
      }
      return sent;
    },
  };

  function logOutcome(
    record: TransactionRecord,
    version: Version,
    answer: BroadcastOutcome,
    answers: readonly NodeAnswer<unknown>[],
  ): void {
    const fields = { ...logFields(record), hash: version.hash, answer };
    if (broadcastOutcomes[answer].then === 'sent') {
      log.debug(fields, 'transaction sent');
      return;
    }
    // Each node's full error: a client may have changed its wording.
    const nodes = answers.map((each) => ({
      endpoint: each.endpoint,
      answer: outcomeOf(each),
      error: 'error' in each ? each.error : undefined,
    }));
    log.warn({ ...fields, answers: nodes }, 'no node accepted the transaction');
  }
}

/** `accepted`, then `already-known` is no change. */
function isUnchanged(answer: BroadcastOutcome, before: BroadcastOutcome | null): boolean {
  if (before === null) return false;
  return answer === before || (broadcastOutcomes[answer].then === 'sent' && broadcastOutcomes[before].then === 'sent');
}

/** Not as `key`: fields of that name are redacted. */
export function logFields(record: TransactionRecord): object {
  return { chain: record.chain, intent: record.key, nonce: record.nonce, ...record.note };
}

/** A node that accepts it returns a hash. Its value is ignored: the manager computes it. */
function outcomeOf(answer: NodeAnswer<unknown>): BroadcastOutcome {
  if ('error' in answer) return classifyBroadcastError(answer.error);
  return typeof answer.result === 'string' && /^0x[0-9a-f]{64}$/i.test(answer.result) ? 'accepted' : 'unknown';
}

/** Signs one version of a transaction. Signatures of the same contents may differ: not every key is deterministic. */
export async function signVersion(options: {
  readonly signer: TransactionSigner;
  readonly chainId: number;
  readonly nonce: number;
  /** Without `to` it creates a contract. */
  readonly content: Pick<Intent, 'data' | 'gas'> & { readonly to?: Address };
  readonly fees: Fees;
  readonly block: bigint;
}): Promise<Version> {
  const { signer, chainId, nonce, content, fees, block } = options;
  const common = { chainId, nonce, gas: content.gas, to: content.to, data: content.data, value: 0n };
  const transaction: TransactionSerializable = fees.legacy
    ? { ...common, type: 'legacy', gasPrice: fees.maxFeePerGas }
    : {
        ...common,
        type: 'eip1559',
        maxFeePerGas: fees.maxFeePerGas,
        maxPriorityFeePerGas: fees.maxPriorityFeePerGas,
      };

  const { r, s, yParity } = await signer.sign(serializeTransaction(transaction));

  const raw: Hex = serializeTransaction(transaction, { r, s, v: 27n + BigInt(yParity) });
  return { hash: keccak256(raw), raw, fees, gas: content.gas, block, answer: null };
}
