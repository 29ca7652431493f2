import type { Command } from 'commander';

import type { Io } from '../io.ts';

/** One command with its words; a path is `pegway keys new`. */
interface Node {
  readonly path: string;
  readonly commands: readonly Command[];
  readonly options: readonly { readonly long: string; readonly description: string; readonly takesValue: boolean }[];
}

/** `pegway completion SHELL` */
export const printCompletion =
  (program: Command) =>
  (shell: string, _flags: object, { stdout }: Pick<Io, 'stdout'>): void => {
    const nodes = walk(program, program.name());
    stdout.write(shell === 'fish' ? fishScript(nodes) : shell === 'zsh' ? zshScript(nodes) : bashScript(nodes));
  };

function walk(command: Command, path: string): Node[] {
  const { commands } = command;
  const options = command.options
    .filter(({ hidden, long }) => !hidden && long !== undefined)
    .map(({ long, description, required, optional }) => ({
      ...{ long: long ?? '', description, takesValue: required || optional },
    }));
  return [{ path, commands, options }, ...commands.flatMap((one) => walk(one, `${path} ${one.name()}`))];
}

const wordsOf = ({ commands, options }: Node): string =>
  [...commands.map((one) => one.name()), ...options.map(({ long }) => long), '--help'].join(' ');

/** Without a match, files are completed (`-o default`). */
function bashScript(nodes: readonly Node[]): string {
  const below = nodes.slice(1).map(({ path }) => `'${path}'`);
  return `# Completion of pegway for bash.
_pegway() {
  local word=\${COMP_WORDS[COMP_CWORD]} path=pegway words='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path \${COMP_WORDS[i]}" in
      ${below.join(' | ')}) path="$path \${COMP_WORDS[i]}" ;;
    esac
  done
  case $path in
${nodes.map((node) => `    '${node.path}') words='${wordsOf(node)}' ;;`).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _pegway pegway
`;
}

/** By zsh's own emulation of bash's completion. */
const zshScript = (nodes: readonly Node[]): string => `autoload -U +X compinit && compinit
autoload -U +X bashcompinit && bashcompinit
${bashScript(nodes)}`;

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

function fishScript(nodes: readonly Node[]): string {
  const lines = nodes.flatMap(({ path, commands, options }) => {
    const words = path.split(' ').slice(1);
    const here = words.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ') || '__fish_use_subcommand';
    const names = commands.map((one) => one.name()).join(' ');
    const fresh = words.length === 0 || names === '' ? here : `${here}; and not __fish_seen_subcommand_from ${names}`;
    return [
      ...commands.map(
        (one) => `complete -c pegway -f -n ${quoted(fresh)} -a ${one.name()} -d ${quoted(one.summary())}`,
      ),
      ...options.map(({ long, description, takesValue }) => {
        const value = takesValue ? ' -r' : '';
        return `complete -c pegway -n ${quoted(here)} -l ${long.slice(2)}${value} -d ${quoted(description)}`;
      }),
    ];
  });
  return `# Completion of pegway for fish.\n${lines.join('\n')}\n`;
}
