import {
  type Abi,
  type Address,
  type BlockTag,
  type ContractFunctionArgs,
  type ContractFunctionName,
  type ContractFunctionReturnType,
  type Hex,
  decodeErrorResult,
  decodeFunctionResult,
  encodeFunctionData,
  getAddress,
  numberToHex,
  prepareEncodeFunctionData,
} from 'viem';

import { PegwayError } from '../../protocol/errors.ts';
import type { Direction, Side, Transfer } from '../../protocol/lane.ts';
import type { Peg } from '../../protocol/peg.ts';
import type { Head } from './finality.ts';
import { mainBridgeAbi, productBridgeAbi } from '../../protocol/abi.ts';
import { type RpcQuorum, asHex } from './rpc-quorum.ts';
import { isLowFunds } from './revert.ts';
import { RpcError } from './rpc-errors.ts';

/** One bridge at the operator's nodes. */
export interface BridgeAt {
  readonly side: Side;
  readonly address: Address;
  readonly nodes: RpcQuorum;
}

/** Everything that both sides have alike is read with the main side's ABI. */
const abiOf = (side: Side): typeof mainBridgeAbi | typeof productBridgeAbi =>
  side === 'main' ? mainBridgeAbi : productBridgeAbi;

/**
 * A block, by its hash where one is known (EIP-1898): a node that has another block at that height, or not this one's
 * state, returns an error instead of another block's state.
 */
export type At = bigint | Pinned | Extract<BlockTag, 'latest' | 'finalized'>;

/** A block with a hash that the node quorum shares. */
export type Pinned = Pick<Head, 'number' | 'hash'>;

export const blockParameter = (at: At): string | { readonly blockHash: Hex } => {
  if (typeof at === 'bigint') return numberToHex(at);
  return typeof at === 'string' ? at : { blockHash: at.hash };
};

/** The functions of an ABI by name, with their selectors. Overloaded ones are left out. */
function functionsOf(abi: Abi) {
  const named = Map.groupBy(
    abi.filter((item) => item.type === 'function'),
    ({ name }) => name,
  );
  const single = [...named].filter(([, overloads]) => overloads.length === 1);
  return new Map(single.map(([name, item]) => [name, prepareEncodeFunctionData({ abi: item, functionName: name })]));
}

/** Given a whole ABI, viem searches it and hashes the function's signature at every call: half of the cost of a view. */
const bridgeFunctions = new Map<Abi, ReturnType<typeof functionsOf>>(
  [mainBridgeAbi, productBridgeAbi].map((abi) => [abi, functionsOf(abi)]),
);

const nameOf = (at: At): bigint | string => (typeof at === 'object' ? at.number : at);

/** `eth_call` of a view; `agreed` asks the quorum, otherwise one node: choose by what a lie would cost. */
export async function view<
  const abi extends Abi,
  name extends ContractFunctionName<abi, 'view' | 'pure'>,
  const args extends ContractFunctionArgs<abi, 'view' | 'pure', name>,
>(
  nodes: RpcQuorum,
  call: { address: Address; abi: abi; functionName: name; args?: args; at?: At; agreed?: boolean },
): Promise<ContractFunctionReturnType<abi, 'view' | 'pure', name, args>> {
  const { abi, functionName: name, args } = call;
  const prepared = bridgeFunctions.get(abi)?.get(name) ?? { abi, functionName: name };
  const data = encodeFunctionData({ ...prepared, args } as never);
  const parameters = [{ to: call.address, data }, blockParameter(call.at ?? 'latest')];
  const result =
    call.agreed === true
      ? await nodes.agree<Hex>('eth_call', parameters, asHex)
      : await nodes.one<Hex>('eth_call', parameters);
  if (result === '0x') {
    throw new PegwayError(
      `${nodes.name} chain: no contract at ${call.address} at block ${nameOf(call.at ?? 'latest')}`,
      {
        code: 'not-final',
        hint: 'it was deployed in a block that is not final yet, or the address is wrong',
      },
    );
  }
  return decodeFunctionResult({ abi: prepared.abi, functionName: name, args, data: result } as never) as never;
}

/** All in seconds. */
export type Delays = Readonly<Record<'governanceDelay' | 'parkDelay' | 'pauseDuration' | 'bounceDelay', number>>;

