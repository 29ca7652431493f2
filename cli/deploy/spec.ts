import { type Address, isAddressEqual, zeroAddress } from 'viem';

import { COIN, COIN_GAS_CAP, MAXIMUM_AMOUNT, TOKEN_GAS_CAP } from '../../protocol/peg.ts';
import { type FieldProblem, fieldPath } from '../../relayer/field-problems.ts';
import type { FeePlan, LimitPlan, PairPlan, PegPlan } from './creation.ts';
import type { CheckedFile } from './deployment-file.ts';
import type { ExitWindows } from './runtime-code.ts';

/** A chain of the file. */
export interface ChainSpec {
  readonly name: string;
  readonly chainId: number;
  readonly rpcUrl: string;
  readonly maxFeePerGas: bigint | undefined;
}

/** The product token of another bridge's peg, locked as the main token here. */
export interface TokenReference {
  readonly bridge: string;
  /** The peg's symbol. */
  readonly peg: string;
}

/** One peg; amounts in base units. */
export interface PegSpec extends Omit<PegPlan, 'mainToken'> {
  readonly mainToken: Address | TokenReference;
  readonly mainDecimals: number;
  readonly retired: boolean;
  /** Path in the file. */
  readonly path: string;
}

export interface BridgeSpec extends Omit<PairPlan, 'pegs' | 'exits'> {
  readonly name: string;
  readonly main: ChainSpec;
  readonly product: ChainSpec;
  /** True if it has a `Rewards` contract. */
  readonly rewards: boolean;
  /** Undefined for a bridge without an `Anchors` contract. */
  readonly anchors: { readonly maximumBlocksPerSecond: number } | undefined;
  /** Undefined for a bridge without exits. */
  readonly exits: ExitWindows | undefined;
  readonly addresses:
    | { readonly main: Address; readonly product: Address; readonly anchors?: Address | undefined }
    | undefined;
  readonly pegs: readonly PegSpec[];
  /** Names, relayers and contacts of signers; for people and configurations only. */
  readonly operators: CheckedFile['bridges'][string]['operators'];
}

/** A consistent deployment file. */
export interface Deployment {
  readonly devnet: boolean;
  readonly chains: readonly ChainSpec[];
  /** Ordered so that each bridge follows those that mint the tokens it locks. */
  readonly bridges: readonly BridgeSpec[];
}

type Tell = (path: readonly PropertyKey[], message: string) => void;
type FilePeg = CheckedFile['bridges'][string]['pegs'][number];
type FileBridge = CheckedFile['bridges'][string];

/** Resolves the file. Inconsistencies are added to `problems`; the result is valid only when there are none. */
export function toDeployment(file: CheckedFile, problems: FieldProblem[]): Deployment {
  const tell: Tell = (path, message) => problems.push({ path, message });
  const chains = Object.entries(file.chains).map(([name, chain]): ChainSpec => ({
    ...{ name, chainId: chain.chainId, rpcUrl: chain.rpcUrls[0] ?? '' },
    maxFeePerGas: chain.maxFeePerGas,
  }));
  for (const [index, { name, chainId }] of chains.entries()) {
    const before = chains.slice(0, index).find((other) => other.chainId === chainId);
    if (before !== undefined) {
      tell(['chains', name, 'chainId'], `expected another chain than chains.${before.name}.chainId`);
    }
  }

  const bridges = inOrder(file, tell).flatMap(([name, bridge]): BridgeSpec[] => {
    const path = ['bridges', name];
    const chainOf = (side: 'main' | 'product') => {
      const chain = chains.find((one) => one.name === bridge[side]);
      if (chain === undefined) tell([...path, side], `expected one of ${chains.map((one) => one.name).join(', ')}`);
      return chain;
    };
    const [main, product] = [chainOf('main'), chainOf('product')];
    if (main === undefined || product === undefined) return [];
    if (main === product) tell([...path, 'product'], 'expected another chain than main');
    checkSigners(bridge, path, tell);
    const { addresses, signers, threshold, delays, rewards, anchors, exits, gate, operators } = bridge;
    const pegs = bridge.pegs.flatMap((peg, index) => pegSpec(file, bridge, peg, [...path, 'pegs', index], tell));
    if (exits !== undefined && anchors === undefined) {
      tell([...path, 'exits'], 'expected anchors as well: exits settle as of an anchored block');
    }
    if (!rewards) checkFeeless(pegs, [...path, 'rewards'], tell);
    const satellites = { rewards, anchors, exits, gate };
    return [{ name, main, product, addresses, signers, threshold, delays, ...satellites, operators, pegs }];
  });
  return { devnet: file.devnet, chains, bridges };
}

