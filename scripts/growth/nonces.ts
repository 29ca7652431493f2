import { isLedgerConsistent } from '../../relayer/pipeline/ledger-consistency.ts';
import { openBridgePair } from '../../relayer/state/bridges.ts';
import { createLedger } from '../../relayer/state/ledger.ts';
import type { Lane } from '../../protocol/lane.ts';
import { type Cost, processor } from './cost.ts';
import { head, simulateChains, transferOf } from './simulated.ts';

/** The newest nonces are open, and one that has been waiting since the first. */
const OPEN = 10;

/** Costs of a lane in which this many transfers were executed. */
export async function nonces(size: number): Promise<Cost[]> {
  const end = BigInt(size + OPEN);
  const simulated = simulateChains(1, OPEN, { outboundNonce: () => end });
  const bridges = await openBridgePair(simulated.chains, () => 0);
  const [productToken] = simulated.pegs;
  if (productToken === undefined) throw new RangeError('the simulated chain has no pegs');
  const lane: Lane = { direction: 'mint', productToken };
  const ledger = createLedger(lane);
  const newest = Array.from({ length: OPEN - 1 }, (_, index) => transferOf(lane, size + 1 + index));
  ledger.reset(end, [transferOf(lane, 0), ...newest], new Set(), 0);

  const sweep = async () => {
    if (!(await isLedgerConsistent(bridges, ledger, { main: head, product: head })))
      throw new RangeError('the simulated bridges differ from the ledger');
  };
  const cost = (name: string, value: number, unit: Cost['unit']): Cost => ({
    ...{ axis: 'nonces', size, name, value, unit },
  });
  simulated.requests();
  await sweep();
  return [
    cost('a sweep: ledger compared', simulated.requests(), 'requests'),
    cost('a sweep: ledger compared', await processor(sweep), 'ms'),
  ];
}
