import type { Command } from 'commander';

/** Adds the options that select the bridge to inspect. */
export const withTarget = (command: Command): Command =>
  command
    .option('--config <file>', 'a signer’s configuration (default: that of the devnet’s first signer)')
    .option('--data <dir>', 'folder of the devnet', '.pegway');