function checkSigners({ signers, threshold }: FileBridge, path: readonly PropertyKey[], tell: Tell): void {
  for (const [index, signer] of signers.entries()) {
    const at = [...path, 'signers', index];
    if (isAddressEqual(signer, zeroAddress)) tell(at, 'expected a signer, not the zero address');
    const before = signers.slice(0, index).findIndex((other) => isAddressEqual(other, signer));
    if (before !== -1) tell(at, `expected each signer once, and it is signers[${before}] already`);
  }
  const size = signers.length;
  if (threshold * 2 <= size || threshold > size) {
    const least = Math.floor(size / 2) + 1;
    tell([...path, 'threshold'], `expected more than half of the ${size} signers and not more: ${least} to ${size}`);
  }
}

/** A bridge without a rewards contract refuses every fee. */
function checkFeeless(pegs: readonly PegSpec[], path: readonly PropertyKey[], tell: Tell): void {
  for (const peg of pegs) {
    for (const name of ['depositFee', 'redeemFee'] as const) {
      if (hasFee(peg[name])) tell(path, `expected true, since ${peg.path}.${name} is above zero`);
    }
  }
}

export const hasFee = ({ flat, basisPoints }: Pick<FeePlan, 'flat' | 'basisPoints'>): boolean =>
  flat > 0n || basisPoints > 0;

/** The bridges store flat fees in 112 bits. */
const LARGEST_FLAT = 2n ** 112n - 1n;

const isCoin = ({ mainToken }: FilePeg): boolean => 'address' in mainToken && isAddressEqual(mainToken.address, COIN);

const referenceOf = ({ mainToken }: FilePeg): TokenReference | undefined =>
  'bridge' in mainToken ? mainToken : undefined;

/** Orders bridges so that each follows those that mint the tokens it locks. */
function inOrder(file: CheckedFile, tell: Tell): [string, FileBridge][] {
  const ordered = new Map<string, FileBridge>();
  const visit = (name: string, bridge: FileBridge, from: readonly string[]): void => {
    if (ordered.has(name)) return;
    for (const [index, peg] of bridge.pegs.entries()) {
      const reference = referenceOf(peg);
      const other = reference === undefined ? undefined : file.bridges[reference.bridge];
      if (reference === undefined || other === undefined) continue;
      if ([...from, name].includes(reference.bridge)) {
        const path = ['bridges', name, 'pegs', index, 'mainToken', 'bridge'];
        return tell(path, 'expected a bridge that does not itself lock what this one mints');
      }
      visit(reference.bridge, other, [...from, name]);
    }
    ordered.set(name, bridge);
  };
  for (const [name, bridge] of Object.entries(file.bridges)) visit(name, bridge, []);
  return [...ordered];
}

/** Decimals of a peg's main token: from the file, or from the peg that mints it. */
function mainDecimalsOf(
  file: CheckedFile,
  bridge: FileBridge,
  { mainToken }: FilePeg,
  path: readonly PropertyKey[],
  tell: Tell,
): number | undefined {
  if ('decimals' in mainToken) return mainToken.decimals;
  const other = file.bridges[mainToken.bridge];
  if (other === undefined) {
    tell([...path, 'mainToken', 'bridge'], `expected one of ${Object.keys(file.bridges).join(', ')}`);
    return undefined;
  }
  if (other.product !== bridge.main) {
    tell([...path, 'mainToken', 'bridge'], `expected a bridge whose product chain is ${bridge.main}`);
  }
  const peg = other.pegs.find(({ productToken }) => productToken.symbol === mainToken.peg);
  if (peg === undefined) {
    const symbols = other.pegs.map(({ productToken }) => productToken.symbol);
    tell([...path, 'mainToken', 'peg'], `expected one of ${symbols.join(', ')}`);
  }
  return peg?.productToken.decimals;
}

