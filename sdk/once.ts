import {
  type Address,
  BaseError,
  ChainMismatchError,
  FeeCapTooLowError,
  type Hex,
  InsufficientFundsError,
  MethodNotFoundRpcError,
  UnauthorizedProviderError,
  UnsupportedProviderMethodError,
  type WriteContractParameters,
  assertCurrentChain,
  encodeFunctionData,
  keccak256,
  numberToHex,
  isAddressEqual,
} from 'viem';
import { getTransactionError } from 'viem/utils';

import { gasLimitFor } from '../protocol/gas-limit.ts';
import type { Direction } from '../protocol/lane.ts';
import type { BridgeClient, BridgeReader } from './bridge-client.ts';
import { departuresSince } from './find.ts';
import { paceOf, pause } from './pace.ts';
import { isContract, isDelegated } from './sender-account.ts';
import { walletRefusalOf } from './wallet-refusal.ts';

/**
 * A transfer's transaction was sent, or may have been, and its outcome is unknown. Sending another one before looking it up
 * may pay twice.
 */
export class UnsureError extends BaseError {
  override readonly name = 'UnsureError';
  /** Of the transaction; undefined when a wallet's answer was lost and the chain does not show the transaction yet. */
  readonly hash: Hex | undefined;

  constructor(message: string, hash: Hex | undefined, cause: unknown) {
    const words =
      cause instanceof BaseError ? cause.shortMessage : cause instanceof Error ? cause.message : String(cause);
    super(`${message}: ${words}`, cause instanceof Error ? { cause } : {});
    this.hash = hash;
  }
}

/**
 * A sent transfer, with what identifies it where its hash does not: a wallet may replace or cancel a transaction, and the hash
 * that a multi-signature wallet returns is of no transaction. Keep it beside the hash.
 */
export interface SentTransfer {
  readonly direction: Direction;
  readonly productToken: Address;
  readonly amount: bigint;
  readonly recipient: Address;
  readonly hash: Hex;
  readonly sender: Address;
  /** Of the transaction; undefined where another account sends it: for a contract, and for some delegated accounts (EIP-7702). */
  readonly nonce: number | undefined;
  /** The source chain's height before it was sent. */
  readonly fromBlock: bigint;
}

export type OnHash = (hash: Hex, sent: SentTransfer) => void;

type Unsent = Omit<SentTransfer, 'hash'>;

type Call = Pick<WriteContractParameters, 'address' | 'abi' | 'functionName' | 'args'> & { readonly value?: bigint };

/**
 * Sends a transfer once. Where the account signs in this process, the transaction's hash is known before it is sent, and the
 * transaction is looked up when the answer is lost. A wallet's transaction is then sought by its sender.
 * @throws {UnsureError} when the outcome is unknown; else viem's errors, and nothing was sent.
 */
export async function sendOnce(
  client: BridgeClient,
  call: Call,
  transfer: Pick<SentTransfer, 'direction' | 'productToken' | 'amount' | 'recipient'>,
  onHash: OnHash | undefined,
): Promise<Hex> {
  const { reader, writer } = client;
  const sender = writer.account.address;
  const [fromBlock, nonce] = await Promise.all([reader.getBlockNumber({ cacheTime: 0 }), nonceOf(client)]);
  const unsent = { ...transfer, sender, nonce, fromBlock };
  return writer.account.type === 'local'
    ? sendSigned(client, call, unsent, onHash)
    : sendByWallet(client, call, unsent, onHash);
}

async function nonceOf({ reader, writer: { account } }: BridgeClient): Promise<number | undefined> {
  if (account.type !== 'local' && (await isContract(reader, account.address))) return undefined;
  return reader.getTransactionCount({ address: account.address, blockTag: 'pending' });
}

async function sendSigned(
  { reader, writer }: BridgeClient,
  call: Call,
  unsent: Unsent,
  onHash: OnHash | undefined,
): Promise<Hex> {
  const { account, chain } = writer;
  if (account.type !== 'local') throw new RangeError('the account does not sign in this process');
  const gas = gasLimitFor(await reader.estimateContractGas({ ...call, account }));
  let hash: Hex | undefined;
  const signing: typeof account = {
    ...account,
    async signTransaction(transaction, options) {
      const signed = await account.signTransaction(transaction, options);
      hash = keccak256(signed);
      onHash?.(hash, { ...unsent, hash, nonce: transaction.nonce ?? unsent.nonce });
      return signed;
    },
  };
  try {
    return await writer.writeContract({ ...call, account: signing, chain, gas });
  } catch (error) {
    if (hash === undefined || !(error instanceof BaseError)) throw error;
    // Without an answer here it stays unknown.
    const isKnown = await reader.getTransaction({ hash }).then(
      () => true,
      () => false,
    );
    if (isKnown) return hash;
    throw isUnsent(error) ? error : new UnsureError('it is not known whether it was sent', hash, error);
  }
}

