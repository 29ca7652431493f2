import { BaseError, UserRejectedRequestError, type Hex } from 'viem';
import { getWalletClient } from 'wagmi/actions';

import {
  type SendOptions,
  type SendStep,
  type TransferRequest,
  refusalOf,
  sendDeposit,
  sendRedeem,
} from '../../sdk/index.ts';
import { type Direction, sourceOf } from '../../protocol/lane.ts';
import type { Reason } from '../../protocol/reasons.ts';
import type { Machine } from '../context.ts';
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
  return direction === 'mint' ? sendDeposit(client, request, options) : sendRedeem(client, request, options);
}

/** The reason that nothing was sent, as far as it is known. */
export type Failure =
  | { readonly kind: 'declined' }
  | { readonly kind: 'refused'; readonly reason: Reason | undefined; readonly text: string }
  | { readonly kind: 'failed'; readonly text: string }
  /** The transaction may have been sent. */
  | { readonly kind: 'unsure'; readonly text: string };

/**
 * @param asked true if the wallet was asked to send: unless it was declined, the transaction may be out, whatever the
 * error.
 */
export function failureOf(error: unknown, asked = false): Failure {
  if (!(error instanceof BaseError)) {
    return { kind: asked ? 'unsure' : 'failed', text: error instanceof Error ? error.message : String(error) };
  }
  if (error.walk((cause) => cause instanceof UserRejectedRequestError) !== null) return { kind: 'declined' };
  const refusal = refusalOf(error);
  if (asked) return { kind: 'unsure', text: refusal?.error ?? error.shortMessage };
  if (refusal !== undefined) return { kind: 'refused', reason: refusal.reason, text: refusal.error };
  return { kind: 'failed', text: error.shortMessage };
}
