import { type Address, erc20Abi, formatEther, isAddressEqual, zeroAddress } from 'viem';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import { PegwayError } from '../../protocol/errors.ts';
import { destinationOf, sourceOf } from '../../protocol/lane.ts';
import { type Reason, reasons } from '../../protocol/reasons.ts';
import { type BridgeReader, isCoin } from '../../sdk/index.ts';
import { moment, span } from '../inspect/format.ts';
import type { OpenHolder } from './open-holder.ts';
import { type Plan, amountOf } from './plan.ts';

const NOTHING_SENT = 'nothing was signed or sent';

const refusal = (message: string, code: Reason, hint = NOTHING_SENT) =>
  new PegwayError(`refused: ${message}`, { code, hint });

interface BridgeTimes {
  readonly pausedUntil: bigint;
  /** Of the newest block. */
  readonly now: bigint;
  readonly parkDelay: number;
}

async function timesOf({ bridge, reader }: BridgeReader): Promise<BridgeTimes> {
  const contract = { address: bridge, abi: mainBridgeAbi } as const;
  const [pausedUntil, { parkDelay }, { timestamp }] = await Promise.all([
    reader.readContract({ ...contract, functionName: 'pausedUntil' }),
    reader.readContract({ ...contract, functionName: 'delays' }),
    reader.getBlock(),
  ]);
  return { pausedUntil, parkDelay, now: timestamp };
}

const balanceOf = ({ reader }: BridgeReader, token: Address, address: Address): Promise<bigint> =>
  isCoin(token)
    ? reader.getBalance({ address })
    : reader.readContract({ address: token, abi: erc20Abi, functionName: 'balanceOf', args: [address] });

/**
 * Checks a transfer before its holder signs anything: pause, recipient, balance with the fee, coins for gas, limit.
 * @returns Notices: what will delay the transfer though it may depart.
 * @throws {PegwayError} when the bridge or the token would refuse it.
 */
export async function checkDeparture(plan: Plan, { sides, address }: OpenHolder): Promise<readonly string[]> {
  const { direction, peg, from, to, amount, fee, arrives, recipient } = plan;
  const [source, destination] = [sourceOf(direction), destinationOf(direction)];
  if (direction === 'mint' && peg.retired) throw refusal(reasons.retired, 'retired');
  const forbidden = [zeroAddress, peg.mainToken, peg.productToken, sides.main.bridge, sides.product.bridge];
  if (forbidden.some((one) => isAddressEqual(one, recipient))) {
    throw refusal(`${reasons['forbidden-recipient']}: ${recipient}`, 'forbidden-recipient');
  }

  const { reader } = sides[source];
  const [here, there, balance, coins, gasPrice] = await Promise.all([
    timesOf(sides[source]),
    timesOf(sides[destination]),
    balanceOf(sides[source], from.address, address),
    reader.getBalance({ address }),
    reader.getGasPrice(),
  ]);
  if (here.pausedUntil > here.now) {
    throw refusal(`the ${source} bridge is paused until ${moment(here.pausedUntil)}`, 'paused');
  }
  if (balance < amount + fee) {
    const needed =
      fee === 0n ? amountOf(amount, from) : `${amountOf(amount, from)} and a fee of ${amountOf(fee, from)}`;
    throw new PegwayError(`refused: ${address} has ${amountOf(balance, from)}, and ${needed} would depart`, {
      hint: NOTHING_SENT,
    });
  }
  if (coins === 0n && gasPrice > 0n) {
    throw new PegwayError(`refused: ${address} has no coins of the ${source} chain to pay for gas`, {
      hint: `send it some; the gas price is ${formatEther(gasPrice, 'gwei')} gwei`,
    });
  }

  const limit = direction === 'mint' ? peg.mintLimit : peg.withdrawLimit;
  const notices: string[] = [];
  if (there.pausedUntil > there.now) {
    notices.push(
      `the ${destination} bridge is paused until ${moment(there.pausedUntil)}: the transfer waits until then`,
    );
  }
  if (limit !== undefined && arrives > limit.available) {
    notices.push(
      `only ${amountOf(limit.available, to)} may arrive at once now: the transfer will be parked, and paid ` +
        `${span(there.parkDelay)} after it arrives`,
    );
  }
  return notices;
}
