import { type TokenInfo, isCoin, readTokenInfo } from '../../sdk/index.ts';
import { duration } from '../governance/chain-time.ts';
import { amountOf } from '../inspect/format.ts';
import { limitWords, rateWords } from '../inspect/peg-words.ts';
import { type Network, readerFor } from './chain-clients.ts';
import type { ExitWindows } from './runtime-code.ts';
import type { BridgeSpec, PegSpec } from './spec.ts';

/** A bridge to be created, in whole tokens, with what can never change. */
export async function describePlan(spec: BridgeSpec, network: Network): Promise<string> {
  const { name, main, product, signers, threshold, delays, operators, pegs, rewards, anchors, exits, gate } = spec;
  const nameOf = (signer: string) => operators.find((one) => one.signer === signer)?.name ?? '';
  const seconds = (value: number) => duration(BigInt(value));
  return [
    `${name}: main tokens are locked on ${main.name} (chain ${main.chainId}), product tokens minted on ${product.name} (chain ${product.chainId})`,
    `  ${threshold} of ${signers.length} signers must sign:`,
    ...signers.map((signer) => `    ${signer}  ${nameOf(signer)}`.trimEnd()),
    `  a change waits ${seconds(delays.governanceDelay)}; a transfer over its limit ${seconds(delays.parkDelay)}, a refused one ` +
      `${seconds(delays.bounceDelay)}; a pause lasts ${seconds(delays.pauseDuration)}`,
    ...(await Promise.all(pegs.map((peg) => describePeg(peg, spec, network)))),
    ...(exits === undefined ? [] : describeExits(exits)),
    `  for ever: rates, tokens and their decimals, the largest flat fees, ${rewards ? 'fees are possible' : 'no fee is possible'}` +
      `${exits === undefined ? ', no exits: if the signers are lost, so is the collateral' : ', exits and their four periods'}${gate === undefined ? ', no gate' : `, gate ${gate}`}${anchors === undefined ? ', no anchors' : ', anchors'}`,
  ].join('\n');
}

const describeExits = ({ exitDelay, noticePeriod, advanceWindow, claimWindow }: ExitWindows): string[] => {
  const [delay, notice, advance, claims] = [exitDelay, noticePeriod, advanceWindow, claimWindow].map((value) =>
    duration(BigInt(value)),
  );
  const first = duration(BigInt(exitDelay + noticePeriod + advanceWindow + claimWindow));
  return [
    `  exits: after ${delay} without an anchor or an accepted proposal anyone can announce them, and ${notice} later halt the bridge for ever;`,
    `    ${advance} to show the newest attested block, ${claims} to register claims, then all are paid: ${first} after the last sign of life at the earliest`,
  ];
};

async function describePeg(peg: PegSpec, { main }: BridgeSpec, network: Network): Promise<string> {
  const locked = await mainTokenOf(peg, main, network);
  const minted = { symbol: peg.symbol, decimals: peg.decimals };
  const fee = ({ flat, basisPoints, maximumFlat }: PegSpec['depositFee'], token: typeof minted) =>
    `${amountOf(flat, token)} + ${basisPoints / 100} % (flat part never above ${amountOf(maximumFlat, token)})`;
  const { withdrawLimit, mintLimit } = peg;
  return [
    `  peg ${peg.symbol} (${peg.name}): ${rateWords(peg.numerator, peg.denominator, locked, minted)}`,
    `    deposit: at least ${amountOf(peg.minimumDeposit, locked)}, fee ${fee(peg.depositFee, locked)}; minting: ${limitWords(mintLimit.capacity, mintLimit.refillPerSecond, minted)}`,
    `    redeem: at least ${amountOf(peg.minimumRedeem, minted)}, fee ${fee(peg.redeemFee, minted)}; paying out: ${limitWords(withdrawLimit.capacity, withdrawLimit.refillPerSecond, locked)}`,
  ].join('\n');
}

async function mainTokenOf(
  peg: PegSpec,
  main: BridgeSpec['main'],
  network: Network,
): Promise<Pick<TokenInfo, 'symbol' | 'decimals'>> {
  if (typeof peg.mainToken !== 'string') return { symbol: peg.mainToken.peg, decimals: peg.mainDecimals };
  if (isCoin(peg.mainToken)) return { symbol: 'COIN', decimals: 18 };
  const { symbol } = await readTokenInfo(readerFor(network, main), peg.mainToken);
  return { symbol: symbol.replaceAll(/[^\w.+-]/g, '?').slice(0, 24), decimals: peg.mainDecimals };
}
