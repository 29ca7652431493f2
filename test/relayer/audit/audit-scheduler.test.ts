import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import { PegwayError } from '../../../protocol/errors.ts';
import { createAuditScheduler } from '../../../relayer/audit/audit-scheduler.ts';
import { createAuditState } from '../../../relayer/audit/audit-state.ts';
import type { Finding } from '../../../relayer/audit/auditor.ts';
import { createMetrics } from '../../../relayer/monitoring/metrics.ts';
import { createProblems } from '../../../relayer/monitoring/problems.ts';
import { productToken } from '../support.ts';

const clean: Finding = { productToken, locked: 5n, supply: 5n, gap: 0n, errors: [], incomplete: undefined };
const broken: Finding = { ...clean, gap: 1n, errors: ['the equation is wrong'] };
const failed: Finding = {
  ...{ productToken, errors: [] },
  incomplete: new PegwayError('missing trie node', { code: 'rpc-unreachable' }),
};

describe('the audit of a peg', () => {
  let audit: ReturnType<typeof startAudits>;
  beforeEach(() => (audit = startAudits()));

  function startAudits() {
    const clock = { seconds: 1_000 };
    const metrics = createMetrics();
    const problems = createProblems(() => undefined);
    const log = { warn: () => undefined };
    const now = () => clock.seconds;
    const reported: boolean[] = [];
    const state = createAuditState({
      ...{ metrics, problems, log, sweepSeconds: 30, now, time: now },
      onCompleted: (_, isClean) => reported.push(isClean),
    });
    let next = clean;
    let audits = 0;
    const scheduler = createAuditScheduler({
      ...{ state, metrics, problems, log, now, pause: undefined, sleep: () => Promise.resolve() },
      auditor: { check: () => (audits++, Promise.resolve([next])) },
    });
    const valueOf = async (metric: { get(): Promise<{ values: { value: number }[] }> }) =>
      (await metric.get()).values.map(({ value }) => value);
    return {
      clock,
      scheduler,
      audits: () => audits,
      reported,
      async find(finding: Finding) {
        next = finding;
        await scheduler.check([productToken]);
      },
      seen: async () => ({
        obstacle: state.obstacle(productToken),
        problems: problems.list().map(({ code }) => code),
        ok: await valueOf(metrics.auditOk),
        completed: await valueOf(metrics.auditCompleted),
      }),
    };
  }

  it('that was never complete is neither clean nor signed for', async () => {
    assert.equal((await audit.seen()).obstacle, 'audit-pending');
    await audit.find(failed);
    assert.deepEqual(await audit.seen(), {
      ...{ obstacle: 'audit-pending', problems: ['audit-pending'], ok: [], completed: [0] },
    });
    audit.clock.seconds += 301;
    await audit.find(failed);
    assert.deepEqual((await audit.seen()).problems, ['audit-stale']);
    await audit.find(clean);
    assert.deepEqual(await audit.seen(), { obstacle: undefined, problems: [], ok: [1], completed: [1_301] });
  });

  it('is reported with its result once it is complete', async () => {
    for (const finding of [failed, broken, failed, clean]) await audit.find(finding);
    assert.deepEqual(audit.reported, [false, true]);
  });

  it('that cannot be completed keeps the alarm of the last one', async () => {
    await audit.find(broken);
    audit.clock.seconds += 10;
    await audit.find(failed);
    assert.deepEqual(await audit.seen(), {
      ...{ obstacle: 'audit-broken', problems: ['audit-broken'], ok: [0], completed: [1_000] },
    });
    await audit.find(clean);
    assert.deepEqual(await audit.seen(), { obstacle: undefined, problems: [], ok: [1], completed: [1_010] });
  });

  it('that is old is reported, not clean any more, and stops no signature', async () => {
    await audit.find(clean);
    audit.clock.seconds += 300;
    await audit.find(failed);
    assert.deepEqual(await audit.seen(), { obstacle: undefined, problems: [], ok: [1], completed: [1_000] });
    audit.clock.seconds += 1;
    await audit.find(failed);
    assert.deepEqual(await audit.seen(), {
      ...{ obstacle: undefined, problems: ['audit-stale'], ok: [], completed: [1_000] },
    });
    await audit.find(clean);
    assert.deepEqual(await audit.seen(), { obstacle: undefined, problems: [], ok: [1], completed: [1_301] });
  });

  it('that cannot be completed is tried again after a later block, after 2, 4, 8 … 32 s', async () => {
    await audit.find(failed);
    const settled = () => new Promise((resolve) => setImmediate(resolve));
    let audits = 1;
    for (const delay of [2, 4, 8, 16, 32, 32]) {
      for (const more of [0, 1]) {
        audit.clock.seconds += more === 0 ? delay - 1 : 1;
        audit.scheduler.afterBlock();
        await settled();
        audits += more;
        assert.equal(audit.audits(), audits);
      }
    }
    await audit.find(clean);
    await audit.find(failed);
    audit.clock.seconds += 2;
    audit.scheduler.afterBlock();
    await settled();
    assert.equal(audit.audits(), audits + 3, 'a complete one ends the delay');
  });

  it('that was touched by many blocks during an audit runs once more', async () => {
    for (let block = 0; block < 20; block++) {
      audit.scheduler.touch(productToken);
      audit.scheduler.afterBlock();
    }
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(audit.audits() <= 2, String(audit.audits()));
    assert.ok(audit.audits() >= 1);
  });
});
