import type { Command } from 'commander';

import { withBridge } from '../inspect/target-options.ts';
import type { Run } from '../io.ts';

export function registerDoctor(program: Command, run: Run): void {
  const command = program
    .command('doctor')
    .summary('check a signer’s setup before it goes live')
    .description(
      'Checks the prerequisites of a relayer: both bridges and their pairing, each node on its own (chain id, finality, log ' +
        'ranges, the last 100 blocks recomputed), keys and funds, queue, data folder, peers, clock. Changes nothing; safe beside a ' +
        'running relayer. Exit status 1 on any error; warnings do not count.',
    )
    .option('--json', 'print the checks as one JSON array', false)
    .addHelpText('after', '\nExample:\n  pegway doctor --config /etc/pegway/relayer.json')
    .action(run(async () => (await import('./doctor.ts')).doctor, { waits: 'nodes, peers and queue' }));
  withBridge(command);
}
