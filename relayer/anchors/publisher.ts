import type { Address, Hex } from 'viem';

import type { AnchorsDomain } from '../../protocol/anchors/statement.ts';
import { encodeSignatures, indicesOf } from '../../protocol/attestation.ts';
import { gasLimitFor } from '../../protocol/gas-limit.ts';
import { hasTurnFor } from '../../protocol/turns.ts';
import { approvalsOf, encodeApproval } from '../chain/bridge-contract.ts';
import type { ChainClient } from '../chain/chain-client.ts';
import type { Head } from '../chain/finality.ts';
import type { Attester } from '../pipeline/attester.ts';
import type { SignatureCollector } from '../pipeline/signature-collector.ts';
import { type AnchorStatement, stateAnchor } from '../state/statement.ts';
import type { TxManager } from '../tx/tx-manager.ts';
import { type AnchorsTerms, type LastAnchor, encodeAnchor, refusalOf } from './anchors-contract.ts';
import type { ChainHistory } from './chain-history.ts';
import { cappedNumber, isAnchorDue } from './due.ts';

export interface AnchorPublisherOptions {
  readonly main: ChainClient;
  readonly product: Pick<ChainClient, 'chainId' | 'headerAt'>;
  readonly terms: AnchorsTerms;
  readonly history: ChainHistory;
  readonly authority: () => {
    readonly signers: readonly Address[];
    readonly threshold: number;
    readonly signerEpoch: bigint;
  };
  readonly attester: Attester;
  readonly collect: SignatureCollector;
  readonly transactions: TxManager;
  readonly payer: Address;
  readonly everySeconds: number;
  readonly turnSeconds: number;
  readonly fallbackSeconds: number;
  readonly log: { info(fields: object, message: string): void };
  /** Ends the requests of this process. */
  readonly signal: AbortSignal;
  /** Monotonic seconds. */
  readonly now: () => number;
}

/**
 * Approvals have no caller that names height and time, so all signers approve the anchor of the last full hour of the main
 * chain's clock.
 */
const APPROVAL_SECONDS = 3_600n;

/** Sends anchors in this signer's turns. */
export function createAnchorPublisher(options: AnchorPublisherOptions) {
  const { main, product, terms, history, authority, attester, collect, transactions, payer, log, signal, now } =
    options;
  const { everySeconds, turnSeconds, fallbackSeconds } = options;
  const domain: AnchorsDomain = {
    chainId: main.chainId,
    anchors: terms.address,
    sourceChainId: product.chainId,
  };
  /** The due anchor, by its predecessor: the clock of its turns. */
  let due: { readonly key: string; readonly since: number } | undefined;

  const stateAt = async (number: bigint, attestedAt: bigint): Promise<AnchorStatement> => {
    const commitment = await history.commit(number);
    return stateAnchor(domain, authority().signerEpoch, { number, attestedAt, ...commitment });
  };

  const send = async (to: Address, data: Hex, key: string, note: Record<string, string>): Promise<void> => {
    try {
      const used = BigInt(await main.nodes.one<Hex>('eth_estimateGas', [{ from: payer, to, data }]));
      await transactions.submit({ key, to, data, gas: gasLimitFor(used), note });
      log.info(note, to === terms.address ? 'anchor submitted' : 'approval of an anchor submitted');
    } catch (error) {
      log.info({ ...note, error: refusalOf(error) }, 'anchor not submitted: the simulation reverts');
    }
  };

  const submit = async ({ anchor, digest }: AnchorStatement, last: LastAnchor, key: string, signatures: Hex) => {
    const earlier = last.number - terms.firstBlock + 1n;
    const note = { number: anchor.number.toString(), blockHash: anchor.blockHash, digest };
    await send(terms.address, encodeAnchor(anchor, await history.upTo(anchor.number), earlier, signatures), key, note);
  };

  /** Without enough peers: each signer keeps its signature at the bridge, and the last one needed anchors. */
  const approve = async (last: LastAnchor, time: bigint, index: number): Promise<void> => {
    const attestedAt = time - (time % APPROVAL_SECONDS);
    if (attestedAt <= last.attestedAt) return;
    const number = await newestAt(attestedAt, last);
    if (number === undefined) return;
    const statement = await stateAt(number, attestedAt);
    const { threshold } = authority();
    const stored = indicesOf(await approvalsOf(main, statement.digest));
    const isStored = stored.includes(index);
    const own = isStored ? [] : [{ index, signature: await attester.sign(statement) }];
    const key = `anchor-${statement.digest}`;
    if (stored.length + own.length >= threshold) return submit(statement, last, key, encodeSignatures(own));
    if (isStored) return;
    const note = { number: number.toString(), digest: statement.digest, approval: String(stored.length + 1) };
    await send(main.address, encodeApproval(statement.digest, encodeSignatures(own)), `approve-${key}`, note);
  };

  /** The newest block at that time; undefined while it is not final here. */
  const newestAt = async (time: bigint, last: LastAnchor): Promise<bigint | undefined> => {
    let [low, high] = [last.number > terms.firstBlock ? last.number : terms.firstBlock, history.head()];
    if (high <= low || (await product.headerAt(high)).timestamp <= time) return undefined;
    while (low < high) {
      const middle = (low + high + 1n) / 2n;
      if ((await product.headerAt(middle)).timestamp <= time) low = middle;
      else high = middle - 1n;
    }
    return cappedNumber({ ...terms, last, number: low, attestedAt: time });
  };

  return {
    /** Anchors if it is due and this signer's turn. @param final The main chain's final head. */
    async publish(last: LastAnchor, final: Pick<Head, 'timestamp'>): Promise<void> {
      const attestedAt = final.timestamp;
      const { signers, threshold, signerEpoch } = authority();
      const number = cappedNumber({ ...terms, last, number: history.head(), attestedAt });
      if (number < terms.firstBlock || number < last.number) return;
      if (!isAnchorDue({ last, signerEpoch, number, now: attestedAt, everySeconds })) return void (due = undefined);

      const key = `anchor-${signerEpoch}-${last.attestedAt}`;
      if (due?.key !== key) due = { key, since: now() };
      const index = signers.indexOf(attester.address);
      const readySeconds = now() - due.since;
      const turn = { subject: key, size: signers.length, index, turnSeconds };
      if (!hasTurnFor({ ...turn, readySeconds })) return;

      const statement = await stateAt(number, attestedAt);
      const { signatures, refusals } = await collect(statement, await attester.sign(statement), signal);
      if (signatures.length >= threshold) return submit(statement, last, key, encodeSignatures(signatures));
      log.info({ number: number.toString(), refusals }, 'quorum incomplete for an anchor');
      if (hasTurnFor({ ...turn, readySeconds: readySeconds - fallbackSeconds })) await approve(last, attestedAt, index);
    },
  };
}
