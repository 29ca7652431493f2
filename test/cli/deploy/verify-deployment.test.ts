import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';

import { toFunctionSelector } from 'viem';

import { call } from '../../../cli/devnet/anvil.ts';
import { openJournal } from '../../../cli/deploy/journal.ts';
import { runtimeCode } from '../../../cli/deploy/runtime-code.ts';
import artifacts from '../../../protocol/artifacts.json' with { type: 'json' };
import { type RpcRequest, startRpcProxy } from '../../support/rpc-proxy.ts';
import { type Folder, type Place, addressOf, boatOf, startPlace } from './deploy-support.ts';

describe('pegway verify-deployment', () => {
  let place: Place;
  before(async () => {
    place = await startPlace();
  });
  after(() => place.stop());

  it('finds code that is not the local build’s', async () => {
    const folder = place.folder();
    const file = place.file();
    const { pairs } = await folder.deploy(file);
    const address = pairs[0]?.product ?? '0x';
    const code = (await place.reader('product').getCode({ address })) ?? '0x';
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
    const before = (await place.reader('main').getCode({ address: bridge })) ?? '0x';
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
    const before = (await place.reader('main').getCode({ address: bridge })) ?? '0x';
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
    return { address, code: (await place.reader('main').getCode({ address })) ?? '0x' };
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
      await finds(/pegs\[0\]\.mainToken\.address .*expected a token at 0x\w+ on chain 51337; found no contract there/);
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
        await place.isAsTheFileSays(folder, place.file());
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
