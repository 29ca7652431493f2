import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { generateHsmKey } from '../../relayer/keys/pkcs11/ec-key.ts';
import { type GovernedPair, startGovernedPair } from '../support/governance.ts';
import { makeSoftHsm, pin } from './softhsm.ts';

const hsm = makeSoftHsm();

describe('pegway governance with a key in an HSM', () => {
  let pair: GovernedPair;
  let address: `0x${string}`;
  before(async () => {
    const password = () => Promise.reject(new Error('must not be asked'));
    address = await generateHsmKey(hsm.uri('attest'), { allowPlain: false, password });
    pair = await startGovernedPair([address]);
  });
  after(async () => {
    await pair.stop();
    hsm.remove();
  });

  it('signs what the bridge accepts, and shows no PIN', async () => {
    const file = pair.path('minimum.json');
    const words = [`productToken=${pair.productTokens[0]}`, 'minimum=20000000000000000'];
    await pair.run('propose', 'main', 'setMinimum', ...words, '--out', file);
    const key = hsm.uri('attest').replace(/pin-source=.*/, `pin-value=${pin}`);
    const { status, stdout, stderr } = await pair.governance('sign', file, '--key', key, '--yes');
    assert.equal(status, 0, stderr);
    assert.match(stdout, new RegExp(`signed by ${address}`));
    assert.ok(!`${stdout}${stderr}`.includes(pin));

    await pair.signBy(file, 1, 2, 3);
    const [sent] = await pair.run('submit', file);
    assert.equal(sent?.['outcome'], 'pending');
  });

  it('pauses with it', async () => {
    const paused = await pair.run('pause', '--key', hsm.uri('attest'), '--yes');
    assert.deepEqual(
      paused.map(({ chain }) => chain),
      ['main', 'product'],
    );
  });
});
