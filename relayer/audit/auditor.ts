import type { Address } from 'viem';

import type { Head } from '../chain/finality.ts';
import { balanceAt, lockedAt, supplyAt } from '../chain/chain-client.ts';
import { type BridgeAt, feePotAt } from '../chain/bridge-contract.ts';
import { codeOf } from '../../protocol/errors.ts';
import type { BridgePair } from '../state/bridges.ts';
import type { Ledger } from '../state/ledger.ts';
import { isLedgerConsistent } from '../pipeline/ledger-consistency.ts';
import { type Lane, type Side, type Transfer, directions } from '../../protocol/lane.ts';
import type { Peg } from '../../protocol/peg.ts';
import { createAheadCheck } from './ahead-check.ts';
import { gapOf, shortTokens } from './balance-sheet.ts';
import { type Execution, createExecutionCheck } from './execution-check.ts';
import { createParkedCheck } from './parked-check.ts';

/** The audit of one peg at the finalized heads that this relayer has processed. */
export interface Finding {
  readonly productToken: Address;
  /** In main base units. */
  readonly locked: bigint;
  /** In product base units. */
  readonly supply: bigint;
  /** The error of rule 1's equation in product base units; undefined while one chain is observed ahead of the other. */
  readonly gap: bigint | undefined;
  /** Errors found; empty when there are none. */
  readonly errors: readonly string[];
}

export interface Auditor {
  /** Records a transfer that the source emitted. */
  departed(transfer: Transfer): void;
  /** Records an execution at the destination. */
  executed(execution: Execution): void;
  /** Records an execution that happened while this relayer was down; audited a few at a time. */
  missed(execution: Execution): void;
  /** Records a transfer that the destination parked. */
  parked(lane: Lane, nonce: bigint): void;
  /**
   * Audits pegs now. If the heads move while a peg is read, it is left to the next audit. After an error, all pegs of
   * the same main token are audited as well.
   */
  check(productTokens: readonly Address[]): Promise<readonly Finding[]>;
}

export interface AuditContext {
  readonly bridges: BridgePair;
  readonly ledger: (lane: Lane) => Ledger | undefined;
  /** The finalized heads that the ledgers reflect; undefined while events are being applied. */
  readonly heads: () => Readonly<Record<Side, Head>> | undefined;
  readonly sleep: (seconds: number) => Promise<void>;
}

/** Consecutive readings that must show an error: a node may have answered for another block than the requested one. */
const READINGS = 3;
/** Attempts at a reading while the heads keep moving. */
const ATTEMPTS = 20;
const AGAIN_SECONDS = 0.1;
const EQUATION = 'the equation is wrong';

/**
 * The continuous audit: each execution has its source event with the same content, and rule 1 holds at pinned finalized
 * blocks. It is a second line of defence: an error means that funds were stolen or that a node lies, so this signer
 * stops signing for that peg.
 */
