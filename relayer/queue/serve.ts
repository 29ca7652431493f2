import { startEmbeddedServer } from './embedded.ts';

/*
 * One queue server for several relayers of one machine, as a process of its own: a devnet without Redis has six relayers and
 * memory for one PGlite. It says its URL on stdout and ends on SIGTERM.
 */
const server = await startEmbeddedServer();
process.stdout.write(`${server.url}\n`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    void server.close().finally(() => process.exit(0));
  });
}
