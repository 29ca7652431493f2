// `pegway keys …` alone, as `pegway` runs it.
import { Command } from 'commander';

import { registerKeys } from '../../../relayer/cli/keys.ts';
import { report } from '../../../relayer/cli/output.ts';

const program = new Command('pegway').exitOverride();
registerKeys(program);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error, program);
}
