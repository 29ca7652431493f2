import { BaseError, type Hex } from 'viem';
import { getWalletClient } from 'wagmi/actions';

import {
  type SendOptions,
  type SendStep,
  type TransferRequest,
  UnsureError,
  type WalletRefusal,
  refusalOf,
  sendDeposit,
  sendRedeem,
  walletRefusalOf,
} from '../../sdk/index.ts';
import { type Direction, sourceOf } from '../../protocol/lane.ts';
import type { Reason } from '../../protocol/reasons.ts';
import type { Machine } from '../context.ts';
import { noteSent } from '../sent-transfers.ts';
import { chainInWallet } from '../wallet/chain.ts';

/** The request that the wallet is showing. */
export type Step = 'switch' | SendStep;

interface Sending extends SendOptions {
  readonly onStep: (step: Step) => void;
}

/** Prompts the wallet and sends; resolves with the hash once sent. Switches the chain first if necessary. */
export async function send(
  machine: Machine,
  direction: Direction,
  request: TransferRequest,
  options: Sending,
): Promise<Hex> {
  const { config, readers, wagmi } = machine;
  const side = sourceOf(direction);
  const chainId = await chainInWallet(machine, side, () => options.onStep('switch'));
  const { bridge } = config.chains[side];
  const client = { bridge, reader: readers[side], writer: await getWalletClient(wagmi, { chainId }) };
  const noting: SendOptions = { ...options, onHash: (_, sent) => noteSent(sent) };
  return direction === 'mint' ? sendDeposit(client, request, noting) : sendRedeem(client, request, noting);
}

/** The reason that nothing was sent, as far as it is known. */
export type Failure =
  | { readonly kind: 'declined'; readonly why: WalletRefusal }
  | { readonly kind: 'refused'; readonly reason: Reason | undefined; readonly text: string }
  | { readonly kind: 'failed'; readonly text: string }
  /** The transaction may have been sent. */
  | { readonly kind: 'unsure'; readonly text: string };

export function failureOf(error: unknown): Failure {
  const why = walletRefusalOf(error);
  if (why !== undefined) return { kind: 'declined', why };
  if (error instanceof UnsureError) return { kind: 'unsure', text: wordsOf(error.cause) };
  const refusal = refusalOf(error);
  if (refusal !== undefined) return { kind: 'refused', reason: refusal.reason, text: refusal.error };
  return { kind: 'failed', text: error instanceof BaseError ? error.shortMessage : wordsOf(error) };
}

/** A wallet's own words are in viem's details; its summary is often "An internal error was received." */
export function wordsOf(error: unknown): string {
  if (!(error instanceof BaseError)) return error instanceof Error ? error.message : String(error);
  return error.details === '' ? error.shortMessage : error.details;
}
