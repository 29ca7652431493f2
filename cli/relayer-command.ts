import type { Command } from 'commander';

import { withConfig } from './inspect/target-options.ts';
import type { Io, Run } from './io.ts';
import { collectEarly } from './memory.ts';

export function registerRelayer(program: Command, run: Run): void {
  const command = program
    .command('relayer')
    .summary('run one signer’s relayer')
    .description(
      'Runs one signer’s relayer for one bridge until SIGTERM. Writes its log to stdout, one JSON object per line.',
    )
    .addHelpText('after', '\nExample:\n  pegway relayer --config /etc/pegway/relayer.json')
    .action(
      run(async () => {
        collectEarly();
        const [{ findConfig }, { readProcessConfig }, { openLog, runRelayer }] = await Promise.all([
          import('./inspect/find-config.ts'),
          import('../relayer/config.ts'),
          import('../relayer/main.ts'),
        ]);
        return (flags: { readonly config?: string }, io: Io) => {
          const config = readProcessConfig(findConfig(flags.config, io), io.env);
          return runRelayer(config, { log: openLog(config), signal: io.signal });
        };
      }),
    );
  withConfig(command);
}