export function createAuditor(context: AuditContext): Auditor {
  const { bridges, ledger, heads, sleep } = context;
  const executions = createExecutionCheck(context);
  const parked = createParkedCheck(context);
  const checks = [executions, createAheadCheck(context), parked] as const;
  /** Errors that the latest checks found, by peg. */
  const wrong = new Map<Address, readonly string[]>();

  /** Locked amount and main fee pot of each peg at its latest reading. */
  const lastHeld = new Map<Address, { readonly locked: bigint; readonly mainFeePot: bigint }>();

  /**
   * Evaluates rule 1 at the current heads; undefined when they moved meanwhile.
   * @param light reuses the last amounts of the other pegs that share a main token. Nearly all changes of a peg come with
   * events that trigger a reading; after an error, and at each reconciliation, all are read.
   */
  const balance = async (productTokens: readonly Address[], light: boolean): Promise<Finding[] | undefined> => {
    const at = heads();
    if (at === undefined) return undefined;
    const requested = new Set(productTokens);
    const all = [...bridges.state('main').pegs.values()];
    const tokens = new Set(all.filter((peg) => requested.has(peg.productToken)).map((peg) => peg.mainToken));
    const pegs = all.filter(({ mainToken }) => tokens.has(mainToken));
    const isRead = ({ productToken }: Peg): boolean => requested.has(productToken) || !light;
    const [balances, books, supplies] = await Promise.all([
      Promise.all(
        [...tokens].map(async (token) => [token, await balanceAt(bridges.sides.main, token, at.main.number)] as const),
      ),
      Promise.all(
        pegs.map(async (peg) => {
          const last = isRead(peg) ? undefined : lastHeld.get(peg.productToken);
          return { peg, ...(last ?? (await heldAt(bridges.sides.main, peg.productToken, at.main.number))) };
        }),
      ),
      Promise.all(
        pegs
          .filter(isRead)
          .map(
            async ({ productToken }) =>
              [productToken, await issuedAt(bridges.sides.product, productToken, at.product.number)] as const,
          ),
      ).then((entries) => new Map(entries)),
    ]);
    // No await below this line: the ledgers must still match `at`.
    const now = heads();
    if (now?.main !== at.main || now.product !== at.product) return undefined;
    for (const { peg, ...held } of books) lastHeld.set(peg.productToken, held);
    const short = shortTokens(books, new Map(balances));
    return books.flatMap(({ peg, locked }): Finding[] => {
      const { productToken, mainToken } = peg;
      const issued = supplies.get(productToken);
      const mint = ledger({ direction: 'mint', productToken });
      const withdraw = ledger({ direction: 'withdraw', productToken });
      if (issued === undefined || mint === undefined || withdraw === undefined) return [];
      const { supply } = issued;
      const gap = gapOf({ ...issued, peg, locked, mint, withdraw });
      const errors = [
        ...(short.has(mainToken) ? [`the bridge holds less of ${mainToken} than is locked or in fee pots`] : []),
        ...(gap === undefined || gap === 0n ? [] : [`${EQUATION} by ${gap} product base units`]),
      ];
      return [{ productToken, locked, supply, gap, errors }];
    });
  };

  const patiently = async (productTokens: readonly Address[], light: boolean): Promise<Finding[]> => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const findings = await balance(productTokens, light);
      if (findings !== undefined) return findings;
      await sleep(AGAIN_SECONDS);
    }
    return [];
  };

  /**
   * Discards a wrong sum while a ledger is inconsistent: nodes may withhold an event of the peg, and the next
   * reconciliation repairs that.
   */
  const doubt = async (finding: Finding): Promise<Finding> => {
    const { productToken, gap } = finding;
    const at = heads();
    if (gap === undefined || gap === 0n || at === undefined) return finding;
    const lanes = directions.flatMap((direction) => ledger({ direction, productToken }) ?? []);
    const whole = await Promise.all(lanes.map((lane) => isLedgerConsistent(bridges, lane, at)));
    if (whole.every(Boolean)) return finding;
    return { ...finding, gap: undefined, errors: finding.errors.filter((error) => !error.startsWith(EQUATION)) };
  };

  return {
    departed: (transfer) => executions.departed(transfer),
    executed: (execution) => executions.executed(execution),
    missed: (execution) => executions.missed(execution),
    parked: (lane, nonce) => parked.parked(lane, nonce),

    async check(productTokens) {
      const at = heads();
      if (at !== undefined) {
        for (const productToken of productTokens) {
          const found: string[] = [];
          for (const direction of directions) {
            for (const one of checks) found.push(...(await one.check({ direction, productToken }, at)));
          }
          wrong.set(productToken, found);
        }
      }
      let findings = await patiently(productTokens, true);
      for (let reading = 1; reading < READINGS && findings.some(({ errors }) => errors.length > 0); reading++) {
        await sleep(AGAIN_SECONDS);
        findings = await patiently(productTokens, false);
      }
      const certain = await Promise.all(findings.map(doubt));
      return certain.map((finding) => ({
        ...finding,
        errors: [...(wrong.get(finding.productToken) ?? []), ...finding.errors],
      }));
    },
  };
}

async function heldAt(main: BridgeAt, productToken: Address, at: bigint) {
  const [locked, mainFeePot] = await Promise.all([lockedAt(main, productToken, at), feePotAt(main, productToken, at)]);
  return { locked, mainFeePot };
}

/** Supply and product fee pot; undefined when the peg's token does not exist yet. */
async function issuedAt(product: BridgeAt, productToken: Address, at: bigint) {
  const [supply, feePot] = await Promise.all([
    supplyYet(product, productToken, at),
    feePotAt(product, productToken, at),
  ]);
  return supply === undefined ? undefined : { supply, feePot };
}

/**
 * Undefined when the peg's token does not exist at the finalized block: it is younger, or the address is no product
 * token.
 */
const supplyYet = (...[side, productToken, at]: Parameters<typeof supplyAt>): Promise<bigint | undefined> =>
  supplyAt(side, productToken, at).catch((error: unknown) => {
    if (codeOf(error) === 'not-final') return undefined;
    throw error;
  });
