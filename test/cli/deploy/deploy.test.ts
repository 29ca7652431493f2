import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { type Address, keccak256 } from 'viem';

import { call } from '../../../cli/devnet/anvil.ts';
import { openJournal } from '../../../cli/deploy/journal.ts';
import type { DeploymentFile } from '../../../cli/deploy/deployment-file.ts';
import type { PegwayError } from '../../../protocol/errors.ts';
import { mainBridgeAbi } from '../../../sdk/index.ts';
import {
  type Folder,
  type Place,
  addressOf,
  afterPair,
  boatOf,
  bridgeOf,
  deployer,
  firstPeg,
  librariesOf,
  pegOf,
  startPlace,
} from './deploy-support.ts';

describe('pegway deploy', () => {
  let place: Place;
  before(async () => {
    place = await startPlace();
  });
  after(() => place.stop());

  describe('refuses before the first transaction', () => {
    const refuses = (what: string, says: RegExp, change: (file: DeploymentFile) => void | Promise<void>): void => {
      it(`${what}, with the field's path`, async () => {
        const folder = place.folder();
        const file = place.file();
        await change(file);
        const before = await place.nonces();
        const { status, stderr } = await folder.pegway('deploy', file);
        assert.equal(status, 2, stderr);
        assert.match(stderr, says);
        assert.deepEqual(await place.nonces(), before);
        assert.equal(existsSync(join(folder.record, 'journal.json')), false);
      });
    };

    refuses('a threshold of 7 for 6 signers', /bridges\.boat\.threshold: /, (file) => {
      boatOf(file).threshold = 7;
    });
    refuses(
      'a main token without code',
      /bridges\.boat\.pegs\[0\]\.mainToken\.address .*: expected a token at 0x\w+ on chain 51337; found no contract/,
      (file) => {
        firstPeg(file).mainToken = { address: addressOf(7), decimals: 18 };
      },
    );
    refuses(
      'decimals that are not the token’s',
      /pegs\[0\]\.mainToken\.decimals .*: expected 6; found 18, as the token returns/,
      (file) => {
        firstPeg(file).mainToken = { address: place.token, decimals: 6 };
      },
    );
    refuses(
      'a chain id that is not the node’s',
      /chains\.product\.chainId: expected 51338, which the node returns; found 4/,
      (file) => {
        Object.assign(file.chains['product'] ?? {}, { chainId: 4 });
      },
    );
    refuses('a node that does not answer', /chains\.main\.rpcUrls: .* does not answer/, (file) => {
      Object.assign(file.chains['main'] ?? {}, { rpcUrl: 'http://127.0.0.1:1' });
    });
    refuses('a bridge address without code', /bridges\.boat\.addresses\.main: there is no contract/, (file) => {
      boatOf(file).addresses = { main: addressOf(8), product: addressOf(9) };
    });
    refuses('a new bridge with a retired peg', /pegs\[0\]\.retired: expected false/, (file) => {
      firstPeg(file).retired = true;
    });
    refuses(
      'too little to pay with',
      /chains\.main: the deployer 0x\w+ has 0\.00001 coins; expected 0\.\d+/,
      async () => {
        const before = await place.reader('main').getBalance({ address: deployer });
        await call(place.chains.main.rpcUrl, 'anvil_setBalance', deployer, `0x${(10n ** 13n).toString(16)}`);
        after(() => call(place.chains.main.rpcUrl, 'anvil_setBalance', deployer, `0x${before.toString(16)}`));
      },
    );
  });

  describe('a bridge', () => {
    let folder: Folder;
    let file: DeploymentFile;
    before(async () => {
      await call(place.chains.main.rpcUrl, 'anvil_setBalance', deployer, `0x${(10n ** 22n).toString(16)}`);
      folder = place.folder();
      file = place.file();
    });

    it('is planned with gas and cost, and nothing is sent, by a dry run', async () => {
      const before = await place.nonces();
      const { status, stdout, stderr } = await folder.pegway('deploy', file, '--dry-run', '--json');
      assert.equal(status, 0, stderr);
      const { costs, pairs } = JSON.parse(stdout) as {
        costs: { contract: string; gas: string; cost: string }[];
        pairs: object[];
      };
      assert.deepEqual(
        costs.map(({ contract }) => contract),
        [...librariesOf('ProductBridge'), 'ProductBridge', ...librariesOf('MainBridge'), 'Rewards', 'MainBridge'],
      );
      for (const { gas } of costs) assert.ok(BigInt(gas) > 500_000n, gas);
      assert.ok(BigInt(costs.at(-1)?.cost ?? 0) > 0n);
      assert.equal(pairs.length, 1);
      assert.deepEqual(await place.nonces(), before);
      assert.equal(existsSync(folder.record), false);
    });

    it('is created after its libraries, one transaction each, at the addresses of the dry run', async () => {
      const planned = await folder.deploy(file, { dryRun: true });
      const before = await place.nonces();
      const { status, stderr } = await folder.pegway('deploy', file);
      assert.equal(status, 0, stderr);
      assert.deepEqual(await place.nonces(), afterPair(before));
      const { pairs } = await folder.deploy(file);
      const [first] = planned.pairs;
      assert.deepEqual(pairs, [{ ...first, isNew: false }]);
      await place.isAsTheFileSays(folder, file);
    });

    it('is not abandoned once it stands, and stays what it is', async () => {
      const before = await place.nonces();
      const record = () => readFileSync(join(folder.record, 'journal.json'), 'utf8');
      const written = record();
      const { status, stderr } = await folder.pegway('deploy', file, '--abandon', 'boat');
      assert.equal(status, 2, stderr);
      assert.match(stderr, /--abandon: boat stands, at 0x\w+ and 0x\w+/);
      assert.deepEqual(await place.nonces(), before);
      assert.equal(record(), written);
      await place.isAsTheFileSays(folder, file);
    });

    it('changes nothing when it is run again, and needs no key for that', async () => {
      const before = await place.nonces();
      const record = () => readdirSync(folder.record).map((name) => readFileSync(join(folder.record, name), 'utf8'));
      const written = record();
      const openDeployer = () => Promise.reject(new Error('asked for a key'));
      const { proposals, costs } = await folder.deploy(file, { openDeployer });
      assert.deepEqual({ proposals, costs }, { proposals: [], costs: [] });
      assert.deepEqual(await place.nonces(), before);
      assert.deepEqual(record(), written);
    });

    it('is in the record of each chain: address, block, arguments, code hash, what a block explorer compiles', async () => {
      for (const [side, chain] of [
        ['main', place.chains.main],
        ['product', place.chains.product],
      ] as const) {
        const text = readFileSync(join(folder.record, `chain-${chain.chainId}.json`), 'utf8');
        const { contracts } = JSON.parse(text) as { contracts: Record<string, string>[] };
        const bridge = contracts[0]!;
        const satellites = contracts.filter(({ contract }) => contract === 'Rewards');
        const libraries = contracts.filter((one) => one['nonce'] !== undefined && !satellites.includes(one)).slice(1);
        if (side === 'main') {
          const { rewards, main } = openJournal(folder.record).pairs()['boat'] ?? {};
          const [satellite] = satellites;
          assert.deepEqual([satellite?.['address'], satellite?.['bridge']], [rewards?.address, 'boat']);
          assert.deepEqual(satellite?.['arguments'], { bridge: main?.address });
          assert.ok(satellite['compilerInput']);
        }
        const links = bridge['links'] as unknown as Record<string, string>;
        assert.deepEqual(Object.fromEntries(libraries.map(({ contract, address }) => [contract, address])), links);
        const code = await place.reader(side).getCode({ address: bridge['address'] as Address });
        assert.equal(bridge['codeHash'], keccak256(code ?? '0x'));
        const receipt = await place.reader(side).getTransactionReceipt({ hash: bridge['transactionHash'] as Address });
        assert.equal(receipt.contractAddress?.toLowerCase(), bridge['address']?.toLowerCase());
        assert.equal(bridge['blockNumber'], receipt.blockNumber.toString());
        const sent = await place.reader(side).getTransaction({ hash: receipt.transactionHash });
        assert.ok(sent.input.endsWith(bridge['encodedArguments']?.slice(2) ?? '?'));
        const threshold = (bridge['arguments'] as unknown as { initialThreshold: string }).initialThreshold;
        assert.equal(threshold, '4');
        const compiled = readFileSync(join(folder.record, bridge['compilerInput'] ?? ''), 'utf8');
        const { contracts: names } = JSON.parse(compiled) as { contracts: Record<string, string> };
        assert.equal(
          names[bridge['contract'] ?? ''],
          `project/contracts/${bridge['contract']}.sol:${bridge['contract']}`,
        );
      }
    });

    it('gets proposals for what only its signers can change; the product side first', async () => {
      const changed = structuredClone(file);
      boatOf(changed).threshold = 5;
      boatOf(changed).delays.parkDelay = 600;
      firstPeg(changed).withdrawLimit = { capacity: '500', refillPerSecond: '0.5' };
      boatOf(changed).pegs.push(pegOf({ address: place.token, decimals: 18 }, 'SNSD', '2'));
      const before = await place.nonces();
      const { proposals } = await folder.deploy(changed);
      assert.deepEqual(await place.nonces(), before);
      const calls = proposals.map(({ side, proposal }) => [side, proposal.calls.map((one) => one.function)]);
      assert.deepEqual(calls, [
        ['product', ['setDelays', 'openPeg', 'setSigners']],
        ['main', ['setDelays', 'lowerLimit', 'openPeg', 'setSigners']],
      ]);
      const [product, main] = proposals;
      assert.equal(product?.proposal.calls[1]?.args['symbol'], 'SNSD');
      const { status, stdout } = await folder.pegway('verify-deployment', changed);
      assert.equal(status, 1);
      assert.match(stdout, /bridges\.boat\.threshold \(main bridge\): expected 5; found 4/);
      assert.match(stdout, /bridges\.boat\.pegs\[1\] \(product bridge\): expected the peg SNSD; found no such peg/);

      // Signatures in a file are not lost when it asks for the same again.
      const signed = { ...main?.proposal, signatures: [{ signer: addressOf(1), signature: `0x${'11'.repeat(64)}` }] };
      writeFileSync(main?.file ?? '', JSON.stringify(signed));
      const again = await folder.deploy(changed);
      assert.deepEqual(
        again.proposals.map(({ state }) => state),
        ['kept', 'kept'],
      );
      assert.equal(again.proposals[1]?.proposal.signatures.length, 1);
    });

    it('names a peg of a symbol at another rate as what nothing can change', async () => {
      const changed = structuredClone(file);
      firstPeg(changed).rate = { main: '1', product: '2' };
      await assert.rejects(
        folder.deploy(changed),
        (error: PegwayError) =>
          /pegs\[0\]\.rate \(main bridge\): expected 1 \w+ = 2 BOAT .*found 1 \w+ = 1 BOAT /.test(error.message) &&
          error.exitCode === 2,
      );
    });

    it('is deployed beside a second product chain that the file names later', async () => {
      const more = structuredClone(file);
      more.chains['second'] = { chainId: place.chains.second.chainId, rpcUrl: place.chains.second.rpcUrl };
      more.bridges['raft'] = bridgeOf('main', 'second', [pegOf({ address: place.token, decimals: 18 }, 'RAFT')]);
      const before = await place.nonces();
      const { pairs } = await folder.deploy(more);
      assert.deepEqual(
        pairs.map(({ name, isNew }) => [name, isNew]),
        [
          ['boat', false],
          ['raft', true],
        ],
      );
      assert.notEqual(pairs[0]?.main, pairs[1]?.main);
      assert.equal((await place.nonces()).main, before.main + 2, 'the main chain has the libraries');
      await place.isAsTheFileSays(folder, more);
    });
  });

  it('deploys a chain of bridges: the second locks what the first mints', async () => {
    const folder = place.folder();
    const file = place.file();
    file.chains['second'] = { chainId: place.chains.second.chainId, rpcUrl: place.chains.second.rpcUrl };
    // In this order on purpose.
    const outer = bridgeOf('product', 'second', [pegOf({ bridge: 'boat', peg: 'BOAT' }, 'RAFT')]);
    file.bridges = { raft: outer, boat: boatOf(file) };
    const { pairs } = await folder.deploy(file);
    const boat = pairs.find(({ name }) => name === 'boat');
    const raft = pairs.find(({ name }) => name === 'raft');
    const peg = await place.reader('product').readContract({
      ...{ address: raft?.main ?? '0x', abi: mainBridgeAbi, functionName: 'peg' },
      args: [raft?.productTokens[0]?.address ?? '0x'],
    });
    assert.equal(peg.mainToken, boat?.productTokens[0]?.address);
    await place.isAsTheFileSays(folder, file);
  });

  it('warns of a gas cap that is too small for its token after Glamsterdam', async () => {
    const file = place.file();
    firstPeg(file).gasCap = 100_000;
    const { status, stderr } = await place.folder().pegway('deploy', file, '--dry-run');
    assert.equal(status, 0, stderr);
    const [, least, measured] =
      /warning: bridges\.boat\.pegs\[0\]\.gasCap: expected at least (\d+), since .* takes (\d+) gas today/.exec(
        stderr,
      ) ?? [];
    // A plain ERC-20 takes about 30,000; a new balance becomes 110,000 dearer.
    assert.equal(Number(least), Number(measured) + 110_000, stderr);
    assert.ok(Number(measured) > 25_000 && Number(measured) < 35_000, measured);
    firstPeg(file).gasCap = 300_000;
    assert.deepEqual((await place.folder().deploy(file, { dryRun: true })).warnings, []);
  });
});
