import type { Address } from 'viem';

import { PegwayError } from '../../protocol/errors.ts';
import { type Lane, type Transfer, directions } from '../../protocol/lane.ts';
import { isConsistent } from '../pipeline/ledger-consistency.ts';
import { createAheadCheck } from './ahead-check.ts';
import { type Execution, createExecutionCheck } from './execution-check.ts';
import { createParkedCheck } from './parked-check.ts';
import { type AuditContext, type Sheet, createReadSheets } from './reading.ts';

/** The audit of one peg at finalized blocks that this relayer has processed. */
export interface Finding extends Partial<Pick<Sheet, 'locked' | 'supply' | 'gap'>> {
  readonly productToken: Address;
  /** Errors found; empty when there are none. */
  readonly errors: readonly string[];
  /** Why the audit is not complete; undefined when it is. Without errors, an incomplete audit shows nothing. */
  readonly incomplete: unknown;
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
   * Audits pegs now; never rejects, and has a finding for each of them. After an error, all pegs of the same main token
   * are audited as well.
   */
  check(productTokens: readonly Address[]): Promise<readonly Finding[]>;
}

/** Consecutive readings that must show an error: a node may have served a block before it had all of its state. */
const READINGS = 3;
const AGAIN_SECONDS = 0.1;

const notApplied = () =>
  new PegwayError('the events of the last final blocks could not be applied', { code: 'not-final' });
const notComparable = () =>
  new PegwayError('one chain is observed ahead of the other: their sums cannot be compared', { code: 'not-final' });
const withheld = () =>
  new PegwayError('nodes withhold events of this peg: its sums cannot be compared', { code: 'withheld-log' });

/**
 * The continuous audit: each execution has its source event with the same content, and rule 1 holds at finalized blocks
 * with hashes that the node quorum shares. It is a second line of defence: an error means that funds were stolen or
 * that a node lies, so this signer stops signing for that peg.
 */
export function createAuditor(context: AuditContext): Auditor {
  const { bridges, ledger, atHeads, sleep } = context;
  const executions = createExecutionCheck(context);
  const parked = createParkedCheck(context);
  const checks = [executions, createAheadCheck(context), parked] as const;
  const readSheets = createReadSheets(context);
  /** Errors that the latest checks found, by peg. */
  const wrong = new Map<Address, readonly string[]>();

  const checkLanes = async (productTokens: ReadonlySet<Address>): Promise<void> => {
    for (const productToken of productTokens) {
      const found: string[] = [];
      for (const direction of directions) {
        const lane: Lane = { direction, productToken };
        const taken = await atHeads((heads) => ({ heads, end: ledger(lane)?.nextNonce ?? 0n }));
        if (taken === undefined) throw notApplied();
        for (const one of checks) found.push(...(await one.check(lane, taken.heads, taken.end)));
      }
      wrong.set(productToken, found);
    }
  };

  const conclude = async (sheet: Sheet): Promise<Finding> => {
    const { productToken, locked, supply, gap, isShort, at, contents } = sheet;
    const isWrong = gap !== undefined && gap !== 0n;
    // Nodes may withhold an event of the peg, and the next reconciliation repairs that.
    const whole = await Promise.all(isWrong ? contents.map((content) => isConsistent(bridges, content, at)) : []);
    const isDoubtful = !whole.every(Boolean);
    return {
      ...{ productToken, locked, supply, gap: isDoubtful ? undefined : gap },
      errors: [
        ...(wrong.get(productToken) ?? []),
        ...(isShort ? [`the bridge holds less of ${mainTokenOf(productToken)} than is locked or in fee pots`] : []),
        ...(isWrong && !isDoubtful ? [`the equation is wrong by ${gap} product base units`] : []),
      ],
      incomplete: isDoubtful ? withheld() : gap === undefined ? notComparable() : undefined,
    };
  };

  const mainTokenOf = (productToken: Address): Address | undefined => {
    const { mainPeg, productPeg } = bridges.pegs(productToken);
    return (mainPeg ?? productPeg)?.mainToken;
  };

  /** Audits pegs of one main token. */
  const audit = async (mainToken: Address, productTokens: ReadonlySet<Address>): Promise<readonly Finding[]> => {
    // Requested together, so that they share HTTP requests.
    let [sheets] = await Promise.all([readSheets(mainToken, productTokens, 'light'), checkLanes(productTokens)]);
    const isWrong = ({ gap, isShort }: Sheet): boolean => isShort || (gap ?? 0n) !== 0n;
    for (let reading = 1; reading < READINGS && sheets?.some(isWrong) === true; reading++) {
      await sleep(AGAIN_SECONDS);
      sheets = await readSheets(mainToken, productTokens, 'full');
    }
    if (sheets === undefined) throw notApplied();
    return Promise.all(sheets.map(conclude));
  };

  return {
    departed: (transfer) => executions.departed(transfer),
    executed: (execution) => executions.executed(execution),
    missed: (execution) => executions.missed(execution),
    parked: (lane, nonce) => parked.parked(lane, nonce),

    async check(productTokens) {
      const byMainToken = Map.groupBy(new Set(productTokens), mainTokenOf);
      const audits = [...byMainToken].map(async ([mainToken, tokens]): Promise<readonly Finding[]> => {
        if (mainToken === undefined) return [];
        // One main token that cannot be read must not leave the pegs of the others without an audit.
        return audit(mainToken, new Set(tokens)).catch((incomplete: unknown) =>
          tokens.map((productToken) => ({ productToken, errors: [], incomplete })),
        );
      });
      return (await Promise.all(audits)).flat();
    },
  };
}
