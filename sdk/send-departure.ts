import type { Address, Hex, PublicClient } from 'viem';

import { mainBridgeAbi, productBridgeAbi } from '../protocol/abi.ts';
import type { Direction } from '../protocol/lane.ts';
import { type Allowance, allowanceOf, approvalsFor, approveData } from './approve.ts';
import { type BridgeClient, type Departure, type TransferRequest, tokenErrors } from './bridge-client.ts';
import { departed } from './departed.ts';
import { chargeOf, isCoin } from './fee.ts';
import { receiptOf } from './find.ts';
import { type OnHash, type SentTransfer, sendOnce } from './once.ts';
import { paceOf, pause } from './pace.ts';
import { type Permit, permitDomainOf, signPermit, takesPermit } from './permit.ts';
import { refusalOf } from './refusal.ts';

/** How long an approval may take to be in a block. */
const APPROVAL_SECONDS = 180;

/** Steps of a transfer. `unpermitted`: the token does not take the permit, approvals follow. */
export type SendStep = 'permit' | 'unpermitted' | 'reset' | 'approve' | 'approving' | 'send';

export interface SendOptions {
  readonly onStep?: (step: SendStep) => void;
  /**
   * Receives the hash of the transfer's transaction, and what identifies it otherwise, before it is sent where the account
   * signs in this process: keep both.
   */
  readonly onHash?: OnHash;
  /** Use a permit where the token takes one; default true. */
  readonly permit?: boolean;
}

/**
 * Locks main tokens; resolves when the deposit is in a block. Where the bridge's allowance is below amount and fee it is given
 * by an ERC-2612 permit in the same transaction, or by an approval of exactly the amount and the highest accepted fee before it
 * (where the token changes an allowance only from or to zero, by two). A permit that the token turns out not to take is followed
 * by such an approval. The coin as main token goes with the transaction.
 * @throws {UnsureError} when it was sent, or may have been, and cannot be seen: look it up before you send it again. Else viem's
 * errors, the bridge's custom errors decoded in them, and nothing has departed.
 */
export async function deposit(
  client: BridgeClient,
  request: TransferRequest,
  options?: SendOptions,
): Promise<Departure> {
  return follow(client, 'mint', options, (watched) => sendDeposit(client, request, watched));
}

/** Burns product tokens; needs no approval. Resolves when the redeem is in a block. @throws as `deposit` does. */
export async function redeem(
  client: BridgeClient,
  request: TransferRequest,
  options?: SendOptions,
): Promise<Departure> {
  return follow(client, 'withdraw', options, (watched) => sendRedeem(client, request, watched));
}

async function follow(
  client: BridgeClient,
  direction: Direction,
  options: SendOptions | undefined,
  send: (options: SendOptions) => Promise<Hex>,
): Promise<Departure> {
  let sent: SentTransfer | undefined;
  const onHash: OnHash = (hash, transfer) => {
    sent = transfer;
    options?.onHash?.(hash, transfer);
  };
  return departed(client, direction, await send({ ...options, onHash }), { sent });
}

