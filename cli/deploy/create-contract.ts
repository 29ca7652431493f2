import { setTimeout as sleep } from 'node:timers/promises';

import {
  type Address,
  type Hex,
  type PublicClient,
  type TransactionReceipt,
  TransactionReceiptNotFoundError,
} from 'viem';

import { PegwayError, messageOf } from '../../protocol/errors.ts';
import { broadcastOutcomes, classifyBroadcastError } from '../../relayer/tx/broadcast-errors.ts';
import type { TransactionSigner } from '../../relayer/tx/ports.ts';
import type { Fees } from '../../relayer/tx/records.ts';
import { signVersion } from '../../relayer/tx/sender.ts';
import { feesOver } from './chain-clients.ts';

/** A contract creation: its nonce ensures that it executes at most once, however often it is sent. */
export interface CreationCall {
  readonly address: Address;
  readonly nonce: number;
  readonly data: Hex;
}

export interface SendOptions {
  readonly reader: PublicClient;
  readonly chainId: number;
  readonly signer: TransactionSigner;
  /** Fee cap, in wei. */
  readonly maxFeePerGas?: bigint | undefined;
  /** Hashes of earlier attempts. */
  readonly known?: readonly Hex[];
  /** Called with each attempt before it is sent to a node. */
  readonly onAttempt?: (hash: Hex) => void;
  readonly say?: (step: string) => void;
}

export interface Created {
  /** Undefined when the node no longer has the transaction. */
  readonly receipt: TransactionReceipt | undefined;
}

const LOOK_MILLISECONDS = 500;
/** After this many polls, a pending transaction is replaced with a higher fee. */
const LOOKS_BEFORE_RAISE = 60;
/**
 * A nonce is lost after this many polls that find it used and no code: consecutive responses may come from different
 * nodes.
 */
const LOOKS_BEFORE_LOST = 4;

/** Exceeds the minimum increase that nodes require of a replacement. */
const raised = (fee: bigint) => (fee * 5n + 3n) / 4n;

/**
 * Creates a contract by the account's transaction with this nonce, and waits for its code. Idempotent: after a crash at
 * any point, a second call detects completed work and repeats nothing.
 * @throws {PegwayError} `nonce-used` when another transaction took the nonce, so that the address is unreachable.
 */
export async function createContract(call: CreationCall, options: SendOptions): Promise<Created> {
  const { reader, signer, say = () => undefined } = options;
  const attempts = [...(options.known ?? [])];
  let fees: Fees | undefined;
  let lost = 0;
  for (let look = 0; ; look++) {
    if ((await reader.getCode({ address: call.address })) !== undefined) {
      return { receipt: await receiptOf(reader, attempts) };
    }
    const next = await reader.getTransactionCount({ address: signer.address });
    if (next > call.nonce && ++lost === LOOKS_BEFORE_LOST) throw await lostNonce(call, options, attempts);
    if (next <= call.nonce && look % LOOKS_BEFORE_RAISE === 0) {
      fees = await feesFor(reader, fees, options.maxFeePerGas);
      if (fees === undefined) {
        say(`the chain asks for more than maxFeePerGas ${options.maxFeePerGas}; waiting`);
      } else {
        const { raw, hash } = await signed(call, options, fees);
        options.onAttempt?.(hash);
        attempts.push(hash);
        await broadcast(reader, raw);
        // Chains that mine instantly have the code already.
        if ((await reader.getCode({ address: call.address })) !== undefined) continue;
        say(`sent ${hash}; waiting until it is in a block`);
      }
    }
    await sleep(LOOK_MILLISECONDS);
  }
}

/** Undefined while the chain's fee exceeds the cap. */
export async function feesFor(
  reader: PublicClient,
  before: Fees | undefined,
  cap: bigint | undefined,
): Promise<Fees | undefined> {
  const { baseFeePerGas } = await reader.getBlock();
  const legacy = baseFeePerGas === null;
  const price = legacy ? await reader.getGasPrice() : 0n;
  const asked = legacy
    ? { maxFeePerGas: price, maxPriorityFeePerGas: price }
    : await feesOver(baseFeePerGas, () => reader.getGasPrice());
  const more = (now: bigint, then = 0n) => (now > raised(then) ? now : raised(then));
  const wanted = more(asked.maxFeePerGas, before?.maxFeePerGas);
  const floor = legacy ? price : baseFeePerGas === 0n ? asked.maxPriorityFeePerGas : baseFeePerGas;
  if (cap !== undefined && cap < floor) return undefined;
  const maxFeePerGas = cap !== undefined && cap < wanted ? cap : wanted;
  const tip = more(asked.maxPriorityFeePerGas, before?.maxPriorityFeePerGas);
  return { legacy, maxFeePerGas, maxPriorityFeePerGas: tip < maxFeePerGas ? tip : maxFeePerGas };
}

/** Adds a tenth to the estimate, which was made at another block. */
export const withMargin = (gas: bigint): bigint => (gas * 11n) / 10n;

async function signed({ data, nonce }: CreationCall, { reader, signer, chainId }: SendOptions, fees: Fees) {
  const gas = withMargin(await reader.estimateGas({ account: signer.address, data }));
  const block = await reader.getBlockNumber();
  return signVersion({ signer, chainId, nonce, content: { data, gas }, fees, block });
}

/** Ignores errors that a later poll can resolve: the chain's state decides, not the node's error text. */
async function broadcast(reader: PublicClient, serializedTransaction: Hex): Promise<void> {
  try {
    await reader.sendRawTransaction({ serializedTransaction });
  } catch (error) {
    const { then } = broadcastOutcomes[classifyBroadcastError(error)];
    if (then === 'refuse' || then === 'fund' || then === 'cap') {
      throw new PegwayError(`the node refuses the deployment transaction: ${messageOf(error)}`, {
        cause: error,
        hint: 'mend it and run the same command again: it goes on where it stopped',
      });
    }
  }
}

/** @throws any failure of the node: only its answer shows that there is no receipt. */
export async function receiptOf(reader: PublicClient, hashes: readonly Hex[]): Promise<TransactionReceipt | undefined> {
  for (const hash of hashes) {
    const receipt = await reader.getTransactionReceipt({ hash }).catch((error: unknown) => {
      if (error instanceof TransactionReceiptNotFoundError) return undefined;
      throw error;
    });
    if (receipt !== undefined) return receipt;
  }
  return undefined;
}

async function lostNonce(call: CreationCall, { reader, signer }: SendOptions, attempts: readonly Hex[]) {
  const receipt = await receiptOf(reader, attempts);
  if (receipt?.status === 'reverted') {
    return new PegwayError(`the deployment transaction ${receipt.transactionHash} reverted`, { code: 'reverted' });
  }
  return new PegwayError(
    `nonce ${call.nonce} of ${signer.address} was used by another transaction: ${call.address} can never be reached`,
    { code: 'nonce-used' },
  );
}
