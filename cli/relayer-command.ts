import type { Command } from 'commander';

import { withConfig } from './inspect/target-options.ts';
import type { Io, Run } from './io.ts';
import { collectEarly } from './memory.ts';

export function registerRelayer(program: Command, run: Run): void {
  const command = program
    .command('relayer')
    .summary('run one signer’s relayer')
    .description(
      'Runs one signer’s relayer until SIGTERM. Writes its log to stdout: as text at a terminal, else one JSON object per line. Applies an edited ' +
        'configuration file within seconds, or at once at SIGHUP; refuses it as a whole where it does not fit.',
    )
    .addHelpText('after', '\nExample:\n  pegway relayer --config /etc/pegway/relayer.json')
    .action(
      run(
        async () => {
          collectEarly();
          const [
            { findConfig },
            { openConfigSource },
            { openLog, runRelayer },
            { createFaultScopes },
            { readableLog },
          ] = await Promise.all([
            import('./inspect/find-config.ts'),
            import('../relayer/reload/config-source.ts'),
            import('../relayer/main.ts'),
            import('../relayer/async/fault-scopes.ts'),
            import('./readable-log.ts'),
          ]);
          return (flags: { readonly config?: string }, io: Io) => {
            const source = openConfigSource(findConfig(flags.config, io), io.env);
            const config = source.read();
            io.onHangup(() => source.request());
            const faults = createFaultScopes();
            io.onUncaught((error) => faults.handle(error));
            const log = openLog(config, io.stdout.isTTY === true ? readableLog(io) : undefined);
            return runRelayer(config, { log, signal: io.signal, source, faults });
          };
        },
        { waits: false },
      ),
    );
  withConfig(command);
}
