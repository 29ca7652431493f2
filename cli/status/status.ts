import type { PegView } from '../../protocol/api-types.ts';
import { ask } from '../inspect/ask-relayers.ts';
import type { PlaceFlags } from '../inspect/find-config.ts';
import type { TokenName } from '../inspect/format.ts';
import { openChainClients, targetOf } from '../inspect/target.ts';
import { nameOf } from '../inspect/token-name.ts';
import type { Io } from '../io.ts';
import { openOutput } from '../output.ts';
import { askStatus } from './ask-status.ts';
import { type Fleet, fleetOf, reportFleet } from './fleet-report.ts';

interface StatusFlags extends PlaceFlags {
  readonly api?: readonly string[];
  readonly json: boolean;
}

export async function status(flags: StatusFlags, io: Io): Promise<number> {
  const output = openOutput(flags.json, io);
  const target = flags.api === undefined ? targetOf(flags, io) : undefined;
  const urls = target?.relayers ?? flags.api ?? [];
  const [signers, pegs] = await Promise.all([
    Promise.all(urls.map(askStatus)),
    Promise.all(urls.map((url) => ask<readonly PegView[]>(url, '/v1/pegs'))),
  ]);
  const fleet = fleetOf(signers, pegs);

  // Relayers report addresses; symbols are on the chains. Without them, base units are shown.
  await using chains = target === undefined ? undefined : openChainClients(target.config);
  const names = new Map<string, TokenName>();
  if (chains !== undefined) {
    await Promise.all(
      fleet.pegs.flatMap(({ mainToken, productToken }) => [
        nameOf(chains.main, mainToken).then((name) => names.set(mainToken, name)),
        nameOf(chains.product, productToken).then((name) => names.set(productToken, name)),
      ]),
    );
  }
  output.result(reportFleet(fleet, names), toJson(fleet));
  return fleet.signers.some(({ error }) => error !== undefined) ? 1 : 0;
}

const toJson = ({ signers, ...rest }: Fleet): object => ({
  ...rest,
  signers: signers.map(({ status, ...row }) => ({ ...row, ...(status === undefined ? {} : { status }) })),
});
