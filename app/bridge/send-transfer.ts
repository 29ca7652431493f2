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

/** What the wallet is being asked for. */
export type Step = 'switch' | SendStep;

interface Sending extends SendOptions {
  readonly onStep: (step: Step) => void;
}

/** Asks the wallet, and sends; resolves with the hash once it is sent. Switches the chain first where it must. */
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

/** Why nothing was sent, as far as is known. */
export type Failure =
  | { readonly kind: 'declined' }
  | { readonly kind: 'refused'; readonly reason: Reason | undefined; readonly text: string }
  | { readonly kind: 'failed'; readonly text: string }
  /** It may have been sent. */
  | { readonly kind: 'unsure'; readonly text: string };

/** @param asked whether the wallet was asked to send it: all but declining it may have done then, whatever it answers. */
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
