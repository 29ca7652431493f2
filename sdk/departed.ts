import { BaseError, type Hex, type PublicClient, type TransactionReceipt, isAddressEqual, parseEventLogs } from 'viem';

import { mainBridgeAbi, productBridgeAbi } from '../protocol/abi.ts';
import type { Direction, Transfer } from '../protocol/lane.ts';
import type { BridgeReader, Departure } from './bridge-client.ts';
import { departuresSince, receiptOf, transactionOf } from './find.ts';
import { type SentTransfer, UnsureError, isSame } from './once.ts';
import { paceOf, pause } from './pace.ts';

/** The sender used the transaction's nonce for another one, which departs nothing: cancelled in the wallet. Nothing departed. */
export class CancelledError extends BaseError {
  override readonly name = 'CancelledError';
  readonly hash: Hex;
  readonly nonce: number;

  constructor(hash: Hex, nonce: number) {
    super(`the transaction ${hash} was cancelled: its nonce ${nonce} belongs to another one, which departs nothing`);
    this.hash = hash;
    this.nonce = nonce;
  }
}

export interface DepartedOptions {
  /** Until an `UnsureError`; 180 when left out. */
  readonly timeoutSeconds?: number;
  /** As `onHash` received it. Without it, a replacement is noticed only where a node still had the transaction. */
  readonly sent?: SentTransfer | undefined;
  /** Blocks of one `eth_getLogs`. */
  readonly range?: bigint | undefined;
}

/** Polls that must find a nonce used, and no departure: nodes behind one address may be blocks apart. */
const CANCELLED_LOOKS = 4;

type Owner = Pick<SentTransfer, 'sender' | 'nonce' | 'fromBlock'>;

/**
 * Waits until a sent transaction is in a block. Follows it where the wallet replaced it by another departure, and where the
 * hash is that of a multi-signature wallet: the departure then has another `transactionHash`.
 * @throws {UnsureError} when it cannot be seen in a block within the timeout, whatever the node answers meanwhile.
 * @throws {CancelledError} when its nonce was used by a transaction that departs nothing; Error when it reverted.
 */
export async function departed(
  client: BridgeReader,
  direction: Direction,
  hash: Hex,
  { timeoutSeconds = 180, sent, range }: DepartedOptions = {},
): Promise<Departure> {
  const { reader } = client;
  const deadline = Date.now() + timeoutSeconds * 1_000;
  let owner: Owner | undefined = sent;
  let used = 0;
  let failure: unknown;
  for (;;) {
    try {
      const receipt = await receiptOf(reader, hash);
      if (receipt !== undefined) return departureOf(receipt, client, direction);
      owner ??= await ownerOf(reader, hash);
      const found = owner === undefined ? undefined : await successorOf(client, hash, owner, sent, range);
      if (found === 'used') {
        if (++used === CANCELLED_LOOKS) throw new CancelledError(hash, owner?.nonce ?? 0);
      } else if (found === undefined) {
        used = 0;
      } else {
        return nameOf(found);
      }
    } catch (error) {
      // Any other error is a node's, which may answer the next time.
      if (!(error instanceof BaseError) || error instanceof CancelledError) throw error;
      failure = error;
    }
    const left = (deadline - Date.now()) / 1_000;
    if (left <= 0) {
      const cause = failure ?? new BaseError(`no receipt within ${timeoutSeconds} s`);
      throw new UnsureError('it was sent and is not seen in a block', hash, cause);
    }
    await pause(Math.min(left, await paceOf(reader).catch(() => 1)));
  }
}

function departureOf(receipt: TransactionReceipt, { bridge }: BridgeReader, direction: Direction): Departure {
  const [event] = parseEventLogs({
    abi: [...mainBridgeAbi, ...productBridgeAbi],
    eventName: direction === 'mint' ? 'MainTokenDeposited' : 'ProductTokenRedeem',
    logs: receipt.logs.filter(({ address }) => isAddressEqual(address, bridge)),
  });
  if (event === undefined) throw new Error(`the transaction ${receipt.transactionHash} reverted`);
  const { productToken, nonce } = event.args;
  const { transactionHash, blockNumber } = receipt;
  return { direction, productToken, nonce, transactionHash, blockNumber };
}

const nameOf = ({ lane, nonce, transactionHash, blockNumber }: Transfer): Departure => ({
  ...lane,
  nonce,
  transactionHash,
  blockNumber,
});

/** Read once, while a node has the transaction: a node drops it with its replacement. */
async function ownerOf(reader: PublicClient, hash: Hex): Promise<Owner | undefined> {
  const [fromBlock, transaction] = await Promise.all([reader.getBlockNumber(), transactionOf(reader, hash)]);
  return transaction === undefined ? undefined : { sender: transaction.from, nonce: transaction.nonce, fromBlock };
}

/** The departure in the place of a transaction that has none; `used` when its nonce belongs to a transaction without one. */
async function successorOf(
  client: BridgeReader,
  hash: Hex,
  { sender, nonce, fromBlock }: Owner,
  sent: SentTransfer | undefined,
  range: bigint | undefined,
): Promise<Transfer | 'used' | undefined> {
  const { reader } = client;
  if (nonce === undefined) {
    const departures = await departuresSince(client, sender, fromBlock, range);
    return departures.find((departure) => sent !== undefined && isSame(departure, sent));
  }
  if ((await reader.getTransactionCount({ address: sender })) <= nonce) return undefined;
  // In a block already: only its receipt lags behind.
  if (typeof (await transactionOf(reader, hash))?.blockNumber === 'bigint') return undefined;
  for (const departure of await departuresSince(client, sender, fromBlock, range)) {
    if ((await reader.getTransaction({ hash: departure.transactionHash })).nonce === nonce) return departure;
  }
  return 'used';
}
