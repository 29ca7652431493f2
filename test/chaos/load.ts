import { setTimeout as sleep } from 'node:timers/promises';

import { type Address, type Hex, erc20Abi, maxUint256 } from 'viem';

import { type Holder, holderOf } from '../../cli/devnet/devnet-holder.ts';
import { mainBridgeAbi, productBridgeAbi } from '../../sdk/index.ts';
import { sides } from '../../protocol/lane.ts';
import { eventually } from '../support/wait.ts';
import { bridgesOf, openOf, readLanes } from './checker.ts';
import type { ChaosNet } from './net.ts';
import type { Random } from './random.ts';

/*
 * One holder deposits for another, which redeems them. Both wait only for blocks and keep no records: reorgs and
 * full pools lose some transactions, and the bridges' state defines the departures at the end.
 */

/** Exceeds the gas of any deposit or redeem. */
const GAS = 250_000n;
const TIP = 1_000_000_000n;
/** Limit per account and round, so that even a short run lasts long enough to meet faults. */
const bunchFor = (count: number): number => Math.max(2, Math.min(80, Math.floor(count / 25)));
const ROUND_SECONDS = 8;
/** Backpressure: holders pause above this many open transfers, since throughput under faults is not under test. */
const MOST_OPEN = 500;
/** With many lanes: fewer in each would be batches of one. */
const OPEN_IN_LANE = 5;

const pause = () => sleep(500);

export interface Load {
  /** Number of departures on both bridges, at their newest blocks. */
  departed(): Promise<number>;
  /** Resolves when `isOver`, after this time, or on abort. @param count Departures to expect: sets the pace. */
  run(
    count: number,
    end: { readonly isOver: (departed: number) => boolean; readonly seconds: number; readonly signal: AbortSignal },
  ): Promise<void>;
}

export async function createLoad(net: ChaosNet, random: Random): Promise<Load> {
  const { file } = net.devnet;
  const [one, other] = file.holders;
  if (one === undefined || other === undefined) throw new Error('a devnet of fewer than two holders');
  const depositor = holderOf(file, one.privateKey);
  const redeemer = holderOf(file, other.privateKey);
  const bridges = bridgesOf(net);
  const pegs = bridges.flatMap((bridge) => bridge.pegs.map((peg) => ({ ...peg, bridge })));
  const { address } = depositor.main.writer.account;
  const first = await depositor.main.reader.getTransactionCount({ address });
  const allowances = new Map(
    pegs.map(({ mainToken, bridge: { main } }) => [`${mainToken} ${main.bridge}`, { mainToken, spender: main.bridge }]),
  );
  const approvals: Hex[] = [];
  for (const [index, { mainToken, spender }] of [...allowances.values()].entries()) {
    const args = [spender, maxUint256] as const;
    const approval = { address: mainToken, abi: erc20Abi, functionName: 'approve', args } as const;
    approvals.push(await depositor.main.writer.writeContract({ ...approval, nonce: first + index }));
  }
  for (const hash of approvals) await depositor.main.reader.waitForTransactionReceipt({ hash, pollingInterval: 100 });

  /** Every amount is unique, so that a confusion of two transfers is detected. */
  let counter = 0n;
  const amounts = (count: number) =>
    Array.from({ length: count }, () => {
      const peg = random.pick(pegs);
      const mainAmount = 10n ** BigInt(peg.mainDecimals - 1) + counter++;
      const productAmount = (mainAmount * BigInt(peg.numerator)) / BigInt(peg.denominator);
      return { bridge: peg.bridge, productToken: peg.productToken, mainAmount, productAmount };
    });

  const bunch = async (
    client: Holder['main'],
    calls: readonly {
      readonly bridge: Address;
      readonly functionName: 'deposit' | 'redeem';
      readonly args: readonly [Address, bigint, Address, bigint];
    }[],
  ): Promise<void> => {
    const { reader, writer } = client;
    const { address } = writer.account;
    const nonce = await reader.getTransactionCount({ address, blockTag: 'latest' });
    const { baseFeePerGas } = await reader.getBlock();
    const fees = { maxFeePerGas: 3n * (baseFeePerGas ?? 0n) + TIP, maxPriorityFeePerGas: TIP };
    // Transactions of an earlier round that are still in the pool are rejected here, and mined nevertheless.
    await Promise.allSettled(
      calls.map(({ bridge, functionName, args }, index) => {
        const shared = { ...fees, address: bridge, args, gas: GAS, nonce: nonce + index, type: 'eip1559' } as const;
        return functionName === 'deposit'
          ? writer.writeContract({ ...shared, abi: mainBridgeAbi, functionName })
          : writer.writeContract({ ...shared, abi: productBridgeAbi, functionName });
      }),
    );
    const mined = async () =>
      (await reader.getTransactionCount({ address, blockTag: 'latest' })) >= nonce + calls.length;
    // The next round starts from the chain's current state.
    await eventually('the bunch is mined', mined, ROUND_SECONDS).catch(() => undefined);
  };

  const lanes = pegs.flatMap(({ bridge, productToken }) =>
    sides.map((side) => ({ side, bridge, functionName: 'outboundNonce', args: [productToken] })),
  );
  const mostOpen = Math.max(MOST_OPEN, OPEN_IN_LANE * lanes.length);
  const departed = async (): Promise<number> =>
    Number((await readLanes<bigint>(net, lanes)).reduce((sum, count) => sum + count, 0n));

  /** The number of redeems that the redeemer's balance covers. */
  const affordable = async (most: number) => {
    const left = new Map<Address, bigint>();
    const wanted = amounts(most);
    for (const productToken of new Set(wanted.map((one) => one.productToken))) {
      const args = [redeemer.address] as const;
      const read = { address: productToken, abi: erc20Abi, functionName: 'balanceOf', args } as const;
      left.set(productToken, await redeemer.product.reader.readContract(read));
    }
    return wanted.filter(({ productToken, productAmount }) => {
      const rest = (left.get(productToken) ?? 0n) - productAmount;
      if (rest >= 0n) left.set(productToken, rest);
      return rest >= 0n;
    });
  };

  return {
    departed,
    async run(count, { isOver, seconds, signal }) {
      const deadline = performance.now() + 1_000 * seconds;
      let done = false;
      const most = bunchFor(count);
      const until = async (round: () => Promise<void>) => {
        while (!done) {
          if ((await openOf(net).catch(() => 0)) > mostOpen) await pause();
          else await round().catch(() => undefined);
        }
      };
      const deposits = until(() =>
        bunch(
          depositor.main,
          amounts(random.between(1, most)).map(({ bridge, productToken, mainAmount }) => ({
            bridge: bridge.main.bridge,
            functionName: 'deposit',
            args: [productToken, mainAmount, redeemer.address, 0n],
          })),
        ),
      );
      const redeems = until(async () => {
        const calls = (await affordable(most)).map(({ bridge, productToken, productAmount }) => ({
          bridge: bridge.product.bridge,
          functionName: 'redeem' as const,
          args: [productToken, productAmount, depositor.address, 0n] as const,
        }));
        if (calls.length > 0) await bunch(redeemer.product, calls);
        else await pause();
      });
      const isOverNow = () => departed().then(isOver, () => false);
      while (!signal.aborted && performance.now() < deadline && !(await isOverNow())) await pause();
      done = true;
      await Promise.all([deposits, redeems]);
    },
  };
}
