import { type Address, type Hex, encodeFunctionData, isAddressEqual, zeroAddress } from 'viem';

import { productTokenAbi } from '../../protocol/abi.ts';
import { type BridgeState, feePotAt, readState, view } from '../../relayer/chain/bridge-contract.ts';
import { isRefusal } from '../../relayer/chain/revert.ts';
import { type ChainClient, balanceAt, checkPair, lockedAt } from '../../relayer/chain/chain-client.ts';
import { encodeTransfers } from '../../protocol/attestation.ts';
import { type Side, sides } from '../../protocol/lane.ts';
import { COIN, COIN_GAS_CAP, type Peg, TOKEN_GAS_CAP, isLimited, sameRate } from '../../protocol/peg.ts';
import { leastGasCap, measurePayment } from '../deploy/payment-gas.ts';
import { limitWords, rateWords } from '../inspect/peg-words.ts';
import { type TokenName, amountOf, moment, short, tokens } from '../inspect/format.ts';
import { nameOf } from '../inspect/token-name.ts';
import { type Finding, type Outcome, bad, look, ok, warn } from './finding.ts';

type Chains = Readonly<Record<Side, ChainClient>>;
type States = Readonly<Record<Side, BridgeState>>;

/** Any account other than a bridge. */
const stranger: Address = '0x00000000000000000000000000000000DeaDBeef';

/** The state of both bridges, and whether they agree. */
export async function* bridgeFindings(chains: Chains): AsyncGenerator<Finding, States | undefined> {
  for (const side of sides) {
    const other = side === 'main' ? chains.product : chains.main;
    const pair = await look(`${side} bridge`, 'pair', async () => {
      await checkPair(chains[side], other);
      return ok(`names ${other.address} on chain ${other.chainId}`);
    });
    yield pair;
    if (pair.outcome === 'bad') return undefined;
  }
  const [main, product] = await Promise.all([readState(chains.main), readState(chains.product)]);
  const states = { main, product };
  for (const side of sides) {
    const { threshold, signers } = states[side];
    yield await look(`${side} bridge`, 'threshold', () => thresholdOf(threshold, signers));
    yield await look(`${side} chain`, 'block gas limit', async () =>
      gasLimitOf((await chains[side].latestHead()).gasLimit),
    );
    yield await look(`${side} bridge`, 'moving', () => pauseOf(chains[side], states[side]));
  }
  yield await look('both bridges', 'signers', () => sameSigners(states));

  for (const [token, peg] of product.pegs) {
    const [minted, locked] = await Promise.all([nameOf(chains.product, token), nameOf(chains.main, peg.mainToken)]);
    const names = { main: locked, product: minted };
    const subject = minted.decimals === 0 ? `peg ${token}` : `peg ${minted.symbol} ${short(token)}`;
    yield await look(subject, 'rate', () => rateOf(main.pegs.get(token), peg, names));
    yield await look(subject, 'minting', () => mintingOf(chains.product, token));
    yield await look(subject, 'limits', () => limitsOf(main.pegs.get(token), peg, names));
    const own = main.pegs.get(token);
    if (own !== undefined) {
      yield await look(subject, 'gas cap', async () => gasCapOf(own, await paymentGasOf(chains.main, own)));
    }
  }
  for (const token of main.pegs.keys()) {
    if (product.pegs.has(token)) continue;
    yield await look(`peg ${token}`, 'rate', () =>
      bad('only the main bridge has it', 'governance must open it on the product side'),
    );
  }
  for (const token of new Set([...main.pegs.values()].map(({ mainToken }) => mainToken))) {
    const name = await nameOf(chains.main, token);
    yield await look(`main token ${token}`, 'collateral', () => collateralOf(chains.main, main, name));
  }
  return states;
}

/** Pure. */
export function thresholdOf(threshold: number, signers: readonly Address[]): Outcome {
  const found = `${threshold} of ${signers.length}`;
  const hint = 'do not go live: deploy again, with more than half of at most 32 different signers';
  if (threshold === 0 || signers.length === 0) return bad(`${found}: no signature is required`, hint);
  if (2 * threshold <= signers.length || threshold > signers.length) return bad(`${found}: not more than half`, hint);
  if (new Set(signers).size !== signers.length) return bad(`${found}: a signer twice`, hint);
  if (signers.some((signer) => isAddressEqual(signer, zeroAddress)))
    return bad(`${found}: the zero address signs`, hint);
  return ok(found);
}

/** A proxy token can be made to fail by call depth in blocks of more gas than this. */
const DEPTH_GAS = 100_000_000_000n;

/** The gas of a main token's payment today; undefined for the coin, and for a token that cannot be measured. */
async function paymentGasOf({ nodes, address }: ChainClient, { mainToken }: Peg): Promise<bigint | undefined> {
  if (isAddressEqual(mainToken, COIN)) return undefined;
  return measurePayment((method, params) => nodes.one(method, params), mainToken, address);
}

/** Pure. @param measured Gas of one payment today. */
export function gasCapOf({ mainToken, gasCap }: Pick<Peg, 'mainToken' | 'gasCap'>, measured?: bigint): Outcome {
  const usual = isAddressEqual(mainToken, COIN) ? COIN_GAS_CAP : TOKEN_GAS_CAP;
  const needed = measured === undefined ? 0 : Number(leastGasCap(measured));
  const least = Math.max(usual, needed);
  const today = measured === undefined ? '' : `; a payment to a new account takes ${measured} today`;
  if (gasCap >= least) return ok(`${gasCap} gas for a payment${today}`);
  return warn(
    `${gasCap} gas for a payment, expected at least ${least}${today}`,
    'governance can raise it: pegway governance propose main setGasCap',
  );
}

