import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';

import { alertmanager, commandOf } from '../../scripts/testing/programs.ts';
import { alertRules } from './support/rules.ts';

const CONFIG = 'ops/alertmanager/alertmanager.yml';
const tool = commandOf(alertmanager);
const amtool = async (...args: readonly string[]) => (await promisify(execFile)(tool ?? '', args)).stdout.trim();
const skip = tool === undefined ? `amtool is missing: apt-get install ${alertmanager.name}` : false;

describe('the example for Alertmanager', { skip }, () => {
  it('is a configuration that Alertmanager takes', async () => {
    assert.match(await amtool('check-config', CONFIG), /SUCCESS/);
  });

  it('sends critical alerts to the pager, warnings to the chat, and the watchdog outside', async () => {
    const receivers = { critical: 'pager', warning: 'chat', none: 'dead-man' };
    for (const { alert, labels } of alertRules()) {
      const { severity = '' } = labels;
      const route = await amtool(
        'config',
        'routes',
        'test',
        `--config.file=${CONFIG}`,
        `alertname=${alert}`,
        `severity=${severity}`,
      );
      assert.equal(route, receivers[severity as keyof typeof receivers], alert);
    }
  });
});
