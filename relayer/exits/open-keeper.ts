import { join } from 'node:path';

import type { Side } from '../../protocol/lane.ts';
import type { ChainClient } from '../chain/chain-client.ts';
import type { Config } from '../config.ts';
import { exitsOf } from './exits-contract.ts';
import { openSnapshotFolder } from './snapshot-folder.ts';
import { type SnapshotKeeper, type SnapshotKeeperOptions, createSnapshotKeeper } from './snapshot-keeper.ts';

/** Keeps snapshots for the exits of a bridge. @returns undefined on a bridge without exits. */
export async function openSnapshotKeeper(
  { dataDir, product: { headerRule, logRange } }: Pick<Config, 'dataDir' | 'product'>,
  chains: Readonly<Record<Side, ChainClient>>,
  options: Pick<SnapshotKeeperOptions, 'finalHead' | 'log'>,
): Promise<SnapshotKeeper | undefined> {
  const contracts = await exitsOf(chains.main);
  if (contracts === undefined) return undefined;
  const folder = openSnapshotFolder(join(dataDir, 'exit-snapshots'));
  return createSnapshotKeeper({ ...options, chains, contracts, folder, logRange, rule: headerRule });
}
