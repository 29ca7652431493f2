import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { type GovernedPair, startGovernedPair } from '../../support/governance.ts';
import { type KmsServer, credentials, startKms } from '../../relayer/keys/kms-server.ts';
import { type Web3SignerServer, startWeb3Signer } from '../../relayer/keys/web3signer-server.ts';

// With a key in an HSM: test/hsm/governance.test.ts.
describe('pegway governance with keys that are elsewhere', () => {
  let web3signer: Web3SignerServer;
  let kms: KmsServer;
  let pair: GovernedPair;
  let file: string;
  before(async () => {
    // The command finds them where the SDK looks first.
    process.env.AWS_ACCESS_KEY_ID = credentials.id;
    process.env.AWS_SECRET_ACCESS_KEY = credentials.secret;
    [web3signer, kms] = await Promise.all([startWeb3Signer(), startKms()]);
    pair = await startGovernedPair([web3signer.address, kms.address]);
    file = pair.path('minimum.json');
    const words = [`productToken=${pair.productTokens[0]}`, 'minimum=20000000000000000'];
    await pair.run('propose', 'main', 'setMinimum', ...words, '--out', file);
  });
  after(() => Promise.all([pair.stop(), web3signer.stop(), kms.stop()]));

  it('signs by Web3Signer', async () => {
    const key = `web3signer:${web3signer.url}?address=${web3signer.address}`;
    const [signed] = await pair.run('sign', file, '--key', key, '--yes');
    assert.equal(signed?.['signer'], web3signer.address);
  });

  it('signs by AWS KMS', async () => {
    const [signed] = await pair.run('sign', file, '--key', `awskms:${kms.keyId}?endpoint=${kms.url}`, '--yes');
    assert.equal(signed?.['signer'], kms.address);
  });

  it('writes no signature that is not the key’s', async () => {
    const before = pair.read(file).signatures;
    web3signer.signWith = `0x${'77'.repeat(32)}`;
    const key = `web3signer:${web3signer.url}?address=${web3signer.address}`;
    const { status, stderr } = await pair.governance('sign', file, '--key', key, '--yes');
    assert.equal(status, 1);
    assert.match(stderr, /the signature is not by 0x/);
    assert.deepEqual(pair.read(file).signatures, before);
  });

  it('signs what the bridge accepts', async () => {
    await pair.signBy(file, 2, 3);
    const [sent] = await pair.run('submit', file);
    assert.equal(sent?.['outcome'], 'pending');
    const [main] = await pair.run('show');
    const { signedBy } = main!['pending'] as { signedBy: { index: number }[] };
    assert.deepEqual(
      signedBy.map(({ index }) => index),
      [0, 1, 2, 3],
    );
  });
});
