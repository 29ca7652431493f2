import type { Command } from 'commander';

import { withTarget } from '../inspect/target-options.ts';
import type { Run } from '../io.ts';

export function registerAudit(program: Command, run: Run): void {
  const command = program
    .command('audit')
    .summary('check a bridge’s whole history')
    .description(
      'Reads everything that both bridges ever said, proven as configured, and checks it: nonces without a gap, exact amounts, each ' +
        'execution once and of what departed, collateral and supply event by event and as the chains say, parked and bounced ' +
        'transfers. Exit status 1 on any mismatch.',
    )
    .option('--json', 'the result as one line of JSON', false)
    .addHelpText('after', '\nExample:\n  pegway audit --config /etc/pegway/relayer.json');
  withTarget(command).action(run(async () => (await import('./audit-bridge.ts')).auditBridge));
}