/** The bridge's signers, pause state and delays. */
export interface Authority {
  readonly signers: readonly Address[];
  readonly threshold: number;
  readonly signerEpoch: bigint;
  readonly delays: Delays;
  /** In seconds since the epoch, by the chain's clock: compare it with a head's timestamp. */
  readonly pausedUntil: bigint;
}

export async function readAuthority(
  { nodes, address }: Pick<BridgeAt, 'nodes' | 'address'>,
  at: At = 'latest',
): Promise<Authority> {
  const call = { address, abi: mainBridgeAbi, at, agreed: true } as const;
  const [signers, threshold, signerEpoch, delays, pausedUntil] = await Promise.all([
    view(nodes, { ...call, functionName: 'signers' }),
    view(nodes, { ...call, functionName: 'threshold' }),
    view(nodes, { ...call, functionName: 'signerEpoch' }),
    view(nodes, { ...call, functionName: 'delays' }),
    view(nodes, { ...call, functionName: 'pausedUntil' }),
  ]);
  return {
    signers: signers.map((signer) => getAddress(signer)),
    threshold: Number(threshold),
    ...{ signerEpoch, delays, pausedUntil },
  };
}

export const signerEpochOf = ({ nodes, address }: BridgeAt): Promise<bigint> =>
  view(nodes, { address, abi: mainBridgeAbi, functionName: 'signerEpoch', agreed: true });

/** Cached state of one bridge, valid until a `changed` event. */
export interface BridgeState extends Omit<Authority, 'delays'> {
  readonly bounceDelay: bigint;
  /** By checksummed product token. */
  readonly pegs: ReadonlyMap<Address, Peg>;
}

export async function readState({ nodes, address, side }: BridgeAt, at: At = 'latest'): Promise<BridgeState> {
  const [{ delays, ...authority }, tokens] = await Promise.all([
    readAuthority({ nodes, address }, at),
    view(nodes, { address, abi: mainBridgeAbi, functionName: 'pegs', at, agreed: true }),
  ]);
  const pegs = await Promise.all(tokens.map((token) => readPeg(nodes, address, token, at)));
  if (pegs.some((peg) => peg.numerator === 0n || peg.denominator === 0n)) {
    throw new PegwayError(`${side} bridge: a peg without a rate`, { code: 'proof-invalid' });
  }
  return {
    ...authority,
    bounceDelay: BigInt(delays.bounceDelay),
    pegs: new Map(pegs.map((peg) => [getAddress(peg.productToken), toPeg(peg)])),
  };
}

/** Index of `available` in the answer of `peg`. */
const AVAILABLE_WORD = 9;

async function readPeg(nodes: RpcQuorum, address: Address, token: Address, at: At): Promise<Peg> {
  const call = { abi: mainBridgeAbi, functionName: 'peg', args: [token] } as const;
  // `available` changes with every block: the quorum agrees on everything else.
  const data = await nodes.agree<Hex>(
    'eth_call',
    [{ to: address, data: encodeFunctionData(call) }, blockParameter(at)],
    (answer) => {
      const words = asHex(answer);
      const start = 2 + 64 * AVAILABLE_WORD;
      return words.slice(0, start) + words.slice(start + 64);
    },
  );
  return decodeFunctionResult({ ...call, data });
}

const toPeg = (peg: Peg): Peg => ({
  ...peg,
  mainToken: getAddress(peg.mainToken),
  productToken: getAddress(peg.productToken),
});

/** The peg's fee pot, in base units of the token that this side accepts. */
export const feePotAt = ({ nodes, address }: BridgeAt, productToken: Address, at: At): Promise<bigint> =>
  view(nodes, { address, abi: mainBridgeAbi, functionName: 'feePot', args: [productToken], at, agreed: true });

export const outboundNonce = ({ nodes, address }: BridgeAt, productToken: Address, at: At): Promise<bigint> =>
  view(nodes, { address, abi: mainBridgeAbi, functionName: 'outboundNonce', args: [productToken], at, agreed: true });

export const lastOutboundBlock = ({ nodes, address }: BridgeAt, productToken: Address, at: At): Promise<bigint> =>
  view(nodes, { address, abi: mainBridgeAbi, functionName: 'lastOutboundBlock', args: [productToken], at });

export const outboundBlock = (
  { nodes, address }: BridgeAt,
  productToken: Address,
  word: bigint,
  at: At,
): Promise<bigint> =>
  view(nodes, { address, abi: mainBridgeAbi, functionName: 'outboundBlock', args: [productToken, word], at });

