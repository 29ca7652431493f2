#!/usr/bin/env node
import { Command } from 'commander';

import manifest from '../../package.json' with { type: 'json' };
import { registerBench } from './bench.ts';
import { registerDevnet } from './devnet.ts';
import { registerKeys } from './keys.ts';
import { report } from './output.ts';
import { registerRelayer } from './relayer.ts';
import { registerStatus } from './status.ts';
import { registerTransfers } from './transfer.ts';

const program = new Command('pegway')
  .description(manifest.description)
  .version(manifest.version)
  .exitOverride()
  .showHelpAfterError()
  .configureHelp({ sortSubcommands: false });

registerDevnet(program);
registerRelayer(program);
registerTransfers(program);
registerStatus(program);
registerKeys(program);
registerBench(program);

// A command's own parser ends the process unless told to throw, as its parent is.
for (const command of program.commands) command.exitOverride();

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error, program);
}
