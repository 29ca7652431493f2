import { readState } from '../../relayer/chain/bridge-contract.ts';
import { checkChain } from '../../relayer/chain/chain-client.ts';
import type { PlaceFlags } from '../inspect/find-config.ts';
import { openAnsweringClients, targetOf } from '../inspect/target.ts';
import type { Io } from '../io.ts';
import { openListOutput } from '../output.ts';
import { parseQuery } from './parse-query.ts';
import { type Facts, readFacts } from './read-facts.ts';
import { report } from './report.ts';
import { resolveQuery } from './resolve-query.ts';
import { type Verdict, verdictOf, signedBy } from './verdict.ts';

/** Maximum number of transfers printed for one transaction. */
const AT_MOST = 16;

interface ExplainFlags extends PlaceFlags {
  readonly json: boolean;
}

export async function explain(words: readonly string[], flags: ExplainFlags, io: Io): Promise<number> {
  const query = parseQuery(words);
  using output = openListOutput(flags.json, io);
  const { config, relayers } = targetOf(flags, io);
  await using chains = await openAnsweringClients(config);
  const [main, product] = await Promise.all([
    checkChain(chains.main).then(() => readState(chains.main)),
    checkChain(chains.product).then(() => readState(chains.product)),
  ]);
  const states = { main, product };
  const { named, events } = await resolveQuery(query, { chains, states });
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
