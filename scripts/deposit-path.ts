// `npm run deposit-path`: the source files that a deposit runs through in the relayers, from its departure to its execution.
// Precise coverage of one process with six relayers; functions that also run while nothing moves do not count.
import { Session } from 'node:inspector/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { startTestNet } from '../test/support/devnet.ts';

const IDLE_BLOCKS = 40n;
const root = process.cwd();

const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });

/** Functions called since the last call of this, as `file:name:offset`. */
const called = async (): Promise<ReadonlySet<string>> => {
  const { result } = await session.post('Profiler.takePreciseCoverage');
  const names = result
    .filter(({ url }) => url.startsWith('file:'))
    .flatMap(({ url, functions }) => {
      const file = relative(root, fileURLToPath(url));
      if (!/^(protocol|relayer)\//.test(file)) return [];
      return functions
        .filter(({ ranges: [range] }) => (range?.count ?? 0) > 0)
        .map(({ functionName, ranges: [range] }) => `${file}:${functionName}:${range?.startOffset ?? 0}`);
    });
  return new Set(names);
};

const net = await startTestNet();
try {
  // One transfer first, so that one-time loading and connecting does not count.
  await net.arrives(await net.deposit());
  await net.blocksLater(IDLE_BLOCKS);
  await called();
  await net.blocksLater(IDLE_BLOCKS);
  const idle = await called();
  await net.arrives(await net.deposit());
  const moving = await called();
  const files = new Set([...moving].filter((name) => !idle.has(name)).map((name) => name.split(':')[0] ?? ''));
  for (const file of [...files].sort()) console.log(file);
  console.log(`${files.size} files`);
} finally {
  await net.stop();
  session.disconnect();
}
