import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import type { StatusView } from '../../protocol/api-types.ts';
import { type Cable, layCable } from '../support/cable.ts';
import { type TestNet, allSigners, startTestNet } from '../support/devnet.ts';
import { eventually } from '../support/wait.ts';

const redisUrl = process.env['REDIS_URL'];

describe('six relayers with a Redis', { skip: redisUrl === undefined && 'needs a Redis' }, () => {
  const cutOff = [3, 4, 5];
  let net: TestNet;
  let cable: Cable;
  before(async () => {
    const redis = new URL(redisUrl ?? '');
    net = await startTestNet({ processes: cutOff });
    cable = await layCable({ host: redis.hostname, port: Number(redis.port) });
    await net.kill(...cutOff);
    const url = new URL(redis);
    url.host = `127.0.0.1:${cable.port}`;
    for (const index of cutOff) net.configure(index, (config) => void (config.queue = url.href));
    await net.restart(...cutOff);
  });
  after(async () => {
    await net.stop();
    await cable.close();
  });

  const saysSo = async (index: number): Promise<boolean> => {
    const response = await fetch(`${net.devnet.members[index]?.apiUrl}/v1/status`);
    const { problems } = (await response.json()) as StatusView;
    return problems.some(({ part, code }) => part === 'queue' && code === 'queue-unreachable');
  };

  it('sign for the others, follow the chains and report the queue while Redis is away', async () => {
    cable.cut();
    // The other three are one short of the quorum; and each block that moves a lane would make them wait for Redis.
    for (let times = 0; times < 3; times++) await net.arrives(await net.deposit());
    for (const index of cutOff) await eventually(`signer ${index} says so`, () => saysSo(index));
    await net.arrives(await net.deposit());
  });

  it('end at SIGTERM while it is away', async () => {
    const relayer = net.devnet.relayer(5);
    relayer.kill('SIGTERM');
    await eventually('it has ended', () => !relayer.isRunning());
  });

  it('move transfers again when it is back', async () => {
    cable.mend();
    for (const index of [3, 4]) await eventually(`signer ${index} is well`, async () => !(await saysSo(index)));
    // Without one of them nothing moves, whichever signer submits.
    await net.kill(0, 1);
    await net.restart(5);
    await net.arrives(await net.deposit());
    await net.restart(0, 1);
  });

  // The jobs of a signer's queue are its own: the three that are stopped in good order only complete the quorum.
  it('execute each of 50 open transfers once after kill -9 of three and the loss of all data folders, but not of Redis', async () => {
    const nonces = await net.depositMany(50);
    await net.kill(...allSigners);
    net.wipe(...allSigners);
    await net.restart(...allSigners);
    for (const nonce of nonces) {
      const departure = { direction: 'mint', productToken: net.tokens[0] ?? '0x', nonce } as const;
      await net.arrives(departure);
      assert.equal((await net.executions(departure)).length, 1);
    }
  });
});
