import type { Command } from 'commander';

import { withTarget } from '../inspect/target-options.ts';
import type { Run } from '../io.ts';

export function registerAnchors(program: Command, run: Run): void {
  const anchor = program.command('anchor').summary('show the anchors of the product chain');
  const status = anchor
    .command('status')
    .summary('show the last anchor, and how far each relayer has read')
    .description(
      'Reads the last anchor from the main chain and queries each relayer for the height up to which it has read the product ' +
        'chain. Exit status 1 if the last anchor is older than a day, a correction waits, or a relayer does not answer.',
    )
    .option('--json', 'print one line of JSON', false)
    .addHelpText('after', '\nExample:\n  pegway anchor status --config relayer.json')
    .action(run(async () => (await import('./anchor-status.ts')).anchorStatus, { waits: 'nodes and relayers' }));
  withTarget(status);
}
