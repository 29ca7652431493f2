import { type Address, isAddress, isAddressEqual } from 'viem';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import type { Side } from '../../protocol/lane.ts';
import type { Rate } from '../../protocol/peg.ts';
import { feePotAt, view } from '../../relayer/chain/bridge-contract.ts';
import type { ChainClient } from '../../relayer/chain/chain-client.ts';
import type { TokenName } from '../inspect/format.ts';
import type { OpenChainClients } from '../inspect/target.ts';
import { nameOf } from '../inspect/token-name.ts';
import { wrong } from '../output.ts';

/** The fee of one side of a peg, at the newest block; amounts in base units of `token`. */
export interface SideFees {
  readonly side: Side;
  /** The token that is given on this side. */
  readonly token: TokenName;
  readonly flat: bigint;
  readonly basisPoints: number;
  readonly maximumFlat: bigint;
  readonly pot: bigint;
  readonly departMinimum: bigint;
  /** Gas for one payment; 0 on the product side. */
  readonly gasCap: number;
}

export interface PegFees {
  readonly rate: Rate;
  readonly main: SideFees;
  readonly product: SideFees;
}

/**
 * Reads the fees of all pegs, or of one.
 * @param only Symbol or address of a product token.
 * @throws {PegwayError} exit code 2 when there is no such peg.
 */
export async function readFees(chains: OpenChainClients, only: string | undefined): Promise<PegFees[]> {
  const { nodes, address } = chains.main;
  const tokens = await view(nodes, { address, abi: mainBridgeAbi, functionName: 'pegs', agreed: true });
  const pegs = await Promise.all(tokens.map((token) => readPeg(chains, token)));
  if (only === undefined) return pegs;
  const isMeant = ({ rate, product }: PegFees) =>
    isAddress(only, { strict: false }) ? isAddressEqual(rate.productToken, only) : product.token.symbol === only;
  const found = pegs.filter(isMeant);
  if (found.length > 0) return found;
  throw wrong(
    `--peg: no peg is named ${only}`,
    `expected one of ${pegs.map(({ product }) => product.token.symbol).join(', ')}`,
  );
}

async function readPeg({ main, product }: OpenChainClients, productToken: Address): Promise<PegFees> {
  const [ofMain, ofProduct] = await Promise.all([readSide(main, productToken), readSide(product, productToken)]);
  const { mainToken, numerator, denominator } = ofMain;
  const [mainName, productName] = await Promise.all([nameOf(main, mainToken), nameOf(product, productToken)]);
  const sideOf = (side: Side, { flat, basisPoints, maximumFlat, departMinimum, gasCap, pot }: Reading): SideFees => {
    const token = side === 'main' ? mainName : productName;
    return { side, token, flat, basisPoints, maximumFlat, departMinimum, gasCap, pot };
  };
  return {
    rate: { mainToken, productToken, numerator, denominator },
    main: sideOf('main', ofMain),
    product: sideOf('product', ofProduct),
  };
}

type Reading = Awaited<ReturnType<typeof readSide>>;

async function readSide(chain: ChainClient, productToken: Address) {
  const call = { address: chain.address, abi: mainBridgeAbi, functionName: 'peg', args: [productToken] } as const;
  const [peg, pot] = await Promise.all([
    view(chain.nodes, { ...call, agreed: true }),
    feePotAt(chain, productToken, 'latest'),
  ]);
  return { ...peg, pot };
}

/** The part of a pot that leaves in one call, in base units: on the product side what converts. Pure. */
export function leavingOf({ rate }: PegFees, { side, pot, departMinimum }: SideFees): bigint {
  const convertible = side === 'main' ? pot : pot - (pot % rate.numerator);
  return convertible < departMinimum ? 0n : convertible;
}
