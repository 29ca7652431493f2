import type { Command } from 'commander';

import { withPair } from '../inspect/target-options.ts';
import type { Io, Run } from '../io.ts';
import type { TransferFlags } from './transfer.ts';

export function registerTransfers(program: Command, run: Run): void {
  const commands = [
    {
      name: 'deposit',
      direction: 'mint',
      summary: 'lock main tokens and receive product tokens',
      does: 'Locks main tokens and receives product tokens',
    },
    {
      name: 'redeem',
      direction: 'withdraw',
      summary: 'burn product tokens and receive main tokens',
      does: 'Burns product tokens and receives main tokens',
    },
  ] as const;
  for (const { name, direction, summary, does } of commands) {
    const command = program
      .command(name)
      .summary(summary)
      .description(
        `${does}. Waits until the transfer has arrived. Checks pause, recipient, balance, fee and limit before it asks for a signature.`,
      )
      .argument('<peg>', 'symbol or address of the product token')
      .argument('<amount>', 'amount in whole tokens')
      .argument('[token]', 'symbol of the token that the amount counts (default: the one that departs)')
      .option('--recipient <address>', 'recipient on the other chain (default: the holder)')
      .option('--key <uri>', 'the holder’s key')
      .option('--holder <index>', 'index of the devnet’s holder', '0')
      .option('--timeout <seconds>', 'seconds to wait for the arrival', '120')
      .option('--dry-run', 'print the cost; sign and send nothing', false)
      .option('--yes', 'send without confirmation at a terminal', false)
      .option('--json', 'print one JSON document', false)
      .addHelpText(
        'after',
        `\nExamples:\n  pegway ${name} BOAT 12.5 --config config.json --key keystore:holder.json\n  pegway ${name} SNSD 5 ${direction === 'mint' ? 'SNSD' : 'SMENT'} --dry-run`,
      )
      .action(
        run(async () => {
          const { transfer } = await import('./transfer.ts');
          return (peg: string, amount: string, token: string | undefined, flags: TransferFlags, io: Io) =>
            transfer({ direction, peg, amount, token }, flags, io);
        }),
      );
    withPair(command);
  }
}
