import type { Command } from 'commander';

import { withTarget } from '../inspect/target-options.ts';
import type { Run } from '../io.ts';

export function registerAudit(program: Command, run: Run): void {
  const command = program
    .command('audit')
    .summary('audit the entire history of a bridge')
    .description(
      'Reads all events of both bridges, proven as configured, and checks them: nonces without gaps, exact amounts, one execution ' +
        'per transfer with the content of its departure, collateral and supply event by event and against the chains’ state, ' +
        'parked and bounced transfers. Exit status 1 on any mismatch.',
    )
    .option('--json', 'print one JSON document; amounts in base units', false)
    .addHelpText('after', '\nExample:\n  pegway audit --config /etc/pegway/relayer.json');
  withTarget(command).action(
    run(async () => (await import('./audit-bridge.ts')).auditBridge, { waits: 'the history of both chains' }),
  );
}
