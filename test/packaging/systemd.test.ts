import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';

const unit = 'ops/systemd/pegway.service';
const analyze = (...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
  return { status, said: stdout + stderr };
};

describe('the systemd unit', () => {
  it('holds no line that systemd does not know', () => {
    const { status, said } = analyze('verify', '--man=no', unit);
    assert.equal(said.trim(), '');
    assert.equal(status, 0);
  });

  it('is exposed to little: at most 2 of 10', () => {
    const { status, said } = analyze('security', '--offline=true', '--threshold=20', unit);
    assert.equal(status, 0, said);
  });
});