/** As `deposit`; resolves when the transaction is sent. Nothing is sent that the bridge would refuse now. */
export async function sendDeposit(
  client: BridgeClient,
  request: TransferRequest,
  { onStep, onHash, permit: mayPermit = true }: SendOptions = {},
): Promise<Hex> {
  const { productToken, amount, recipient } = request;
  const { bridge, reader } = client;
  const { account } = client.writer;
  const contract = { address: bridge, abi: [...mainBridgeAbi, ...tokenErrors] } as const;
  const [{ mainToken }, { fee, maxFee }] = await Promise.all([
    reader.readContract({ ...contract, functionName: 'peg', args: [productToken] }),
    chargeOf(client, request),
  ]);
  const transfer = { direction: 'mint', productToken, amount, recipient } as const;
  const args = [productToken, amount, recipient, maxFee] as const;
  const value = isCoin(mainToken) ? amount + fee : 0n;
  const call = { ...contract, functionName: 'deposit', args, value } as const;
  // The bridge refuses it, before it asks the token: the holder need not sign anything first.
  if (fee > maxFee) await reader.simulateContract({ ...call, account });

  const allowance = { token: mainToken, owner: account.address, bridge };
  if (!isCoin(mainToken) && (await allowanceOf(reader, allowance)) < amount + fee) {
    // The bridge expects a permit of exactly this.
    const allowed = amount + maxFee;
    const permit = mayPermit ? await askPermit(client, mainToken, allowed, onStep) : undefined;
    if (permit !== undefined) {
      const { deadline, v, r, s } = permit;
      const permitted = {
        ...contract,
        functionName: 'depositWithPermit',
        args: [...args, deadline, v, r, s],
      } as const;
      const refused = await reader.simulateContract({ ...permitted, account }).then(
        () => undefined,
        (error: unknown) => ({ error, refusal: refusalOf(error) }),
      );
      if (refused === undefined) {
        onStep?.('send');
        return sendOnce(client, permitted, transfer, onHash);
      }
      // A bridge ignores a permit that fails: what the token then refuses may be for want of an allowance, and of nothing else.
      const { error, refusal } = refused;
      if (refusal === undefined || refusal.reason !== undefined) throw error;
      if (await takesPermit(client, mainToken, allowed, permit)) throw error;
      onStep?.('unpermitted');
    }
    await approve(client, allowance, allowed, onStep);
  }

  await reader.simulateContract({ ...call, account });
  onStep?.('send');
  return sendOnce(client, call, transfer, onHash);
}

/** As `redeem`; resolves when the transaction is sent. Nothing is sent that the bridge would refuse now. */
export async function sendRedeem(
  client: BridgeClient,
  request: TransferRequest,
  { onStep, onHash }: SendOptions = {},
): Promise<Hex> {
  const { productToken, amount, recipient } = request;
  const { bridge, reader, writer } = client;
  const { maxFee } = await chargeOf(client, request);
  const call = {
    address: bridge,
    abi: [...productBridgeAbi, ...tokenErrors],
    functionName: 'redeem',
    args: [productToken, amount, recipient, maxFee],
  } as const;
  await reader.simulateContract({ ...call, account: writer.account });
  onStep?.('send');
  return sendOnce(client, call, { direction: 'withdraw', productToken, amount, recipient }, onHash);
}

async function askPermit(
  client: BridgeClient,
  token: Address,
  amount: bigint,
  onStep: SendOptions['onStep'],
): Promise<Permit | undefined> {
  const domain = await permitDomainOf(client.reader, token, client.writer.account.address);
  if (domain === undefined) return undefined;
  onStep?.('permit');
  const permit = await signPermit(client, token, domain, amount);
  if (permit === undefined) onStep?.('unpermitted');
  return permit;
}

/** Gives the bridge its allowance; nothing departs by it. */
async function approve(
  { reader, writer }: BridgeClient,
  allowance: Allowance,
  amount: bigint,
  onStep: SendOptions['onStep'],
): Promise<void> {
  for (const { step, value } of await approvalsFor(reader, allowance, amount)) {
    onStep?.(step);
    const hash = await writer.sendTransaction({ to: allowance.token, data: approveData(allowance, value) });
    onStep?.('approving');
    await approved(reader, allowance, value, hash);
  }
}

/** Until the allowance is seen at the latest: the wallet may replace the transaction, or return the hash of none. */
async function approved(reader: PublicClient, allowance: Allowance, value: bigint, hash: Hex): Promise<void> {
  const deadline = Date.now() + APPROVAL_SECONDS * 1_000;
  for (;;) {
    const receipt = await receiptOf(reader, hash);
    if (receipt?.status === 'reverted') throw new Error(`the approval ${hash} reverted`);
    if (receipt !== undefined || (await allowanceOf(reader, allowance)) === value) return;
    if (Date.now() >= deadline) throw new Error(`the approval ${hash} is in no block after ${APPROVAL_SECONDS} s`);
    await pause(await paceOf(reader));
  }
}
