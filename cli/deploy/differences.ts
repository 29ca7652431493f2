import { type Address, type Hex, isAddressEqual, keccak256, zeroAddress } from 'viem';

import type { Side } from '../../protocol/lane.ts';
import { COIN, MAXIMUM_AMOUNT } from '../../protocol/peg.ts';
import type { Arguments } from '../governance/call-codec.ts';
import { type TokenName, exactAmountOf } from '../inspect/format.ts';
import { limitWords, rateWords } from '../inspect/peg-words.ts';
import { type LimitPlan, type PegPlan, mainPeg, productPeg } from './creation.ts';
import { type BridgeSpec, type PegSpec, hasFee } from './spec.ts';
import type { BridgeReading, PegReading } from './read-bridge.ts';
import { type LibraryName, librariesOf } from './libraries.ts';
import { runtimeCode } from './runtime-code.ts';

/** A call that a quorum of the bridge's signers can make it make. */
export interface Change {
  readonly function: string;
  readonly args: Arguments;
}

/** A difference between the chain and the file. */
export interface Difference {
  readonly bridge: string;
  /** Undefined when it is about the bridge as a whole. */
  readonly side: Side | undefined;
  /** In the file. */
  readonly path: string;
  readonly expected: string;
  readonly found: string;
  /** The call that removes the difference; undefined when none can. */
  readonly change?: Change;
}

/** One line for people. */
export const describeDifference = ({ path, side, expected, found }: Difference): string =>
  `${path}${side === undefined ? '' : ` (${side} bridge)`}: expected ${expected}; found ${found}`;

/** A peg of the file with its addresses. */
export interface ResolvedPeg extends PegSpec, PegPlan {
  readonly mainToken: Address;
  readonly productToken: Address;
  /** True when the product bridge has it. */
  readonly open: boolean;
}

type Tell = (path: string, expected: unknown, found: unknown, change?: Change) => void;

const sideFields = {
  main: { minimum: 'minimumDeposit', limit: 'withdrawLimit', fee: 'depositFee' },
  product: { minimum: 'minimumRedeem', limit: 'mintLimit', fee: 'redeemFee' },
} as const;

/** The contracts that a bridge must name. */
export interface Counterparts {
  /** The bridge of the other side. */
  readonly remote: Address;
  /** On the main chain; zero when the file has `rewards: false`, or when none was found. */
  readonly rewards: Address;
  /** The same of exits; on the main side alone. */
  readonly exits: Address;
}

/** All differences between a bridge and the file, in the file's order. */
export function differencesOf(
  spec: BridgeSpec,
  pegs: readonly ResolvedPeg[],
  { remote, ...satellites }: Counterparts,
  reading: BridgeReading,
): Difference[] {
  const { side } = reading;
  const path = `bridges.${spec.name}`;
  const differences: Difference[] = [];
  const tell: Tell = (at, expected, found, change) => {
    const [left, right] = [show(expected), show(found)];
    if (left === right) return;
    const common = { bridge: spec.name, side, path: at, expected: left, found: right };
    differences.push(change === undefined ? common : { ...common, change });
  };

  const otherChain = spec[side === 'main' ? 'product' : 'main'].chainId;
  tell(`${path}.${side}`, `a bridge to chain ${otherChain}`, `a bridge to chain ${reading.remoteChainId}`);
  tell(`${path}.${side}`, `a bridge to ${remote}`, `a bridge to ${reading.remoteBridge}`);
  tellSatellites(spec, path, satellites, reading, tell);
  tellSigners(spec, path, reading, tell);
  tellDelays(spec, path, reading, tell);
  for (const peg of pegs) tellPeg(peg, reading, tell);
  const named = new Set(pegs.map(({ productToken }) => productToken.toLowerCase()));
  for (const { productToken, token } of reading.pegs) {
    if (named.has(productToken.toLowerCase())) continue;
    tell(`${path}.pegs`, 'no other peg', `${token?.symbol ?? 'the peg'} ${productToken}`);
  }
  return differences;
}

