// Exits are fixed at the creation of a bridge and hold all of its collateral: each value that verify-deployment reads is
// changed here once.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import type { Address } from 'viem';

import { readerOf } from '../../../cli/deploy/chain-clients.ts';
import type { DeployedPair } from '../../../cli/deploy/deploy.ts';
import type { DeploymentFile } from '../../../cli/deploy/deployment-file.ts';
import { openJournal } from '../../../cli/deploy/journal.ts';
import { type Identity, immutableIn, runtimeCode } from '../../../cli/deploy/runtime-code.ts';
import { call } from '../../../cli/devnet/anvil.ts';
import { exitsAbi, mainBridgeAbi, productStateAbi } from '../../../protocol/abi.ts';
import { anvilSigner } from '../../support/bridge.ts';
import { NodeError, startRpcProxy } from '../../support/rpc-proxy.ts';
import { type FileBridge, type Folder, type Place, addressOf, startPlace } from './deploy-support.ts';

const DAY = 86_400;
const windows = { exitDelay: 8 * DAY, noticePeriod: 4 * DAY, advanceWindow: 5 * DAY, claimWindow: 9 * DAY };

describe('exits of a deployment', () => {
  let place: Place;
  before(async () => {
    place = await startPlace();
  });
  after(() => place.stop());

  const readerAt = (side: 'main' | 'product') => readerOf(place.chains[side].rpcUrl, place.chains[side].chainId);
  const boatOf = (file: DeploymentFile): FileBridge => file.bridges['boat']!;
  const withExits = (): DeploymentFile => {
    const file = place.file();
    Object.assign(boatOf(file), { anchors: {}, exits: windows });
    return file;
  };
  const differences = async (folder: Folder, file: DeploymentFile): Promise<string> => {
    const { status, stdout, stderr } = await folder.pegway('verify-deployment', file);
    assert.equal(status, 1, stdout + stderr);
    return stdout;
  };
  const isAsTheFileSays = async (folder: Folder, file: DeploymentFile) => {
    const { status, stdout, stderr } = await folder.pegway('verify-deployment', file);
    assert.equal(status, 0, stdout + stderr);
  };

  it('are created before the main bridge that names them, and handed over with the anchors', async () => {
    const folder = place.folder();
    const file = withExits();
    const dry = await folder.pegway('deploy', file, '--dry-run');
    assert.match(dry.stderr, /exits: after 8 d without an anchor .* announce them, and 4 d later halt the bridge/);
    assert.match(dry.stderr, /26 d after the last sign of life at the earliest/);
    assert.match(dry.stderr, /for ever: .*exits and their four periods/);
    const { status, stdout, stderr } = await folder.pegway('deploy', file);
    assert.equal(status, 0, stderr);
    const { main, exits, anchors, productState } = openJournal(folder.record).pairs()['boat']!;
    assert.match(stdout, new RegExp(`exits +${exits?.address}`));
    const at = { address: exits?.address ?? '0x', abi: exitsAbi } as const;
    const reader = readerAt('main');
    const ofBridge = { address: main.address, abi: mainBridgeAbi, functionName: 'exits' } as const;
    assert.equal(await reader.readContract(ofBridge), exits?.address);
    assert.equal(await reader.readContract({ ...at, functionName: 'bridge' }), main.address);
    assert.equal(await reader.readContract({ ...at, functionName: 'anchors' }), anchors?.address);
    assert.equal(await reader.readContract({ ...at, functionName: 'productState' }), productState?.address);
    for (const [functionName, seconds] of Object.entries(windows)) {
      const call_ = { ...at, functionName: functionName as keyof typeof windows };
      assert.equal(await reader.readContract(call_), BigInt(seconds));
    }
    await isAsTheFileSays(folder, file);

    const skeleton = JSON.parse(readFileSync(join(folder.record, 'boat-relayer.json'), 'utf8')) as unknown;
    // Relayers that do not anchor would let exits open while they are well.
    assert.deepEqual((skeleton as { anchors?: unknown }).anchors, { contract: anchors?.address });
    const record = (chain: number) => readFileSync(join(folder.record, `chain-${chain}.json`), 'utf8');
    assert.match(record(51_337), /"contract": "Exits"[^]*"exitDelay": "691200"/);
    assert.match(record(51_338), /"contract": "ExitAddress"/);
  });

  it('are refused before the first transaction without anchors, with short windows, or without eth_getProof', async () => {
    const refused = async (file: DeploymentFile, says: RegExp) => {
      const before = await readerAt('product').getTransactionCount({ address: anvilSigner().address });
      const { status, stderr } = await place.folder().pegway('deploy', file);
      assert.equal(status, 2, stderr);
      assert.match(stderr, says);
      const after = await readerAt('product').getTransactionCount({ address: anvilSigner().address });
      assert.equal(after, before);
    };
    const lonely = withExits();
    delete boatOf(lonely).anchors;
    await refused(lonely, /bridges\.boat\.exits: expected anchors as well/);
    for (const [name, days] of [
      ['exitDelay', 7],
      ['noticePeriod', 3],
      ['advanceWindow', 3],
      ['claimWindow', 7],
    ] as const) {
      const short = withExits();
      boatOf(short).exits = { ...windows, [name]: days * DAY - 1 };
      await refused(short, new RegExp(`boat\\.exits\\.${name}: expected at least ${days} days`));
    }
    const proxy = await startRpcProxy();
    try {
      proxy.faults.set('unproven', {
        ask: ({ method }) =>
          method === 'eth_getProof'
            ? Promise.reject(new NodeError(-32_601, 'no such method'))
            : Promise.resolve(undefined),
      });
      const unproven = withExits();
      Object.assign(unproven.chains['product'] ?? {}, {
        rpcUrl: proxy.way('unproven', place.chains.product.rpcUrl),
      });
      await refused(unproven, /boat\.exits: expected a node of product that answers eth_getProof/);
    } finally {
      await proxy.close();
    }
  });

  it('are created once each after an interruption at any of their transactions', async () => {
    for (const point of ['ExitAddress on', 'ExitAddress is', 'ProductState on', 'Exits on', 'Exits is']) {
      const folder = place.folder();
      const file = withExits();
      const say = (text: string) => {
        if (text.includes(point)) throw new Error(text);
      };
      await assert.rejects(folder.deploy(file, { say }), new RegExp(point));
      const planned = openJournal(folder.record).pairs()['boat']?.exits?.address;
      const { pairs } = await folder.deploy(file);
      assert.equal(pairs[0]?.exits, planned, point);
      const before = await readerAt('main').getTransactionCount({ address: anvilSigner().address });
      await folder.deploy(file);
      assert.equal(await readerAt('main').getTransactionCount({ address: anvilSigner().address }), before);
    }
  });

  describe('once they stand', () => {
    let folder: Folder;
    let file: DeploymentFile;
    let pair: DeployedPair;
    before(async () => {
      folder = place.folder();
      file = withExits();
      pair = (await folder.deploy(file)).pairs[0]!;
    });

    it('verify-deployment names each window that differs, and deploy sends nothing', async () => {
      const other = structuredClone(file);
      boatOf(other).exits = Object.fromEntries(Object.entries(windows).map(([name, seconds]) => [name, seconds + DAY]));
      const found = await differences(folder, other);
      for (const [name, days] of [
        ['exitDelay', 8],
        ['noticePeriod', 4],
        ['advanceWindow', 5],
        ['claimWindow', 9],
      ] as const) {
        assert.match(found, new RegExp(`boat\\.exits\\.${name} .*expected ${days + 1} d; found ${days} d`));
      }
      delete boatOf(other).exits;
      assert.match(await differences(folder, other), /boat\.exits .*expected exits 0x0+; found exits 0x/);
      const refused = await folder.pegway('deploy', other);
      assert.match(refused.stderr, /these values are immutable/);
    });

    it('verify-deployment finds other code, and exits of another bridge, anchors, state or time', async () => {
      const main = readerAt('main');
      const exits = pair.exits ?? '0x';
      const state = { address: exits, abi: exitsAbi, functionName: 'productState' } as const;
      const productState = await main.readContract(state);
      const atState = { address: productState, abi: productStateAbi, functionName: 'registry' } as const;
      const registry = await main.readContract(atState);
      const code = (await main.getCode({ address: exits })) ?? '0x';
      const anchors: Address = pair.anchors ?? '0x';
      const deployedAt = BigInt(immutableIn('Exits', '_DEPLOYED_AT', code) ?? 0);
      const own = { contract: 'Exits', chainId: place.chains.main.chainId, address: exits } as const;
      const terms = { ...own, bridge: pair.main, anchors, productState, windows, deployedAt };
      assert.equal(runtimeCode(terms), code);
      const foundWith = async (side: 'main' | 'product', address: Address, bytes: string) => {
        const { rpcUrl } = place.chains[side];
        const kept = await readerAt(side).getCode({ address });
        await call(rpcUrl, 'anvil_setCode', address, bytes);
        const found = await differences(folder, file);
        await call(rpcUrl, 'anvil_setCode', address, kept);
        return found;
      };
      const exitsWith = (change: Partial<Extract<Identity, { contract: 'Exits' }>>) =>
        foundWith('main', exits, runtimeCode({ ...terms, ...change }));
      const other = addressOf(70);
      assert.match(await exitsWith({ bridge: other }), new RegExp(`exits of the bridge ${other}`));
      assert.match(await exitsWith({ anchors: other }), new RegExp(`found exits by the anchors ${other}`));
      assert.match(await exitsWith({ productState: other }), new RegExp(`found exits by ProductState ${other}`));
      assert.match(await exitsWith({ deployedAt: 2n ** 40n }), /expected exits created in the past/);
      const changed = `${code.slice(0, -2)}ff`;
      assert.match(await foundWith('main', exits, changed), /local build's code of Exits, hash/);
      assert.match(await foundWith('main', exits, '0x'), /another contract, or none, at 0x/);

      const stateOf = (change: object) =>
        runtimeCode({
          ...{ contract: 'ProductState', address: productState, productBridge: pair.product, registry },
          ...change,
        });
      const foreign = await foundWith('main', productState, stateOf({ productBridge: other }));
      assert.match(foreign, new RegExp(`found exits by the state of the product bridge ${other}`));
      const registered = await foundWith('main', productState, stateOf({ registry: other }));
      assert.match(registered, new RegExp(`found exits by ExitAddress ${other}`));
      assert.match(await foundWith('product', registry, '0x00'), /local build's code of ExitAddress, hash/);
      await isAsTheFileSays(folder, file);
    });

    it('are verified by the file’s addresses alone', async () => {
      const elsewhere = structuredClone(file);
      boatOf(elsewhere).addresses = { main: pair.main, product: pair.product, anchors: pair.anchors ?? '0x' };
      await isAsTheFileSays(place.folder(), elsewhere);
      const bare = place.file();
      const without = (await place.folder().deploy(bare)).pairs[0]!;
      Object.assign(boatOf(bare), { anchors: {}, exits: windows });
      boatOf(bare).addresses = { main: without.main, product: without.product };
      assert.match(
        await differences(place.folder(), bare),
        /boat\.exits .*found none: this bridge can never have exits/,
      );
    });
  });
});
