import type { Address } from 'viem';

import { mainBridgeAbi } from '../protocol/abi.ts';
import type { Direction } from '../protocol/lane.ts';
import { type Peg, type Quote, type Rate, isLimited, quote, sameRate } from '../protocol/peg.ts';
import type { BridgeReader } from './bridge-client.ts';
import type { FeeInfo } from './fee.ts';
import { type TokenInfo, readTokenInfo } from './token-info.ts';

/** A bridge on each chain; each names the other as its counterpart. */
export interface BridgePair {
  readonly main: BridgeReader;
  readonly product: BridgeReader;
}

/** An outflow limit, in base units of the token that is paid out. */
export interface LimitInfo {
  readonly capacity: bigint;
  readonly refillPerSecond: bigint;
  /** The amount that could leave now without being parked. */
  readonly available: bigint;
}

/** A peg configured consistently at both bridges. */
export interface PegInfo extends Rate {
  readonly main: TokenInfo;
  readonly product: TokenInfo;
  /** In main base units. */
  readonly minimumDeposit: bigint;
  /** In product base units. */
  readonly minimumRedeem: bigint;
  readonly depositFee: FeeInfo;
  readonly redeemFee: FeeInfo;
  /** Refuses deposits; redeems remain possible. */
  readonly retired: boolean;
  /** Undefined when there is no limit. */
  readonly withdrawLimit: LimitInfo | undefined;
  readonly mintLimit: LimitInfo | undefined;
}

/**
 * All pegs configured consistently at both bridges, in order of creation. Omits a peg that exists at only one bridge,
 * or that they describe differently: signers do not sign its transfers.
 * @throws viem's errors when a node does not respond.
 */
export async function pegs(pair: BridgePair): Promise<PegInfo[]> {
  const [ofMain, ofProduct] = await Promise.all([tokensOf(pair.main), tokensOf(pair.product)]);
  const known = ofProduct.filter((token) => ofMain.includes(token));
  const found = await Promise.all(known.map((productToken) => readPeg(pair, productToken)));
  return found.filter((peg) => peg !== undefined);
}

const tokensOf = ({ bridge, reader }: BridgeReader) =>
  reader.readContract({ address: bridge, abi: mainBridgeAbi, functionName: 'pegs' });

const limitOf = (peg: Peg): LimitInfo | undefined =>
  isLimited(peg)
    ? { capacity: peg.capacity, refillPerSecond: peg.refillPerSecond, available: peg.available }
    : undefined;

const feeInfoOf = ({ flat, basisPoints }: FeeInfo): FeeInfo => ({ flat, basisPoints });

async function readPeg({ main, product }: BridgePair, productToken: Address): Promise<PegInfo | undefined> {
  const ask = ({ bridge, reader }: BridgeReader) =>
    reader.readContract({ address: bridge, abi: mainBridgeAbi, functionName: 'peg', args: [productToken] });
  const [mainPeg, productPeg] = await Promise.all([ask(main), ask(product)]);
  if (!sameRate(mainPeg, productPeg)) return undefined;
  const { mainToken, numerator, denominator, retired } = mainPeg;
  return {
    mainToken,
    productToken,
    numerator,
    denominator,
    main: await readTokenInfo(main.reader, mainToken),
    product: await readTokenInfo(product.reader, productToken),
    minimumDeposit: mainPeg.minimum,
    minimumRedeem: productPeg.minimum,
    depositFee: feeInfoOf(mainPeg),
    redeemFee: feeInfoOf(productPeg),
    retired,
    withdrawLimit: limitOf(mainPeg),
    mintLimit: limitOf(productPeg),
  };
}

/** The amount that arrives for `amount` base units of the departing token: exact, or the reason for its refusal. */
export const quoteOf = (peg: PegInfo, direction: Direction, amount: bigint): Quote =>
  quote(peg, direction, amount, direction === 'mint' ? peg.minimumDeposit : peg.minimumRedeem);
