import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import { createLedger } from '../../../relayer/state/ledger.ts';
import { createProblems } from '../../../relayer/monitoring/problems.ts';
import { createEquivocationGuard } from '../../../relayer/state/equivocation-guard.ts';
import { type Lane, laneKey } from '../../../protocol/lane.ts';
import { lane, productToken } from '../support.ts';

const other: Lane = { direction: 'withdraw', productToken };

describe('a lane with a second content', () => {
  let signed: Map<string, `0x${string}`>;
  let ledgers: Map<string, ReturnType<typeof createLedger>>;
  let problems: ReturnType<typeof createProblems>;
  let contents: ReturnType<typeof createEquivocationGuard>;
  beforeEach(() => {
    signed = new Map([[`${laneKey(lane)} 3`, '0xaa']]);
    ledgers = new Map([lane, other].map((one) => [laneKey(one), createLedger(one)]));
    problems = createProblems(() => undefined);
    contents = createEquivocationGuard({
      history: { get: (key, nonce) => signed.get(`${key} ${nonce}`) },
      ledger: (one) => ledgers.get(laneKey(one)),
      problems,
    });
  });
  const stopped = (one: Lane) => ledgers.get(laneKey(one))?.stopped;

  it('stops alone and reports a problem while the signing history holds the other content', () => {
    contents.stop(lane, 3n);
    assert.deepEqual(contents.review(), []);
    assert.equal(stopped(lane), 'second-content');
    assert.equal(stopped(other), undefined);
    assert.deepEqual(
      problems.list().map(({ code }) => code),
      ['second-content'],
    );
  });

  it('resumes once after an operator has accepted a content', () => {
    contents.stop(lane, 3n);
    signed.clear();
    assert.deepEqual(contents.review(), [lane]);
    assert.equal(stopped(lane), undefined);
    assert.deepEqual(problems.list(), []);
    assert.deepEqual(contents.review(), []);
  });
});