/** Pure. */
export function gasLimitOf(gasLimit: bigint): Outcome {
  if (gasLimit <= DEPTH_GAS) return ok(tokens(gasLimit, 0));
  return warn(
    `${tokens(gasLimit, 0)}, expected at most ${tokens(DEPTH_GAS, 0)}`,
    'with so much gas in a block a payment can be made to fail by call depth; such a refusal only allows a bounce',
  );
}

/** Pure. */
export function sameSigners({ main, product }: States): Outcome {
  const missing = (from: BridgeState, to: BridgeState) => from.signers.filter((signer) => !to.signers.includes(signer));
  const [onlyMain, onlyProduct] = [missing(main, product), missing(product, main)];
  const hint = 'governance must make both lists equal: pegway governance rotate';
  if (onlyMain.length > 0) return bad(`only the main bridge has ${onlyMain.join(', ')}`, hint);
  if (onlyProduct.length > 0) return bad(`only the product bridge has ${onlyProduct.join(', ')}`, hint);
  if (main.threshold !== product.threshold) {
    return bad(`${main.threshold} must sign on the main side, ${product.threshold} on the product side`, hint);
  }
  const epochs = `epoch ${main.signerEpoch} on the main side, ${product.signerEpoch} on the product side`;
  return ok(`${main.signers.length} equal on both sides; ${epochs}`);
}

async function pauseOf(chain: ChainClient, { pausedUntil }: BridgeState): Promise<Outcome> {
  const { timestamp } = await chain.latestHead();
  if (pausedUntil <= timestamp) return ok('not paused');
  return warn(`paused until ${moment(pausedUntil)}`, 'find out which signer paused it, and why, before anything else');
}

type Names = Readonly<Record<Side, TokenName>>;

/** Pure. */
export function rateOf(main: Peg | undefined, product: Peg, names: Names): Outcome {
  const words = (peg: Peg) => rateWords(peg.numerator, peg.denominator, names.main, names.product);
  const hint = 'nothing of it is signed; a rate never changes: retire this peg and open another';
  if (product.numerator === 0n || product.denominator === 0n) return bad('a rate of zero', hint);
  if (main === undefined) {
    return warn('only the product bridge has it', 'nothing of it is signed before the main bridge has it, too');
  }
  if (!sameRate(main, product))
    return bad(`${words(main)} on the main side, ${words(product)} on the product side`, hint);
  if (main.minimum === 0n || product.minimum === 0n) return bad('a minimum of zero', 'governance must set a minimum');
  return ok(`${words(main)}${main.retired ? '; retired' : ''}`);
}

function limitsOf(main: Peg | undefined, product: Peg, names: Names): Outcome {
  const words = (peg: Peg | undefined, name: TokenName) =>
    peg === undefined ? '-' : limitWords(peg.capacity, peg.refillPerSecond, name);
  const found = `withdrawals ${words(main, names.main)}; mints ${words(product, names.product)}`;
  const open = (peg: Peg | undefined) => peg !== undefined && !isLimited(peg);
  if (!open(main) && !open(product)) return ok(found);
  return warn(found, 'without an outflow limit a stolen quorum takes everything at once: set one by governance');
}

/** The token names its bridge, refuses a stranger's mint, and takes the bridge's: asked of the token itself, by simulation. */
async function mintingOf({ nodes, address: bridge }: ChainClient, token: Address): Promise<Outcome> {
  const named = await view(nodes, { address: token, abi: productTokenAbi, functionName: 'bridge', agreed: true });
  const hint = 'do not go live: this token is not the bridge’s own; pegway verify-deployment compares its code';
  if (!isAddressEqual(named, bridge)) return bad(`its bridge is ${named}, expected ${bridge}`, hint);
  const transfers = encodeTransfers([{ recipient: stranger, amount: 1n }]);
  const data = encodeFunctionData({ abi: productTokenAbi, functionName: 'mint', args: [transfers, 1n] });
  const mints = async (from: Address) => {
    try {
      await nodes.agree<Hex>('eth_call', [{ from, to: token, data }, 'latest']);
      return true;
    } catch (error) {
      if (isRefusal(error)) return false;
      throw error;
    }
  };
  if (await mints(stranger)) return bad('anybody can mint it', hint);
  if (!(await mints(bridge))) return bad('the bridge cannot mint it', hint);
  return ok('by the bridge alone');
}

async function collateralOf(main: ChainClient, { pegs }: BridgeState, name: TokenName): Promise<Outcome> {
  const token = name.address;
  const { number } = await main.finalHead();
  const tokens = [...pegs.values()].filter(({ mainToken }) => mainToken === token);
  const [balance, ...locked] = await Promise.all([
    balanceAt(main, token, number),
    ...tokens.map(async ({ productToken }) => {
      const [held, feePot] = await Promise.all([
        lockedAt(main, productToken, number),
        feePotAt(main, productToken, number),
      ]);
      return held + feePot;
    }),
  ]);
  const sum = locked.reduce((a, b) => a + b, 0n);
  const found = `${amountOf(sum, name)} locked and in fee pots, the bridge holds ${amountOf(balance, name)}, at block ${number}`;
  return balance >= sum ? ok(found) : bad(found, 'the bridge is short: run pegway audit, and pause it');
}