/** The peg in base units. */
function pegSpec(
  file: CheckedFile,
  bridge: FileBridge,
  peg: FilePeg,
  path: readonly PropertyKey[],
  tell: Tell,
): PegSpec[] {
  const mainDecimals = mainDecimalsOf(file, bridge, peg, path, tell);
  if (mainDecimals === undefined) return [];
  const { name, symbol, decimals } = peg.productToken;
  if (bridge.pegs.find((other) => other.productToken.symbol === symbol) !== peg) {
    tell([...path, 'productToken', 'symbol'], 'expected each symbol once in a bridge');
  }
  const amount = (text: string, tokenDecimals: number, at: readonly PropertyKey[]): bigint => {
    const value = baseUnits(text, tokenDecimals);
    if (value === undefined) tell([...path, ...at], `expected at most the token's ${tokenDecimals} decimals`);
    else if (value > MAXIMUM_AMOUNT) tell([...path, ...at], 'expected less than 2^128 base units');
    return value ?? 0n;
  };

  const product = amount(peg.rate.product, decimals, ['rate', 'product']);
  const main = amount(peg.rate.main, mainDecimals, ['rate', 'main']);
  if (product === 0n) tell([...path, 'rate', 'product'], 'expected a rate above zero');
  if (main === 0n) tell([...path, 'rate', 'main'], 'expected a rate above zero');
  if (product === 0n || main === 0n) return [];
  const divisor = greatestCommonDivisor(product, main);
  const [numerator, denominator] = [product / divisor, main / divisor];

  const minimum = (field: 'minimumDeposit' | 'minimumRedeem', tokenDecimals: number, step: bigint) => {
    const value = amount(peg[field], tokenDecimals, [field]);
    if (value === 0n) tell([...path, field], 'expected more than zero');
    else if (value % step !== 0n) tell([...path, field], `expected a multiple of ${step} base units, which convert`);
    return value;
  };
  const limit = (field: 'withdrawLimit' | 'mintLimit', tokenDecimals: number): LimitPlan => {
    const value = peg[field];
    if (value === 'unlimited') return { capacity: MAXIMUM_AMOUNT, refillPerSecond: 0n };
    const capacity = amount(value.capacity, tokenDecimals, [field, 'capacity']);
    if (capacity === 0n) tell([...path, field, 'capacity'], 'expected more than zero; zero would park everything');
    const refillPerSecond = amount(value.refillPerSecond, tokenDecimals, [field, 'refillPerSecond']);
    return { capacity, refillPerSecond };
  };
  const fee = (field: 'depositFee' | 'redeemFee', tokenDecimals: number): FeePlan => {
    const value = peg[field];
    const flat = amount(value.flat, tokenDecimals, [field, 'flat']);
    const maximumFlat = amount(value.maximumFlat, tokenDecimals, [field, 'maximumFlat']);
    if (maximumFlat > LARGEST_FLAT) tell([...path, field, 'maximumFlat'], 'expected less than 2^112 base units');
    if (flat > maximumFlat) {
      tell([...path, field, 'flat'], `expected at most maximumFlat, ${value.maximumFlat}, which can never be raised`);
    }
    const departMinimum =
      value.departMinimum === undefined ? 1n : amount(value.departMinimum, tokenDecimals, [field, 'departMinimum']);
    if (departMinimum === 0n) tell([...path, field, 'departMinimum'], 'expected more than zero');
    return { flat, basisPoints: value.basisPoints, maximumFlat, departMinimum };
  };
  return [
    {
      ...{ name, symbol, decimals, mainDecimals, numerator, denominator },
      mainToken: referenceOf(peg) ?? ('address' in peg.mainToken ? peg.mainToken.address : zeroAddress),
      minimumDeposit: minimum('minimumDeposit', mainDecimals, denominator),
      minimumRedeem: minimum('minimumRedeem', decimals, numerator),
      gasCap: peg.gasCap ?? (isCoin(peg) ? COIN_GAS_CAP : TOKEN_GAS_CAP),
      withdrawLimit: limit('withdrawLimit', mainDecimals),
      mintLimit: limit('mintLimit', decimals),
      depositFee: fee('depositFee', mainDecimals),
      redeemFee: fee('redeemFee', decimals),
      retired: peg.retired,
      path: fieldPath(path),
    },
  ];
}

/** Whole tokens as base units; undefined when they have more decimals than the token. Never rounds. */
export function baseUnits(text: string, decimals: number): bigint | undefined {
  const [whole = '0', fraction = ''] = text.split('.');
  const digits = fraction.replace(/0+$/, '');
  return digits.length > decimals ? undefined : BigInt(whole + digits.padEnd(decimals, '0'));
}

export function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}
