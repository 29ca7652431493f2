// A main token that behaves in any manner, and a bridge that holds it.
import assert from 'node:assert/strict';

import { type Address, type Hex, parseEventLogs } from 'viem';

import { mainBridgeAbi } from '../../../protocol/abi.ts';
import { at, holder, mainSide } from './bridges.ts';
import { viem } from './network.ts';

const Manner = { plain: 0, returnsNothing: 1, returnsFalse: 2, takesFee: 3, isPaused: 4, reenters: 5 } as const;
/** How the token refuses a recipient. */
export const Refusal = {
  ...{ none: 0, reverts: 1, returnsFalse: 2, burnsGas: 3 },
  ...{ revertsWith60kB: 4, returnsFalseAnd60kB: 5, revertsAfter60kB: 6, returnsFalseAfter60kB: 7 },
} as const;

export const LOCKED = 10_000n;

/** A bridge that holds 10,000 of a token, and a holder with 1,000 more that the bridge may take. */
export async function wild() {
  const side = await mainSide({}, (await viem.deployContract('WildToken')).address);
  const wildToken = await viem.getContractAt('WildToken', side.token.address);
  await side.fund(LOCKED);
  await side.depart(LOCKED);
  await side.fund(1_000n);
  const behave = (how: keyof typeof Manner) => wildToken.write.behave([Manner[how]]);
  const refuse = (who: Address, how: keyof typeof Refusal) => wildToken.write.refuse([who, Refusal[how]]);
  return { ...side, wildToken, behave, refuse };
}
export type Wild = Awaited<ReturnType<typeof wild>>;

export const locked = ({ main, productToken }: Wild) => main.read.locked([productToken]);
const holds = ({ balanceOf }: Wild) => balanceOf(holder.account.address);

/** The holder has his thousand, the bridge its ten thousand. */
export async function untouched(side: Wild): Promise<void> {
  assert.equal(await holds(side), 1_000n);
  assert.equal(await locked(side), LOCKED);
  assert.equal(await side.balanceOf(side.address), LOCKED);
}

/** Nonces and reasons of the payments that this transaction did not make. */
export async function refusals(hash: Hex): Promise<(readonly [bigint, Hex])[]> {
  const logs = parseEventLogs({ abi: mainBridgeAbi, eventName: 'TransferFailed', logs: (await at(hash)).logs });
  return logs.map(({ args }) => [args.nonce, args.reason]);
}
