import { formatGwei, parseUnits } from 'viem';

import type { Side } from '../../protocol/lane.ts';
import { COIN } from '../../protocol/peg.ts';
import { latestHead } from '../../relayer/chain/finality.ts';
import { encodeCall } from '../governance/call-codec.ts';
import { openOperator } from '../governance/operator.ts';
import { amountOf } from '../inspect/format.ts';
import type { OpenChainClients } from '../inspect/target.ts';
import type { Io } from '../io.ts';
import { openListOutput, wrong } from '../output.ts';
import { type PegFees, readFees } from './read-fees.ts';
import type { FeesFlags } from './show.ts';
import { benchGas, flatFee, gasPerTransfer, productPrice } from './transfer-cost.ts';

interface SuggestFlags extends FeesFlags {
  readonly mainCoin?: string;
  readonly productCoin?: string;
  readonly token?: readonly string[];
  readonly mainGasPrice?: string;
  readonly productGasPrice?: string;
  readonly batch: string;
  readonly margin: string;
}

const PRICE_DECIMALS = 18;

function priceOf(option: string, text: string): bigint {
  const price = /^\d{1,12}(\.\d{1,18})?$/.test(text) ? parseUnits(text, PRICE_DECIMALS) : 0n;
  if (price > 0n) return price;
  throw wrong(`${option}: expected a price above zero, found ${text}`, 'for example 0.12');
}

function wholeOf(option: string, text: string, least: bigint): bigint {
  if (/^\d{1,4}$/.test(text) && BigInt(text) >= least) return BigInt(text);
  throw wrong(`${option}: expected a whole number from ${least}, found ${text}`, `for example ${option} 10`);
}

const missing = (option: string, what: string) => wrong(`no price of ${what}`, `add ${option}`);

/** In wei: the option, else the base fee of the newest block and a tip of 1 gwei; 0 on a chain without fees. */
async function gasPriceOf(chains: OpenChainClients, side: Side, given: string | undefined): Promise<bigint> {
  if (given !== undefined) {
    if (/^\d{1,9}(\.\d{1,9})?$/.test(given)) return parseUnits(given, 9);
    throw wrong(`--${side}-gas-price: expected gwei, found ${given}`, `for example --${side}-gas-price 20`);
  }
  const { baseFeePerGas } = await latestHead(chains[side].nodes);
  if (baseFeePerGas === null) return BigInt(await chains[side].nodes.one<string>('eth_gasPrice', []));
  return baseFeePerGas === 0n ? 0n : baseFeePerGas + 1_000_000_000n;
}

/** `pegway fees suggest` */
export async function suggestFees(flags: SuggestFlags, io: Io): Promise<void> {
  using output = openListOutput(flags.json, io);
  const batch = wholeOf('--batch', flags.batch, 1n);
  const margin = wholeOf('--margin', flags.margin, 0n);
  const tokens = new Map((flags.token ?? []).map(readTokenPrice));
  await using operator = await openOperator(flags, io);
  const chains = operator.sides;
  const gasPrices = {
    main: await gasPriceOf(chains, 'main', flags.mainGasPrice),
    product: await gasPriceOf(chains, 'product', flags.productGasPrice),
  };
  const coin = (side: Side) => (side === 'main' ? flags.mainCoin : flags.productCoin);
  const coinPrice = (side: Side): bigint => {
    const text = coin(side);
    if (text !== undefined) return priceOf(`--${side}-coin`, text);
    if (gasPrices[side] === 0n) return 0n;
    throw missing(`--${side}-coin PRICE`, `the coin of the ${side} chain`);
  };
  const prices = { main: coinPrice('main'), product: coinPrice('product') };

  for (const peg of await readFees(chains, flags.peg)) {
    const mainPrice = mainPriceOf(peg, tokens, prices.main);
    // A deposit costs the signers a mint on the product chain; a redeem costs them a withdrawal on the main chain.
    for (const [side, destination] of [
      ['main', 'product'],
      ['product', 'main'],
    ] as const) {
      const fees = peg[side];
      const gas = destination === 'product' ? gasPerTransfer(benchGas.mint, batch) : withdrawalGas(peg, batch);
      const decimals = { main: peg.main.token.decimals, product: peg.product.token.decimals };
      const tokenPrice = side === 'main' ? mainPrice : productPrice(peg.rate, mainPrice, decimals);
      if (tokenPrice === 0n)
        throw wrong(`a ${fees.token.symbol} is worth nothing at this price`, 'pass a higher --token');
      const costs = { gas, gasPrice: gasPrices[destination], coinPrice: prices[destination], tokenPrice, margin };
      const covering = flatFee({ ...costs, tokenDecimals: fees.token.decimals });
      const flat = covering < fees.maximumFlat ? covering : fees.maximumFlat;
      const args = { productToken: peg.rate.productToken, flat: flat.toString(), basisPoints: '0' };
      const data = encodeCall(side, 'setFee', args);
      const words = Object.entries(args).map(([name, value]) => `${name}=${value}`);
      const command = `pegway governance propose ${side} setFee ${words.join(' ')}`;
      const transfer = side === 'main' ? 'deposit' : 'redeem';
      const source = `${gas} gas at ${formatGwei(costs.gasPrice)} gwei on the ${destination} chain, ${margin} % on top`;
      const lines = [
        output.bold(`${peg.product.token.symbol} ${transfer}: ${amountOf(flat, fees.token)} (${flat} base units)`),
        `  ${source}`,
        ...(flat < covering
          ? [`  below the cost, ${amountOf(covering, fees.token)}: the immutable maximum is lower`]
          : []),
        ...(flat === fees.flat ? ['  this is the present fee'] : [`  ${command}`, `  call data: ${data}`]),
      ];
      output.result(lines.join('\n'), {
        ...{ peg: peg.product.token.symbol, side, transfer, gas, gasPrice: costs.gasPrice, covering },
        ...{ present: fees.flat, maximumFlat: fees.maximumFlat, ...args, command, data },
      });
    }
  }
}

function readTokenPrice(text: string): readonly [string, bigint] {
  const [, symbol = '', price = ''] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (symbol === '') throw wrong(`--token: expected SYMBOL=PRICE, found ${text}`, 'for example --token SMENT=0.12');
  return [symbol, priceOf('--token', price)];
}

const isCoinPeg = ({ rate }: PegFees): boolean => rate.mainToken === COIN;

function mainPriceOf(peg: PegFees, tokens: ReadonlyMap<string, bigint>, coin: bigint): bigint {
  const { symbol } = peg.main.token;
  const price = isCoinPeg(peg) && coin > 0n ? coin : tokens.get(symbol);
  if (price === undefined) throw missing(`--token ${symbol}=PRICE`, symbol);
  return price;
}

/** A recipient of coins can use up the whole cap, at the signers' expense. */
const withdrawalGas = (peg: PegFees, batch: bigint): bigint =>
  gasPerTransfer(benchGas.withdraw, batch) + (isCoinPeg(peg) ? BigInt(peg.main.gasCap) : 0n);
