import { type Abi, type Address, type Hex, decodeEventLog, getAddress, hexToBigInt, toEventSelector } from 'viem';

import type { Side, Transfer } from '../transfer/lane.ts';
import { mainBridgeAbi, productBridgeAbi } from './abi.ts';

/** As nodes give it; only what is read here. */
export interface RpcLog {
  readonly address: Address;
  readonly topics: readonly Hex[];
  readonly data: Hex;
  readonly blockNumber: Hex;
  readonly blockHash: Hex;
  readonly transactionHash: Hex;
  readonly logIndex: Hex;
  readonly removed?: boolean;
}

/** What a bridge said, as far as a relayer acts on it. */
export type BridgeEvent = { readonly side: Side; readonly blockNumber: bigint; readonly transactionHash: Hex } & (
  | { readonly kind: 'departed'; readonly transfer: Transfer }
  | {
      readonly kind: 'executed';
      readonly productToken: Address;
      readonly firstNonce: bigint;
      readonly mask: bigint;
      readonly signerMask: number;
      readonly digest: Hex;
    }
  | {
      readonly kind: 'failed' | 'parked' | 'released' | 'voided' | 'bounced';
      readonly productToken: Address;
      readonly nonce: bigint;
    }
  | { readonly kind: 'approved'; readonly digest: Hex; readonly signer: Address; readonly approvals: number }
  /** Signers, pegs, limits, pause, delays: what is cached of the bridge must be read again. */
  | { readonly kind: 'changed'; readonly name: string }
);

const kinds = {
  TransferFailed: 'failed',
  TransferParked: 'parked',
  TransferReleased: 'released',
  TransferVoided: 'voided',
  TransferBounced: 'bounced',
} as const;

/** Each event's own ABI by its topic: given all of it, viem hashes the signature of every event for every log. */
const byTopic = <const abi extends Abi>(all: abi): ReadonlyMap<Hex, abi> =>
  new Map(
    all.flatMap((item) => (item.type === 'event' ? [[toEventSelector(item), [item] as Abi as abi] as const] : [])),
  );

const mainEvents = byTopic(mainBridgeAbi);
const productEvents = byTopic(productBridgeAbi);

/**
 * Decodes one log of one bridge.
 * SECURITY: the caller has made sure that it comes from the pinned address; topics and data are still anyone's until the
 * block is proven.
 */
export function decodeBridgeLog(side: Side, log: RpcLog): BridgeEvent {
  const blockNumber = hexToBigInt(log.blockNumber);
  const { transactionHash } = log;
  const base = { side, blockNumber, transactionHash };
  const raw = { data: log.data, topics: log.topics as [Hex, ...Hex[]] };
  const [topic] = raw.topics;
  const event =
    side === 'main'
      ? decodeEventLog({ abi: mainEvents.get(topic) ?? mainBridgeAbi, ...raw })
      : decodeEventLog({ abi: productEvents.get(topic) ?? productBridgeAbi, ...raw });

  switch (event.eventName) {
    case 'MainTokenDeposited': {
      const { productToken, nonce, depositor, recipient, mainAmount, productAmount, previousBlock } = event.args;
      const lane = { direction: 'mint', productToken: getAddress(productToken) } as const;
      const amounts = { sourceAmount: mainAmount, amount: productAmount };
      const parties = { sender: getAddress(depositor), recipient: getAddress(recipient) };
      const where = { previousBlock, blockNumber, transactionHash };
      return { ...base, kind: 'departed', transfer: { lane, nonce, ...parties, ...amounts, ...where } };
    }
    case 'ProductTokenRedeem': {
      const { productToken, nonce, redeemer, recipient, mainAmount, productAmount, previousBlock } = event.args;
      const lane = { direction: 'withdraw', productToken: getAddress(productToken) } as const;
      const amounts = { sourceAmount: productAmount, amount: mainAmount };
      const parties = { sender: getAddress(redeemer), recipient: getAddress(recipient) };
      const where = { previousBlock, blockNumber, transactionHash };
      return { ...base, kind: 'departed', transfer: { lane, nonce, ...parties, ...amounts, ...where } };
    }
    case 'TransfersExecuted':
      return { ...base, kind: 'executed', ...event.args, productToken: getAddress(event.args.productToken) };
    case 'TransfersApproved': {
      const { digest, signer, approvals } = event.args;
      return { ...base, kind: 'approved', digest, signer: getAddress(signer), approvals };
    }
    case 'TransferFailed':
    case 'TransferParked':
    case 'TransferReleased':
    case 'TransferVoided':
    case 'TransferBounced': {
      const { productToken, nonce } = event.args;
      return { ...base, kind: kinds[event.eventName], productToken: getAddress(productToken), nonce };
    }
    default:
      return { ...base, kind: 'changed', name: event.eventName };
  }
}
