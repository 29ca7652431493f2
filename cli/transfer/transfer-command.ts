import type { Command } from 'commander';

import type { Io, Run } from '../io.ts';
import type { TransferFlags } from './transfer.ts';

export function registerTransfers(program: Command, run: Run): void {
  const commands = [
    { name: 'deposit', direction: 'mint', summary: 'lock main tokens, get product tokens' },
    { name: 'redeem', direction: 'withdraw', summary: 'burn product tokens, get main tokens' },
  ] as const;
  for (const { name, direction, summary } of commands) {
    program
      .command(name)
      .summary(summary)
      .description(
        `${summary[0]?.toUpperCase()}${summary.slice(1)}, and wait until they are there. As a holder of the running devnet, or of any bridge with --config and --key.`,
      )
      .argument('<peg>', 'symbol or address of the product token')
      .argument('<amount>', 'in whole tokens of what is given')
      .option('--recipient <address>', 'on the other chain; the holder itself when left out')
      .option('--config <file>', 'a relayer’s configuration: its nodes and bridges are used')
      .option('--key <uri>', 'with --config: key of the holder')
      .option('--holder <index>', 'which holder of the devnet', '0')
      .option('--timeout <seconds>', 'how long to wait', '120')
      .option('--dry-run', 'tell what it would take; sign and send nothing', false)
      .option('--data <dir>', 'folder of the devnet', '.pegway')
      .option('--json', 'the result as JSON on stdout', false)
      .addHelpText('after', `\nExample:\n  pegway ${name} BOAT 12.5`)
      .action(
        run(async () => {
          const { transfer } = await import('./transfer.ts');
          return (peg: string, amount: string, flags: TransferFlags, io: Io) =>
            transfer(direction, peg, amount, flags, io);
        }),
      );
  }
}
