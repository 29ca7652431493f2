import type { Command } from 'commander';

import type { Io } from '../io.ts';

/** One command with its words; a path is `pegway keys new`. */
interface Node {
  readonly path: string;
  readonly commands: readonly Command[];
  readonly options: readonly { readonly long: string; readonly description: string; readonly takesValue: boolean }[];
  /** Values of its arguments. */
  readonly choices: readonly string[];
  /** True if its argument names a peg. */
  readonly takesPeg: boolean;
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
  const choices = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
  const takesPeg = command.registeredArguments.some((argument) => argument.name() === 'peg');
  return [
    { path, commands, options, choices, takesPeg },
    ...commands.flatMap((one) => walk(one, `${path} ${one.name()}`)),
  ];
}

const wordsOf = ({ commands, options, choices }: Node): string =>
  [...commands.map((one) => one.name()), ...choices, ...options.map(({ long }) => long), '--help'].join(' ');

/** Reads the chains: within four seconds, or not at all. */
const PEGS = 'command timeout 4 pegway pegs --symbols';

/** Without a match, files are completed (`-o default`). In zsh `path` and `words` are special: a local one changes PATH. */
function bashScript(nodes: readonly Node[]): string {
  const below = nodes.slice(1).map(({ path }) => `'${path}'`);
  const valued = new Set(
    nodes.flatMap(({ options }) => options.filter((one) => one.takesValue).map(({ long }) => long)),
  );
  const pegged = nodes.filter(({ takesPeg }) => takesPeg).map(({ path }) => `'${path}'`);
  return `# Completion of pegway for bash.
_pegway() {
  local word=\${COMP_WORDS[COMP_CWORD]} at=pegway known='' i
  local -a place=()
  case "\${COMP_WORDS[COMP_CWORD-1]}" in
    ${[...valued].join(' | ')}) COMPREPLY=(); return ;;
  esac
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at \${COMP_WORDS[i]}" in
      ${below.join(' | ')}) at="$at \${COMP_WORDS[i]}" ;;
    esac
    case "\${COMP_WORDS[i]}" in
      --config | --data) place=("\${COMP_WORDS[i]}" "\${COMP_WORDS[i+1]}") ;;
    esac
  done
  case $at in
${nodes.map((node) => `    '${node.path}') known='${wordsOf(node)}' ;;`).join('\n')}
  esac
  case $at in
    ${pegged.join(' | ')}) [[ $word == -* ]] || known="$known $(${PEGS} "\${place[@]}" 2>/dev/null)" ;;
  esac
  COMPREPLY=($(compgen -W "$known" -- "$word"))
}
complete -o default -F _pegway pegway
`;
}

/** By zsh's own emulation of bash's completion. */
const zshScript = (
  nodes: readonly Node[],
): string => `(( $+functions[compdef] )) || { autoload -U +X compinit && compinit }
autoload -U +X bashcompinit && bashcompinit
${bashScript(nodes)}`;

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

function fishScript(nodes: readonly Node[]): string {
  const lines = nodes.flatMap(({ path, commands, options, choices, takesPeg }) => {
    const words = path.split(' ').slice(1);
    const here = words.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ') || '__fish_use_subcommand';
    const names = commands.map((one) => one.name()).join(' ');
    const fresh = words.length === 0 || names === '' ? here : `${here}; and not __fish_seen_subcommand_from ${names}`;
    return [
      ...commands.map(
        (one) => `complete -c pegway -f -n ${quoted(fresh)} -a ${one.name()} -d ${quoted(one.summary())}`,
      ),
      ...choices.map((choice) => `complete -c pegway -f -n ${quoted(fresh)} -a ${choice}`),
      ...(takesPeg ? [`complete -c pegway -f -n ${quoted(here)} -a '(${PEGS} 2>/dev/null)'`] : []),
      ...options.map(({ long, description, takesValue }) => {
        const value = takesValue ? ' -r' : '';
        return `complete -c pegway -n ${quoted(here)} -l ${long.slice(2)}${value} -d ${quoted(description)}`;
      }),
    ];
  });
  return `# Completion of pegway for fish.\n${lines.join('\n')}\n`;
}
