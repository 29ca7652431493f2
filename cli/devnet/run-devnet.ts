import { PegwayError, messageOf } from '../../protocol/errors.ts';
import { type Io, interrupted, whileBusy } from '../io.ts';
import { type Output, openOutput, wrong } from '../output.ts';
import { demonstrate, demonstrateChain, transferMany } from './demonstrate.ts';
import type { DevnetFile } from './describe-devnet.ts';
import { startDevnet } from './start.ts';

interface DevnetFlags {
  readonly once: boolean;
  readonly json: boolean;
  readonly transfers: number;
  readonly productChains: number;
  readonly bridges: number;
  readonly chained: boolean;
  readonly data: string;
  readonly keep: boolean;
  readonly prometheus: boolean;
  readonly app: boolean;
}

/** Nothing of a devnet is worth a longer farewell: a person waits for the prompt. */
const STOP_SECONDS = 0.5;

export async function runDevnet(flags: DevnetFlags, io: Io): Promise<void> {
  const output = openOutput(flags.json, io);
  if (flags.chained && (flags.bridges > 1 || flags.transfers > 0)) {
    throw wrong('--chained: expected neither --bridges nor --transfers', 'leave them out');
  }
  const started = performance.now();
  const { signal } = io;
  const stopped = interrupted(signal);
  const unfinished = () => new PegwayError('interrupted before everything had arrived');

  output.say(output.bold('Starting'));
  const leaving = flags.keep ? `keeps ${flags.data}` : 'deletes their files, and leaves nothing';
  void stopped.then(() => output.say(`\nEnding: stops the chains and relayers that it started, ${leaving}`));
  const devnet = await startDevnet({
    directory: flags.data,
    redisUrl: io.env['REDIS_URL'],
    keepFiles: flags.keep,
    prometheus: flags.prometheus,
    ...{ app: flags.app, stablePorts: true, stopSeconds: STOP_SECONDS },
    productChains: flags.productChains,
    bridges: flags.bridges,
    layout: flags.chained ? 'chain' : 'star',
    pegs: { fees: true },
    anchorEverySeconds: 60,
    signal,
    say(step) {
      const seconds = (performance.now() - started) / 1_000;
      output.say(`  ${output.dim(`${seconds.toFixed(1)} s`.padStart(7))}  ${step}`);
      if (output.json) output.result('', { step: 'started', seconds, what: step });
    },
    onLost: ({ name, logFile }) => output.say(output.red(`${name} has ended; the end of its log: tail ${logFile}`)),
  }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
    if (flags.once) throw unfinished();
    return undefined;
  });
  if (devnet === undefined) return;
  try {
    const bridges = devnet.fleets.flatMap((fleet) => [fleet.bridge, ...fleet.others]);
    const work = async () => {
      if (flags.chained) {
        return demonstrateChain(
          bridges.map((bridge) => ({ ...devnet.file, ...bridge })),
          output,
        );
      }
      for (const bridge of bridges) {
        if (devnet.fleets.length > 1)
          output.say(output.bold(`\nBridge ${bridge.name} to chain ${bridge.product.chainId}`));
        await demonstrate({ ...devnet.file, ...bridge }, output);
        if (flags.transfers > 0) await transferMany({ ...devnet.file, ...bridge }, flags.transfers, output);
      }
    };
    const working = work();
    // It fails when the chains end under it.
    working.catch(() => undefined);
    const ended = await Promise.race([working, stopped]);
    if (flags.once && ended === 'interrupted') throw unfinished();
    if (flags.once || ended === 'interrupted') return;

    const page = devnet.app;
    // Build now, ahead of the first request; a failed build is retried then.
    page?.prepare().catch((error: unknown) => output.say(`the page could not be built: ${messageOf(error)}`));
    output.say(output.bold('\nThe devnet is up; Ctrl-C ends it.'));
    if (page !== undefined) output.say(`  page      ${page.url}, for your wallet ${page.url}/wallet`);
    for (const bridge of bridges) {
      for (const { index, address, apiUrl } of bridge.signers) {
        output.say(`  ${bridge.name}  signer ${index}  ${address}  ${apiUrl}/v1/status`);
      }
    }
    if (devnet.file.prometheusUrl !== undefined) output.say(`  Prometheus  ${devnet.file.prometheusUrl}/alerts`);
    sayWallet(devnet.file, output);
    output.say(output.dim(`  all of it: ${flags.data}/devnet.json`));
    await whileBusy(io, () => stopped);
  } finally {
    await devnet.stop();
  }
}

/** Prints the values that a person types into a wallet. */
function sayWallet({ main, product, pegs, holders: [holder] }: DevnetFile, output: Output): void {
  if (holder === undefined) return;
  const symbols = [...new Set(pegs.map(({ mainSymbol }) => mainSymbol))].join(', ');
  output.say(output.bold('\nConnect your wallet'));
  output.say(`  main chain     id ${main.chainId}, RPC URL ${main.rpcUrl}, currency ETH`);
  output.say(`  product chain  id ${product.chainId}, RPC URL ${product.rpcUrl}, currency ETH`);
  output.say(`  account        import the private key ${holder.privateKey}`);
  output.say(`                 it has coins and ${symbols}; never use this key elsewhere`);
  output.say('  A wallet that remembers an older devnet: clear its activity data for both chains.\n');
}
