import { Argument, type Command } from 'commander';

import type { Run } from '../io.ts';

/** `pegway completion`: prints a script, so that nothing of a shell is changed unasked. */
export function registerCompletion(program: Command, run: Run): void {
  program
    .command('completion')
    .summary('print a shell’s completion of commands, options and pegs')
    .description(
      'Prints a script that completes commands, options and, from the chains, symbols of pegs. Load it in the shell’s start file.',
    )
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .addHelpText(
      'after',
      `
Examples:
  pegway completion bash > ~/.local/share/bash-completion/completions/pegway
  pegway completion fish > ~/.config/fish/completions/pegway.fish
  echo 'source <(pegway completion zsh)' >> ~/.zshrc`,
    )
    .action(
      run(async () => {
        const { printCompletion } = await import('./print-completion.ts');
        return printCompletion(program);
      }),
    );
}
