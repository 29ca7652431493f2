import type { Command } from 'commander';

import { registerExecute } from './execute.ts';
import { registerPause } from './pause.ts';
import { registerCancelAndUnpause, registerPropose } from './propose.ts';
import { registerRotate } from './rotate.ts';
import { registerShow } from './show.ts';
import { registerSign } from './sign.ts';
import { registerSubmit } from './submit.ts';

/** `pegway governance …`: how a quorum of signers changes the bridges. docs/governance.md tells it step by step. */
export function registerGovernance(program: Command): void {
  const governance = program
    .command('governance')
    .summary('change the bridges by a quorum of signers')
    .description(
      'Proposes, signs, sends and executes changes of the bridges, and pauses them. Each signer sees what changes before signing. docs/governance.md has the steps.',
    )
    .addHelpText('after', '\nExample:\n  pegway governance show');

  registerShow(governance);
  registerPropose(governance);
  registerRotate(governance);
  registerSign(governance);
  registerSubmit(governance);
  registerExecute(governance);
  registerPause(governance);
  registerCancelAndUnpause(governance);

  // A command's own parser ends the process unless told to throw, as its parent is.
  for (const command of governance.commands) command.exitOverride().showHelpAfterError();
}
