import type { Command } from 'commander';

import { withTarget } from '../inspect/target-options.ts';
import type { Run } from '../io.ts';

/** `pegway evidence …`: two signatures of one signer that contradict each other. */
export function registerEvidence(program: Command, run: Run): void {
  const evidence = program
    .command('evidence')
    .summary('list or verify evidence against a signer')
    .description(
      'A signer that signs two different transfers for one nonce equivocates: its key, machine or nodes are compromised, or it is ' +
        'malicious. Relayers keep both signatures (docs/equivocation.md).',
    )
    .addHelpText('after', '\nExample:\n  pegway evidence list --out evidence --config relayer.json');

  const list = evidence
    .command('list')
    .summary('list what the relayers have, and write it to files')
    .description(
      'Asks all relayers of the bridge, verifies what they answer, and prints signer, nonce and both transfers. Exit status 1 if ' +
        'there is evidence against a current signer.',
    )
    .option('--out <dir>', 'write one file for each signer and lane into this folder')
    .option('--json', 'print one JSON document', false)
    .addHelpText('after', '\nExample:\n  pegway evidence list --out evidence --config relayer.json');
  withTarget(list).action(
    run(async () => (await import('./list-evidence.ts')).listEvidence, { waits: 'the relayers' }),
  );

  evidence
    .command('verify')
    .summary('verify a file of evidence, offline')
    .description(
      'Verifies from the file alone that one key has signed both statements, and that they contradict each other. Exit status 0 ' +
        'only if so. Compare the printed signer with the bridge’s list (pegway governance show).',
    )
    .argument('<file>', 'the evidence')
    .option('--json', 'print one JSON document', false)
    .addHelpText('after', '\nExample:\n  pegway evidence verify evidence/0x7099…79C8-mint-0x88fc…0E81.json')
    .action(run(async () => (await import('./verify-evidence.ts')).verifyFile));
}