/** Differences between the code of a bridge and its product tokens, and the local build. */
export function codeDifferences(spec: BridgeSpec, remote: Address, reading: BridgeReading): Difference[] {
  const { side, chainId, address } = reading;
  const contract = side === 'main' ? 'MainBridge' : 'ProductBridge';
  const remoteChainId = BigInt(spec[side === 'main' ? 'product' : 'main'].chainId);
  // Code of another size has no libraries that could be found, and equals nothing.
  const links: Record<string, Address> = Object.fromEntries(librariesOf(contract).map((name) => [name, zeroAddress]));
  for (const library of reading.libraries) links[library.name] = library.address;
  const { satellites, hasArbSys } = reading;
  const remotes = { remoteChainId, remoteBridge: remote };
  const own = { contract, chainId, address, ...remotes, satellites, links, hasArbSys } as const;
  const found: { what: string; at: Address; code: Hex; expected: Hex }[] = [
    { what: contract, at: address, code: reading.code, expected: runtimeCode(own) },
  ];
  for (const library of reading.libraries) {
    const expected = runtimeCode({ contract: library.name as LibraryName, address: library.address });
    found.push({ what: `the library ${library.name}`, at: library.address, code: library.code, expected });
  }
  for (const { productToken, token } of reading.pegs) {
    if (token === undefined) continue;
    const { name, decimals } = token;
    const identity = {
      contract: 'ProductToken',
      chainId,
      address: productToken,
      bridge: address,
      name,
      decimals,
    } as const;
    found.push({ what: token.symbol, at: productToken, code: token.code, expected: runtimeCode(identity) });
  }
  if (reading.rewards !== undefined) {
    const at = satellites.rewards;
    const expected = runtimeCode({ contract: 'Rewards', chainId, address: at, bridge: address });
    found.push({ what: 'Rewards', at, code: reading.rewards.code, expected });
  }
  return found
    .filter(({ code, expected }) => code !== expected)
    .map(({ what, at, code, expected }) => ({
      bridge: spec.name,
      side,
      path: `bridges.${spec.name}.${side}`,
      expected: `the local build's code of ${what}, hash ${keccak256(expected)}`,
      found: `hash ${keccak256(code)} at ${at}`,
    }));
}

/** Satellites are immutable. The product bridge names `rewards` alone. */
function tellSatellites(
  spec: BridgeSpec,
  path: string,
  { rewards, exits }: Omit<Counterparts, 'remote'>,
  reading: BridgeReading,
  tell: Tell,
): void {
  const { side, satellites } = reading;
  if (side === 'main' && spec.rewards && rewards === zeroAddress) {
    tell(`${path}.rewards`, 'a rewards contract', 'none: this bridge can never take a fee');
  }
  tell(`${path}.rewards`, `rewards ${rewards}`, `rewards ${satellites.rewards}`);
  if (side === 'product') return;
  if (spec.exits !== undefined && exits === zeroAddress) {
    tell(`${path}.exits`, 'an exits contract', 'none: this bridge can never have exits');
  }
  tell(`${path}.exits`, `exits ${exits}`, `exits ${satellites.exits}`);
  tell(`${path}.gate`, `gate ${spec.gate ?? zeroAddress}`, `gate ${satellites.gate}`);
  if (reading.rewards === undefined) return;
  const { code, bridge } = reading.rewards;
  const other = bridge === undefined ? 'another contract' : `a rewards contract of ${bridge}`;
  const found = code === '0x' ? 'no contract there' : other;
  tell(`${path}.rewards`, `a rewards contract of ${reading.address}`, found);
}

const sameSet = (a: readonly Address[], b: readonly Address[]): boolean =>
  a.length === b.length && a.every((one) => b.some((other) => isAddressEqual(one, other)));

function tellSigners(spec: BridgeSpec, path: string, reading: BridgeReading, tell: Tell): void {
  const args = { newSigners: [...spec.signers], newThreshold: String(spec.threshold) };
  const change: Change = { function: 'setSigners', args };
  if (!sameSet(spec.signers, reading.signers)) tell(`${path}.signers`, spec.signers, reading.signers, change);
  tell(`${path}.threshold`, spec.threshold, reading.threshold, change);
}

function tellDelays(spec: BridgeSpec, path: string, reading: BridgeReading, tell: Tell): void {
  const names = ['governanceDelay', 'parkDelay', 'pauseDuration', 'bounceDelay'] as const;
  const args = Object.fromEntries(names.map((name) => [name, String(spec.delays[name])]));
  for (const name of names) {
    tell(`${path}.delays.${name}`, spec.delays[name], reading.delays[name], { function: 'setDelays', args });
  }
}

function tellPeg(peg: ResolvedPeg, reading: BridgeReading, tell: Tell): void {
  const { side } = reading;
  const found = reading.pegs.find(({ productToken }) => isAddressEqual(productToken, peg.productToken));
  if (found === undefined) {
    const config = side === 'main' ? mainPeg(peg, peg.productToken) : productPeg(peg);
    const args = Object.fromEntries(Object.entries(config).map(([name, value]) => [name, String(value)]));
    // A peg that was never open cannot be retired.
    const change = peg.retired ? undefined : { function: 'openPeg', args };
    tell(peg.path, `the peg ${peg.symbol}`, 'no such peg', change);
    const { fee } = sideFields[side];
    // In the proposal that opens the peg, so that it takes no transfer without its fee.
    if (!peg.retired && hasFee(peg[fee])) tellFee(peg, { flat: 0n, basisPoints: 0 }, side, ownToken(peg, side), tell);
    return;
  }
  tellFixed(peg, found, tell);
  tellChangeable(peg, found, side, tell);
}

