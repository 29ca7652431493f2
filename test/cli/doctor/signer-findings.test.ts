import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { processesOf } from '../../../cli/doctor/signer-findings.ts';

const member = (id: string) => ({ id, generation: 's0 s1', url: `http://${id}:7300`, shards: [], satellites: {} });
const members = [member('alpha'), member('beta')];
const held = (...holders: (string | undefined)[]) => holders.map((holder, index) => ({ shard: `s${index}`, holder }));

describe('the processes of a signer', () => {
  it('are shown with the shards that they hold', () => {
    const { outcome, found } = processesOf({ members, shards: held('alpha', 'beta') }, []);
    assert.deepEqual([outcome, found], ['ok', '2: s0 by alpha, s1 by beta']);
  });

  it('are a warning while no process holds a shard', () => {
    const { outcome, found } = processesOf({ members, shards: held('alpha', undefined) }, []);
    assert.deepEqual([outcome, found], ['warn', '2: s0 by alpha, s1 by no process']);
  });

  it('are a warning when one does not answer at the URL that it has published', () => {
    const { outcome, found, hint } = processesOf({ members, shards: held('alpha', 'beta') }, [member('beta')]);
    assert.equal(outcome, 'warn');
    assert.match(found, /; no answer of beta at http:\/\/beta:7300$/);
    assert.match(hint ?? '', /listen\.forwardUrl/);
  });

  it('are a warning while this one runs and leaves every shard to others', () => {
    const { outcome, found, hint } = processesOf({ members: [], shards: held(undefined) }, [], true);
    assert.deepEqual([outcome, found], ['warn', 's0 by no process; this process runs and takes no part']);
    assert.match(hint ?? '', /shard not opened/);
  });

  it('are in order while none runs', () => {
    assert.equal(processesOf({ members: [], shards: held(undefined) }, []).outcome, 'ok');
  });
});
