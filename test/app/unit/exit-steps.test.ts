import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { type ExitStep, commandOf, stepsNow } from '../../../app/exits/steps.ts';
import { linkTo, parseRoute } from '../../../app/router.ts';

describe('the steps of an exit that the page shows', () => {
  const at = { openableAt: 100n, closableAt: undefined } as const;

  it('offer nothing that the contract refuses: open after exitDelay, close after the notice period', () => {
    const silent = { ...at, phase: 'silent' } as const;
    assert.deepEqual(stepsNow({ ...silent, now: 99n }), ['snapshot']);
    assert.deepEqual(stepsNow({ ...silent, now: 100n }), ['snapshot', 'open']);
    const announced = { ...at, phase: 'announced', closableAt: 200n } as const;
    assert.deepEqual(stepsNow({ ...announced, now: 199n }), ['snapshot']);
    assert.deepEqual(stepsNow({ ...announced, now: 200n }), ['snapshot', 'close']);
  });

  it('follow the windows after the bridge was closed', () => {
    const now = 1_000n;
    assert.deepEqual(stepsNow({ ...at, now, phase: 'advancing' }), ['advance']);
    assert.deepEqual(stepsNow({ ...at, now, phase: 'registering' }), ['register']);
    assert.deepEqual(stepsNow({ ...at, now, phase: 'paying' }), ['claim', 'register']);
  });

  it('name commands and options that pegway has', () => {
    const source =
      readFileSync('cli/exit/exit-command.ts', 'utf8') + readFileSync('cli/inspect/target-options.ts', 'utf8');
    for (const [step, command] of Object.entries(commandOf) as [ExitStep, string][]) {
      assert.match(command, new RegExp(`^pegway exit ${step} `));
      assert.ok(source.includes(`.command('${step}')`), step);
      for (const [option] of command.matchAll(/--[a-z]+/g)) assert.ok(source.includes(`'${option} <`), option);
    }
  });

  it('have an address of their own', () => {
    assert.deepEqual(parseRoute(linkTo({ name: 'exits' })), { name: 'exits' });
  });
});