/** The immutable fields of a peg. */
function tellFixed(peg: ResolvedPeg, found: PegReading, tell: Tell): void {
  tell(`${peg.path}.mainToken`, peg.mainToken, found.mainToken);
  const [main, product] = [ownToken(peg, 'main', found), ownToken(peg, 'product', found)];
  // With the fraction, which a file always reduces: the chain's may have a common factor.
  const rate = ({ numerator, denominator }: Pick<PegSpec, 'numerator' | 'denominator'>) =>
    `${rateWords(numerator, denominator, main, product)} (${numerator}/${denominator})`;
  tell(`${peg.path}.rate`, rate(peg), rate(found));
  if (found.token === undefined) return;
  tell(`${peg.path}.productToken.name`, peg.name, found.token.name);
  tell(`${peg.path}.productToken.symbol`, peg.symbol, found.token.symbol);
  tell(`${peg.path}.productToken.decimals`, peg.decimals, found.token.decimals);
}

/** The fields of a peg that governance can change. */
function tellChangeable(peg: ResolvedPeg, found: PegReading, side: Side, tell: Tell): void {
  const { productToken } = peg;
  const { minimum, limit } = sideFields[side];
  const token = ownToken(peg, side, found);
  tell(`${peg.path}.${minimum}`, exactAmountOf(peg[minimum], token), exactAmountOf(found.minimum, token), {
    function: 'setMinimum',
    args: { productToken, minimum: String(peg[minimum]) },
  });
  const wanted = peg[limit];
  tell(`${peg.path}.${limit}`, limitText(wanted, token), limitText(found, token), {
    function: isLower(wanted, found) ? 'lowerLimit' : 'setLimit',
    args: {
      productToken,
      capacity: String(wanted.capacity),
      refillPerSecond: String(wanted.refillPerSecond),
    },
  });
  tellFees(peg, found, side, token, tell);
  if (side === 'product') return;
  tell(`${peg.path}.gasCap`, peg.gasCap, found.gasCap, {
    function: 'setGasCap',
    args: { productToken, gasCap: String(peg.gasCap) },
  });
  const retire = peg.retired ? { function: 'retirePeg', args: { productToken } } : undefined;
  tell(`${peg.path}.retired`, peg.retired, found.retired, retire);
}

type Token = Pick<TokenName, 'symbol' | 'decimals'>;

/** The token in which a side counts minimum, limit and fee, as the file has its decimals. */
const ownToken = (peg: PegSpec | ResolvedPeg, side: Side, found?: PegReading): Token =>
  side === 'product'
    ? { symbol: peg.symbol, decimals: peg.decimals }
    : { symbol: found?.mainSymbol ?? mainWord(peg), decimals: peg.mainDecimals };

/** Of a peg that is not open yet. */
function mainWord({ mainToken }: PegSpec | ResolvedPeg): string {
  if (typeof mainToken !== 'string') return mainToken.peg;
  return isAddressEqual(mainToken, COIN) ? 'COIN' : 'of the main token';
}

type Fee = Pick<PegReading, 'flat' | 'basisPoints'>;

const feeText = ({ flat, basisPoints }: Fee, token: Token): string =>
  `${exactAmountOf(flat, token)} and ${basisPoints / 100} %`;

function tellFee(peg: ResolvedPeg, found: Fee, side: Side, token: Token, tell: Tell): void {
  const { path, productToken } = peg;
  const field = sideFields[side].fee;
  const { flat, basisPoints } = peg[field];
  tell(`${path}.${field}`, feeText({ flat, basisPoints }, token), feeText(found, token), {
    function: 'setFee',
    args: { productToken, flat: String(flat), basisPoints: String(basisPoints) },
  });
}

function tellFees(peg: ResolvedPeg, found: PegReading, side: Side, token: Token, tell: Tell): void {
  const field = sideFields[side].fee;
  const path = `${peg.path}.${field}`;
  const { maximumFlat, departMinimum } = peg[field];
  const amount = (value: bigint): string => exactAmountOf(value, token);
  tellFee(peg, found, side, token, tell);
  tell(`${path}.maximumFlat`, amount(maximumFlat), amount(found.maximumFlat));
  tell(`${path}.departMinimum`, amount(departMinimum), amount(found.departMinimum), {
    function: 'setDepartMinimum',
    args: { productToken: peg.productToken, departMinimum: String(departMinimum) },
  });
}

/** The fees that the signers of a new bridge must set: its constructor takes none. */
export const feesToPropose = ({ name, pegs }: BridgeSpec): Difference[] =>
  pegs.flatMap((peg) =>
    (['product', 'main'] as const).flatMap((side): Difference[] => {
      const { fee } = sideFields[side];
      if (!hasFee(peg[fee])) return [];
      const found = 'no fee in a new bridge';
      const expected = feeText(peg[fee], ownToken(peg, side));
      return [{ bridge: name, side, path: `${peg.path}.${fee}`, expected, found }];
    }),
  );

/** As `lowerLimit` sees it: it runs at once, since it only takes away. */
const isLower = (wanted: LimitPlan, found: LimitPlan): boolean =>
  wanted.capacity <= found.capacity &&
  (found.capacity === MAXIMUM_AMOUNT || wanted.refillPerSecond <= found.refillPerSecond);

const limitText = ({ capacity, refillPerSecond }: LimitPlan, token: Token): string =>
  limitWords(capacity, refillPerSecond, token);

const show = (value: unknown): string => (Array.isArray(value) ? value.join(', ') : String(value));
