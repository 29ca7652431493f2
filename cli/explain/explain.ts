import { PegwayError } from '../../protocol/errors.ts';
import { readState } from '../../relayer/chain/bridge-contract.ts';
import { checkChain } from '../../relayer/chain/chain-client.ts';
import type { BridgeEvent } from '../../relayer/chain/events.ts';
import type { PlaceFlags } from '../inspect/find-config.ts';
import { openChainClients, targetOf } from '../inspect/target.ts';
import { nameOf } from '../inspect/token-name.ts';
import type { Io } from '../io.ts';
import { openOutput } from '../output.ts';
import { type Facts, type FactSources, readFacts } from './read-facts.ts';
import { type Named, type Query, findTransaction, namedIn, parseQuery, pegOf } from './parse-query.ts';
import { report } from './report.ts';
import { type Verdict, verdictOf, signedBy } from './verdict.ts';

/** Maximum number of transfers printed for one transaction. */
const AT_MOST = 16;

interface ExplainFlags extends PlaceFlags {
  readonly json: boolean;
}

export async function explain(words: readonly string[], flags: ExplainFlags, io: Io): Promise<number> {
  const query = parseQuery(words);
  const output = openOutput(flags.json, io);
  const { config, relayers } = targetOf(flags, io);
  await using chains = openChainClients(config);
  const [main, product] = await Promise.all([
    checkChain(chains.main).then(() => readState(chains.main)),
    checkChain(chains.product).then(() => readState(chains.product)),
  ]);
  const states = { main, product };
  const { named, events } = await resolve(query, { chains, states });
  let isUnknown = false;
  for (const one of named.slice(0, AT_MOST)) {
    const facts = await readFacts(one, { chains, states, relayers, events });
    const verdict = verdictOf(facts, Date.now() / 1_000);
    output.result(await report(facts, verdict, { chains, states }), toJson(facts, verdict));
    if (verdict.status === 'unknown') isUnknown = true;
  }
  if (named.length > AT_MOST) output.say(`and ${named.length - AT_MOST} more transfers of the same transaction`);
  return isUnknown ? 1 : 0;
}

/** @throws {PegwayError} exit code 1 when there is nothing to explain. */
async function resolve(
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

const toJson = (facts: Facts, verdict: Verdict): object => {
  const { lane, nonce, source, destination, departure, arrival, witnesses } = facts;
  const { state, status, parked, failedAt, approvals } = destination;
  return {
    ...lane,
    nonce,
    ...verdict,
    departure: departure && {
      ...{ transaction: departure.transactionHash, block: departure.blockNumber, at: departure.at },
      ...{ sender: departure.sender, recipient: departure.recipient },
      ...{ sourceAmount: departure.sourceAmount, amount: departure.amount },
    },
    arrival,
    source: { final: source.final.number, latest: source.latest.number, emitted: source.emitted },
    destination: {
      ...{
        final: destination.final.number,
        latest: destination.latest.number,
        status,
        parked,
        failedAt,
        approvals,
      },
      ...{ signers: state.signers, threshold: state.threshold, pausedUntil: state.pausedUntil },
    },
    signed: arrival?.signers ?? signedBy(facts),
    relayers: witnesses.map(({ url, address, status: told, transfer }) => ({
      ...{ url, address },
      ...('error' in told ? { error: told.error } : {}),
      ...('value' in transfer ? { reason: transfer.value.reason, signed: transfer.value.signed } : {}),
      ...('reason' in transfer ? { reason: transfer.reason } : {}),
    })),
  };
};
