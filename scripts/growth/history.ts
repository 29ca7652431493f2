import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openHistoryDatabase } from '../../relayer/store/database.ts';
import { type History, openHistory } from '../../relayer/store/history.ts';
import { MAXIMUM_BATCH } from '../../protocol/attestation.ts';
import type { Lane } from '../../protocol/lane.ts';
import { type Cost, processor } from './cost.ts';
import { addressOf, head, transferOf } from './simulated.ts';

const lane: Lane = { direction: 'mint', productToken: addressOf(100) };
/** One transfer per second up to the head's time. */
const timeOf = (index: number, size: number): bigint => head.timestamp - BigInt(size - index);

/** Writes a batch of departures and its execution, in the format of `remember`. */
function write(history: History, first: number, size: number): void {
  history.transaction(() => {
    for (let index = first; index < first + MAXIMUM_BATCH; index++) {
      history.addDeparture(transferOf(lane, index), timeOf(index, size), 'open');
    }
  });
  const { transactionHash, blockNumber } = transferOf(lane, first);
  const nonces = Array.from({ length: MAXIMUM_BATCH }, (_, index) => BigInt(first + index));
  const at = timeOf(first, size) + 3n;
  history.addSettlements(lane, nonces, {
    ...{ status: 'executed', transactionHash, blockNumber, at, signerMask: 15 },
  });
}

/** Costs of the history with this many executed transfers; simulated, they are on no chain. */
export async function executedTransfers(wanted: number): Promise<Cost[]> {
  const directory = mkdtempSync(join(tmpdir(), 'pegway-growth-'));
  try {
    const database = openHistoryDatabase(directory);
    const open = () => openHistory({ database, deployment: 'growth', mainBridge: addressOf(10) });
    const history = open();
    const size = Math.ceil(wanted / MAXIMUM_BATCH) * MAXIMUM_BATCH;
    for (let first = 0; first < size; first += MAXIMUM_BATCH) write(history, first, size);
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    const bytes = statSync(join(directory, 'history.sqlite')).size;

    let next = size;
    const block = () => {
      write(history, next, size);
      next += MAXIMUM_BATCH;
    };
    const account = transferOf(lane, Math.floor(size / 2)).sender;
    const cost = (name: string, value: number, unit: Cost['unit'] = 'ms'): Cost => ({
      ...{ axis: 'executed transfers', size: wanted, name, value, unit },
    });
    const start = () => {
      const again = open();
      if (again.completeFrom(lane, BigInt(size)) !== 0n) throw new RangeError('the simulated history has a gap');
      if (again.countSettled(lane, BigInt(size)) !== size) throw new RangeError('settlements are missing');
    };
    return [
      cost('disk', bytes / 1e6, 'MB'),
      cost('a start: stored state', await processor(start)),
      cost('newest page of 50', await processor(() => history.list({ limit: 50 }))),
      cost('page of 50 of one account', await processor(() => history.list({ limit: 50, account }))),
      cost('256 departures and executions written', await processor(block)),
    ];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
