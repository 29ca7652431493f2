import { type Address, erc20Abi, getAddress, isAddressEqual } from 'viem';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import { COIN, type Peg } from '../../protocol/peg.ts';
import { view } from '../../relayer/chain/bridge-contract.ts';
import type { ChainClient } from '../../relayer/chain/chain-client.ts';
import { isNodeFailure, isRefusal } from '../../relayer/chain/revert.ts';
import type { ProposalCall } from './proposal.ts';
import type { GovernedState } from './governed-state.ts';
import type { Operator } from './operator.ts';

/** The peg that a call is about, as its bridge has it. */
export interface PegBefore extends Peg {
  /** Flat part of the fee, in base units of `token`. */
  readonly flat: bigint;
  readonly basisPoints: number;
  readonly departMinimum: bigint;
  readonly symbol: string;
  /** The token that this bridge takes and pays out; its minimum and limit are in units of it. */
  readonly token: TokenWords;
}

/** Read from the token itself; for display only. */
export interface TokenWords {
  readonly symbol: string;
  readonly decimals: number;
}

/** A transfer that a void names; `releasableAt` is zero when it is not parked. */
export interface ParkedBefore {
  readonly nonce: bigint;
  readonly recipient: Address;
  readonly amount: bigint;
  readonly releasableAt: bigint;
}

/** State that one call changes, read before the call. */
export interface Before {
  readonly state: GovernedState;
  readonly peg: PegBefore | undefined;
  readonly parked: readonly ParkedBefore[];
}

/** Symbol and decimals of a token; base units of the address when there is no token. */
async function tokenWords({ nodes }: ChainClient, address: Address): Promise<TokenWords> {
  if (isAddressEqual(address, COIN)) return { symbol: 'COIN', decimals: 18 };
  try {
    const call = { address, abi: erc20Abi } as const;
    const [symbol, decimals] = await Promise.all([
      view(nodes, { ...call, functionName: 'symbol' }),
      view(nodes, { ...call, functionName: 'decimals' }),
    ]);
    // SECURITY: the symbol of a main token is untrusted text; characters that could move a cursor are replaced.
    return { symbol: symbol.replaceAll(/[^\w.+-]/g, '?').slice(0, 24), decimals };
  } catch (error) {
    // A reader of the proposal must not mistake base units for tokens because a node is busy.
    if (isNodeFailure(error)) throw error;
    return { symbol: `of ${address}`, decimals: 0 };
  }
}

/** The peg as this bridge has it; undefined when it has none of this token. */
async function pegBefore({ sides }: Operator, state: GovernedState, token: Address): Promise<PegBefore | undefined> {
  const { nodes, address } = sides[state.chain];
  const call = { address, abi: mainBridgeAbi, functionName: 'peg', args: [token] } as const;
  const peg = await view(nodes, call).catch((error: unknown) => {
    if (isRefusal(error)) return undefined;
    throw error;
  });
  if (peg === undefined) return undefined;
  const [main, product] = await Promise.all([
    tokenWords(sides.main, peg.mainToken),
    tokenWords(sides.product, getAddress(token)),
  ]);
  const own = state.chain === 'main' ? main : product;
  return { ...peg, productToken: getAddress(token), symbol: product.symbol, token: own };
}

/** Reads what a call changes from. */
export async function readBefore(operator: Operator, state: GovernedState, call: ProposalCall): Promise<Before> {
  const token = call.args['productToken'];
  const opens = call.function === 'openPeg';
  const peg = typeof token === 'string' && !opens ? await pegBefore(operator, state, token as Address) : undefined;
  const nonces = call.args['nonces'];
  if (call.function !== 'voidParked' || !Array.isArray(nonces)) return { state, peg, parked: [] };
  const { nodes, address } = operator.sides[state.chain];
  const parked = await Promise.all(
    nonces.map(BigInt).map(async (nonce): Promise<ParkedBefore> => {
      const args = [token as Address, nonce] as const;
      const found = await view(nodes, { address, abi: mainBridgeAbi, functionName: 'parked', args });
      return { ...found, nonce, releasableAt: BigInt(found.releasableAt) };
    }),
  );
  return { state, peg, parked };
}
