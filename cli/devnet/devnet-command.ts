import { type Command, InvalidArgumentError } from 'commander';

import { environment } from '../../relayer/config.ts';
import { PegwayError, messageOf } from '../../protocol/errors.ts';
import { demonstrate, transferMany } from './demonstrate.ts';
import { startDevnet } from './start.ts';
import { onInterrupt } from '../interrupt.ts';
import { bold, dim, openOutput, red } from '../output.ts';

interface DevnetFlags {
  readonly once: boolean;
  readonly json: boolean;
  readonly transfers: number;
  readonly productChains: number;
  readonly data: string;
  readonly keep: boolean;
  readonly prometheus: boolean;
  readonly app: boolean;
}

const wholeNumber = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0 || value > 10_000) {
    throw new InvalidArgumentError(`expected a whole number from 0 to 10000, found ${text}`);
  }
  return value;
};

const fewChains = (text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 8) return value;
  throw new InvalidArgumentError(`expected a whole number from 1 to 8, found ${text}`);
};

export function registerDevnet(program: Command): void {
  program
    .command('devnet')
    .summary('two chains, a bridge and six relayers on this machine')
    .description(
      'Starts two chains, deploys the bridges, starts six relayers, makes one deposit and one redeem, and stays up until Ctrl-C.',
    )
    .option('--once', 'end after the demonstration; exit status 0 only if all arrived and the audit is clean', false)
    .option('--transfers <n>', 'also make so many deposits and as many redeems', wholeNumber, 0)
    .option('--product-chains <n>', 'so many, each with a bridge and six relayers of its own', fewChains, 1)
    .option('--data <dir>', 'its folder', '.pegway')
    .option('--keep', 'keep its logs and data when it ends', false)
    .option('--prometheus', 'also start a Prometheus that scrapes the six relayers', false)
    .option('--json', 'each step as a line of JSON on stdout', false)
    .option('--no-app', 'without the web page')
    .addHelpText('after', '\nExample:\n  pegway devnet --once --transfers 20')
    .action(async (flags: DevnetFlags) => {
      const output = openOutput(flags.json);
      const started = performance.now();
      const { signal, interrupted } = onInterrupt();
      const unfinished = () => new PegwayError('interrupted before everything had arrived');

      output.say(bold('Starting'));
      const devnet = await startDevnet({
        directory: flags.data,
        redisUrl: environment()['REDIS_URL'],
        keepFiles: flags.keep,
        prometheus: flags.prometheus,
        app: flags.app,
        productChains: flags.productChains,
        signal,
        say(step) {
          const seconds = (performance.now() - started) / 1_000;
          output.say(`  ${dim(`${seconds.toFixed(1)} s`.padStart(7))}  ${step}`);
          if (output.json) output.result('', { step: 'started', seconds, what: step });
        },
        onLost: ({ name, logFile }) => output.say(red(`${name} has ended; the end of its log: tail ${logFile}`)),
      }).catch((error: unknown) => {
        if (!signal.aborted) throw error;
        if (flags.once) throw unfinished();
        return undefined;
      });
      if (devnet === undefined) return;
      try {
        const work = async () => {
          for (const { bridge } of devnet.fleets) {
            if (devnet.fleets.length > 1) output.say(bold(`\nBridge to chain ${bridge.product.chainId}`));
            await demonstrate({ ...devnet.file, ...bridge }, output);
            if (flags.transfers > 0) await transferMany({ ...devnet.file, ...bridge }, flags.transfers, output);
          }
        };
        const working = work();
        // It fails when the chains end under it.
        working.catch(() => undefined);
        const ended = await Promise.race([working, interrupted]);
        if (flags.once && ended === 'interrupted') throw unfinished();
        if (flags.once || ended === 'interrupted') return;

        const page = devnet.app;
        // Built now, so that it is there when somebody opens it; it is tried again then.
        page?.prepare().catch((error: unknown) => output.say(`the page could not be built: ${messageOf(error)}`));
        output.say(bold('\nThe devnet is up; Ctrl-C ends it.'));
        if (page !== undefined) output.say(`  page      ${page.url}`);
        for (const { bridge } of devnet.fleets) {
          for (const { index, address, apiUrl } of bridge.signers) {
            output.say(`  ${bridge.name}  signer ${index}  ${address}  ${apiUrl}/v1/status`);
          }
        }
        if (devnet.file.prometheusUrl !== undefined) output.say(`  Prometheus  ${devnet.file.prometheusUrl}/alerts`);
        output.say(dim(`  all of it: ${flags.data}/devnet.json`));
        await interrupted;
        output.say('\nEnding');
      } finally {
        await devnet.stop();
      }
    });
}
