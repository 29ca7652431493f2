import { BaseError, type Address, ContractFunctionRevertedError, type Hex, isAddressEqual, zeroAddress } from 'viem';
import { getWalletClient } from 'wagmi/actions';

import { PegwayError } from '../../protocol/errors.ts';
import { requireSettled } from '../../protocol/exits/balance-claim.ts';
import { exitTypedData } from '../../protocol/exits/exit-statement.ts';
import type { Snapshot } from '../../protocol/exits/snapshot.ts';
import { bridgeErrors, exitCalls } from '../../sdk/exit-calls.ts';
import type { ExitCall, ExitPayout, Preparation } from '../../sdk/exits/calls.ts';
import { consentTo } from '../../sdk/exits/plan-claim.ts';
import { readExits } from '../../sdk/read-exits.ts';
import type { Machine } from '../context.ts';
import { chainInWallet } from '../wallet/chain.ts';
import type { RegisteredRow } from './claims.ts';
import type { Consents } from './consent.ts';
import type { PlannedRow } from './usePlans.ts';

const abi = [...exitCalls, ...bridgeErrors] as const;

/** The request that the wallet is showing, or that waits for its block. */
export type ClaimStep =
  | { readonly kind: 'switch' | 'fix' | 'sign' | 'prepare' }
  | { readonly kind: 'register' | 'pay'; readonly symbol: string };

interface Sending {
  readonly exits: Address;
  /** The account of the wallet that was shown: no other one signs or pays. */
  readonly own: Address;
  readonly onStep: (step: ClaimStep) => void;
}

interface Registration extends Sending {
  readonly anchors: Address;
  readonly snapshot: Snapshot;
  /** For what names no recipient of its own. */
  readonly payout: Address | undefined;
  readonly consents: Consents;
  readonly planned: readonly PlannedRow[];
}

/** A contract consents without a signature, and what names its recipient needs none. */
export const needsSignature = (consents: Consents, planned: readonly PlannedRow[]): boolean =>
  consents.product === 'signature' && planned.some(({ row }) => consentTo(row.one) === 'product');

/** Each once: the claims of a lane share the way to what is known. */
export function preparationsOf(planned: readonly PlannedRow[]): Preparation[] {
  const all = planned.flatMap(({ row, plan }) =>
    plan.before.map((call) => [`${call.functionName} ${row.one.productToken} ${call.at}`, call] as const),
  );
  return [...new Map(all).values()];
}

/**
 * Registers claims: shows block B to the contract where nobody has, signs the recipient once where that is needed, and sends each
 * claim.
 * @throws the wallet's, the node's or the contract's error; what was registered before it remains.
 */
export async function registerClaims(machine: Machine, registration: Registration): Promise<void> {
  const { exits, anchors, own, snapshot, consents, planned, onStep } = registration;
  const send = await senderOf(machine, registration);
  const { settlement } = await readExits({ main: machine.readers.main, exits, anchors });
  requireSettled(snapshot, settlement);
  if (BigInt(settlement.stateRoot) === 0n) {
    onStep({ kind: 'fix' });
    await send.call({ functionName: 'fix', args: [snapshot.header] });
  }
  const payout = registration.payout ?? own;
  let signature: Hex = '0x';
  if (needsSignature(consents, planned)) {
    onStep({ kind: 'sign' });
    const { chainId } = machine.config.chains.main;
    signature = await send.writer.signTypedData(exitTypedData({ chainId, exits }, { account: own, payout }));
  }
  for (const preparation of preparationsOf(planned)) {
    onStep({ kind: 'prepare' });
    await send.call(preparation);
  }
  for (const { row, plan } of planned) {
    onStep({ kind: 'register', symbol: row.peg.tokens.main.symbol });
    await send.call(plan.register(consentOf(row, consents, { payout, signature, proof: '0x' })));
  }
}

function consentOf({ one }: PlannedRow['row'], { product }: Consents, signed: ExitPayout): ExitPayout {
  if (consentTo(one) !== 'product' || typeof product !== 'object') return signed;
  return { ...product, signature: '0x' };
}

/**
 * Pays registered claims, each to its own recipient. A redeem that the token refuses to pay goes to its redeemer, by a signature.
 * @throws as `registerClaims`.
 */
export async function payClaims(
  machine: Machine,
  sending: Sending & { readonly rows: readonly RegisteredRow[] },
): Promise<void> {
  const { exits, own, rows, onStep } = sending;
  const send = await senderOf(machine, sending);
  for (const { id, peg, fallbackAccount } of rows) {
    const step = { kind: 'pay', symbol: peg.tokens.main.symbol } as const;
    onStep(step);
    try {
      await send.call({ functionName: 'pay', args: [id] });
    } catch (error) {
      if (!isPaymentRefused(error) || !isFallback(fallbackAccount, own)) throw error;
      onStep({ kind: 'sign' });
      const { chainId } = machine.config.chains.main;
      const signature = await send.writer.signTypedData(
        exitTypedData({ chainId, exits }, { account: own, payout: own }),
      );
      onStep(step);
      await send.call({ functionName: 'payRedeemer', args: [id, { payout: own, signature, proof: '0x' }] });
    }
  }
}

/** True if the wallet's account may take a payment that the token refuses its recipient. */
export const isFallback = (fallbackAccount: Address, own: Address): boolean =>
  !isAddressEqual(fallbackAccount, zeroAddress) && isAddressEqual(fallbackAccount, own);

function isPaymentRefused(error: unknown): boolean {
  const reverted = error instanceof BaseError && error.walk((one) => one instanceof ContractFunctionRevertedError);
  return reverted instanceof ContractFunctionRevertedError && reverted.data?.errorName === 'PaymentRefused';
}

async function senderOf(machine: Machine, { exits, own, onStep }: Sending) {
  const { main } = machine.readers;
  const chainId = await chainInWallet(machine, 'main', () => onStep({ kind: 'switch' }));
  const writer = await getWalletClient(machine.wagmi, { chainId, account: own });
  return {
    writer,
    /** Nothing is sent that the contract would refuse now; resolves when it is in a block. */
    async call({ functionName, args }: ExitCall): Promise<void> {
      const call = { address: exits, abi, functionName, args, account: own } as const;
      await main.simulateContract(call as never);
      const hash = await writer.writeContract({ ...call, chain: writer.chain } as never);
      const { status, blockNumber } = await main.waitForTransactionReceipt({ hash });
      if (status === 'success') return;
      throw new PegwayError(`the transaction reverted in block ${blockNumber}: ${hash}`);
    },
  };
}
