import type { Command } from 'commander';

import { readConfig } from '../relayer/config.ts';
import { runRelayer } from '../relayer/main.ts';

export function registerRelayer(program: Command): void {
  program
    .command('relayer')
    .summary('run one signer’s relayer')
    .description('Runs one signer’s relayer for one bridge until SIGTERM. Logs JSON lines on stdout.')
    .requiredOption('--config <file>', 'its configuration, a JSON file')
    .addHelpText('after', '\nExample:\n  pegway relayer --config /etc/pegway/relayer.json')
    .action(async ({ config }: { config: string }) => {
      await runRelayer(readConfig(config));
    });
}
