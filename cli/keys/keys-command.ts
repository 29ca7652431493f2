import type { Command } from 'commander';

import { registerAddress } from './address.ts';
import { registerChangePassword } from './change-password.ts';
import { registerDomain, registerRewrap } from './envelope.ts';
import { registerImport } from './import.ts';
import { registerNew } from './new.ts';

/** `pegway keys …`: everything an operator does with keys. None of it talks to a chain. */
export function registerKeys(program: Command): void {
  const keys = program
    .command('keys')
    .summary('make, import and look after keys')
    .description('Makes, imports and looks after the keys that attest and pay. docs/keys.md tells which to choose.')
    .addHelpText('after', '\nExample:\n  pegway keys new /etc/pegway/attest.json');

  registerNew(keys);
  registerImport(keys);
  registerAddress(keys);
  registerChangePassword(keys);
  registerDomain(keys);
  registerRewrap(keys);

  // A command's own parser ends the process unless told to throw, as its parent is.
  for (const command of keys.commands) command.exitOverride().showHelpAfterError();
}
