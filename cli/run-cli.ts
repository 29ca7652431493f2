import { Command, Help } from 'commander';

import manifest from '../package.json' with { type: 'json' };
import { registerAnchors } from './anchors/anchors-command.ts';
import { attend } from './attend.ts';
import { registerAudit } from './audit/audit-command.ts';
import { registerBench } from './bench/bench-command.ts';
import { registerCompletion } from './completion/completion-command.ts';
import { registerDeploy } from './deploy/deploy-command.ts';
import { registerHolders } from './deploy/holders-command.ts';
import { registerVerifyDeployment } from './deploy/verify-deployment-command.ts';
import { registerDevnet } from './devnet/devnet-command.ts';
import { registerDoctor } from './doctor/doctor-command.ts';
import { registerEvidence } from './evidence/evidence-command.ts';
import { registerExit } from './exit/exit-command.ts';
import { registerExplain } from './explain/explain-command.ts';
import { registerFees } from './fees/fees-command.ts';
import { registerGovernance } from './governance/governance-command.ts';
import { registerInit } from './init/init-command.ts';
import type { Io, Run } from './io.ts';
import { registerJournal } from './journal/journal-command.ts';
import { registerKeys } from './keys/keys-command.ts';
import { report } from './output.ts';
import { registerPegs } from './pegs/pegs-command.ts';
import { registerReceipt } from './receipt/receipt-command.ts';
import { registerVerifyReceipt } from './receipt/verify-command.ts';
import { registerRelayer } from './relayer-command.ts';
import { registerRewards } from './rewards/rewards-command.ts';
import { registerStatus } from './status/status-command.ts';
import { registerTransfers } from './transfer/transfer-command.ts';
import { registerWebhooks } from './webhooks/webhooks-command.ts';

/** In the order of the help. These modules describe commands and import nothing heavy: `pegway --help` loads all of them. */
const registrations: readonly ((program: Command, run: Run) => void)[] = [
  registerDevnet,
  registerInit,
  registerDeploy,
  registerVerifyDeployment,
  registerHolders,
  registerRelayer,
  registerTransfers,
  registerPegs,
  registerStatus,
  registerExplain,
  registerReceipt,
  registerVerifyReceipt,
  registerGovernance,
  registerRewards,
  registerFees,
  registerAnchors,
  registerExit,
  registerAudit,
  registerDoctor,
  registerJournal,
  registerEvidence,
  registerWebhooks,
  registerKeys,
  registerBench,
  registerCompletion,
];

/**
 * Runs one command in this process.
 * @param argv The arguments after `pegway`.
 * @returns The exit status: 0; 1 when the command failed or found a fault; 2 for wrong use. Never rejects.
 */
export async function runCli(argv: readonly string[], io: Io): Promise<number> {
  let status = 0;
  const run: Run =
    (load, attention) =>
    async (...given) => {
      const main = await load();
      // Commander adds the command itself.
      given.pop();
      const ended = await attend((attended) => main(...given, attended), io, attention);
      if (typeof ended === 'number') status = ended;
    };

  const { stdout, stderr } = io;
  const plain = new Help();
  // Subcommands inherit these settings; without exitOverride each would end the process itself.
  const program = new Command('pegway')
    .description(manifest.description)
    .version(manifest.version)
    .exitOverride()
    .showHelpAfterError('  → see --help')
    .configureHelp({
      sortSubcommands: false,
      minWidthToWrap: 30,
      // Every command has options. Without the word, and without defaults that any reader assumes, lists fit 80 columns.
      subcommandTerm: (command) => plain.subcommandTerm(command).replace(' [options]', ''),
      optionDescription: (option) => plain.optionDescription(option).replace(/ ?\(default: (false|\[\])\)$/, ''),
    })
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      getOutHelpWidth: () => (stdout.isTTY === true ? (stdout.columns ?? 80) : 80),
      getErrHelpWidth: () => (stderr.isTTY === true ? (stderr.columns ?? 80) : 80),
    });
  for (const register of registrations) register(program, run);

  try {
    await program.parseAsync(argv, { from: 'user' });
    return status;
  } catch (error) {
    return report(error, program, io);
  }
}
