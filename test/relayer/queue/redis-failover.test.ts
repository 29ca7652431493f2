import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { takeLease } from '../../../relayer/queue/lease.ts';
import { openQueue } from '../../../relayer/queue/open-queue.ts';
import { type Cable, layCable } from '../../support/cable.ts';
import { type RedisServer, startRedisServer, withoutRedisServer } from '../../support/redis.ts';
import { eventually } from '../../support/wait.ts';
import { batchA, laneA, settled } from './conformance.ts';
import { Runs } from './runs.ts';

const FAILOVER_SECONDS = 10;
const log = { warn: () => undefined };

describe('a failover of Redis on open connections', { skip: withoutRedisServer }, () => {
  let [first, second]: RedisServer[] = [];
  let cable: Cable;
  let url: string;
  beforeEach(async () => {
    first = await startRedisServer();
    second = await startRedisServer({ replicaof: `127.0.0.1 ${first.port}` });
    const { command } = second;
    await eventually('the replica is in sync', async () =>
      String(await command('INFO')).includes('master_link_status:up'),
    );
    cable = await layCable({ host: '127.0.0.1', port: first.port });
    url = `redis://127.0.0.1:${cable.port}`;
  });
  afterEach(async () => {
    await cable.close();
    await first?.stop();
    await second?.stop();
  });

  /**
   * Fails over like a managed Redis: the roles change, the address leads to the new primary, open connections stay with
   * the old one.
   */
  const switchRoles = async () => {
    await second?.command('REPLICAOF', 'NO', 'ONE');
    cable.lead({ host: '127.0.0.1', port: second?.port ?? 0 });
    await first?.command('REPLICAOF', '127.0.0.1', String(second?.port));
  };
  /** The primary's host has disappeared: open connections are silent, and are not closed. */
  const freeze = async () => {
    first?.pause();
    await second?.command('REPLICAOF', 'NO', 'ONE');
    cable.lead({ host: '127.0.0.1', port: second?.port ?? 0 });
  };

  const survivals = [
    ['whose old primary is a replica now', switchRoles],
    ['whose old primary is silent', freeze],
  ] as const;
  for (const [what, failOver] of survivals) {
    it(`${what}: the queue works on`, async () => {
      const signal = AbortSignal.timeout(60_000);
      await using queue = await openQueue({ url, namespace: 'failover', log, signal });
      const runs = new Runs();
      queue.start(runs);
      await queue.wake(laneA);
      await eventually('it works', () => runs.running.length === 1);
      runs.endAll();
      await settled(queue);

      await failOver();
      // Idle workers must detect the failover themselves, not only the connection that adds jobs.
      const adding = Promise.all([queue.wake(laneA), queue.batch(batchA)]);
      await eventually('both run', () => runs.started.length === 3, FAILOVER_SECONDS);
      await adding;
      runs.endAll();
    });

    it(`${what}: the lease is kept, or taken again`, async () => {
      const signal = AbortSignal.timeout(60_000);
      const lease = await takeLease({ url, namespace: 'failover', signal, onWait: () => undefined });
      const key = 'pegway-failover-lease';
      await failOver();
      // Replicated to the new primary, where it would expire after 5 s.
      await second?.command('DEL', key);
      await eventually(
        'it is in the new primary',
        () => second?.command('EXISTS', key).then(Boolean),
        FAILOVER_SECONDS,
      );
      await eventually('it is held', () => lease.held(), FAILOVER_SECONDS);
      assert.equal(lease.lost.aborted, false);
      await lease.release();
    });
  }
});
