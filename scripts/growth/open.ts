import { createAuditor } from '../../relayer/audit/auditor.ts';
import { gapOf, inFlightOf } from '../../relayer/audit/balance-sheet.ts';
import { planLane } from '../../relayer/pipeline/plan.ts';
import { openBridgePair } from '../../relayer/state/bridges.ts';
import { createLedger } from '../../relayer/state/ledger.ts';
import { type Lane, laneKey } from '../../protocol/lane.ts';
import { MAXIMUM_BATCH } from '../../protocol/attestation.ts';
import { PLANNED_AT_ONCE } from '../../relayer/pipeline/lane-worker.ts';
import { type Cost, heap, processor } from './cost.ts';
import { scrape } from './scrape.ts';
import { atHeads, simulateChains, transferOf } from './simulated.ts';

/** Costs of a lane with this many open transfers. */
export async function openTransfers(size: number): Promise<Cost[]> {
  const simulated = simulateChains(1, size);
  const bridges = await openBridgePair(simulated.chains, () => 0);
  const [productToken] = simulated.pegs;
  if (productToken === undefined) throw new RangeError('the simulated chain has no pegs');
  const lane: Lane = { direction: 'mint', productToken };
  const withdraw = createLedger({ direction: 'withdraw', productToken });
  const before = heap();
  const transfers = Array.from({ length: size }, (_, index) => transferOf(lane, index));
  const ledger = createLedger(lane);
  const recover = () => ledger.reset(BigInt(size), transfers, new Set(), 0);
  recover();
  const held = heap() - before;

  const ledgers = new Map([ledger, withdraw].map((one) => [laneKey(one.lane), one]));
  const auditor = createAuditor({
    ...{ bridges, ledger: (one: Lane) => ledgers.get(laneKey(one)), atHeads },
    sleep: () => Promise.resolve(),
  });
  const turn = { lane, index: 0, size: 6, turnSeconds: 4, fallbackSeconds: 600 };
  const { mainPeg: peg } = bridges.pegs(productToken);
  if (peg === undefined) throw new RangeError('the simulated bridge has no such peg');
  const books = { peg, locked: transfers.length === 0 ? 0n : 1n, supply: 0n, feePot: 0n };
  /** Another 256 depart, and the oldest 256 are executed. */
  const block = () => {
    const first = Number(ledger.nextNonce);
    for (let index = 0; index < MAXIMUM_BATCH; index++) {
      ledger.add(transferOf(lane, first + index), 0);
      ledger.settle(BigInt(first + index - size));
    }
  };
  const scraping = scrape(bridges, ledgers);

  const cost = (name: string, value: number, unit: Cost['unit'] = 'ms'): Cost => ({
    ...{ axis: 'open transfers', size, name, value, unit },
  });
  return [
    // Fewer cannot be distinguished from the rest of the heap.
    ...(size < 1_000 ? [] : [cost('memory of the ledger', held, 'MB')]),
    cost('ledger filled at a start', await processor(recover)),
    cost('planning of a woken lane', await processor(() => planLane(ledger.oldest(PLANNED_AT_ONCE), 1, turn))),
    cost('256 departures and 256 executions applied', await processor(block)),
    cost(
      'audit after a block: the equation',
      await processor(() => gapOf({ ...books, inFlight: inFlightOf(ledger, withdraw) ?? 0n })),
    ),
    cost('audit of a sweep', await processor(() => auditor.check([productToken]))),
    cost('a scrape', await processor(scraping)),
  ];
}
