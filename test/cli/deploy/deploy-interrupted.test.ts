import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';

import { call, keepTime } from '../../../cli/devnet/anvil.ts';
import { anvilKey } from '../../support/bridge.ts';
import { eventually } from '../../support/wait.ts';
import { CREATIONS, type Place, afterPair, deployer, startPlace } from './deploy-support.ts';

describe('pegway deploy, interrupted', () => {
  let place: Place;
  before(async () => {
    place = await startPlace();
  });
  after(() => place.stop());

  class Crash extends Error {}

  it('at any step, goes on where it stopped, and creates each library and each bridge once', async () => {
    const steps: string[] = [];
    for (let last = 1, crashed = true; crashed; last++) {
      const folder = place.folder();
      const file = place.file();
      const before = await place.nonces();
      let step = 0;
      const say = (text: string) => {
        // Printed only where a block is late, so that it would shift the steps.
        if (text.includes('waiting until it is in a block')) return;
        if (++step === last) {
          steps.push(text);
          throw new Crash(text);
        }
      };
      crashed = await folder.deploy(file, { say }).then(
        () => false,
        (error: unknown) => {
          if (error instanceof Crash) return true;
          throw error;
        },
      );
      const { pairs } = await folder.deploy(file);
      assert.equal(pairs.length, 1);
      assert.deepEqual(await place.nonces(), afterPair(before), steps.at(-1));
      if (crashed) await folder.deploy(file);
    }
    assert.ok(steps.length > 2 * (CREATIONS.main + CREATIONS.product), steps.join('\n'));
    assert.match(
      steps.join('\n'),
      /recorded what will be sent[\s\S]*Signers on product: sending 0x[\s\S]*Signers is 0x[\s\S]*Rewards on main: sending 0x[\s\S]*MainBridge is 0x/,
    );
  });

  it('by kill -9 with a transaction in no block yet, goes on with that one', async () => {
    const folder = place.folder();
    const file = place.file();
    const before = await place.nonces();
    await keepTime(place.chains.main, 1);
    // No automatic blocks, and none by time.
    await keepTime(place.chains.product, 1);
    await call(place.chains.product.rpcUrl, 'evm_setIntervalMining', 0);
    writeFileSync(folder.path, JSON.stringify(file));
    const args = ['cli/pegway.ts', 'deploy', folder.path, '--key', `plain:${anvilKey}`];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (data: Buffer) => (said += data.toString()));
    await eventually('it waits for a block', () => said.includes('waiting until it is in a block'));
    child.kill('SIGKILL');
    await eventually('it is gone', () => child.signalCode !== null);
    await keepTime(place.chains.product, 1);
    const { status, stderr } = await folder.pegway('deploy', file);
    assert.equal(status, 0, stderr);
    assert.deepEqual(await place.nonces(), afterPair(before));
    await place.isAsTheFileSays(folder, file);
  });

  it('says what to do when somebody else used the key, and plans anew when told to', async () => {
    const folder = place.folder();
    const file = place.file();
    const say = (text: string) => {
      if (text.includes('MainBridge on main: sending')) throw new Crash(text);
    };
    await assert.rejects(folder.deploy(file, { say }), Crash);
    // The nonce that the main bridge was to have. Before it is in a block, ours would take its place.
    const used = (await place.nonces()).main + 1;
    await call(place.chains.main.rpcUrl, 'eth_sendTransaction', { from: deployer, to: deployer, value: '0x0' });
    await eventually('the nonce is used', async () => (await place.nonces()).main === used);
    const lost = await folder.pegway('deploy', file);
    assert.equal(lost.status, 1, lost.stderr);
    assert.match(lost.stderr, /bridges\.boat: nonce \d+ of 0x\w+ was used by another transaction[\s\S]*--abandon boat/);
    const { status, stderr } = await folder.pegway('deploy', file, '--abandon', 'boat');
    assert.equal(status, 0, stderr);
    await place.isAsTheFileSays(folder, file);
  });
});
