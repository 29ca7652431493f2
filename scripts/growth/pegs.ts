import { createAuditor } from '../../relayer/audit/auditor.ts';
import { openBridgePair } from '../../relayer/state/bridges.ts';
import { createLedger } from '../../relayer/state/ledger.ts';
import { type Lane, laneKey } from '../../protocol/lane.ts';
import { type Cost, processor } from './cost.ts';
import { scrape } from './scrape.ts';
import { atHeads, simulateChains, transferOf } from './simulated.ts';

/** Open deposits of each peg. */
const OPEN = 10;

/** Costs apart from the transfers when a bridge has this many pegs, all over one main token. */
export async function pegs(size: number): Promise<Cost[]> {
  const simulated = simulateChains(size, OPEN);
  const bridges = await openBridgePair(simulated.chains, () => 0);
  const ledgers = new Map(bridges.lanes().map((lane) => [laneKey(lane), createLedger(lane)]));
  for (const ledger of ledgers.values()) {
    const { lane } = ledger;
    if (lane.direction === 'withdraw') continue;
    const transfers = Array.from({ length: OPEN }, (_, index) => transferOf(lane, index));
    ledger.reset(BigInt(OPEN), transfers, new Set(), 0);
  }
  const auditor = createAuditor({
    ...{ bridges, ledger: (one: Lane) => ledgers.get(laneKey(one)), atHeads },
    sleep: () => Promise.resolve(),
  });
  const cost = (name: string, value: number, unit: Cost['unit'] = 'ms'): Cost => ({
    ...{ axis: 'pegs', size, name, value, unit },
  });
  const requestsOf = async (work: () => Promise<unknown>) => {
    simulated.requests();
    await work();
    return simulated.requests();
  };
  const [first] = simulated.pegs;
  const one = first === undefined ? [] : [first];
  const auditOne = () => auditor.check(one);
  const auditAll = () => auditor.check(simulated.pegs);
  const read = () => bridges.refresh('main');
  // The state that a block finds: a sweep has run before.
  await auditAll();
  return [
    cost('a block that touches one peg: audit', await requestsOf(auditOne), 'requests'),
    cost('a sweep: audit of all', await requestsOf(auditAll), 'requests'),
    cost('reread of a bridge', await requestsOf(read), 'requests'),
    cost('a block that touches one peg: audit', await processor(auditOne)),
    cost('a sweep: audit of all', await processor(auditAll)),
    cost('reread of a bridge', await processor(read)),
    cost('a scrape', await processor(scrape(bridges, ledgers))),
  ];
}
