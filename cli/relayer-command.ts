import type { Command } from 'commander';

import type { Io, Run } from './io.ts';
import { collectEarly } from './memory.ts';

export function registerRelayer(program: Command, run: Run): void {
  program
    .command('relayer')
    .summary('run one signer’s relayer')
    .description(
      'Runs one signer’s relayer for one bridge until SIGTERM. Writes its log to stdout, one JSON object per line.',
    )
    .requiredOption('--config <file>', 'the relayer’s configuration file (JSON)')
    .addHelpText('after', '\nExample:\n  pegway relayer --config /etc/pegway/relayer.json')
    .action(
      run(async () => {
        collectEarly();
        const [{ readConfig }, { openLog, runRelayer }] = await Promise.all([
          import('../relayer/config.ts'),
          import('../relayer/main.ts'),
        ]);
        return (flags: { readonly config: string }, { signal }: Io) => {
          const config = readConfig(flags.config);
          return runRelayer(config, { log: openLog(config), signal });
        };
      }),
    );
}
