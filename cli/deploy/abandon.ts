import { PegwayError } from '../../protocol/errors.ts';
import type { Journal } from './journal.ts';
import type { Deployment } from './spec.ts';
import { connect, readerFor } from './network.ts';
import { sides } from './discover.ts';

/**
 * Gives up the plan of a bridge that was never finished.
 * @throws {PegwayError} exit code 2 when it stands: holders may use it, and another one would take its place in the record.
 */
export async function abandon(deployment: Deployment, journal: Journal, bridge: string): Promise<void> {
  const pairs = journal.pairs();
  const record = pairs[bridge];
  if (record === undefined) {
    throw new PegwayError(`--abandon: nothing of ${bridge} was planned`, {
      exitCode: 2,
      hint: `expected one of ${Object.keys(pairs).join(', ') || 'none'}`,
    });
  }
  const chains = sides.map((side) => {
    const { chainId, address } = record[side];
    const chain = deployment.chains.find((one) => one.chainId === chainId);
    if (chain !== undefined) return { chain, address };
    throw new PegwayError(`--abandon: the file has no chain ${chainId}, on which ${bridge} was planned`, {
      exitCode: 2,
      hint: 'put it back into the file: it has to be seen first that the bridge does not stand',
    });
  });
  const network = await connect({ chains: chains.map(({ chain }) => chain) });
  const codes = await Promise.all(chains.map(({ chain, address }) => readerFor(network, chain).getCode({ address })));
  if (codes.every((code) => code !== undefined)) {
    throw new PegwayError(`--abandon: ${bridge} stands, at ${record.main.address} and ${record.product.address}`, {
      exitCode: 2,
      hint: 'only what was never finished can be planned anew; a new bridge goes beside it (docs/upgrading.md)',
    });
  }
  journal.abandon(bridge);
}
