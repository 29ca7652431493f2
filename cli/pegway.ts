#!/usr/bin/env node
import { Command } from 'commander';

import manifest from '../package.json' with { type: 'json' };
import { collectEarly } from './memory.ts';
import { report } from './output.ts';

type Register = (program: Command) => void;

/**
 * In the order of the help, each with the commands it brings. A file is loaded when one of its commands is asked for: a relayer
 * runs for years and needs none of the others.
 */
const files: readonly (readonly [names: string, load: () => Promise<Register>])[] = [
  ['devnet', async () => (await import('./devnet/devnet-command.ts')).registerDevnet],
  ['deploy', async () => (await import('./deploy/deploy-command.ts')).registerDeploy],
  ['verify-deployment', async () => (await import('./deploy/verify-deployment-command.ts')).registerVerifyDeployment],
  ['holders', async () => (await import('./holders-command.ts')).registerHolders],
  ['relayer', loadRelayer],
  ['deposit redeem', async () => (await import('./transfer/transfer-command.ts')).registerTransfers],
  ['status', async () => (await import('./status/status-command.ts')).registerStatus],
  ['explain', async () => (await import('./explain/explain-command.ts')).registerExplain],
  ['governance', async () => (await import('./governance/governance-command.ts')).registerGovernance],
  ['audit', async () => (await import('./audit/audit-command.ts')).registerAudit],
  ['doctor', async () => (await import('./doctor/doctor-command.ts')).registerDoctor],
  ['journal', async () => (await import('./journal/journal-command.ts')).registerJournal],
  ['keys', async () => (await import('./keys/keys-command.ts')).registerKeys],
  ['bench', async () => (await import('./bench/bench-command.ts')).registerBench],
];

async function loadRelayer(): Promise<Register> {
  // For the command itself alone: help lists it, too.
  if (process.argv[2] === 'relayer') collectEarly();
  return (await import('./relayer-command.ts')).registerRelayer;
}

const program = new Command('pegway')
  .description(manifest.description)
  .version(manifest.version)
  .exitOverride()
  .showHelpAfterError()
  .configureHelp({ sortSubcommands: false });

const asked = files.filter(([names]) => names.split(' ').includes(process.argv[2] ?? ''));
for (const [, load] of asked.length > 0 ? asked : files) (await load())(program);

// A command's own parser ends the process unless told to throw, as its parent is.
for (const command of program.commands) command.exitOverride();

// `pegway … | head` has read enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error, program);
}

// The command is over, whatever a library still waits for (viem: three minutes for a receipt of a chain that has ended).
process.stdout.write('', () => process.stderr.write('', () => process.exit()));
