import type { Command } from 'commander';

import type { PegView, StatusView } from '../../protocol/api-types.ts';
import { ask } from '../inspect/ask.ts';
import { openSides, placeOf } from '../inspect/target.ts';
import { nameOf } from '../inspect/tokens.ts';
import type { TokenName } from '../inspect/format.ts';
import { openOutput } from '../output.ts';
import { type Fleet, fleetOf, reportFleet } from './fleet.ts';

interface StatusFlags {
  readonly api?: readonly string[];
  readonly config?: string;
  readonly data: string;
  readonly json: boolean;
}

async function status(flags: StatusFlags): Promise<void> {
  const output = openOutput(flags.json);
  const place = flags.api === undefined ? placeOf(flags) : undefined;
  const urls = place?.relayers ?? flags.api ?? [];
  const [signers, pegs] = await Promise.all([
    Promise.all(urls.map((url) => ask<StatusView>(url, '/v1/status'))),
    Promise.all(urls.map((url) => ask<readonly PegView[]>(url, '/v1/pegs'))),
  ]);
  const fleet = fleetOf(signers, pegs);

  // Relayers tell addresses; only the chains know symbols, and without them base units are shown.
  await using chains = place === undefined ? undefined : openSides(place.config);
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
  if (fleet.signers.some(({ error }) => error !== undefined)) process.exitCode = 1;
}

const toJson = ({ signers, ...rest }: Fleet): object => ({
  ...rest,
  signers: signers.map(({ told, ...row }) => ({ ...row, ...(told === undefined ? {} : { status: told }) })),
});

export function registerStatus(program: Command): void {
  program
    .command('status')
    .summary('the signers at a glance')
    .description(
      'Asks each signer’s relayer where it stands: heads and lag, signatures, open transfers, pegs, funds. Exit status 1 when ' +
        'one does not answer.',
    )
    .option('--api <url...>', 'public ports of relayers, instead of a configuration')
    .option('--config <file>', 'a signer’s configuration: its own relayer and its peers are asked')
    .option('--data <dir>', 'folder of the devnet, when neither is given', '.pegway')
    .option('--json', 'one line of JSON', false)
    .addHelpText(
      'after',
      '\nExamples:\n  pegway status --config relayer.json\n  pegway status --api https://signer-a.example https://signer-b.example',
    )
    .action(status);
}
