import { PegwayError, messageOf } from '../protocol/errors.ts';
import { type Reason, isReason, reasons } from '../protocol/reasons.ts';
import { MAXIMUM_LENGTH, type Receipt, type ReceiptBridge } from '../protocol/receipts/format.ts';
import { parseReceiptText } from '../protocol/receipts/parse-receipt.ts';
import { ReceiptError } from '../protocol/receipts/receipt-error.ts';
import { type ReceiptVerdict, verifyReceipt } from '../protocol/receipts/verify-receipt.ts';
import { RelayerError, askRelayer, decode } from './ask-relayer.ts';
import type { TransferName } from './bridge-client.ts';

/** A relayer without a receipt that holds. */
export interface RefusedRelayer {
  readonly relayer: string;
  /** Why, as it answered; undefined when it gave no answer of the interface. */
  readonly reason?: Reason;
  readonly problem: string;
  /** True when it answered with a receipt that does not hold, or of another transfer. */
  readonly isFalse: boolean;
}

export interface ReceiptOptions {
  /** Base URLs of public ports; of a relayer of several bridges, below the bridge. Asked one after another. */
  readonly relayers: readonly string[];
  /** Accepts only a receipt with an anchor. */
  readonly anchored?: boolean;
  readonly signal?: AbortSignal;
  /** For each relayer; 30 when left out. */
  readonly timeoutSeconds?: number;
  readonly onRefused?: (refused: RefusedRelayer) => void;
}

export interface FoundReceipt {
  readonly receipt: Receipt;
  readonly verdict: ReceiptVerdict;
  readonly relayer: string;
}

/** No relayer has a receipt that holds. `code` is the reason of the first that gave one. */
export class NoReceiptError extends PegwayError {
  override readonly name = 'NoReceiptError';
  readonly refused: readonly RefusedRelayer[];

  constructor(refused: readonly RefusedRelayer[]) {
    const told = refused.find(({ reason }) => reason !== undefined) ?? refused[0];
    super(`no relayer has the receipt: ${told?.problem ?? 'none was named'}`, {
      code: told?.reason ?? 'receipt-missing',
      hint: 'ask again once the transfer has ended in a final block; each relayer has its own view',
    });
    this.refused = refused;
  }
}

/**
 * The receipt of a transfer between two bridges, from the first relayer with one that holds. It is verified here, so that no
 * relayer is trusted; its `verdict.restsOn` names what it rests on.
 * @throws {NoReceiptError} when no relayer has one, and the signal's reason when it is aborted.
 */
export async function receipt(
  pair: Readonly<Record<'main' | 'product', ReceiptBridge>>,
  name: TransferName,
  options: ReceiptOptions,
): Promise<FoundReceipt> {
  const refused: RefusedRelayer[] = [];
  for (const relayer of options.relayers) {
    const answer = await askOne(relayer, pair, name, options);
    options.signal?.throwIfAborted();
    if ('receipt' in answer) return { ...answer, relayer };
    refused.push(answer);
    options.onRefused?.(answer);
  }
  throw new NoReceiptError(refused);
}

async function askOne(
  relayer: string,
  pair: Readonly<Record<'main' | 'product', ReceiptBridge>>,
  { direction, productToken, nonce }: TransferName,
  { anchored = false, signal, timeoutSeconds = 30 }: ReceiptOptions,
): Promise<Omit<FoundReceipt, 'relayer'> | RefusedRelayer> {
  const refuse = (problem: string, isFalse = false): RefusedRelayer => ({ relayer, problem, isFalse });
  try {
    const timeout = AbortSignal.timeout(timeoutSeconds * 1_000);
    const response = await askRelayer(relayer, `/v1/transfers/${direction}/${productToken}/${nonce}/receipt`, {
      accept: 'application/json',
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    const text = await textOf(response);
    const found = parseReceiptText(text);
    const verdict = await verifyReceipt(found);
    const { main, product, transfer } = verdict;
    const wanted = [direction, productToken, nonce, ...sidesOf(pair)].join().toLowerCase();
    const given = [transfer.direction, transfer.productToken, transfer.nonce, ...sidesOf({ main, product })];
    if (given.join().toLowerCase() !== wanted) return refuse(`its receipt is of ${given.join(' ')}`, true);
    if (anchored && verdict.anchor === undefined) return refuse('its receipt has no anchor yet');
    return { receipt: found, verdict };
  } catch (error) {
    const { reason, status } = error instanceof RelayerError ? error : {};
    if (reason !== undefined && isReason(reason)) return { ...refuse(reasons[reason]), reason };
    return refuse(status === undefined ? messageOf(error) : `HTTP ${status}`, error instanceof ReceiptError);
  }
}

const sidesOf = ({ main, product }: Readonly<Record<'main' | 'product', ReceiptBridge>>): readonly unknown[] => [
  ...[main.chainId, main.bridge, product.chainId, product.bridge],
];

/** SECURITY: a relayer may answer at any length. */
async function textOf(response: Response): Promise<string> {
  let text = '';
  for await (const part of decode(response)) {
    text += part;
    if (text.length > MAXIMUM_LENGTH)
      throw new ReceiptError('receipt', `expected at most ${MAXIMUM_LENGTH} characters`);
  }
  return text;
}
