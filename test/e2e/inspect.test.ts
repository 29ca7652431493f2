import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { numberToHex, pad } from 'viem';

import type { HistoryAudit } from '../../cli/audit/audit-history.ts';
import { call } from '../../cli/devnet/anvil.ts';
import type { SignerRelayer } from '../../cli/inspect/target.ts';
import type { ConfigFile } from '../../relayer/config.ts';
import { encodeTransfers, mainBridgeAbi } from '../../sdk/index.ts';
import { openDatabase } from '../../relayer/store/database.ts';
import { openSigningHistory } from '../../relayer/store/signing-history.ts';
import { laneKey } from '../../protocol/lane.ts';
import type { StatusView, Wire } from '../../protocol/api-types.ts';
import { ONE, type TestNet, startTestNet } from '../support/devnet.ts';
import { type Ended, pegway } from '../support/cli.ts';
import { startRpcProxy } from '../support/rpc-proxy.ts';
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

/** The only transfer of `explain --json`: an array, since a transaction may have several. */
function oneIn(stdout: string): Explained {
  const [explained, ...more] = JSON.parse(stdout) as Explained[];
  assert.ok(explained !== undefined && more.length === 0, stdout);
  return explained;
}

describe('looking at a running bridge', () => {
  let net: TestNet;
  before(async () => {
    net = await startTestNet();
  });
  after(() => net.stop());

  const config = (signer = 0) => net.devnet.members[signer]?.configFile ?? '';
  const here = () => ['--config', config()];
  /** Repeats a command until the result passes: on a busy machine a node may exceed the command's timeout. */
  const answers = (words: readonly string[], check: (ended: Ended) => void): Promise<Ended> =>
    eventually(`the answer of pegway ${words.join(' ')}`, async () => {
      const ended = await pegway(...words);
      check(ended);
      return ended;
    });
  const explain = async (...what: string[]): Promise<Explained> => {
    const { stdout } = await answers(['explain', ...what, ...here(), '--json'], ({ status, stderr }) =>
      assert.equal(status, 0, stderr),
    );
    return oneIn(stdout);
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
      // At least four: every signer that approved on chain counts, in case peers timed out on one another.
      assert.ok(arrived.signed.length >= 4, arrived.signed.join(' '));
      assert.equal(arrived.next, 'nothing');
      // The observed statuses must follow this order.
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

      // A lookup by its nonce, or by the executing transaction, returns the same.
      const [token = ''] = net.tokens;
      assert.deepEqual((await explain('mint', token, `${departure.nonce}`)).arrival, arrived.arrival);
      const byExecution = await explain(arrived.arrival?.transaction ?? '');
      assert.equal(byExecution.departure.transaction, departure.transactionHash);

      // From the chains alone, without a relayer that has it (yet).
      const alone = join(dirname(config()), 'alone.json');
      const own = JSON.parse(readFileSync(config(), 'utf8')) as ConfigFile;
      writeFileSync(alone, JSON.stringify({ ...own, peers: [], listen: { ...own.listen, public: '127.0.0.1:1' } }));
      await answers(['explain', departure.transactionHash, '--config', alone, '--json'], ({ stdout }) => {
        const told = oneIn(stdout);
        assert.equal(told.status, 'executed');
        assert.deepEqual(told.arrival, arrived.arrival);
      });
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

      await eventually('it tells people the same', async () => {
        const { stdout } = await pegway('explain', departure.transactionHash, ...here());
        assert.match(stdout, /^mint BOAT \d+: open/);
        assert.match(stdout, /signed by +● ● ● ○ ○ ○ +signers 0, 1, 2; 4 of 6 must/);
        assert.match(stdout, /does not answer \(ECONNREFUSED\)/);
        return true;
      });

      await net.restart(3, 4, 5);
      await net.arrives(departure);
    });

    it('says that there is no such transfer, and what there is', async () => {
      await answers(['explain', 'withdraw', 'SNSD', '7', ...here()], ({ status, stdout, stderr }) => {
        assert.equal(status, 1);
        assert.match(stdout, /unknown · unknown-nonce/, stderr);
        assert.match(stdout, /the product bridge has emitted none yet/);
      });
    });

    it('says that a transaction has nothing of the bridge, or is not known', async () => {
      await answers(['explain', `0x${'12'.repeat(32)}`, ...here()], ({ status, stderr }) => {
        assert.equal(status, 1);
        assert.match(stderr, /no configured node of either chain knows/);
      });

      const { reader, writer } = net.holder.main;
      const hash = await writer.sendTransaction({ to: net.holder.address, value: 1n });
      await reader.waitForTransactionReceipt({ hash });
      await answers(['explain', hash, ...here()], ({ status, stderr }) => {
        assert.equal(status, 1);
        assert.match(stderr, /has no transfer of the bridge/);
      });
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
        assert.match(stderr, /name it as 0xTRANSACTION, or as deposit PRODUCT_TOKEN NONCE/);
      }
      const nowhere = await pegway('explain', 'mint', 'BOAT', '1', '--data', dirname(config()));
      assert.equal(nowhere.status, 2);
      assert.match(nowhere.stderr, /no devnet is up/);
    });
  });

  describe('status', () => {
    it('shows every signer with head, lag, funds, and every peg', async () => {
      const stdout = await eventually('every relayer has every other in sync', async () => {
        const { status, stdout, stderr } = await pegway('status', ...here());
        assert.equal(status, 0, stdout + stderr);
        return /^margin +mint 2, withdraw 2 /m.test(stdout) ? stdout : undefined;
      });
      for (const index of [0, 1, 2, 3, 4, 5]) assert.match(stdout, new RegExp(`^[ !] signer ${index} +0x`, 'm'));
      assert.match(stdout, /^BOAT +1 SMENT = 1 BOAT +\S+ SMENT +\S+ BOAT/m);
      assert.match(stdout, /^SNSD +1 SMENT = 2 SNSD/m);
    });

    it('names a signer that does not answer, with exit status 1', async () => {
      await net.kill(2);
      // On a busy machine other relayers may exceed the command's timeout, too.
      await eventually('it alone does not answer', async () => {
        const { status, stdout } = await pegway('status', ...here(), '--json');
        assert.equal(status, 1);
        const fleet = JSON.parse(stdout) as { signers: (SignerRelayer & { error?: string })[] };
        const { apiUrl, address } = net.devnet.members[2] ?? {};
        assert.deepEqual(
          fleet.signers.filter(({ error }) => error !== undefined).map(({ url, address: at, name }) => [url, at, name]),
          [[apiUrl, address, 'signer 2']],
        );
        return true;
      });
      await net.restart(2);
    });
  });

  describe('journal accept', () => {
    const SIGNER = 5;
    const laneReason = async () => {
      const response = await fetch(new URL('/v1/status', net.devnet.members[SIGNER]?.apiUrl));
      const { lanes } = (await response.json()) as Wire<StatusView>;
      return lanes.find((lane) => lane.direction === 'mint' && lane.productToken === net.tokens[0])?.reason;
    };

    it('lets a lane go on that a second content has stopped, without a restart', async () => {
      const [productToken = '0x'] = net.tokens;
      const { reader, bridge } = net.holder.main;
      const next = await reader.readContract({
        ...{ address: bridge, abi: mainBridgeAbi, functionName: 'outboundNonce', args: [productToken] },
      });
      // Four signers remain, one of which has signed a different content for the next nonce before.
      await net.kill(0, 1, SIGNER);
      const database = openDatabase(net.devnet.members[SIGNER]?.dataDir ?? '');
      const content = encodeTransfers([{ recipient: `0x${'66'.repeat(20)}`, amount: 5n }]);
      openSigningHistory(database).record(laneKey({ direction: 'mint', productToken }), next, [content]);
      database.close();
      await net.restart(SIGNER);

      const departure = await net.deposit();
      assert.equal(departure.nonce, next);
      await eventually('the lane stands', async () => (await laneReason()) === 'second-content');
      assert.equal(await net.isOpen(departure), true);

      const words = ['mint', productToken, `${next}`, '--config', config(SIGNER)];
      const shown = await pegway('journal', 'show', ...words);
      assert.match(shown.stdout, /: 0\.0{17}5 BOAT for 0x66{39} was signed/);
      const accepted = await pegway('journal', 'accept', ...words, '--json');
      assert.equal(accepted.status, 0, accepted.stderr);
      assert.deepEqual(JSON.parse(accepted.stdout), {
        ...{ direction: 'mint', productToken, nonce: `${next}`, recipient: `0x${'66'.repeat(20)}`, amount: '5' },
        accepted: true,
      });
      await net.arrives(departure);
      await eventually('the lane goes on', async () => (await laneReason()) === undefined);
      await net.restart(0, 1);
    });

    it('refuses to accept what was never signed', async () => {
      const [productToken = ''] = net.tokens;
      const none = await pegway('journal', 'accept', 'mint', productToken, '9999', '--config', config(SIGNER));
      assert.equal(none.status, 1);
      assert.match(none.stderr, /has signed nothing for nonce 9999/);
    });

    it('refuses wrong words with exit status 2, and makes no journal by looking', async () => {
      const [productToken = ''] = net.tokens;
      for (const words of [
        ['sideways', productToken, '1'],
        ['mint', 'BOAT', '1'],
        ['mint', productToken, 'one'],
      ]) {
        const { status, stderr } = await pegway('journal', 'accept', ...words, '--config', config());
        assert.equal(status, 2, words.join(' '));
        assert.match(stderr, /pegway journal accept mint|productToken: expected an address/);
      }
      const elsewhere = join(dirname(config()), 'elsewhere.json');
      writeFileSync(elsewhere, readFileSync(config(), 'utf8').replace('"dataDir": "data"', '"dataDir": "none"'));
      const { status, stderr } = await pegway('journal', 'show', 'mint', productToken, '1', '--config', elsewhere);
      assert.equal(status, 2);
      assert.match(stderr, /there is no journal/);
      assert.equal(existsSync(join(dirname(config()), 'none')), false);
    });
  });

  describe('audit', () => {
    const audit = async (...words: string[]) => {
      const { status, stdout, stderr } = await pegway('audit', ...words, '--json');
      assert.ok(stdout !== '', stderr);
      return { status, ...(JSON.parse(stdout) as HistoryAudit) };
    };
    /** The first signer's configuration, with other nodes. */
    const through = (...rpcUrls: string[]) => {
      const file = join(dirname(config()), 'through.json');
      const text = JSON.parse(readFileSync(config(), 'utf8')) as ConfigFile;
      writeFileSync(file, JSON.stringify({ ...text, main: { ...text.main, rpcUrls, rpcQuorum: rpcUrls.length } }));
      return ['--config', file];
    };

    it('finds nothing wrong in the whole history of a bridge that is right', async () => {
      await net.arrives(await net.redeem(ONE / 2n));
      const { status, mistakes, pegs, undecided } = await audit(...here());
      assert.deepEqual(mistakes, []);
      assert.deepEqual([status, undecided], [0, 0]);
      assert.equal(pegs.length, net.tokens.length);
      const boat = pegs.find(({ productToken }) => productToken === net.tokens[0]);
      assert.ok((boat?.deposits ?? 0) >= 3);
      assert.equal(boat?.redeems, 1);

      const { stdout, stderr } = await pegway('audit', ...here());
      assert.match(stdout, /^✔ BOAT: \d+ deposits?, 1 redeem, /m);
      assert.match(stdout, /every product token is backed/);
      assert.equal(stderr, '', 'no progress bar where nobody watches');
    });

    it('finds events that a node withholds', async () => {
      const proxy = await startRpcProxy();
      const way = proxy.way('main', net.devnet.file.main.rpcUrl);
      const { reader, bridge } = net.holder.main;
      const [productToken = '0x'] = net.tokens;
      const first = await reader.readContract({
        ...{ address: bridge, abi: mainBridgeAbi, functionName: 'outboundBlock', args: [productToken, 0n] },
      });
      proxy.faults.set('main', {
        tell({ method }, result) {
          if (method !== 'eth_getLogs') return result;
          return (result as { blockNumber: string }[]).filter(({ blockNumber }) => BigInt(blockNumber) !== first);
        },
      });
      const { status, mistakes } = await audit(...through(way));
      await proxy.close();
      assert.equal(status, 1);
      assert.match(mistakes.join(), /nonce 0 is missing/);
    });

    it('finds an event that nodes invent, or another content, in a block whose hash a quorum shares', async () => {
      const proxy = await startRpcProxy();
      const ways = ['one', 'other'].map((name) => {
        proxy.faults.set(name, {
          tell({ method }, result) {
            if (method !== 'eth_getBlockReceipts') return result;
            for (const { logs } of result as { logs: { data: string }[] }[]) {
              for (const log of logs) log.data = log.data.replace(/.$/, '7');
            }
            return result;
          },
        });
        return proxy.way(name, net.devnet.file.main.rpcUrl);
      });
      const { status, stderr } = await pegway('audit', ...through(...ways));
      await proxy.close();
      assert.equal(status, 1);
      assert.match(stderr, /receipts/);
    });

    // Last test: from here on the relayers' own audits stop signing, too.
    it('finds tokens that nobody backs', async () => {
      const [token = '0x'] = net.tokens;
      const url = net.devnet.file.product.rpcUrl;
      // OpenZeppelin's ERC-20 stores the supply at this slot.
      const slot = pad(numberToHex(2), { size: 32 });
      const supply = BigInt((await call(url, 'eth_getStorageAt', token, slot, 'latest')) as string);
      await call(url, 'anvil_setStorageAt', token, slot, pad(numberToHex(supply + 1n), { size: 32 }));
      const found = await eventually('the audit finds it', async () => {
        const now = await audit(...here());
        return now.mistakes.length > 0 ? now : undefined;
      });
      assert.equal(found.status, 1);
      assert.match(found.mistakes.join(), /the supply is \d+ product base units, by the events and the fee pot \d+/);
      assert.match(found.mistakes.join(), /the equation is wrong by -1 product base units/);
      const { stdout } = await pegway('audit', ...here());
      assert.match(stdout, /the equation is wrong by -0\.0{17}1 BOAT: \d\S* \w+ are locked for a supply of \d\S* BOAT/);
    });
  });
});
