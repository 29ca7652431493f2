import type { AnchorHistoryView, Wire } from '../../protocol/api-types.ts';
import { PegwayError } from '../../protocol/errors.ts';
import { type AnchorsTerms, readTerms } from '../../relayer/anchors/anchors-contract.ts';
import { type Operator, type OperatorFlags, openOperator } from '../governance/operator.ts';
import { ask } from '../inspect/ask-relayers.ts';
import type { Io } from '../io.ts';
import { wrong } from '../output.ts';

/** One operator’s access to the anchors of its bridge. */
export interface AnchorsPlace extends AsyncDisposable {
  readonly operator: Operator;
  readonly terms: AnchorsTerms;
}

/** @throws {PegwayError} exit code 2 for a bridge without anchors, or with those of another. */
export async function openAnchors(flags: OperatorFlags, io: Pick<Io, 'env'>): Promise<AnchorsPlace> {
  const operator = await openOperator(flags, io);
  try {
    const { config, sides } = operator;
    if (config.anchors === undefined) {
      throw wrong('the configuration names no Anchors contract', 'set anchors.contract (docs/configuration.md)');
    }
    const terms = await readTerms(sides.main, sides.product, config.anchors.contract);
    return { operator, terms, [Symbol.asyncDispose]: () => operator[Symbol.asyncDispose]() };
  } catch (error) {
    await operator[Symbol.asyncDispose]();
    throw error;
  }
}

/** What this signer’s own relayer has read, and how many others have read the same. */
export interface ReadHistory {
  readonly own: Wire<AnchorHistoryView>;
  readonly same: number;
  readonly relayers: number;
}

/** @throws {PegwayError} without an answer of the own relayer. A signer signs what its own relayer has proven. */
export async function readHistory({ operator }: AnchorsPlace, number: bigint): Promise<ReadHistory> {
  const urls = operator.relayerUrls;
  const told = await Promise.all(urls.map((url) => ask<AnchorHistoryView>(url, `/v1/anchors/${number}/history`)));
  const [own] = told;
  if (own === undefined || !('value' in own)) {
    const problem = own === undefined ? 'none is configured' : 'error' in own ? own.error : own.message;
    throw new PegwayError(`this signer’s relayer gives no history up to block ${number}: ${problem}`, {
      code: 'not-final',
      hint: 'run the command with the configuration of a running relayer that has read this block',
    });
  }
  const text = JSON.stringify(own.value);
  const same = told.filter((one) => 'value' in one && JSON.stringify(one.value) === text).length;
  return { own: own.value, same, relayers: urls.length };
}
