import type { Command } from 'commander';

/** Adds the option that names a relayer's configuration. */
export const withConfig = (command: Command): Command =>
  command.option(
    '--config <file>',
    'a relayer’s configuration (default: PEGWAY_CONFIG, else /etc/pegway/relayer.json)',
  );

/** Adds the option that names a relayer's configuration, and one of its bridges. */
export const withBridge = (command: Command): Command =>
  withConfig(command).option('--bridge <name>', 'bridge of a configuration or devnet with several: its name or id');

/** Adds the options that select a bridge: by a relayer's configuration, or of a devnet. */
export const withTarget = (command: Command): Command =>
  withBridge(command).option('--data <dir>', 'folder of a running devnet, instead of a configuration');

/** Adds the options that select a bridge for its holders. */
export const withPair = (command: Command): Command =>
  command
    .option('--config <file>', 'the page’s config.json, or a relayer’s configuration (default: PEGWAY_CONFIG)')
    .option('--data <dir>', 'folder of a running devnet, instead of a configuration');

/** Adds the flags of a command of one signer: the bridge, the devnet's signer, and the form of the output. */
export const withOperator = (command: Command): Command =>
  withTarget(command)
    .option('--signer <index>', 'index of the devnet’s signer to act as', '0')
    .option('--json', 'print one JSON document', false);
