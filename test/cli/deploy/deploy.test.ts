import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';

import { type Address, keccak256, toFunctionSelector } from 'viem';

import { call, keepTime } from '../../../cli/devnet/anvil.ts';
import { carryOut } from '../../../cli/devnet/deploy-bridges.ts';
import { anchorsAbi, rewardsAbi } from '../../../protocol/abi.ts';
import { readerOf } from '../../../cli/deploy/chain-clients.ts';
import { openJournal } from '../../../cli/deploy/journal.ts';
import { runtimeCode } from '../../../cli/deploy/runtime-code.ts';
import type { DeploymentFile } from '../../../cli/deploy/deployment-file.ts';
import artifacts from '../../../protocol/artifacts.json' with { type: 'json' };
import type { PegwayError } from '../../../protocol/errors.ts';
import { mainBridgeAbi } from '../../../sdk/index.ts';
import { anvilKey, anvilSigner } from '../../support/bridge.ts';
import { type RpcRequest, startRpcProxy } from '../../support/rpc-proxy.ts';
import { eventually } from '../../support/wait.ts';
import {
  type FileBridge,
  type FilePeg,
  type Folder,
  type Place,
  addressOf,
  bridgeOf,
  pegOf,
  startPlace,
} from './deploy-support.ts';

const deployer = anvilSigner().address;

/** Transactions on a chain without libraries: four libraries and the bridge; on the main chain also the rewards contract. */
const CREATIONS = { main: 6, product: 5 };
/** An account's nonces once a pair was created from these. */
const afterPair = ({ main, product }: Record<'main' | 'product', number>) => ({
  main: main + CREATIONS.main,
  product: product + CREATIONS.product,
});
const librariesOf = (bridge: 'MainBridge' | 'ProductBridge'): string[] =>
  Object.keys(artifacts.contracts[bridge].links);