/** Words per call: a 32 kB response. */
const WORDS_AT_ONCE = 1_024n;

export async function executedWords(
  { nodes, address }: BridgeAt,
  productToken: Address,
  count: bigint,
  at: At,
  start = 0n,
): Promise<bigint[]> {
  const words: bigint[] = [];
  for (let first = start; first < count; first += WORDS_AT_ONCE) {
    const size = count - first < WORDS_AT_ONCE ? count - first : WORDS_AT_ONCE;
    const args = [productToken, first, size] as const;
    const call = { address, abi: mainBridgeAbi, functionName: 'executedWords', args, at, agreed: true } as const;
    words.push(...(await view(nodes, call)));
  }
  return words;
}

export const approvalsOf = ({ nodes, address }: BridgeAt, digest: Hex): Promise<number> =>
  view(nodes, { address, abi: mainBridgeAbi, functionName: 'approvals', args: [digest] });

/** Parked nonces per call: a 32 kB response. */
const PARKED_AT_ONCE = 1_024n;

/**
 * The nonces of all parked transfers, in the bridge's order.
 * @param at Pins all pages to the state of one block.
 */
export async function parkedNonces(
  { nodes, address }: BridgeAt,
  productToken: Address,
  at: bigint | Pinned,
): Promise<readonly bigint[]> {
  const call = { address, abi: mainBridgeAbi, at, agreed: true } as const;
  const count = await view(nodes, { ...call, functionName: 'parkedCount', args: [productToken] });
  const nonces: bigint[] = [];
  for (let offset = 0n; offset < count; offset += PARKED_AT_ONCE) {
    const args = [productToken, offset, PARKED_AT_ONCE] as const;
    nonces.push(...(await view(nodes, { ...call, functionName: 'parkedNonces', args })));
  }
  return nonces;
}

/**
 * The number of parked transfers, and one page of their nonces: another one with each turn, all of them in as many turns as there
 * are pages. Two requests, however many are parked.
 */
export async function parkedPage(
  { nodes, address }: BridgeAt,
  productToken: Address,
  at: bigint | Pinned,
  turn: bigint,
): Promise<{ readonly count: bigint; readonly nonces: readonly bigint[] }> {
  const call = { address, abi: mainBridgeAbi, at, agreed: true } as const;
  const count = await view(nodes, { ...call, functionName: 'parkedCount', args: [productToken] });
  if (count === 0n) return { count, nonces: [] };
  const pages = (count + PARKED_AT_ONCE - 1n) / PARKED_AT_ONCE;
  const args = [productToken, (turn % pages) * PARKED_AT_ONCE, PARKED_AT_ONCE] as const;
  return { count, nonces: await view(nodes, { ...call, functionName: 'parkedNonces', args }) };
}

/** The bridge's record of a parked transfer. */
export interface Parked {
  readonly recipient: Address;
  /** In base units of the destination token. */
  readonly amount: bigint;
  /** Earliest release, in seconds of the chain's clock. */
  readonly releasableAt: bigint;
}

/** @returns undefined when the nonce is not parked. */
export async function parkedAt(
  { nodes, address }: BridgeAt,
  productToken: Address,
  nonce: bigint,
  at: At,
): Promise<Parked | undefined> {
  const { recipient, amount, releasableAt } = await view(nodes, {
    ...{ address, abi: mainBridgeAbi, functionName: 'parked', args: [productToken, nonce] },
    ...{ at, agreed: typeof at !== 'string' },
  });
  if (releasableAt === 0) return undefined;
  return { recipient: getAddress(recipient), amount, releasableAt: BigInt(releasableAt) };
}

/** True if the parked record matches its source event. */
export const isParkedAs = (item: Parked, { recipient, amount }: Transfer): boolean =>
  item.recipient === getAddress(recipient) && item.amount === amount;

/**
 * First refusal by the main token of the recipient and amount of this nonce's latest refusal, in seconds of the chain's
 * clock; 0 without a refusal and after a void.
 */
export const failedAt = ({ nodes, address }: BridgeAt, productToken: Address, nonce: bigint, at: At): Promise<bigint> =>
  view(nodes, {
    ...{ address, abi: mainBridgeAbi, functionName: 'failedAt', args: [productToken, nonce] },
    ...{ at, agreed: typeof at !== 'string' },
  });

