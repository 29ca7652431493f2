import { type Address, BaseError, type Hex, isAddressEqual, parseEventLogs } from 'viem';

import { mainBridgeAbi, productBridgeAbi } from '../protocol/abi.ts';
import type { Direction } from '../protocol/lane.ts';
import { type Allowance, allowanceOf, approvalsFor, approveData } from './approve.ts';
import {
  type BridgeClient,
  type BridgeReader,
  type Departure,
  type TransferRequest,
  tokenErrors,
} from './bridge-client.ts';
import { chargeOf, isCoin } from './fee.ts';
import { UnsureError, sendOnce } from './once.ts';
import { type Permit, permitDomainOf, signPermit, takesPermit } from './permit.ts';
import { refusalOf } from './refusal.ts';

/** Steps of a transfer. `unpermitted`: the token does not take the permit, approvals follow. */
export type SendStep = 'permit' | 'unpermitted' | 'reset' | 'approve' | 'approving' | 'send';

export interface SendOptions {
  readonly onStep?: (step: SendStep) => void;
  /** Receives the hash of the transfer's transaction, before it is sent where the account signs in this process: keep it. */
  readonly onHash?: (hash: Hex) => void;
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
  return departed(client, 'mint', await sendDeposit(client, request, options));
}

/** Burns product tokens; needs no approval. Resolves when the redeem is in a block. @throws as `deposit` does. */
export async function redeem(
  client: BridgeClient,
  request: TransferRequest,
  options?: SendOptions,
): Promise<Departure> {
  return departed(client, 'withdraw', await sendRedeem(client, request, options));
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
        return sendOnce(client, permitted, onHash);
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
  return sendOnce(client, call, onHash);
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
  return sendOnce(client, call, onHash);
}

/**
 * Waits until a sent transaction is in a block.
 * @throws {UnsureError} when it cannot be seen in one, after so many seconds at the latest; Error when it reverted, or was
 * replaced by one that does not depart.
 */
export async function departed(
  client: BridgeReader,
  direction: Direction,
  hash: Hex,
  { timeoutSeconds = 180 }: { readonly timeoutSeconds?: number } = {},
): Promise<Departure> {
  const waiting = client.reader.waitForTransactionReceipt({ hash, timeout: timeoutSeconds * 1_000 });
  const receipt = await waiting.catch((error: unknown) => {
    throw error instanceof BaseError ? new UnsureError('it was sent and is not seen in a block', hash, error) : error;
  });
  const logs = receipt.logs.filter(({ address }) => isAddressEqual(address, client.bridge));
  const [event] = parseEventLogs({
    abi: [...mainBridgeAbi, ...productBridgeAbi],
    eventName: direction === 'mint' ? 'MainTokenDeposited' : 'ProductTokenRedeem',
    logs,
  });
  if (event === undefined) throw new Error(`the transaction ${receipt.transactionHash} reverted`);
  const { productToken, nonce } = event.args;
  const { transactionHash, blockNumber } = receipt;
  return { direction, productToken, nonce, transactionHash, blockNumber };
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
    const { status } = await reader.waitForTransactionReceipt({ hash });
    if (status !== 'success') throw new Error(`the approval ${hash} reverted`);
  }
}
