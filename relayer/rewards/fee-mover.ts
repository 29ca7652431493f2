import type { Address } from 'viem';

import { type Lane, type Side, sides } from '../../protocol/lane.ts';
import { type Peg, toProduct } from '../../protocol/peg.ts';
import { startOfWeek, weekOf } from '../../protocol/rewards.ts';
import { hasTurnFor } from '../../protocol/turns.ts';
import type { ChainClient } from '../chain/chain-client.ts';
import type { TxManager } from '../tx/tx-manager.ts';
import { type FeePot, encodeCollectFees, encodeDepartFees, feePotOf, sendFeeCall } from './rewards-contract.ts';

/** Moves fee pots to the Rewards contract: `collectFees` on the main chain, `departFees` on the product chain. */
export interface FeeMover {
  /** Reads all pots and moves those that are due and in this signer's turn. */
  move(): Promise<void>;
  /** The pots as last read. */
  pots(): readonly (FeePot & Pick<Lane, 'productToken'>)[];
}

export interface FeeMoverOptions {
  readonly chains: Readonly<Record<Side, ChainClient>>;
  readonly transactions: Readonly<Record<Side, TxManager>>;
  readonly payer: Address;
  readonly pegs: () => readonly Peg[];
  /** This signer's place among a side's signers. */
  readonly place: (side: Side) => { readonly size: number; readonly index: number };
  readonly isPaused: (side: Side) => boolean;
  /** Of a side's latest final block, in seconds; undefined before the first. */
  readonly timestamp: (side: Side) => bigint | undefined;
  readonly fees: { readonly collectAbove: Readonly<Record<Address, bigint>>; readonly leadSeconds: number };
  readonly turnSeconds: number;
  readonly log: { info(fields: object, message: string): void };
  /** Monotonic seconds. */
  readonly now: () => number;
}

/** State of one pot between two readings. */
interface Memory {
  amount: bigint;
  /** When it became due, in monotonic seconds: the clock of its turns. */
  dueSince: number | undefined;
  /** The week in which it was last moved. */
  movedIn: bigint | undefined;
  /** How often it was seen to be moved: distinguishes the transactions. */
  moves: number;
}

/**
 * A pot is moved when it holds `collectAbove`, or in the last `leadSeconds` of the week, once. It holds at least the
 * bridge's `departMinimum` in either case, which governance sets to an amount worth the gas: no price is known here.
 */
export function isFeePotDue(options: {
  readonly pot: Pick<FeePot, 'amount' | 'minimum'>;
  readonly collectAbove: bigint | undefined;
  /** By the chain's clock, in seconds. */
  readonly timestamp: bigint;
  readonly leadSeconds: number;
  readonly movedIn: bigint | undefined;
}): boolean {
  const { pot, collectAbove, timestamp, leadSeconds, movedIn } = options;
  if (pot.amount === 0n || pot.amount < pot.minimum) return false;
  if (collectAbove !== undefined && pot.amount >= collectAbove) return true;
  const week = weekOf(timestamp);
  return movedIn !== week && startOfWeek(week + 1n) - timestamp <= BigInt(Math.floor(leadSeconds));
}

export function createFeeMover(options: FeeMoverOptions): FeeMover {
  const { chains, transactions, payer, pegs, place, isPaused, timestamp, fees, turnSeconds, log, now } = options;
  const memories = new Map<string, Memory>();
  let known: readonly (FeePot & { readonly productToken: Address })[] = [];

  const moveOne = async (peg: Peg, pot: FeePot, at: bigint): Promise<void> => {
    const { side } = pot;
    const { productToken } = peg;
    const name = `${side === 'main' ? 'collect' : 'depart'}-${productToken}`;
    const memory = memories.get(name) ?? { amount: 0n, dueSince: undefined, movedIn: undefined, moves: 0 };
    memories.set(name, memory);
    // Less than before: this signer or another one has moved it.
    if (pot.amount < memory.amount)
      Object.assign(memory, { dueSince: undefined, movedIn: weekOf(at), moves: memory.moves + 1 });
    memory.amount = pot.amount;

    const above = fees.collectAbove[productToken];
    const collectAbove = above === undefined || side === 'main' ? above : toProduct(peg, above);
    const due = { pot, collectAbove, timestamp: at, leadSeconds: fees.leadSeconds, movedIn: memory.movedIn };
    // A paused bridge keeps its fees; less than one step does not convert.
    const isBlocked = side === 'product' && (isPaused(side) || pot.amount < peg.numerator);
    if (isBlocked || !isFeePotDue(due)) return void (memory.dueSince = undefined);
    memory.dueSince ??= now();
    const readySeconds = now() - memory.dueSince;
    if (!hasTurnFor({ subject: `${name}-${weekOf(at)}`, ...place(side), readySeconds, turnSeconds })) return;

    const note = { productToken, amount: pot.amount.toString() };
    const refused = await sendFeeCall({
      ...{ nodes: chains[side].nodes, transactions: transactions[side], from: payer, to: chains[side].address, note },
      key: `${name}-${weekOf(at)}-${memory.moves}`,
      data: side === 'main' ? encodeCollectFees(productToken) : encodeDepartFees(productToken),
    });
    if (refused === undefined) log.info({ chain: side, ...note }, 'fee pot submitted');
    else log.info({ chain: side, ...note, error: refused }, 'fee pot not submitted: the simulation reverts');
  };

  return {
    pots: () => known,

    async move() {
      const read = sides.flatMap((side) =>
        pegs().map(async (peg) => ({ peg, pot: await feePotOf(chains[side], peg.productToken) })),
      );
      const all = await Promise.all(read);
      known = all.map(({ peg, pot }) => ({ ...pot, productToken: peg.productToken }));
      for (const { peg, pot } of all) {
        const at = timestamp(pot.side);
        if (at !== undefined && place(pot.side).index >= 0) await moveOne(peg, pot, at);
      }
    },
  };
}
