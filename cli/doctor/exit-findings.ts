import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { type Hash, isAddressEqual } from 'viem';

import type { Side } from '../../protocol/lane.ts';
import { exitOpensAt, readExit } from '../../relayer/anchors/anchors-contract.ts';
import type { ChainClient } from '../../relayer/chain/chain-client.ts';
import type { Config } from '../../relayer/config.ts';
import { type ExitContracts, exitsOf, readExitState } from '../../relayer/exits/exits-contract.ts';
import { openSnapshotFolder } from '../../relayer/exits/snapshot-folder.ts';
import { duration } from '../governance/chain-time.ts';
import { type Finding, type Outcome, bad, look, ok, warn } from './finding.ts';

/** The alert ExitNear fires at the same distance. */
const NEAR_SECONDS = 4n * 86_400n;

/** Whether the exits of a bridge are far away, and would pay; nothing on a bridge without exits. */
export async function* exitFindings(
  config: Pick<Config, 'anchors' | 'dataDir'>,
  chains: Readonly<Record<Side, ChainClient>>,
): AsyncGenerator<Finding> {
  const { main, product } = chains;
  let contracts: ExitContracts | undefined;
  const named = await look('exits', 'contracts', async () => {
    contracts = await exitsOf(main);
    return contracts === undefined ? ok('none') : anchorsOf(contracts, config.anchors?.contract);
  });
  // Most bridges have none.
  if (named.outcome === 'ok' && contracts === undefined) return;
  yield named;
  if (contracts === undefined) return;

  const found = contracts;
  const state = await readExitState(main, found).catch((error: unknown) => error as Error);
  if (state instanceof Error) {
    yield await look('exits', 'state', () => Promise.reject(state));
    return;
  }
  if (state.isClosed) {
    const hint = 'nothing can be moved any more; keep the snapshot and serve it to holders (docs/exit.md)';
    yield await look('exits', 'distance', () => bad('the bridge was closed for ever', hint));
    return;
  }
  yield await look('exits', 'distance', async () => {
    const exit = await readExit(main);
    const [opensAt, { timestamp }] = await Promise.all([
      exit === undefined ? 0n : exitOpensAt(main.nodes, exit),
      main.finalHead(),
    ]);
    return distanceOf(opensAt - timestamp);
  });
  for (const endpoint of product.nodes.endpoints) {
    const ask = <T>(method: string, params: readonly unknown[]) => endpoint.request<T>(method, params);
    yield await look(`product node ${endpoint.name}`, 'state proofs', async () =>
      proofsOf(ask, product.address, { final: await product.finalHead(), anchored: state.settles }),
    );
  }
  const { settles } = state;
  if (settles === undefined) return;
  yield await look('exits', 'snapshot', () => {
    const directory = join(config.dataDir, 'exit-snapshots');
    // Opening creates the folder, which must be the relayer's.
    if (!existsSync(directory)) return snapshotOf(settles, [], undefined);
    const folder = openSnapshotFolder(directory);
    return snapshotOf(settles, folder.heights(), folder.read(settles.number)?.blockHash);
  });
}

function anchorsOf({ exits, anchors }: ExitContracts, configured: `0x${string}` | undefined): Outcome {
  const found = `${exits} settles as of the anchors ${anchors}`;
  if (configured === undefined) {
    const hint = `set anchors.contract to ${anchors}: without anchors anyone can halt the bridge after exitDelay`;
    return bad(`${found}, and this relayer anchors nothing`, hint);
  }
  if (isAddressEqual(configured, anchors)) return ok(found);
  return bad(`${found}, but anchors.contract is ${configured}`, `set anchors.contract to ${anchors}`);
}

/** Pure. @param left Seconds until holders can open an exit. */
export function distanceOf(left: bigint): Outcome {
  const hint = 'see ExitNear in docs/operations.md; a proposal with renew() is a sign of life, too';
  if (left <= 0n) return bad('anyone can announce the exits now', hint);
  const found = `can be announced in ${duration(left)}, unless an anchor or a proposal is accepted`;
  return left < NEAR_SECONDS ? bad(found, hint) : ok(found);
}

type Ask = <T>(method: string, params: readonly unknown[]) => Promise<T>;
interface Block {
  readonly number: bigint;
  readonly hash: Hash;
}

/** The state of a block that is final now is what the next snapshot proves; that of the last anchor may be gone already. */
export async function proofsOf(
  ask: Ask,
  contract: `0x${string}`,
  {
    final,
    anchored,
  }: { readonly final: Block; readonly anchored: (Omit<Block, 'hash'> & { readonly blockHash: Hash }) | undefined },
): Promise<Outcome> {
  const serves = (blockHash: Hash) => ask('eth_getProof', [contract, [], { blockHash }]);
  try {
    await serves(final.hash);
  } catch (error) {
    const hint = 'use a node that answers eth_getProof: without one, no relayer keeps what holders need to be paid';
    return bad(`no proof at the final block ${final.number}: ${(error as Error).message}`, hint);
  }
  if (anchored === undefined) return ok(`at the final block ${final.number}`);
  try {
    await serves(anchored.blockHash);
    return ok(`at the final block ${final.number} and at the last anchor ${anchored.number}`);
  } catch {
    return ok(`at the final block ${final.number}; not any more at the last anchor ${anchored.number}`);
  }
}

/** Pure. @param kept Hash of the snapshot at the settling height. */
export function snapshotOf(
  { number, blockHash }: { readonly number: bigint; readonly blockHash: Hash },
  heights: readonly bigint[],
  kept: Hash | undefined,
): Outcome {
  if (kept === blockHash) return ok(`of block ${number}, the last anchor`);
  const newest = heights.at(-1);
  if (newest === undefined) return warn('none yet', 'the relayer takes one with each anchor; run this again later');
  const hint = 'see ExitSnapshotMissing in docs/operations.md; the next anchor gives another chance';
  return bad(`none of block ${number}, the last anchor; the newest is of block ${newest}`, hint);
}
