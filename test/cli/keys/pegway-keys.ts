// `pegway keys …` alone, as `pegway` runs it.
import { Command } from 'commander';

import { registerKeys } from '../../../cli/keys/keys-command.ts';
import { report } from '../../../cli/output.ts';

const program = new Command('pegway').exitOverride();
registerKeys(program);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error, program);
}
