import type { Command } from 'commander';

import type { Io, Run } from '../io.ts';
import type { TransferFlags } from './transfer.ts';

export function registerTransfers(program: Command, run: Run): void {
  const commands = [
    { name: 'deposit', direction: 'mint', summary: 'lock main tokens and receive product tokens' },
    { name: 'redeem', direction: 'withdraw', summary: 'burn product tokens and receive main tokens' },
  ] as const;
  for (const { name, direction, summary } of commands) {
    program
      .command(name)
      .summary(summary)
      .description(
        `${summary[0]?.toUpperCase()}${summary.slice(1)}. Waits until the transfer has arrived. Acts as a holder of the running devnet, or of any bridge with --config and --key.`,
      )
      .argument('<peg>', 'symbol or address of the product token')
      .argument('<amount>', 'amount that departs, in whole tokens')
      .option('--recipient <address>', 'recipient on the other chain (default: the holder)')
      .option('--config <file>', 'a relayer’s configuration with the nodes and bridges to use')
      .option('--key <uri>', 'the holder’s key, with --config')
      .option('--holder <index>', 'index of the devnet’s holder', '0')
      .option('--timeout <seconds>', 'seconds to wait for the arrival', '120')
      .option('--dry-run', 'print the cost; sign and send nothing', false)
      .option('--data <dir>', 'folder of the devnet', '.pegway')
      .option('--json', 'print the result as JSON', false)
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
