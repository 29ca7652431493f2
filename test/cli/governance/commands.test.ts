import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';

import { productTokenAddress } from '../../../cli/deploy/creation.ts';
import type { ConfigFile } from '../../../relayer/config.ts';
import { type GovernedPair, startGovernedPair } from '../../support/governance.ts';

/*
 * `pegway governance` as operators run it: one process per command, against bridges on real chains. Ordered: each test
 * starts from the state that the previous one left.
 */
describe('pegway governance', () => {
  let pair: GovernedPair;
  before(async () => {
    pair = await startGovernedPair();
  });
  after(() => pair.stop());

  /** Requires an exit status and an error message. */
  async function refused(status: number, says: RegExp, ...args: readonly string[]): Promise<void> {
    const ended = await pair.governance(...args);
    assert.match(ended.stderr, says);
    assert.equal(ended.status, status, ended.stderr);
  }

  /** Writes a proposal that changes the main bridge's minimum deposit of BOAT. */
  async function proposeMinimum(name: string, minimum: string, ...more: readonly string[]): Promise<string> {
    const file = pair.path(name);
    const token = `productToken=${pair.productTokens[0]}`;
    await pair.run('propose', 'main', 'setMinimum', token, `minimum=${minimum}`, '--out', file, ...more);
    return file;
  }

  it('refuses to propose what is wrong, naming the field', async () => {
    const token = `productToken=${pair.productTokens[0]}`;
    await refused(2, /chain: expected main or product, found side/, 'propose', 'side', 'setMinimum');
    await refused(2, /no administrative function "deposit"/, 'propose', 'main', 'deposit');
    await refused(2, /"maximum=1" is none of its arguments/, 'propose', 'main', 'setMinimum', 'maximum=1');
    await refused(2, /args\.minimum: expected a string, found nothing/, 'propose', 'main', 'setMinimum', token);
    await refused(2, /setMinimum would fail: .*InvalidMinimum\(0/, 'propose', 'main', 'setMinimum', token, 'minimum=0');
    await refused(2, /would fail: .*UnknownPeg/, 'propose', 'main', 'retirePeg', `productToken=${pair.bridges.main}`);
    await refused(2, /nothing is pending/, 'cancel', 'main');
    await refused(2, /is not paused/, 'unpause', 'product');
    await refused(2, /neither bridge is paused/, 'unpause');
    await refused(2, /no relayer that answers holds a proposal to sign/, 'sign', '--yes');
    await refused(2, /no relayer that answers holds a proposal\n/, 'submit');
  });

  it('shows a signer what changes from what to what, and signs nothing without a yes', async () => {
    const file = await proposeMinimum('first.json', '20000000000000000');
    await refused(2, /minimum deposit of BOAT .*: 0\.01 SMENT .* → 0\.02 SMENT/, 'sign', file);
    assert.deepEqual(pair.read(file).signatures, []);

    const [signed] = await pair.run('sign', file, '--yes');
    assert.equal(signed?.['signer'], pair.keys[0]?.address);
    assert.equal(pair.read(file).signatures.length, 1);
  });

  it('signs with a keystore', async () => {
    const file = pair.path('first.json');
    const [key] = [pair.keys[1]!];
    const [store, password] = [pair.path('key.json'), pair.path('password')];
    writeFileSync(password, 'correct horse', { mode: 0o600 });
    writeFileSync(pair.path('plain'), key.privateKey, { mode: 0o600 });
    const { createKeystoreFile } = await import('../../../relayer/keys/keystore.ts');
    await createKeystoreFile(store, Uint8Array.from(Buffer.from(key.privateKey.slice(2), 'hex')), 'correct horse');
    const [signed] = await pair.run('sign', file, '--key', `keystore:${store}?password-file=${password}`, '--yes');
    assert.equal(signed?.['signer'], key.address);
  });

  it('refuses a key that is no signer', async () => {
    const stranger = `plain:0x${'77'.repeat(32)}`;
    await refused(2, /is not a signer of the main bridge/, 'sign', pair.path('first.json'), '--key', stranger, '--yes');
  });

  it('refuses a proposal signed by three, before the chain would', async () => {
    const file = pair.path('first.json');
    await pair.signBy(file, 2);
    await refused(2, /signed by 3 signers, but 4 must sign/, 'submit', file);
  });

  it('does not count the signature of something else', async () => {
    const file = pair.path('first.json');
    const proposal = pair.read(file);
    const [first] = proposal.signatures;
    const forged = { signer: pair.keys[5]!.address, signature: first!.signature };
    writeFileSync(
      pair.path('forged.json'),
      JSON.stringify({ ...proposal, signatures: [...proposal.signatures, forged] }),
    );
    await refused(2, /not counted: the signature at 0x\w+ is not this signer's/, 'submit', pair.path('forged.json'));
  });

  it('refuses a proposal for another bridge', async () => {
    const proposal = pair.read(pair.path('first.json'));
    const file = pair.path('other.json');
    writeFileSync(file, JSON.stringify({ ...proposal, bridge: pair.bridges.product }));
    await refused(2, /is for another bridge/, 'submit', file);
    await refused(2, /is for another bridge/, 'sign', file, '--yes');
    writeFileSync(file, JSON.stringify({ ...proposal, chainId: '1' }));
    await refused(2, /is for another bridge/, 'submit', file);
  });

  it('refuses a proposal past its deadline', async () => {
    const file = await proposeMinimum('late.json', '30000000000000000', '--hours', '1');
    await pair.signBy(file, 0, 1, 2, 3);
    await pair.pass(3_601);
    await refused(2, /past its deadline/, 'submit', file);
    await refused(2, /past its deadline/, 'sign', file, '--yes', '--signer', '4');
  });

  it('brings the signatures of several copies together and sends one transaction', async () => {
    const file = pair.path('first.json');
    const copy = pair.path('copy.json');
    copyFileSync(file, copy);
    await pair.signBy(copy, 3);
    const [tried] = await pair.run('submit', file, copy, '--dry-run');
    assert.equal(tried?.['dryRun'], true);
    const [sent] = await pair.run('submit', file, copy);
    assert.equal(sent?.['outcome'], 'pending');
  });

  it('shows what is pending, who signed it and when it can be executed', async () => {
    const [main, product] = await pair.run('show');
    const pending = main?.['pending'] as {
      stage: string;
      nonce: string;
      signedBy: { index: number }[];
      calls: object[];
    };
    assert.equal(pending.stage, 'waiting');
    assert.deepEqual(
      pending.signedBy.map(({ index }) => index),
      [0, 1, 2, 3],
    );
    assert.equal(pending.calls.length, 1);
    const shown = await pair.governance('show');
    assert.match(shown.stdout, /minimum deposit of BOAT .*: 0\.01 SMENT .* → 0\.02 SMENT/);
    assert.equal(product?.['pending'], null);
  });

  it('refuses what is out of order', async () => {
    await refused(2, /out of order: the main bridge has used up nonce 0/, 'submit', pair.path('first.json'));
    await refused(1, /can be executed from/, 'execute');
    const proposal = pair.read(pair.path('first.json'));
    const early = pair.path('early.json');
    writeFileSync(early, JSON.stringify({ ...proposal, nonce: '2' }));
    await refused(2, /out of order: its nonce is 2, but the main bridge's next is 1/, 'sign', early, '--yes');
    const other = await proposeMinimum('another.json', '40000000000000000');
    await refused(2, /out of order: another proposal \(nonce 0\) is pending/, 'execute', other);
    await refused(2, /takes the place of proposal 0, which is pending/, 'sign', other);
  });

  it('executes what is pending without any file, after the delay', async () => {
    await pair.pass(60);
    const [executed] = await pair.run('execute');
    assert.deepEqual([executed?.['chain'], executed?.['outcome']], ['main', 'executed']);
    await refused(2, /nothing is pending/, 'execute');
  });

  it('cancels what is pending', async () => {
    const file = pair.path('another.json');
    await pair.signBy(file, 1, 2, 3, 4);
    await pair.run('submit', file);
    const cancel = pair.path('cancel.json');
    await pair.run('cancel', 'main', '--out', cancel);
    await pair.signBy(cancel, 0, 1, 2, 3);
    const [cancelled] = await pair.run('submit', cancel);
    assert.equal(cancelled?.['outcome'], 'cancelled');
    await pair.pass(60);
    await refused(2, /out of order: nothing is pending/, 'execute', file);
  });

  it('does not execute a proposal whose window is over', async () => {
    const file = await proposeMinimum('expired.json', '50000000000000000');
    await pair.signBy(file, 0, 1, 2, 3);
    await pair.run('submit', file);
    await pair.pass(60 + 7 * 86_400);
    await refused(2, /could be executed until/, 'execute', file);
    const [main] = await pair.run('show');
    assert.equal((main!['pending'] as { stage: string }).stage, 'expired');
  });

  describe('that pauses, by one operator’s configuration', () => {
    /** Signer 4's configuration with other nodes, and a paying account. */
    const operator = (name: string, nodes: Partial<Record<'main' | 'product', string>>) => {
      const config = JSON.parse(readFileSync(pair.members[4]!.configFile, 'utf8')) as ConfigFile;
      for (const side of ['main', 'product'] as const) {
        const url = nodes[side];
        if (url !== undefined) config[side].rpcUrls = [url];
      }
      writeFileSync(pair.path(name), JSON.stringify(config));
      return ['--config', pair.path(name)];
    };
    const payer = () => ['--payer', `plain:${pair.holders[0]!.privateKey}`];
    /** In seconds; longer than a pause of these bridges. */
    const PAUSE = 120;
    /** No server listens here. */
    const gone = 'http://127.0.0.1:9';

    it('fails for want of an account that pays before it asks, and in a rehearsal', async () => {
      const config = operator('no-payer.json', {});
      await refused(2, /no account to pay[^]*--payer URI/, 'pause', 'main', ...config);
      await refused(2, /no account to pay/, 'pause', 'main', ...config, '--dry-run');
    });

    it('rehearses it, and says when the account has no coins', async () => {
      const config = operator('rehearsal.json', {});
      const [told] = await pair.run('pause', ...config, ...payer(), '--dry-run');
      assert.deepEqual(told?.['chains'], ['main', 'product']);
      assert.equal(told['payer'], pair.holders[0]!.address);
      const poor = ['--payer', `plain:0x${'77'.repeat(32)}`];
      const { status, stderr } = await pair.governance('pause', ...config, ...poor, '--dry-run');
      assert.equal(status, 0, stderr);
      assert.match(stderr, /which pays, has 0 coins left on the main chain[^]*on the product chain/);
    });

    it('pauses one side without asking the other chain for anything', async () => {
      const config = operator('main-gone.json', { main: gone });
      await refused(1, /main bridge is not paused: .*no answer/, 'pause', 'main', ...config, ...payer(), '--yes');
      const paused = await pair.run('pause', 'product', ...config, ...payer(), '--yes');
      assert.deepEqual(
        paused.map(({ chain }) => chain),
        ['product'],
      );
    });

    it('pauses the one that can be reached although the other cannot, and says that it did not', async () => {
      const config = operator('product-gone.json', { product: gone });
      const { status, stdout, stderr } = await pair.governance('pause', ...config, ...payer(), '--yes');
      assert.equal(status, 1);
      assert.match(stdout, /^the main bridge is paused until .*\n$/);
      assert.match(stderr, /the product bridge is not paused: .*no answer[^]*$/);
    });

    it('does not fail because one is paused already', async () => {
      await pair.pass(PAUSE);
      await pair.run('pause', 'main', '--signer', '3', '--yes');
      const paused = await pair.run('pause', '--signer', '2', '--yes');
      assert.deepEqual(
        paused.map(({ chain }) => chain),
        ['product'],
      );
      await refused(1, /main bridge is paused already[^]*nothing left to pause/, 'pause', '--signer', '1', '--yes');
      await pair.pass(PAUSE);
    });
  });

  it('pauses both bridges as one signer, and unpauses by a quorum at once', async () => {
    const paused = await pair.run('pause', '--signer', '5', '--yes');
    assert.deepEqual(
      paused.map(({ chain }) => chain),
      ['main', 'product'],
    );
    await refused(1, /is paused already/, 'pause', 'main', '--yes');
    const file = pair.path('unpause.json');
    await pair.run('unpause', 'product', '--out', file);
    await pair.signBy(file, 0, 1, 2, 3);
    const [ended] = await pair.run('submit', file);
    assert.equal(ended?.['outcome'], 'executed');
    await refused(1, /has paused the product bridge before/, 'pause', 'product', '--signer', '5', '--yes');
  });

  it('opens a peg on the product side first, and refuses the other way round', async () => {
    const mainToken = await pair.mainToken();
    const rate = [`mainToken=${mainToken}`, 'numerator=3', 'denominator=1', 'capacity=unlimited', 'refillPerSecond=0'];
    const fees = ['maximumFlat=0', 'departMinimum=1'];
    const words = ['name=Wind', 'symbol=WIND', 'decimals=18', 'minimumRedeem=3', ...fees];
    const [product, main] = [pair.path('product.json'), pair.path('main.json')];
    await pair.run('propose', 'product', 'openPeg', ...rate, ...words, '--out', product);
    const productToken = productTokenAddress(
      pair.bridges.product,
      { name: 'Wind', symbol: 'WIND', decimals: 18 },
      pair.productTokens.length,
    );
    const own = [`productToken=${productToken}`, 'minimumDeposit=1', 'gasCap=300000', ...fees];
    await pair.run('propose', 'main', 'openPeg', ...rate, ...own, '--out', main);
    const shown = await pair.governance('show', product, main);
    assert.match(shown.stdout, /new peg WIND: rate, which never changes: 1 SMENT = 3 WIND/);
    assert.match(shown.stdout, /minimum redeem: 0\.000000000000000003 WIND[^]*outflow limit: no limit/);
    assert.match(shown.stdout, /at the product bridge: not open yet: its proposal must be executed first/);
    for (const file of [product, main]) await pair.signBy(file, 0, 1, 2, 3);

    await pair.run('submit', main, product);
    await pair.pass(60);
    await refused(2, /out of order: the product bridge has no peg of 0x\w+ yet/, 'execute', main);
    const executed = await pair.run('execute', main, product);
    assert.deepEqual(
      executed.map(({ chain }) => chain),
      ['product', 'main'],
    );
  });

  it('rotates the signers of both bridges in one flow, and counts the removed one no longer', async () => {
    const next = `0x${'ab'.repeat(20)}`;
    const [gone] = [pair.keys[5]!.address];
    const rotation = ['rotate', '--replace', `${gone}=${next}`, '--out-dir'];
    await refused(2, /cannot create the folder .*first\.json/, ...rotation, pair.path('first.json'));
    const written = await pair.run(...rotation, pair.path('new/rotation'));
    const files = written.map(({ file }) => String(file));
    assert.equal(files.length, 2);
    for (const index of [0, 1, 2]) await pair.run('sign', ...files, '--signer', String(index), '--yes');
    await refused(2, /signed by 3 signers, but 4 must sign/, 'submit', ...files);
    await pair.run('sign', ...files, '--signer', '3', '--yes');
    await pair.run('submit', ...files);
    await pair.pass(60);
    await refused(1, /only 0 relayers of the new signers answer, and 4 must sign/, 'execute');

    // Signed by a quorum of the outgoing list, before the rotation.
    const early = await proposeMinimum('early-list.json', '60000000000000000');
    await pair.signBy(early, 5, 0, 1, 2);
    const executed = await pair.run('execute', '--without-relayers');
    assert.deepEqual(
      executed.map(({ chain }) => chain),
      ['product', 'main'],
    );
    const replaced = /for the list of signers of epoch 1; expected 2, the main bridge's present list/;
    await refused(2, replaced, 'submit', early);
    await refused(2, replaced, 'sign', early, '--yes', '--signer', '3');

    const later = await proposeMinimum('later.json', '60000000000000000');
    await refused(2, /is not a signer of the main bridge \(any more\)/, 'sign', later, '--signer', '5', '--yes');
    await pair.signBy(later, 0, 1, 2, 3);
    const [sent] = await pair.run('submit', later);
    assert.equal(sent?.['outcome'], 'pending');
  });
});
