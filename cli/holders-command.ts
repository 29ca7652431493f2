import { type Command, InvalidArgumentError } from 'commander';
import { formatUnits } from 'viem';

import { PegwayError } from '../protocol/errors.ts';
import { readDeployment, recordFolder } from './deploy/file.ts';
import { readHoldings } from './deploy/holdings.ts';
import { openJournal } from './deploy/journal.ts';
import { connect, readerFor } from './deploy/network.ts';
import { type Standing, survey } from './deploy/discover.ts';
import { bold, openOutput } from './output.ts';

interface HoldersFlags {
  readonly bridge?: string;
  readonly peg?: string;
  readonly record?: string;
  readonly fromBlock?: bigint;
  readonly logRange: bigint;
  readonly json: boolean;
}

const wrong = (message: string, hint: string) => new PegwayError(message, { exitCode: 2, hint });

const wholeNumber = (text: string): bigint => {
  if (/^\d{1,18}$/.test(text)) return BigInt(text);
  throw new InvalidArgumentError(`expected a whole number of blocks, found ${text}`);
};

const rangeOf = (text: string): bigint => {
  const blocks = wholeNumber(text);
  if (blocks > 0n) return blocks;
  throw new InvalidArgumentError('expected at least one block');
};

export function registerHolders(program: Command): void {
  program
    .command('holders')
    .summary('who still holds a product token')
    .description(
      'Adds up the transfers of a bridge’s product tokens and shows who holds what. The sum must be the supply, so that nobody is ' +
        'overlooked. For the end of an old bridge: docs/upgrading.md.',
    )
    .argument('<file>', 'the deployment, a JSON file')
    .option('--bridge <name>', 'which bridge of the file; not needed when there is only one')
    .option('--peg <symbol>', 'only this product token')
    .option('--record <dir>', 'record of the deployment; FILE.record next to the file when left out')
    .option('--from-block <number>', 'where to begin; the bridge’s first block when left out', wholeNumber)
    .option('--log-range <blocks>', 'most blocks that one eth_getLogs may span at this node', rangeOf, 2_000n)
    .option('--json', 'one line of JSON a product token', false)
    .addHelpText('after', '\nExample:\n  pegway holders boat.json --bridge boat --peg BOAT')
    .action(run);
}

async function run(file: string, flags: HoldersFlags): Promise<void> {
  const output = openOutput(flags.json);
  const { spec, record, readings, network } = await findBridge(file, flags);
  const fromBlock = flags.fromBlock ?? BigInt(record?.product.created?.blockNumber ?? 0);
  const pegs = readings.product.pegs.filter(({ token }) => flags.peg === undefined || token?.symbol === flags.peg);
  if (pegs.length === 0) {
    const symbols = readings.product.pegs.map(({ token }) => token?.symbol).join(', ');
    throw wrong(`--peg: ${spec.name} has no ${flags.peg}`, `expected one of ${symbols}`);
  }
  const reader = readerFor(network, spec.product);
  for (const { productToken, token } of pegs) {
    const { symbol = '', decimals = 0 } = token ?? {};
    const holdings = await readHoldings(reader, productToken, { fromBlock, logRange: flags.logRange });
    const { supply, holders, blockNumber } = holdings;
    const lines = holders.map(({ address, balance, isContract }) => {
      return `  ${address}  ${formatUnits(balance, decimals)}${isContract ? '  (a contract)' : ''}`;
    });
    const title = `${symbol} ${productToken}: ${holders.length} hold ${formatUnits(supply, decimals)} at block ${blockNumber}`;
    output.result([bold(title), ...lines].join('\n'), {
      bridge: spec.name,
      symbol,
      productToken,
      decimals,
      ...holdings,
    });
  }
}

async function findBridge(file: string, flags: HoldersFlags) {
  const deployment = readDeployment(file);
  const names = deployment.bridges.map(({ name }) => name);
  const name = flags.bridge ?? (names.length === 1 ? names[0] : undefined);
  const bridges = deployment.bridges.filter((spec) => spec.name === name);
  if (bridges.length === 0) {
    throw wrong(
      flags.bridge === undefined ? `${file} names ${names.length} bridges` : `--bridge: ${file} has no ${flags.bridge}`,
      `choose one with --bridge: ${names.join(', ')}`,
    );
  }
  const network = await connect(deployment);
  const [found] = await survey({ ...deployment, bridges }, network, openJournal(flags.record ?? recordFolder(file)));
  if (found?.kind !== 'standing') {
    throw new PegwayError(`${name} is not deployed, says the record`, { hint: 'name its record with --record DIR' });
  }
  return { ...(found satisfies Standing), network };
}
