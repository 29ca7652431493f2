import type { Address } from 'viem';

import { codeOf } from '../../protocol/errors.ts';
import { type Lane, directions } from '../../protocol/lane.ts';
import type { Peg } from '../../protocol/peg.ts';
import { type BridgeAt, type Pinned, feePotAt } from '../chain/bridge-contract.ts';
import { balanceAt, lockedAt, supplyAt } from '../chain/chain-client.ts';
import { type LedgerContent, contentOf } from '../pipeline/ledger-consistency.ts';
import type { BridgePair } from '../state/bridges.ts';
import type { Ledger } from '../state/ledger.ts';
import type { Heads } from '../state/ledgers.ts';
import { gapOf, inFlightOf, shortTokens } from './balance-sheet.ts';

export interface AuditContext {
  readonly bridges: BridgePair;
  readonly ledger: (lane: Lane) => Ledger | undefined;
  /** Calls `take` while the ledgers reflect finalized heads; see `Ledgers`. */
  readonly atHeads: <T>(take: (heads: Heads) => T) => Promise<T | undefined>;
  readonly sleep: (seconds: number) => Promise<void>;
}

/** Rule 1 of one peg at one finalized block of each chain. */
export interface Sheet {
  readonly productToken: Address;
  /** In main base units. */
  readonly locked: bigint;
  /** In product base units. */
  readonly supply: bigint;
  /** The error of the equation in product base units; undefined while one chain is observed ahead of the other. */
  readonly gap: bigint | undefined;
  /** True if the bridge holds less of the main token than all of its pegs have locked or in fee pots. */
  readonly isShort: boolean;
  /** The blocks, and the peg's ledgers at these. */
  readonly at: Heads;
  readonly contents: readonly LedgerContent[];
}

/** The part of the ledgers that one reading needs, taken at one moment. */
interface Snapshot {
  readonly at: Heads;
  readonly pegs: readonly {
    readonly peg: Peg;
    readonly inFlight: bigint | undefined;
    readonly contents: readonly LedgerContent[];
  }[];
}

/**
 * Reads rule 1 for pegs of one main token. The ledgers are copied at one moment, and every value is read at the block
 * hashes that they reflected then, so new blocks do not disturb a reading, however long it takes.
 * @returns undefined when there was no such moment: a block could not be applied.
 */
export type ReadSheets = (
  mainToken: Address,
  productTokens: ReadonlySet<Address>,
  /**
   * `light` reuses the last amounts of the other pegs of the main token. Nearly all changes of a peg come with events
   * that trigger a reading; after an error, and at each reconciliation, all are read.
   */
  extent: 'light' | 'full',
) => Promise<readonly Sheet[] | undefined>;

export function createReadSheets({ bridges, ledger, atHeads }: AuditContext): ReadSheets {
  /** Locked amount and main fee pot of each peg at its latest reading. */
  const lastHeld = new Map<Address, { readonly locked: bigint; readonly mainFeePot: bigint }>();

  const snapshot = (pegs: readonly Peg[], extent: 'light' | 'full') =>
    atHeads((at): Snapshot => {
      const pegsNow = pegs.map((peg) => {
        const lanes = directions.map((direction) => ledger({ direction, productToken: peg.productToken }));
        const [mint, withdraw] = lanes;
        return {
          peg,
          inFlight: mint === undefined || withdraw === undefined ? undefined : inFlightOf(mint, withdraw),
          // Needed only to judge an error.
          contents: extent === 'light' ? [] : lanes.flatMap((one) => (one === undefined ? [] : [contentOf(one)])),
        };
      });
      return { at, pegs: pegsNow };
    });

  return async (mainToken, productTokens, extent) => {
    const all = bridges.allPegs().filter((peg) => peg.mainToken === mainToken);
    const isRead = ({ productToken }: Peg): boolean => extent === 'full' || productTokens.has(productToken);
    const taken = await snapshot(all.filter(isRead), extent);
    if (taken === undefined) return undefined;

    const { main, product } = bridges.sides;
    const { at, pegs } = taken;
    const [balance, held, issued] = await Promise.all([
      balanceAt(main, mainToken, at.main),
      Promise.all(
        all.map(async (peg) => {
          const last = isRead(peg) ? undefined : lastHeld.get(peg.productToken);
          return { peg, ...(last ?? (await heldAt(main, peg.productToken, at.main))) };
        }),
      ),
      Promise.all(pegs.map(({ peg }) => issuedAt(product, peg.productToken, at.product))),
    ]);

    for (const { peg, ...amounts } of held) lastHeld.set(peg.productToken, amounts);
    const isShort = shortTokens(held, new Map([[mainToken, balance]])).has(mainToken);
    const lockedOf = new Map(held.map(({ peg, locked }) => [peg.productToken, locked]));
    return pegs.map(({ peg, inFlight, contents }, index): Sheet => {
      const { productToken } = peg;
      const locked = lockedOf.get(productToken) ?? 0n;
      const { supply, feePot } = issued[index] ?? { supply: 0n, feePot: 0n };
      const gap = inFlight === undefined ? undefined : gapOf({ peg, locked, supply, feePot, inFlight });
      return { ...{ productToken, locked, supply, gap, isShort, at, contents } };
    });
  };
}

async function heldAt(main: BridgeAt, productToken: Address, at: Pinned) {
  const [locked, mainFeePot] = await Promise.all([lockedAt(main, productToken, at), feePotAt(main, productToken, at)]);
  return { locked, mainFeePot };
}

async function issuedAt(product: BridgeAt, productToken: Address, at: Pinned) {
  const [supply, feePot] = await Promise.all([
    supplyYet(product, productToken, at),
    feePotAt(product, productToken, at),
  ]);
  return { supply, feePot };
}

/** Zero while the finalized block has no code at the token's address: it is younger, or no product token. */
const supplyYet = (...[side, productToken, at]: Parameters<typeof supplyAt>): Promise<bigint> =>
  supplyAt(side, productToken, at).catch((error: unknown) => {
    if (codeOf(error) === 'not-final') return 0n;
    throw error;
  });