describe('pegway deploy', () => {
  let place: Place;
  before(async () => {
    place = await startPlace();
  });
  after(() => place.stop());

  const reader = (side: 'main' | 'product' | 'second') =>
    readerOf(place.chains[side].rpcUrl, place.chains[side].chainId);
  const nonces = async () => {
    const of = (side: 'main' | 'product') => reader(side).getTransactionCount({ address: deployer });
    return { main: await of('main'), product: await of('product') };
  };
  const isAsTheFileSays = async (folder: Folder, file: DeploymentFile) => {
    const { status, stdout, stderr } = await folder.pegway('verify-deployment', file);
    assert.equal(status, 0, stdout + stderr);
  };
  const boatOf = (file: DeploymentFile): FileBridge => file.bridges['boat']!;
  const firstPeg = (file: DeploymentFile): FilePeg => boatOf(file).pegs[0]!;

  describe('refuses before the first transaction', () => {
    const refuses = (what: string, says: RegExp, change: (file: DeploymentFile) => void | Promise<void>): void => {
      it(`${what}, with the field's path`, async () => {
        const folder = place.folder();
        const file = place.file();
        await change(file);
        const before = await nonces();
        const { status, stderr } = await folder.pegway('deploy', file);
        assert.equal(status, 2, stderr);
        assert.match(stderr, says);
        assert.deepEqual(await nonces(), before);
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
        const before = await reader('main').getBalance({ address: deployer });
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
      const before = await nonces();
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
      assert.deepEqual(await nonces(), before);
      assert.equal(existsSync(folder.record), false);
    });

    it('is created after its libraries, one transaction each, at the addresses of the dry run', async () => {
      const planned = await folder.deploy(file, { dryRun: true });
      const before = await nonces();
      const { status, stderr } = await folder.pegway('deploy', file);
      assert.equal(status, 0, stderr);
      assert.deepEqual(await nonces(), afterPair(before));
      const { pairs } = await folder.deploy(file);
      const [first] = planned.pairs;
      assert.deepEqual(pairs, [{ ...first, isNew: false }]);
      await isAsTheFileSays(folder, file);
    });

    it('is not abandoned once it stands, and stays what it is', async () => {
      const before = await nonces();
      const record = () => readFileSync(join(folder.record, 'journal.json'), 'utf8');
      const written = record();
      const { status, stderr } = await folder.pegway('deploy', file, '--abandon', 'boat');
      assert.equal(status, 2, stderr);
      assert.match(stderr, /--abandon: boat stands, at 0x\w+ and 0x\w+/);
      assert.deepEqual(await nonces(), before);
      assert.equal(record(), written);
      await isAsTheFileSays(folder, file);
    });

    it('changes nothing when it is run again, and needs no key for that', async () => {
      const before = await nonces();
      const record = () => readdirSync(folder.record).map((name) => readFileSync(join(folder.record, name), 'utf8'));
      const written = record();
      const openDeployer = () => Promise.reject(new Error('asked for a key'));
      const { proposals, costs } = await folder.deploy(file, { openDeployer });
      assert.deepEqual({ proposals, costs }, { proposals: [], costs: [] });
      assert.deepEqual(await nonces(), before);
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
        const code = await reader(side).getCode({ address: bridge['address'] as Address });
        assert.equal(bridge['codeHash'], keccak256(code ?? '0x'));
        const receipt = await reader(side).getTransactionReceipt({ hash: bridge['transactionHash'] as Address });
        assert.equal(receipt.contractAddress?.toLowerCase(), bridge['address']?.toLowerCase());
        assert.equal(bridge['blockNumber'], receipt.blockNumber.toString());
        const sent = await reader(side).getTransaction({ hash: receipt.transactionHash });
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
      const before = await nonces();
      const { proposals } = await folder.deploy(changed);
      assert.deepEqual(await nonces(), before);
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
          /bridges\.boat\.pegs\[0\]\.rate .*expected 2 .*found 1 /.test(error.message) && error.exitCode === 2,
      );
    });

    it('is deployed beside a second product chain that the file names later', async () => {
      const more = structuredClone(file);
      more.chains['second'] = { chainId: place.chains.second.chainId, rpcUrl: place.chains.second.rpcUrl };
      more.bridges['raft'] = bridgeOf('main', 'second', [pegOf({ address: place.token, decimals: 18 }, 'RAFT')]);
      const before = await nonces();
      const { pairs } = await folder.deploy(more);
      assert.deepEqual(
        pairs.map(({ name, isNew }) => [name, isNew]),
        [
          ['boat', false],
          ['raft', true],
        ],
      );
      assert.notEqual(pairs[0]?.main, pairs[1]?.main);
      assert.equal((await nonces()).main, before.main + 2, 'the main chain has the libraries');
      await isAsTheFileSays(folder, more);
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
    const peg = await reader('product').readContract({
      ...{ address: raft?.main ?? '0x', abi: mainBridgeAbi, functionName: 'peg' },
      args: [raft?.productTokens[0]?.address ?? '0x'],
    });
    assert.equal(peg.mainToken, boat?.productTokens[0]?.address);
    await isAsTheFileSays(folder, file);
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

  describe('a bridge with fees', () => {
    const withFees = (): DeploymentFile => {
      const file = place.file();
      firstPeg(file).depositFee = { flat: '0.5', basisPoints: 10, maximumFlat: '1', departMinimum: '3' };
      firstPeg(file).redeemFee = { flat: '0.25', maximumFlat: '2', departMinimum: '5' };
      return file;
    };

    it('names its rewards contract at both ends, which names the main bridge', async () => {
      const folder = place.folder();
      const [pair] = (await folder.deploy(place.file())).pairs;
      const rewards = pair?.rewards ?? '0x';
      for (const side of ['main', 'product'] as const) {
        const call = { address: pair?.[side] ?? '0x', abi: mainBridgeAbi, functionName: 'rewards' } as const;
        assert.equal(await reader(side).readContract(call), rewards, side);
      }
      const call = { address: rewards, abi: rewardsAbi, functionName: 'bridge' } as const;
      assert.equal(await reader('main').readContract(call), pair?.main);
    });

    it('gets its fees by a proposal at each side: a dry run names them, and the chains then equal the file', async () => {
      const folder = place.folder();
      const file = withFees();
      const planned = await folder.pegway('deploy', file, '--dry-run');
      assert.match(
        planned.stdout,
        /would propose: bridges\.boat\.pegs\[0\]\.depositFee \(main bridge\): expected 500000000000000000 base units and 10 basis points/,
      );
      const { proposals } = await folder.deploy(file);
      assert.deepEqual(
        proposals.map(({ side, proposal }) => [
          side,
          proposal.calls.map(({ function: name, args }) => [name, args['flat']]),
        ]),
        [
          ['product', [['setFee', '250000000000000000']]],
          ['main', [['setFee', '500000000000000000']]],
        ],
      );
      const before = await folder.pegway('verify-deployment', file);
      assert.equal(before.status, 1);
      assert.match(
        before.stdout,
        /pegs\[0\]\.redeemFee \(product bridge\): expected 2\d+ base units and 0 basis points; found 0 /,
      );
      for (const { side, proposal } of proposals) await carryOut(place.chains[side], proposal);
      await isAsTheFileSays(folder, file);
    });

    it('proposes another fee and smallest pot, and refuses another maximum', async () => {
      const folder = place.folder();
      const file = place.file();
      await folder.deploy(file);
      firstPeg(file).depositFee = { flat: '0.5', maximumFlat: '1', departMinimum: '3' };
      const { proposals } = await folder.deploy(file);
      assert.deepEqual(
        proposals.map(({ side, proposal }) => [side, proposal.calls.map((one) => one.function)]),
        [['main', ['setFee', 'setDepartMinimum']]],
      );
      firstPeg(file).depositFee = { maximumFlat: '1.5' };
      const { status, stderr } = await folder.pegway('deploy', file);
      assert.equal(status, 2);
      assert.match(
        stderr,
        /these values are immutable:\n.*pegs\[0\]\.depositFee\.maximumFlat .*expected 15\d+ base units; found 10+ base units/,
      );
    });

    it('has no rewards contract when the file asks for none, and can never have one', async () => {
      const folder = place.folder();
      const file = place.file();
      boatOf(file).rewards = false;
      const [pair] = (await folder.deploy(file)).pairs;
      assert.equal(pair?.rewards, undefined);
      await isAsTheFileSays(folder, file);
      boatOf(file).rewards = true;
      const { status, stderr } = await folder.pegway('deploy', file);
      assert.equal(status, 2);
      assert.match(
        stderr,
        /bridges\.boat\.rewards .*expected a rewards contract; found none: this bridge can never take a fee/,
      );
    });

    it('names a gate of the file', async () => {
      const folder = place.folder();
      const file = place.file();
      boatOf(file).gate = addressOf(71);
      await folder.deploy(file);
      await isAsTheFileSays(folder, file);
      boatOf(file).gate = addressOf(73);
      const { status, stdout } = await folder.pegway('verify-deployment', file);
      assert.equal(status, 1);
      assert.match(stdout, /bridges\.boat\.gate .*expected gate 0x0+4a; found gate 0x0+48/i);
    });

    it('creates anchors with a new bridge, or later with one transaction, as the file says', async () => {
      const folder = place.folder();
      const file = place.file();
      const before = await nonces();
      const [without] = (await folder.deploy(file)).pairs;
      assert.equal(without?.anchors, undefined);
      assert.deepEqual(await nonces(), afterPair(before));
      boatOf(file).anchors = { maximumBlocksPerSecond: 3 };
      const missing = await folder.pegway('verify-deployment', file);
      assert.match(missing.stdout, /bridges\.boat\.anchors .*expected an Anchors contract; found none/);

      const [pair] = (await folder.deploy(file)).pairs;
      const { main, product } = await nonces();
      assert.deepEqual([main, product], [afterPair(before).main + 1, afterPair(before).product]);
      assert.ok(pair !== undefined && !pair.isNew);
      const anchors = { address: pair.anchors ?? '0x', abi: anchorsAbi } as const;
      assert.equal(await reader('main').readContract({ ...anchors, functionName: 'bridge' }), pair.main);
      const sourceChainId = await reader('main').readContract({ ...anchors, functionName: 'sourceChainId' });
      assert.equal(sourceChainId, BigInt(place.chains.product.chainId));
      await isAsTheFileSays(folder, file);
      await folder.deploy(file);
      assert.deepEqual(await nonces(), { main, product });

      const fresh = place.file();
      boatOf(fresh).anchors = {};
      const other = place.folder();
      const [both] = (await other.deploy(fresh)).pairs;
      assert.notEqual(both?.anchors, undefined);
      await isAsTheFileSays(other, fresh);
    });

    it('verify-deployment finds anchors of another bridge or pace, by the record and by the file’s addresses', async () => {
      const folder = place.folder();
      const file = place.file();
      boatOf(file).anchors = { maximumBlocksPerSecond: 3 };
      const [pair] = (await folder.deploy(file)).pairs;
      assert.ok(pair?.anchors !== undefined);
      boatOf(file).anchors = { maximumBlocksPerSecond: 4 };
      const { stdout } = await folder.pegway('verify-deployment', file);
      assert.match(stdout, /boat\.anchors .*expected the local build's code of Anchors .* with 4 blocks a second/);

      boatOf(file).anchors = { maximumBlocksPerSecond: 3 };
      const { main, product, anchors } = pair;
      const elsewhere = place.folder();
      boatOf(file).addresses = { main, product, anchors };
      await isAsTheFileSays(elsewhere, file);
      boatOf(file).addresses = { main, product, anchors: main };
      const foreign = await elsewhere.pegway('verify-deployment', file);
      assert.match(foreign.stdout, /boat\.anchors .*found hash 0x\w+ at/);
      boatOf(file).addresses = { main, product, anchors: addressOf(74) };
      const empty = await elsewhere.pegway('verify-deployment', file);
      assert.match(empty.stdout, /boat\.anchors .*found no contract at/);
    });

    it('verify-deployment finds other code at the rewards contract’s address, and one of another bridge', async () => {
      const folder = place.folder();
      const file = place.file();
      const [pair] = (await folder.deploy(file)).pairs;
      const address = pair?.rewards ?? '0x';
      const code = await reader('main').getCode({ address });
      const found = async (bytes: string | undefined) => {
        await call(place.chains.main.rpcUrl, 'anvil_setCode', address, bytes);
        const { status, stdout } = await folder.pegway('verify-deployment', file);
        assert.equal(status, 1);
        return stdout;
      };
      const changed = await found(`${code?.slice(0, -2)}ff`);
      assert.match(changed, /bridges\.boat\.main .*expected the local build's code of Rewards/);
      assert.match(changed, /bridges\.boat\.rewards .*expected code of hash 0x\w+, according to the record/);
      const identity = { contract: 'Rewards', chainId: place.chains.main.chainId, address } as const;
      const foreign = await found(runtimeCode({ ...identity, bridge: addressOf(70) }));
      assert.match(
        foreign,
        new RegExp(
          `boat.rewards .*expected a rewards contract of ${pair?.main}; found a rewards contract of ${addressOf(70)}`,
        ),
      );
      assert.match(await found('0x'), /boat\.rewards .*found no contract there/);
    });
  });

  describe('interrupted', () => {
    class Crash extends Error {}

    it('at any step, goes on where it stopped, and creates each library and each bridge once', async () => {
      const steps: string[] = [];
      for (let last = 1, crashed = true; crashed; last++) {
        const folder = place.folder();
        const file = place.file();
        const before = await nonces();
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
        assert.deepEqual(await nonces(), afterPair(before), steps.at(-1));
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
      const before = await nonces();
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
      assert.deepEqual(await nonces(), afterPair(before));
      await isAsTheFileSays(folder, file);
    });

    it('says what to do when somebody else used the key, and plans anew when told to', async () => {
      const folder = place.folder();
      const file = place.file();
      const say = (text: string) => {
        if (text.includes('MainBridge on main: sending')) throw new Crash(text);
      };
      await assert.rejects(folder.deploy(file, { say }), Crash);
      // The nonce that the main bridge was to have. Before it is in a block, ours would take its place.
      const used = (await nonces()).main + 1;
      await call(place.chains.main.rpcUrl, 'eth_sendTransaction', { from: deployer, to: deployer, value: '0x0' });
      await eventually('the nonce is used', async () => (await nonces()).main === used);
      const lost = await folder.pegway('deploy', file);
      assert.equal(lost.status, 1, lost.stderr);
      assert.match(
        lost.stderr,
        /bridges\.boat: nonce \d+ of 0x\w+ was used by another transaction[\s\S]*--abandon boat/,
      );
      const { status, stderr } = await folder.pegway('deploy', file, '--abandon', 'boat');
      assert.equal(status, 0, stderr);
      await isAsTheFileSays(folder, file);
    });
  });

  describe('verify-deployment', () => {
    it('finds code that is not the local build’s', async () => {
      const folder = place.folder();
      const file = place.file();
      const { pairs } = await folder.deploy(file);
      const address = pairs[0]?.product ?? '0x';
      const code = (await reader('product').getCode({ address })) ?? '0x';
      // The last byte is of the compiler's metadata: the bridge works as before.
      await call(place.chains.product.rpcUrl, 'anvil_setCode', address, `${code.slice(0, -2)}ff`);
      const { status, stdout } = await folder.pegway('verify-deployment', file);
      assert.equal(status, 1);
      assert.match(stdout, /bridges\.boat\.product .*expected the local build's code of ProductBridge/);
      assert.match(stdout, /according to the record/);
    });

    it('finds code of a library that is not the local build’s', async () => {
      const folder = place.folder();
      const file = place.file();
      await folder.deploy(file);
      const { address, code } = await linked(folder, 'Signers');
      await call(place.chains.main.rpcUrl, 'anvil_setCode', address, `${code.slice(0, -2)}ff`);
      const { status, stdout } = await folder.pegway('verify-deployment', file);
      assert.equal(status, 1);
      assert.match(stdout, /bridges\.boat\.main .*expected the local build's code of the library Signers/);
    });

    it('finds a library that is not the recorded one, although its code is right', async () => {
      const folder = place.folder();
      const file = place.file();
      const { pairs } = await folder.deploy(file);
      const bridge = pairs[0]!.main;
      const other = addressOf(4_242);
      const code = runtimeCode({ contract: 'Signers', address: other });
      await call(place.chains.main.rpcUrl, 'anvil_setCode', other, code);
      const before = (await reader('main').getCode({ address: bridge })) ?? '0x';
      // Only where the library is linked: by the deployer's nonces the product bridge may have the same address.
      const after = artifacts.contracts.MainBridge.deployedLinks.Signers.reduce<string>(
        (linked, offset) => `${linked.slice(0, 2 + 2 * offset)}${other.slice(2)}${linked.slice(42 + 2 * offset)}`,
        before,
      );
      await call(place.chains.main.rpcUrl, 'anvil_setCode', bridge, after);
      const { status, stdout } = await folder.pegway('verify-deployment', file);
      assert.equal(status, 1);
      assert.match(stdout, /expected the library Signers at 0x\w+, by the record; found at 0x\w+/);
      assert.doesNotMatch(stdout, /local build/);
    });

    it('finds one of a library’s places in the bridge that holds another address', async () => {
      const folder = place.folder();
      const file = place.file();
      const { pairs } = await folder.deploy(file);
      const bridge = pairs[0]!.main;
      const { address } = await linked(folder, 'Signers');
      const before = (await reader('main').getCode({ address: bridge })) ?? '0x';
      const at = before.lastIndexOf(address.slice(2).toLowerCase());
      const after = `${before.slice(0, at)}${addressOf(7).slice(2)}${before.slice(at + 40)}`;
      await call(place.chains.main.rpcUrl, 'anvil_setCode', bridge, after);
      const { status, stdout } = await folder.pegway('verify-deployment', file);
      assert.equal(status, 1);
      assert.match(stdout, /bridges\.boat\.main .*expected the local build's code of MainBridge/);
    });

    /** A library of the main bridge. */
    const linked = async (folder: Folder, name: string) => {
      const journal = openJournal(folder.record);
      const address = journal.pairs()['boat']?.main.links?.[name] ?? '0x';
      return { address, code: (await reader('main').getCode({ address })) ?? '0x' };
    };

    it('refuses the name of a bridge that nobody knows', async () => {
      const folder = place.folder();
      const { status, stdout, stderr } = await folder.pegway('verify-deployment', place.file(), '--bridge', 'baot');
      assert.equal(status, 2, stdout);
      assert.match(stderr, /--bridge: neither file nor record has baot\n.*expected one of boat/);
      assert.equal(stdout, '');
    });

    describe('of the main token', () => {
      let folder: Folder;
      let code: unknown;
      before(async () => {
        folder = place.folder();
        await folder.deploy(place.file());
        code = await call(place.chains.main.rpcUrl, 'eth_getCode', place.token, 'latest');
      });
      afterEach(() => setCode(code));
      const setCode = (bytes: unknown) => call(place.chains.main.rpcUrl, 'anvil_setCode', place.token, bytes);
      const finds = async (says: RegExp) => {
        const { status, stdout, stderr } = await folder.pegway('verify-deployment', place.file());
        assert.match(stdout, says, stderr);
        assert.equal(status, 1);
      };

      it('finds that it is not there', async () => {
        await setCode('0x');
        await finds(
          /pegs\[0\]\.mainToken\.address .*expected a token at 0x\w+ on chain 51337; found no contract there/,
        );
      });

      it('finds other decimals', async () => {
        // It answers everything with 6.
        await setCode('0x600660005260206000f3');
        await finds(/pegs\[0\]\.mainToken\.decimals .*expected 18; found 6, as the token returns/);
      });

      it('takes one that has no decimals: ERC-20 asks for none', async () => {
        // It reverts whatever it is asked; then, it answers nothing.
        for (const bytes of ['0x60006000fd', '0x00']) {
          await setCode(bytes);
          await isAsTheFileSays(folder, place.file());
        }
      });

      it('takes no silence of a node for agreement', async () => {
        const proxy = await startRpcProxy();
        after(() => proxy.close());
        const file = place.file();
        Object.assign(file.chains['main'] ?? {}, { rpcUrl: proxy.way('main', place.chains.main.rpcUrl) });
        const isDecimals = ({ method, params }: RpcRequest) =>
          method === 'eth_call' && (params[0] as { data: string }).data === toFunctionSelector('decimals()');
        proxy.faults.set('main', {
          ask: (request) => (isDecimals(request) ? Promise.reject(new Error('lost')) : Promise.resolve(undefined)),
        });
        const { status, stdout, stderr } = await folder.pegway('verify-deployment', file);
        assert.equal(status, 1, stdout + stderr);
        assert.match(stderr, /pegs\[0\]\.mainToken\.decimals: 0x\w+ could not be asked/);
      });
    });

    it('finds a bridge that was never deployed, and one that the file forgot', async () => {
      const folder = place.folder();
      const file = place.file();
      const never = await folder.pegway('verify-deployment', file);
      assert.equal(never.status, 1);
      assert.match(never.stdout, /bridges\.boat: expected two bridges; found none/);
      await folder.deploy(file);
      const other = structuredClone(file);
      other.bridges = { ship: boatOf(file) };
      const forgot = await folder.pegway('verify-deployment', other);
      assert.match(forgot.stdout, /bridges\.boat: expected no such bridge/);
    });
  });
});