async function sendByWallet(
  client: BridgeClient,
  call: Call,
  unsent: Unsent,
  onHash: OnHash | undefined,
): Promise<Hex> {
  const hash = await ask(client, call).catch(async (error: unknown) => {
    if (walletRefusalOf(error) !== undefined || isUnsent(error)) throw error;
    const found = await findSent(client, unsent).catch(() => undefined);
    if (found === undefined) throw new UnsureError('the wallet may have sent it', undefined, error);
    return found;
  });
  // The wallet may have chosen another nonce, or have another account send it.
  const { reader } = client;
  const nonce = await reader.getTransaction({ hash }).then(
    (transaction) => (isAddressEqual(transaction.from, unsent.sender) ? transaction.nonce : undefined),
    async () => ((await isDelegated(reader, unsent.sender)) ? undefined : unsent.nonce),
  );
  onHash?.(hash, { ...unsent, hash, nonce });
  return hash;
}

/** One request: viem's `sendTransaction` repeats a request that failed in another form, and a wallet may have sent the first. */
async function ask({ writer }: BridgeClient, call: Call): Promise<Hex> {
  const { account, chain } = writer;
  assertCurrentChain({ chain, currentChainId: await writer.getChainId() });
  const transaction = {
    from: account.address,
    to: call.address,
    data: encodeFunctionData(call),
    ...(call.value === undefined || call.value === 0n ? {} : { value: numberToHex(call.value) }),
  };
  try {
    return await writer.request({ method: 'eth_sendTransaction', params: [transaction] }, { retryCount: 0 });
  } catch (error) {
    throw error instanceof BaseError ? getTransactionError(error, { ...call, account, chain }) : error;
  }
}

/** Looks for a transaction of the sender that its node or its chain has. */
const LOOKS = 5;

/**
 * The hash of a transfer that its wallet did not return. Looks again only while the sender's nonce shows that a
 * transaction is in flight.
 */
async function findSent(source: BridgeReader, unsent: Unsent): Promise<Hex | undefined> {
  const { reader } = source;
  const { sender, nonce, fromBlock } = unsent;
  const seconds = await paceOf(reader);
  for (let look = 0; look < LOOKS; look++) {
    if (look > 0) await pause(seconds);
    const departures = await departuresSince(source, sender, fromBlock);
    const found = departures.find((departure) => isSame(departure, unsent));
    if (found !== undefined) return found.transactionHash;
    if (nonce === undefined) return undefined;
    if ((await reader.getTransactionCount({ address: sender, blockTag: 'pending' })) <= nonce) return undefined;
  }
  return undefined;
}

/** True if a departure has the content of a sent transfer. */
export const isSame = (
  {
    lane,
    sourceAmount,
    recipient,
  }: { lane: { direction: Direction; productToken: Address }; sourceAmount: bigint; recipient: Address },
  sent: Pick<SentTransfer, 'direction' | 'productToken' | 'amount' | 'recipient'>,
): boolean =>
  lane.direction === sent.direction &&
  lane.productToken.toLowerCase() === sent.productToken.toLowerCase() &&
  sourceAmount === sent.amount &&
  recipient.toLowerCase() === sent.recipient.toLowerCase();

/** Errors of a request that was refused before anything was sent. */
const unsentErrors = [
  ...[InsufficientFundsError, FeeCapTooLowError, ChainMismatchError],
  ...[UnauthorizedProviderError, UnsupportedProviderMethodError, MethodNotFoundRpcError],
];

/**
 * True when a node or a wallet rejected the request itself, as opposed to a failure in transport. A used nonce is not a
 * rejection: a proxy may have sent the request twice, so that our own transaction used it.
 */
const isUnsent = (error: unknown): boolean =>
  error instanceof BaseError && error.walk((cause) => unsentErrors.some((kind) => cause instanceof kind)) !== null;
