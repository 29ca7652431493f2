import { type Address, erc20Abi, getAddress, isAddressEqual } from 'viem';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import { COIN, type Peg } from '../../protocol/peg.ts';
import { view } from '../../relayer/chain/bridge-contract.ts';
import type { ChainClient } from '../../relayer/chain/chain-client.ts';
import { isNodeFailure, isRefusal } from '../../relayer/chain/revert.ts';
import type { ProposalCall } from './proposal.ts';
import { moment } from './chain-time.ts';
import { type GovernedState, readGoverned } from './governed-state.ts';
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

/** The tokens of a peg that a call opens, and the state of the same peg at the other bridge. */
export interface OpenedPeg {
  readonly main: TokenWords;
  readonly product: TokenWords;
  /** For people. */
  readonly other: string;
}

/** State that one call changes, read before the call. */
export interface Before {
  readonly opened: OpenedPeg | undefined;
  /** The effect together with the other bridge, for people; undefined when the call concerns one bridge alone. */
  readonly beside: string | undefined;
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

/** The tokens of a new peg, and whether the other bridge has, or will have, the same peg. */
async function openedPeg(operator: Operator, state: GovernedState, { args }: ProposalCall): Promise<OpenedPeg> {
  const { sides } = operator;
  const main = await tokenWords(sides.main, args['mainToken'] as Address);
  if (state.chain === 'product') {
    const symbol = String(args['symbol'])
      .replaceAll(/[^\w.+-]/g, '?')
      .slice(0, 24);
    return {
      main,
      product: { symbol, decimals: Number(args['decimals']) },
      other: 'opened afterwards, by its own proposal',
    };
  }
  const token = args['productToken'] as Address;
  const product = await tokenWords(sides.product, token);
  const there = await pegBefore(operator, { ...state, chain: 'product' }, token);
  const same =
    there?.mainToken === getAddress(String(args['mainToken'])) &&
    there.numerator.toString() === args['numerator'] &&
    there.denominator.toString() === args['denominator'];
  const other =
    there === undefined
      ? 'not open yet: its proposal must be executed first'
      : same
        ? 'open with the same main token and rate'
        : 'OPEN WITH ANOTHER MAIN TOKEN OR RATE: signers would sign nothing for this peg';
  return { main, product, other };
}

/** The other bridge beside this change: its signers, delays or pause. */
async function besideOther(operator: Operator, state: GovernedState, call: ProposalCall): Promise<string | undefined> {
  if (!['setSigners', 'setDelays', 'unpause', 'prolongPause'].includes(call.function)) return undefined;
  const other = state.chain === 'main' ? 'product' : 'main';
  const { signers, threshold, delays, pausedUntil, timestamp } = await readGoverned(operator.sides[other]);
  const name = `the ${other} bridge`;
  if (call.function === 'setSigners') {
    const next = call.args['newSigners'] as readonly string[];
    const same = next.length === signers.length && signers.every((signer, index) => signer === next[index]);
    const also = Number(call.args['newThreshold']) === threshold;
    return same && also
      ? `${name} has these signers and this threshold already`
      : `${name} keeps ${threshold} of ${signers.length} signers until a proposal of its own is executed`;
  }
  if (call.function === 'setDelays') {
    const same = Object.entries<number>(delays).every(([field, seconds]) => Number(call.args[field]) === seconds);
    return same ? `${name} has these delays already` : `${name} keeps other delays`;
  }
  return pausedUntil > timestamp ? `${name} stays paused until ${moment(pausedUntil)}` : `${name} is not paused`;
}

/** Reads what a call changes from. */
export async function readBefore(operator: Operator, state: GovernedState, call: ProposalCall): Promise<Before> {
  const token = call.args['productToken'];
  const opens = call.function === 'openPeg';
  const peg = typeof token === 'string' && !opens ? await pegBefore(operator, state, token as Address) : undefined;
  const opened = opens ? await openedPeg(operator, state, call) : undefined;
  const beside = await besideOther(operator, state, call);
  const nonces = call.args['nonces'];
  if (call.function !== 'voidParked' || !Array.isArray(nonces)) return { state, peg, parked: [], opened, beside };
  const { nodes, address } = operator.sides[state.chain];
  const parked = await Promise.all(
    nonces.map(BigInt).map(async (nonce): Promise<ParkedBefore> => {
      const args = [token as Address, nonce] as const;
      const found = await view(nodes, { address, abi: mainBridgeAbi, functionName: 'parked', args });
      return { ...found, nonce, releasableAt: BigInt(found.releasableAt) };
    }),
  );
  return { state, peg, parked, opened, beside };
}
