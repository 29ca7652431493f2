import type { Command } from 'commander';

import type { Run } from '../io.ts';

export function registerVerifyReceipt(program: Command, run: Run): void {
  program
    .command('verify')
    .summary('verify a receipt, offline')
    .description(
      'Verifies a receipt (docs/receipt.md) offline, and prints what it proves and which block hashes that rests on. With ' +
        '--rpc it also compares these hashes, and the code of the Anchors contracts, with nodes. Exit status 0 only if the receipt ' +
        'holds, and with --rpc only if nodes have every block and every Anchors contract.',
    )
    .argument('<file>', 'the receipt')
    .option('--rpc <url...>', 'nodes of all chains, in any order, to compare block hashes and contracts with')
    .option('--json', 'print one JSON document', false)
    .addHelpText(
      'after',
      '\nExamples:\n  pegway verify receipt.json\n  pegway verify receipt.json --rpc https://node.example',
    )
    .action(run(async () => (await import('./verify.ts')).verify, { waits: 'the nodes of --rpc' }));
}
