import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { type Hex, padHex, toHex } from 'viem';

import { codeOf } from '../../../protocol/errors.ts';
import { type LeaseConnection, claimLease, connectForLeases } from '../../../relayer/queue/lease.ts';
import type { Lease } from '../../../relayer/queue/sole-lease.ts';
import { openDatabase } from '../../../relayer/store/database.ts';
import { openSigningHistory } from '../../../relayer/store/signing-history.ts';
import { shareHistory } from '../../../relayer/shards/shared-history.ts';
import { openSignedContents } from '../../../relayer/shards/signed-contents.ts';
import { redisForTests, withoutRedis } from '../../support/redis.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LANE = 'mint/0x01';
const content = (value: number): Hex => padHex(toHex(value), { size: 36 });

describe('what the processes of a signer have signed', { skip: withoutRedis }, () => {
  let redis: Awaited<ReturnType<typeof redisForTests>>;
  let connection: LeaseConnection;
  const folder = mkdtempSync(join(tmpdir(), 'pegway-signed-'));
  const leases: Lease[] = [];
  before(async () => {
    redis = await redisForTests();
    connection = await connectForLeases(redis.url, AbortSignal.timeout(60_000), () => undefined);
  });
  after(async () => {
    for (const lease of leases) await lease.release();
    connection[Symbol.dispose]();
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A tenure of a shard, as one process after another has it. */
  const tenure = async (namespace: string, instance: string) => {
    const claim = claimLease(connection.redis, { namespace, instance, signsWithoutRedis: false });
    const lease = await claim.take();
    assert.ok(lease?.fence !== undefined, 'the lease is free');
    leases.push(lease);
    return { lease, signed: openSignedContents(connection.redis, `${namespace}-bridge`, lease.fence) };
  };

  it('is known to the next owner: it signs the same again, and no second content', async () => {
    const first = await tenure(`next-${process.pid}`, 'a');
    // Over the border of two values.
    assert.equal(await first.signed.record(LANE, 254n, [1, 2, 3, 4].map(content)), undefined);
    await first.lease.release();
    const { signed } = await tenure(`next-${process.pid}`, 'b');
    assert.equal(await signed.record(LANE, 255n, [2, 3].map(content)), undefined);
    assert.equal(await signed.record('withdraw/0x01', 254n, [content(9)]), undefined);
    assert.deepEqual(await signed.record(LANE, 254n, [1, 2, 8, 4].map(content)), { nonce: 256n, content: content(3) });
  });

  it('records nothing of a batch with a conflict', async () => {
    const { signed } = await tenure(`whole-${process.pid}`, 'a');
    await signed.record(LANE, 7n, [content(7)]);
    assert.deepEqual(await signed.record(LANE, 6n, [6, 8].map(content)), { nonce: 7n, content: content(7) });
    assert.equal(await signed.record(LANE, 6n, [content(60)]), undefined);
  });

  it('is not written by a process that has lost its lease, before it knows so', async () => {
    const namespace = `fenced-${process.pid}`;
    const first = await tenure(namespace, 'a');
    // As after a suspension: the lease has run out in Redis, and another process has taken it.
    await connection.redis.del(first.lease.fence?.key ?? '');
    const second = await tenure(namespace, 'b');
    assert.equal(await second.signed.record(LANE, 0n, [content(1)]), undefined);
    await assert.rejects(first.signed.record(LANE, 1n, [content(2)]), (error) => codeOf(error) === 'standby');
    assert.equal(await second.signed.record(LANE, 1n, [content(3)]), undefined);
  });

  it('adopts a content of another process, so that an operator can accept the other one', async () => {
    const { signed } = await tenure(`adopts-${process.pid}`, 'a');
    await signed.record(LANE, 3n, [content(1)]);
    const database = openDatabase(folder);
    const local = openSigningHistory(database);
    const history = shareHistory(local, signed);
    assert.equal(await history.record(LANE, 3n, [content(2)]), 3n);
    assert.equal(local.get(LANE, 3n), content(1));
    assert.equal(await history.record(LANE, 3n, [content(2)]), 3n);

    assert.equal(local.accept(LANE, 3n), true);
    await signed.forget(LANE, 3n, 36);
    assert.equal(await history.record(LANE, 3n, [content(2)]), undefined);
    database.close();
  });
});