export const statusOf = ({ nodes, address }: BridgeAt, productToken: Address, nonce: bigint): Promise<number> =>
  view(nodes, { address, abi: mainBridgeAbi, functionName: 'status', args: [productToken, nonce] });

/**
 * Fields that a proposal must name: the bridge's next governance nonce, and the epoch in which its signer list began.
 */
export interface NextProposal {
  readonly nonce: bigint;
  readonly listEpoch: bigint;
}

export async function nextProposal({ nodes, address }: BridgeAt): Promise<NextProposal> {
  const call = { address, abi: mainBridgeAbi, agreed: true } as const;
  const [nonce, listEpoch] = await Promise.all([
    view(nodes, { ...call, functionName: 'governanceNonce' }),
    view(nodes, { ...call, functionName: 'listEpoch' }),
  ]);
  return { nonce, listEpoch };
}

/** The nonce that the next governance proposal must carry. */
export const governanceNonce = ({ nodes, address }: BridgeAt): Promise<bigint> =>
  view(nodes, { address, abi: mainBridgeAbi, functionName: 'governanceNonce', agreed: true });

export interface Execution {
  readonly direction: Direction;
  readonly productToken: Address;
  readonly firstNonce: bigint;
  readonly transfers: Hex;
  readonly signatures: Hex;
  /** Hash of the source block of the last transfer. */
  readonly sourceBlock: Hex;
}

/** Call data that executes a batch, or stores its signatures while they are below the quorum. */
export function encodeExecution({ direction, ...execution }: Execution): Hex {
  const args = executionArgs(execution);
  return direction === 'mint'
    ? encodeFunctionData({ abi: productBridgeAbi, functionName: 'mint', args })
    : encodeFunctionData({ abi: mainBridgeAbi, functionName: 'withdraw', args });
}

/** Withdrawal with a call frame per payment, for tokens that signal failure ambiguously. */
export const encodeGuardedWithdrawal = (execution: Omit<Execution, 'direction'>): Hex =>
  encodeFunctionData({ abi: mainBridgeAbi, functionName: 'withdrawGuarded', args: executionArgs(execution) });

const executionArgs = ({
  productToken,
  firstNonce,
  transfers,
  signatures,
  sourceBlock,
}: Omit<Execution, 'direction'>) => [productToken, firstNonce, transfers, signatures, sourceBlock] as const;

export const encodeRelease = (productToken: Address, nonces: readonly bigint[]): Hex =>
  encodeFunctionData({ abi: mainBridgeAbi, functionName: 'release', args: [productToken, nonces] });

/** Call data that turns a refused withdrawal into a deposit back to the redeemer. */
export function encodeBounce(
  { lane, nonce, sender, recipient, amount }: Transfer,
  deadline: bigint,
  signatures: Hex,
): Hex {
  const { productToken } = lane;
  const item = { productToken, nonce, redeemer: sender, recipient, mainAmount: amount, deadline };
  return encodeFunctionData({ abi: mainBridgeAbi, functionName: 'bounce', args: [item, signatures] });
}

/** Call data that keeps signatures over a digest at the bridge, for a quorum that completes later. */
export const encodeApproval = (digest: Hex, signatures: Hex): Hex =>
  encodeFunctionData({ abi: mainBridgeAbi, functionName: 'approve', args: [digest, signatures] });

/** A simulated call that the bridge reverted, with the name of the contract error. */
export class Refused extends PegwayError {
  override readonly name = 'Refused';
  readonly error: string;

  constructor(side: Side, error: string, args: readonly unknown[], cause: unknown) {
    super(`the ${side} bridge refuses: ${error}(${args.map(String).join(', ')})`, { cause });
    this.error = error;
  }
}

/** Estimates gas by simulation. @throws {Refused} when the bridge reverts. */
export async function estimate({ side, address, nodes }: BridgeAt, from: Address, data: Hex): Promise<bigint> {
  try {
    return BigInt(await nodes.one<Hex>('eth_estimateGas', [{ from, to: address, data }]));
  } catch (error) {
    throw error instanceof RpcError ? refusal(side, error) : error;
  }
}

function refusal(side: Side, error: RpcError): PegwayError {
  if (isLowFunds(error)) return new PegwayError(error.message, { code: 'low-funds', cause: error });
  if (error.data === undefined || error.data === '0x') return error;
  try {
    const { errorName, args } = decodeErrorResult({ abi: abiOf(side), data: error.data });
    return new Refused(side, errorName, args, error);
  } catch {
    return error;
  }
}
