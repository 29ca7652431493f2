import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { ONE, type TestNet, startTestNet } from '../support/devnet.ts';
import { pegway } from '../support/cli.ts';
import { eventually } from '../support/wait.ts';

interface Explained {
  readonly status: string;
  readonly reason?: string;
  readonly next: string;
  readonly signed: readonly number[];
  readonly departure: { readonly transaction: string };
  readonly arrival?: { readonly transaction?: string; readonly block?: string };
  readonly relayers: readonly { readonly address?: string; readonly error?: string; readonly reason?: string }[];
}

describe('looking at a running bridge', () => {
  let net: TestNet;
  before(async () => {
    net = await startTestNet();
  });
  after(() => net.stop());

  const config = (signer = 0) => net.devnet.members[signer]?.configFile ?? '';
  const here = () => ['--config', config()];
  const explain = async (...what: string[]): Promise<Explained> => {
    const { status, stdout, stderr } = await pegway('explain', ...what, ...here(), '--json');
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout) as Explained;
  };

  describe('explain', () => {
    it('follows a deposit from its transaction to its arrival', async () => {
      const departure = await net.deposit();
      const seen: string[] = [];
      const arrived = await eventually('the deposit is final at its destination', async () => {
        const told = await explain(departure.transactionHash);
        seen.push(told.reason ?? told.status);
        return told.status === 'executed' && told.reason === undefined ? told : undefined;
      });
      assert.equal(arrived.signed.length, 4);
      assert.equal(arrived.next, 'nothing');
      // Whatever was seen on the way has its place in the order.
      const order = [
        ...['not-final', 'unknown-nonce', 'waiting-for-turn', 'waiting-for-signatures', 'waiting-for-inclusion'],
        ...['waiting-for-finality', 'executed'],
      ];
      const places = seen.map((one) => order.indexOf(one));
      assert.deepEqual(
        places,
        places.toSorted((a, b) => a - b),
        seen.join(' '),
      );
      assert.ok(!places.includes(-1), seen.join(' '));

      // By its nonce, and by what executed it, it is the same.
      const [token = ''] = net.tokens;
      assert.deepEqual((await explain('mint', token, `${departure.nonce}`)).arrival, arrived.arrival);
      const byExecution = await explain(arrived.arrival?.transaction ?? '');
      assert.equal(byExecution.departure.transaction, departure.transactionHash);
    });

    it('tells people what waits, who has signed, and who does not answer', async () => {
      await net.kill(3, 4, 5);
      const departure = await net.deposit(ONE);
      const told = await eventually('three signatures', async () => {
        const now = await explain('mint', 'BOAT', `${departure.nonce}`);
        return now.signed.length === 3 && now.reason === 'waiting-for-signatures' ? now : undefined;
      });
      assert.deepEqual(told.signed, [0, 1, 2]);
      assert.equal(told.relayers.filter(({ error }) => error !== undefined).length, 3);

      const { stdout } = await pegway('explain', departure.transactionHash, ...here());
      assert.match(stdout, /^mint BOAT \d+: open/);
      assert.match(stdout, /signed by +● ● ● ○ ○ ○ +signers 0, 1, 2; 4 of 6 must/);
      assert.match(stdout, /does not answer \(ECONNREFUSED\)/);

      await net.restart(3, 4, 5);
      await net.arrives(departure);
    });

    it('says that there is no such transfer, and what there is', async () => {
      const { status, stdout } = await pegway('explain', 'withdraw', 'SNSD', '7', ...here());
      assert.equal(status, 1);
      assert.match(stdout, /unknown · unknown-nonce/);
      assert.match(stdout, /the product bridge has emitted none yet/);
    });

    it('says that a transaction has nothing of the bridge, or is not known', async () => {
      const strange = await pegway('explain', `0x${'12'.repeat(32)}`, ...here());
      assert.equal(strange.status, 1);
      assert.match(strange.stderr, /no configured node of either chain knows/);

      const { reader, writer } = net.holder.main;
      const hash = await writer.sendTransaction({ to: net.holder.address, value: 1n });
      await reader.waitForTransactionReceipt({ hash });
      const plain = await pegway('explain', hash, ...here());
      assert.equal(plain.status, 1);
      assert.match(plain.stderr, /has no transfer of the bridge/);
    });

    it('refuses what it does not understand with exit status 2 and an example', async () => {
      for (const words of [
        ['0x12'],
        ['sideways', 'BOAT', '1'],
        ['mint', 'BOAT', '-1'],
        ['mint', 'NONE', '1'],
        ['a', 'b'],
      ]) {
        const { status, stderr } = await pegway('explain', ...here(), '--', ...words);
        assert.equal(status, 2, words.join(' '));
        assert.match(stderr, /pegway explain mint PRODUCT_TOKEN NONCE/);
      }
      const nowhere = await pegway('explain', 'mint', 'BOAT', '1', '--data', dirname(config()));
      assert.equal(nowhere.status, 2);
      assert.match(nowhere.stderr, /no devnet is up/);
    });
  });

  describe('status', () => {
    it('shows every signer with head, lag, funds, and every peg', async () => {
      const { status, stdout, stderr } = await pegway('status', ...here());
      assert.equal(status, 0, stderr);
      for (const index of [0, 1, 2, 3, 4, 5]) assert.match(stdout, new RegExp(`^signer ${index} +0x`, 'm'));
      assert.match(stdout, /^BOAT +1 SMENT = 1 BOAT +\S+ SMENT +\S+ BOAT/m);
      assert.match(stdout, /^SNSD +1 SMENT = 2 SNSD/m);
      assert.match(stdout, /^margin +mint \d, withdraw \d/m);
    });

    it('names a signer that does not answer, with exit status 1', async () => {
      await net.kill(2);
      const { status, stdout } = await pegway('status', ...here(), '--json');
      assert.equal(status, 1);
      const fleet = JSON.parse(stdout) as { signers: { url: string; error?: string }[]; notAsked: string[] };
      assert.deepEqual(
        fleet.signers.filter(({ error }) => error !== undefined).map(({ url }) => url),
        [net.devnet.members[2]?.apiUrl],
      );
      assert.deepEqual(fleet.notAsked, [net.devnet.members[2]?.address]);
      await net.restart(2);
    });
  });
});
