// `npm run bench:slow-key [-- --milliseconds N] [-- --transfers N]`: a backlog on one lane with slow keys. Each of the
// six relayers attests through its own Web3Signer, which delays each answer; transactions use a local key, as
// recommended for production.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { drain } from '../cli/bench/drain.ts';
import { stageOf } from '../cli/bench/stage.ts';
import { startDevnet } from '../cli/devnet/start.ts';
import type { ConfigFile } from '../relayer/config.ts';
import { startWeb3Signer } from '../test/relayer/keys/web3signer-server.ts';

const { values } = parseArgs({
  options: { milliseconds: { type: 'string', default: '100' }, transfers: { type: 'string', default: '5000' } },
});
const [milliseconds, transfers] = [Number(values.milliseconds), Number(values.transfers)];
if (!(milliseconds >= 0 && milliseconds <= 10_000 && Number.isSafeInteger(transfers) && transfers > 0)) {
  console.error('expected --milliseconds from 0 to 10000, --transfers a whole number of at least 1');
  process.exit(2);
}

const directory = mkdtempSync(join(tmpdir(), 'pegway-slow-key-'));
const devnet = await startDevnet({ directory, redisUrl: process.env.REDIS_URL, say: (line) => console.error(line) });
try {
  for (const { configFile, privateKey } of devnet.members) {
    const { url, address } = await startWeb3Signer({ privateKey, milliseconds });
    const config = JSON.parse(readFileSync(configFile, 'utf8')) as ConfigFile;
    const slow = { key: `web3signer:${url}?address=${address}`, payingKey: `plain:${privateKey}` };
    writeFileSync(configFile, JSON.stringify({ ...config, ...slow }));
  }
  // The relayers start with these keys once the backlog exists.
  for (const { name, value, unit } of await drain(stageOf(devnet, 'mint'), transfers, (line) => console.error(line))) {
    console.log(`${name.padEnd(60)} ${value.toFixed(2).padStart(10)} ${unit}`);
  }
} finally {
  await devnet.stop();
  rmSync(directory, { recursive: true, force: true });
}
process.exit();
