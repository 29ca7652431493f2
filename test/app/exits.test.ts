import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import type { BrowserContext } from 'playwright-core';
import { type Address, type Hex, encodeFunctionData, erc20Abi, getAddress, parseUnits } from 'viem';

import { en } from '../../app/i18n/en.ts';
import { ko } from '../../app/i18n/ko.ts';
import { type AppServer, serveApp } from '../../cli/devnet/app.ts';
import { call } from '../../cli/devnet/anvil.ts';
import { demoTokenAbi } from '../../cli/devnet/demo-tokens.ts';
import { exitAddressAbi, exitsAbi, mainBridgeAbi, productBridgeAbi } from '../../protocol/abi.ts';
import { pegway } from '../support/cli.ts';
import { type ExitNet, startExitNet } from '../support/exit-net.ts';
import { refuseTransfers } from '../support/refusing-token.ts';
import { type Pages, openPages } from './support/net.ts';

/** The signers are gone: two holders, and one for a contract, register and are paid in the page alone. */
describe('the page in an exit', () => {
  let net: ExitNet;
  let app: AppServer;
  let pages: Pages;
  const amount = parseUnits('100', 18);
  const payout: Address = `0x${'9a1d'.padStart(40, '0')}`;
  /** Of a redeem that was not paid. */
  const recipient: Address = `0x${'4ec1'.padStart(40, '0')}`;
  /** The recipient that a vault named, which holds product tokens. */
  const named: Address = `0x${'4a3e'.padStart(40, '0')}`;
  const vault: Address = `0x${'7a017'.padStart(40, '0')}`;

  before(async () => {
    [net, app] = await Promise.all([startExitNet(2, { main: 41_437, product: 41_438 }), serveApp(0)]);
    const { main, product, bridge, holders } = net;
    const of = ({ chainId, rpcUrl }: ExitNet['main'], at: Address) => ({ chainId, rpcUrl, bridge: at });
    const file = {
      main: of(main, bridge.mainBridge),
      product: of(product, bridge.productBridge),
    };
    app.configure({ ...file, pegs: [], holders, signers: [] });
    [pages] = await Promise.all([openPages({ ...file, holders, appUrl: app.url }), app.prepare()]);
  });

  after(async () => {
    await pages.stop();
    await Promise.all([app.stop(), net.stop()]);
  });

  /** Deposits, and mints as the relayers do. */
  async function fund(holder: { privateKey: Hex; address: Address }, nonce: bigint): Promise<void> {
    await deposit(holder);
    const [productToken = '0x'] = net.bridge.productTokens;
    await net.execute('product', productToken, nonce, [{ recipient: holder.address, amount }], `0x${'11'.repeat(32)}`);
  }

  async function deposit({ privateKey, address }: { privateKey: Hex; address: Address }): Promise<void> {
    const { bridge, main } = net;
    const [mainToken = '0x', productToken = '0x'] = [bridge.mainTokens[0], bridge.productTokens[0]];
    const send = (to: Address, abi: never, functionName: string, args: readonly unknown[]) =>
      net.write(privateKey, main, { address: to, abi, functionName, args });
    await send(mainToken, demoTokenAbi as never, 'mint', [address, amount]);
    await send(mainToken, erc20Abi as never, 'approve', [bridge.mainBridge, amount]);
    await send(bridge.mainBridge, mainBridgeAbi as never, 'deposit', [productToken, amount, address, 0n]);
  }

  /** Of 100 tokens redeems 30, gives 20 to the vault, and deposits 100 more, which never arrive. */
  async function leaveTransfers({ privateKey, address }: { privateKey: Hex; address: Address }): Promise<void> {
    const { bridge, product } = net;
    const productToken = bridge.productTokens[0] ?? '0x';
    const args = [productToken, part(30), recipient, 0n];
    const redeem = { address: bridge.productBridge, abi: productBridgeAbi, functionName: 'redeem', args };
    await net.write(privateKey, product, redeem);
    const transfer = { address: productToken, abi: erc20Abi, functionName: 'transfer', args: [vault, part(20)] };
    await net.write(privateKey, product, transfer);
    await call(product.rpcUrl, 'anvil_impersonateAccount', vault);
    const data = encodeFunctionData({ abi: exitAddressAbi, functionName: 'setExitAddress', args: [named] });
    const transaction = { from: vault, to: net.registry, data, gasPrice: '0x0' };
    const hash = (await call(product.rpcUrl, 'eth_sendTransaction', transaction)) as Hex;
    await net.productReader.waitForTransactionReceipt({ hash });
    await deposit({ privateKey, address });
  }

  /** Product tokens of so many main tokens: the rate of the first peg is 1. */
  const part = (count: number): bigint => parseUnits(String(count), 18);

  it('registers claims with the proofs of a node or of a file, and pays them, on any screen', async () => {
    const [first, second] = net.holders;
    await fund(first!, 0n);
    await fund(second!, 1n);
    await leaveTransfers(first!);
    await net.anchor();
    const snapshot = join(net.directory, 'snapshot.json');
    const config = net.configFile({ main: net.main.rpcUrl, product: net.product.rpcUrl });
    const taken = await pegway('exit', 'snapshot', '--config', config, '--out', snapshot);
    assert.equal(taken.status, 0, taken.stderr);
    const { privateKey } = first!;
    const step = (functionName: string) =>
      net.write(privateKey, net.main, { address: net.exits, abi: exitsAbi, functionName, args: [] });
    await net.pass(7);
    await step('open');
    await net.pass(3);
    await step('close');
    await net.pass(3);
    const { number } = await settlement();
    const block = number.toString();

    // By the proofs of a node, on a wide screen; nothing was signed before everything was shown.
    const search = Promise.withResolvers<undefined>();
    const wide = await pages.visit({ at: '#/exits', holder: 0, prepare: holdLogs(search.promise) });
    const words = en.exitClaims;
    await wide.page.getByText(words.proven.node(block)).waitFor();
    await wide.page.getByText(words.asks.fix(block)).waitFor();
    await wide.page.getByText(en.bridge.another).click();
    await wide.page.getByLabel(en.bridge.recipientAddress).fill(net.bridge.mainBridge);
    await wide.page.getByText(en.findings['forbidden-recipient']).waitFor();
    assert.ok(await wide.page.getByRole('button', { name: words.register, exact: true }).isDisabled());
    await wide.page.getByLabel(en.bridge.recipientAddress).fill(payout);
    await wide.page.getByText(words.asks.sign(first!.address, payout)).waitFor();
    // The typed recipient outlasts the proofs of claims found later.
    assert.equal(await wide.page.getByText(/registers a claim of 100 SMENT/).count(), 0);
    search.resolve(undefined);
    // The balance, and the deposit that did not arrive, where the holder wants them; the redeem where it names.
    await wide.page.getByText(/registers a claim of 50 SMENT, payable to 0x0+9a1d/i).waitFor();
    await wide.page.getByText(/registers a claim of 100 SMENT, payable to 0x0+9a1d/i).waitFor();
    await wide.page.getByText(/registers a claim of 30 SMENT, payable to 0x0+4ec1/i).waitFor();
    assert.equal(await wide.page.getByText(/registers a claim/).count(), 3);
    await pages.inspect(wide.page, 'exits-register-1200-en');
    assert.deepEqual(wide.wallet.asked, []);
    wide.wallet.decline('eth_signTypedData_v4');
    await wide.page.getByRole('button', { name: words.register, exact: true }).click();
    await wide.page.getByText(words.declined).waitFor();
    wide.wallet.decline(false);
    await wide.page.getByRole('button', { name: words.register, exact: true }).click();
    for (const claimed of ['50 SMENT', '100 SMENT', '30 SMENT']) {
      await wide.page.getByText(words.state.registered(claimed)).waitFor();
    }
    // Block B was shown before the signature that was declined, and only once.
    const kinds = ['eth_sendTransaction', 'eth_signTypedData_v4'];
    assert.deepEqual(wide.wallet.asked, [...kinds, kinds[1], kinds[0], kinds[0], kinds[0]]);

    // Anyone registers for a contract that named a recipient, without a signature; a contract that named none is refused.
    await wide.page.getByLabel(words.contract).fill(net.registry);
    await wide.page.getByText(words.state.nothing).first().waitFor();
    await wide.page.getByLabel(words.contract).fill(vault);
    await wide.page.getByText(/registers a claim of 20 SMENT, payable to 0x0+4a3e/i).waitFor();
    assert.equal(await wide.page.getByText(words.asks.sign(first!.address, payout)).count(), 0);
    await pages.inspect(wide.page, 'exits-contract-1200-en');
    await wide.page.getByRole('button', { name: words.register, exact: true }).click();
    await wide.page.getByText(words.state.registered('20 SMENT')).waitFor();
    assert.equal(wide.wallet.asked.length, 7);

    // By a file, on a narrow screen, where no node has the state of block B.
    const narrow = await pages.visit({ at: '#/exits', holder: 1, width: 360, locale: 'ko-KR', prepare: forget });
    const korean = ko.exitClaims;
    await narrow.page.getByText(/missing trie node/).waitFor();
    const choose = (content: string) =>
      narrow.page
        .getByLabel(korean.file)
        .setInputFiles({ name: 'snapshot.json', mimeType: 'application/json', buffer: Buffer.from(content) });
    const text = readFileSync(snapshot, 'utf8');
    await choose(text.replace(/"header":"0x(..)../, '"header":"0x$1ff'));
    await narrow.page.getByRole('alert').first().waitFor();
    await choose(text);
    await narrow.page.getByText(korean.proven.file(block)).waitFor();
    await narrow.page.getByText(korean.asks.register('100 SMENT', second!.address)).waitFor();
    assert.equal(await narrow.page.evaluate('document.documentElement.scrollWidth <= 360'), true);
    await pages.inspect(narrow.page, 'exits-register-360-ko');
    await narrow.page.getByRole('button', { name: korean.register, exact: true }).click();
    await narrow.page.getByText(korean.state.registered('100 SMENT')).waitFor();

    await net.pass(7);
    // A redeem goes to the recipient that it names, or to its redeemer if the token refuses that one.
    await wide.page.reload();
    await wide.page.getByText(words.asks.pay('100 SMENT', payout)).waitFor();
    await wide.page.getByText(words.asks.payOrTake('30 SMENT', getAddress(recipient))).waitFor();
    await pages.inspect(wide.page, 'exits-pay-1200-en');
    await refuseTransfers(net.main.rpcUrl, net.bridge.mainTokens[0] ?? '0x', recipient);
    await wide.page.getByRole('button', { name: words.pay, exact: true }).click();
    for (const claimed of ['50 SMENT', '100 SMENT', '30 SMENT']) {
      await wide.page.getByText(words.state.paid(claimed)).waitFor();
    }
    await wide.page.getByLabel(words.contract).fill(vault);
    await wide.page.getByText(words.asks.pay('20 SMENT', named)).waitFor();
    await wide.page.getByRole('button', { name: words.pay, exact: true }).click();
    await wide.page.getByText(words.state.paid('20 SMENT')).waitFor();
    await narrow.page.reload();
    await narrow.page.getByText(korean.asks.pay('100 SMENT', second!.address)).waitFor();
    await narrow.page.getByRole('button', { name: korean.pay, exact: true }).click();
    await narrow.page.getByText(korean.state.paid('100 SMENT')).waitFor();

    const paid = [payout, first!.address, named, second!.address].map((to) =>
      net.mainReader.readContract({
        ...{ address: net.bridge.mainTokens[0] ?? '0x', abi: erc20Abi, functionName: 'balanceOf', args: [to] },
      } as const),
    );
    assert.deepEqual(await Promise.all(paid), [part(150), part(30), part(20), amount]);
    assert.deepEqual(wide.complaints, []);
    assert.deepEqual(narrow.complaints, []);
  });

  /** The events of both chains are not served before this. */
  const holdLogs = (until: Promise<undefined>) => async (context: BrowserContext) => {
    await context.route(
      (url) => [net.main, net.product].some(({ rpcUrl }) => url.origin === new URL(rpcUrl).origin),
      async (route) => {
        if ((route.request().postData() ?? '').includes('eth_getLogs')) await until;
        return route.continue();
      },
    );
  };

  /** The product chain's node proves nothing. */
  const forget = async (context: BrowserContext): Promise<void> => {
    await context.route(
      (url) => url.origin === new URL(net.product.rpcUrl).origin,
      async (route) => {
        const body = route.request().postData() ?? '';
        if (!body.includes('eth_getProof')) return route.continue();
        const asked = JSON.parse(body) as { readonly id: number } | readonly { readonly id: number }[];
        const refuse = ({ id }: { readonly id: number }) => ({
          ...{ jsonrpc: '2.0', id, error: { code: -32_000, message: 'missing trie node' } },
        });
        const json = 'id' in asked ? refuse(asked) : asked.map(refuse);
        return route.fulfill({ json, headers: { 'access-control-allow-origin': '*' } });
      },
    );
  };

  const settlement = () =>
    net.mainReader.readContract({ address: net.exits, abi: exitsAbi, functionName: 'settlement' } as const);
});
