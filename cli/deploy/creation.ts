import {
  type Address,
  type ContractConstructorArgs,
  type Hex,
  encodeDeployData,
  getContractAddress,
  getCreate2Address,
  numberToHex,
  zeroAddress,
} from 'viem';

import { mainBridgeAbi, productBridgeAbi, productTokenAbi, rewardsAbi } from '../../protocol/abi.ts';
import artifacts from '../../protocol/artifacts.json' with { type: 'json' };
import type { Side } from '../../protocol/lane.ts';
import type { Delays } from '../../relayer/chain/bridge-contract.ts';
import { type BridgeContract, type Links, linkedBytecode } from './libraries.ts';
import type { Satellites } from './runtime-code.ts';

/** An outflow limit, in base units of the token that is paid out; a `capacity` of `2n ** 128n - 1n` for none. */
export interface LimitPlan {
  readonly capacity: bigint;
  readonly refillPerSecond: bigint;
}

/** The fee of one side of a peg, in base units of the token that is given. */
export interface FeePlan {
  readonly flat: bigint;
  readonly basisPoints: number;
  readonly maximumFlat: bigint;
  readonly departMinimum: bigint;
}

/** One peg on both sides; amounts in base units. */
export interface PegPlan {
  readonly mainToken: Address;
  readonly name: string;
  readonly symbol: string;
  readonly decimals: number;
  readonly numerator: bigint;
  readonly denominator: bigint;
  readonly minimumDeposit: bigint;
  readonly minimumRedeem: bigint;
  readonly gasCap: number;
  readonly withdrawLimit: LimitPlan;
  readonly mintLimit: LimitPlan;
  readonly depositFee: FeePlan;
  readonly redeemFee: FeePlan;
}

/** The constructor arguments of both bridges of a pair. */
export interface PairPlan {
  readonly signers: readonly Address[];
  readonly threshold: number;
  readonly delays: Delays;
  /** Undefined for none. */
  readonly exits: Address | undefined;
  readonly gate: Address | undefined;
  readonly pegs: readonly PegPlan[];
}

/** The account and nonce that create a contract; its address follows from them. */
export interface Origin {
  readonly chainId: number;
  readonly from: Address;
  readonly nonce: number;
}

/** A contract that is to be created. */
export interface Creation<args = unknown, contract = BridgeContract> {
  readonly contract: contract;
  readonly origin: Origin;
  readonly address: Address;
  readonly args: args;
  /** The libraries that its code calls, on its own chain. */
  readonly links: Links;
  /** Creation code and arguments: what the transaction carries. */
  readonly data: Hex;
}

export type MainArguments = ContractConstructorArgs<typeof mainBridgeAbi>;
export type ProductArguments = ContractConstructorArgs<typeof productBridgeAbi>;
export type RewardsArguments = ContractConstructorArgs<typeof rewardsAbi>;

export interface PairCreation {
  readonly main: Creation<MainArguments>;
  readonly product: Creation<ProductArguments>;
  readonly rewards: Creation<RewardsArguments, 'Rewards'> | undefined;
  /** In the order of the plan's pegs. */
  readonly productTokens: readonly Address[];
}

const feeLimits = ({ maximumFlat, departMinimum }: FeePlan) => ({ maximumFlat, departMinimum });

/** What `MainBridge.openPeg` and its constructor take. */
export const mainPeg = (peg: PegPlan, productToken: Address) => ({
  productToken,
  mainToken: peg.mainToken,
  numerator: peg.numerator,
  denominator: peg.denominator,
  minimumDeposit: peg.minimumDeposit,
  gasCap: peg.gasCap,
  ...peg.withdrawLimit,
  ...feeLimits(peg.depositFee),
});

/** What `ProductBridge.openPeg` and its constructor take. */
export const productPeg = (peg: PegPlan) => ({
  mainToken: peg.mainToken,
  name: peg.name,
  symbol: peg.symbol,
  decimals: peg.decimals,
  numerator: peg.numerator,
  denominator: peg.denominator,
  minimumRedeem: peg.minimumRedeem,
  ...peg.mintLimit,
  ...feeLimits(peg.redeemFee),
});

/** The nonces of a pair; none for `rewards` when the bridge takes no fees. */
export interface PairOrigins extends Readonly<Record<Side, Origin>> {
  readonly rewards: Origin | undefined;
}

/**
 * Two bridges that name each other, and their rewards contract: the addresses follow from the deployers' nonces, the
 * product tokens' from the product bridge's.
 */
export function createPair(plan: PairPlan, origins: PairOrigins, links: Readonly<Record<Side, Links>>): PairCreation {
  const mainBridge = createdAddress(origins.main);
  const productBridge = createdAddress(origins.product);
  const rewards = origins.rewards && createRewards(origins.rewards, mainBridge);
  const satellites: Satellites = {
    rewards: rewards?.address ?? zeroAddress,
    exits: plan.exits ?? zeroAddress,
    gate: plan.gate ?? zeroAddress,
  };
  const productTokens = plan.pegs.map((peg, index) => productTokenAddress(productBridge, peg, index));
  const shared = [[...plan.signers], BigInt(plan.threshold), plan.delays] as const;
  const mainArguments: MainArguments = [
    BigInt(origins.product.chainId),
    productBridge,
    satellites,
    ...shared,
    plan.pegs.map((peg, index) => mainPeg(peg, at(productTokens, index))),
  ];
  const productArguments: ProductArguments = [
    BigInt(origins.main.chainId),
    mainBridge,
    satellites.rewards,
    ...shared,
    plan.pegs.map(productPeg),
  ];
  return {
    main: {
      contract: 'MainBridge',
      origin: origins.main,
      address: mainBridge,
      args: mainArguments,
      links: links.main,
      data: encodeDeployData({
        abi: mainBridgeAbi,
        bytecode: linkedBytecode('MainBridge', links.main),
        args: mainArguments,
      }),
    },
    product: {
      contract: 'ProductBridge',
      origin: origins.product,
      address: productBridge,
      args: productArguments,
      links: links.product,
      data: encodeDeployData({
        abi: productBridgeAbi,
        bytecode: linkedBytecode('ProductBridge', links.product),
        args: productArguments,
      }),
    },
    rewards,
    productTokens,
  };
}

function createRewards(origin: Origin, mainBridge: Address): Creation<RewardsArguments, 'Rewards'> {
  const args: RewardsArguments = [mainBridge];
  const data = encodeDeployData({ abi: rewardsAbi, bytecode: bytecodeOf('Rewards'), args });
  return { contract: 'Rewards', origin, address: createdAddress(origin), args, links: {}, data };
}

export const bytecodeOf = (contract: keyof typeof artifacts.contracts): Hex =>
  artifacts.contracts[contract].bytecode as Hex;

export const createdAddress = ({ from, nonce }: Origin): Address => getContractAddress({ from, nonce: BigInt(nonce) });

/** The twin of `ProductBridge._open`: CREATE2 with the peg's index as salt. */
export const productTokenAddress = (
  bridge: Address,
  { name, symbol, decimals }: Pick<PegPlan, 'name' | 'symbol' | 'decimals'>,
  index: number,
): Address =>
  getCreate2Address({
    from: bridge,
    salt: numberToHex(index, { size: 32 }),
    bytecode: encodeDeployData({
      abi: productTokenAbi,
      bytecode: bytecodeOf('ProductToken'),
      args: [name, symbol, decimals],
    }),
  });

/** The item at a place that is known to be there. */
export function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new RangeError(`nothing at ${index}`);
  return item;
}
