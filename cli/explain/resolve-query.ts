import { PegwayError } from '../../protocol/errors.ts';
import type { BridgeEvent } from '../../relayer/chain/events.ts';
import { nameOf } from '../inspect/token-name.ts';
import { type Named, type Query, findTransaction, namedIn, pegOf } from './parse-query.ts';
import type { FactSources } from './read-facts.ts';

/**
 * The transfers that a query names, and the events in which a transaction named them.
 * @throws {PegwayError} exit code 1 when there are none.
 */
export async function resolveQuery(
  query: Query,
  { chains, states }: Pick<FactSources, 'chains' | 'states'>,
): Promise<{ named: readonly Named[]; events: readonly BridgeEvent[] }> {
  if (query.kind === 'nonce') {
    const tokens = [...states.product.pegs.keys()];
    const names = await Promise.all(tokens.map((token) => nameOf(chains.product, token)));
    const symbols = new Map(names.map(({ address, symbol }) => [address, symbol]));
    const lane = { direction: query.direction, productToken: pegOf(query.peg, symbols) };
    return { named: [{ lane, nonce: query.nonce }], events: [] };
  }
  const { hash } = query;
  const found = await findTransaction(chains, hash);
  if (found === undefined) {
    throw new PegwayError(`no configured node of either chain knows the transaction ${hash}`, {
      code: 'unknown-nonce',
      hint: 'check the hash; a transaction that was dropped must be sent again',
    });
  }
  if (found.outcome === 'pending') {
    throw new PegwayError(`${hash} is in the pool of the ${found.side} chain and not yet in a block`, {
      code: 'waiting-for-inclusion',
      hint: 'nothing has departed yet; look again when it is in a block',
    });
  }
  if (found.outcome === 'reverted') {
    throw new PegwayError(`${hash} reverted on the ${found.side} chain: nothing departed, nothing was taken`, {
      hint: 'simulate it to see why, and send it again',
    });
  }
  const named = namedIn(found.events);
  if (named.length > 0) return { named, events: found.events };
  throw new PegwayError(
    `${hash} on the ${found.side} chain has no transfer of the bridge ${chains[found.side].address}`,
    {
      code: 'unknown-nonce',
      hint: 'name the deposit or the redeem itself, or what executed it',
    },
  );
}
