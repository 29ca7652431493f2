import { mainBridgeAbi } from '../../protocol/abi.ts';
import { sides } from '../../protocol/lane.ts';
import { type BridgeReader, type PegInfo, type TokenInfo, pegs } from '../../sdk/index.ts';
import type { PlaceFlags } from '../inspect/find-config.ts';
import { amountOf, moment, table } from '../inspect/format.ts';
import type { Io } from '../io.ts';
import { openOutput } from '../output.ts';
import { openPair } from '../transfer/open-holder.ts';

interface PegsFlags extends PlaceFlags {
  readonly symbols: boolean;
  readonly json: boolean;
}

/** `pegway pegs` */
export async function showPegs(flags: PegsFlags, io: Io): Promise<void> {
  const output = openOutput(flags.json, io);
  const { pair } = await output.waiting('both nodes to answer', openPair(flags, io));
  if (flags.symbols) {
    const symbols = (await pegs(pair)).map(({ product }) => product.symbol);
    return output.result(symbols.join('\n'), symbols);
  }
  const reading = Promise.all([pegs(pair), pauseOf(pair.main), pauseOf(pair.product)]);
  const [known, main, product] = await output.waiting('both bridges', reading);
  const pausedUntil = { main, product };
  const lines = sides
    .filter((side) => pausedUntil[side] > 0n)
    .map((side) => output.results.red(`the ${side} bridge is paused until ${moment(pausedUntil[side])}`));
  const text = known.length === 0 ? 'the bridge has no peg' : known.map(describePeg).join('\n\n');
  output.result([...lines, text].join('\n'), { pausedUntil, pegs: known });
}

/** The end of a pause in seconds since the epoch; 0 when the bridge is not paused. */
async function pauseOf({ bridge, reader }: BridgeReader): Promise<bigint> {
  const [until, { timestamp }] = await Promise.all([
    reader.readContract({ address: bridge, abi: mainBridgeAbi, functionName: 'pausedUntil' }),
    reader.getBlock(),
  ]);
  return until > timestamp ? until : 0n;
}

function describePeg({ main, product, ...peg }: PegInfo): string {
  const one = 10n ** BigInt(main.decimals);
  // Whole main tokens, as many as become whole product base units.
  const rate = `1 ${main.symbol} = ${amountOf((one * peg.numerator) / peg.denominator, product)}`;
  const limit = (value: PegInfo['mintLimit'], token: TokenInfo) =>
    value === undefined ? 'no limit' : `${amountOf(value.available, token)} of ${amountOf(value.capacity, token)}`;
  const fee = ({ flat, basisPoints }: PegInfo['depositFee'], token: TokenInfo) =>
    flat === 0n && basisPoints === 0
      ? 'no fee'
      : [flat === 0n ? [] : [amountOf(flat, token)], basisPoints === 0 ? [] : [`${basisPoints / 100} %`]]
          .flat()
          .join(' + ');
  const rows = [
    ['  ', 'minimum', 'fee', 'may arrive at once now'],
    ['  deposit', amountOf(peg.minimumDeposit, main), fee(peg.depositFee, main), limit(peg.mintLimit, product)],
    ['  redeem', amountOf(peg.minimumRedeem, product), fee(peg.redeemFee, product), limit(peg.withdrawLimit, main)],
  ];
  const retired = peg.retired ? '  (retired: takes no more deposits)' : '';
  return `${product.symbol}  ${rate}${retired}\n  ${peg.productToken}\n${table(rows)}`;
}
