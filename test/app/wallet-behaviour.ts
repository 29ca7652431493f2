import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type Hex, concat, numberToHex } from 'viem';

import { en } from '../../app/i18n/en.ts';
import { call } from '../../cli/devnet/anvil.ts';
import { deposit } from '../../sdk/index.ts';
import { holdBlocks } from './support/blocks.ts';
import type { PageNet } from './support/net.ts';
import { SENT, fillDeposit, says } from './support/steps.ts';

/** Wallets that decline, lose answers, collect signatures, replace a transaction, or lack the chain. */
export function wallets(net: () => PageNet): void {
  describe('whatever the wallet does', () => {
    it('sends nothing when the wallet declines, says so, and can be asked again', async () => {
      const { page, wallet } = await net().visit();
      wallet.decline(true);
      await fillDeposit(page, 'BOAT', '1');
      await page.getByRole('button', { name: 'Deposit 1 SMENT' }).click();
      await page.getByText('You declined in your wallet. No tokens were moved.').waitFor();
      assert.deepEqual(wallet.asked, ['eth_signTypedData_v4']);

      wallet.decline(false);
      await page.getByRole('button', { name: 'Deposit 1 SMENT' }).click();
      await says(page, SENT);
      await page.context().close();
    });

    it('asks a wallet that is on a chain of its own to switch before it deposits', async () => {
      const { page, wallet } = await net().visit({ startsOn: 1 });
      await fillDeposit(page, 'BOAT', '1');
      await page.getByText('will ask to switch to Main chain').waitFor();
      await page.getByRole('button', { name: 'Deposit 1 SMENT' }).click();
      await says(page, SENT);
      assert.equal(wallet.asked[0], 'wallet_switchEthereumChain');
      assert.equal(wallet.chainId(), net().devnet.file.main.chainId);
      await page.context().close();
    });

    it('finds what the wallet has sent when its answer is lost, and does not say that nothing was moved where it finds nothing', async () => {
      const { page, wallet } = await net().visit();
      wallet.loseAnswers();
      await fillDeposit(page, 'BOAT', '1');
      await page.getByRole('button', { name: 'Deposit 1 SMENT' }).click();
      await says(page, SENT);

      wallet.fail({ code: -32_603, message: 'The connection was lost.' });
      await page.getByRole('link', { name: 'Bridge' }).click();
      await fillDeposit(page, 'BOAT', '1');
      await page.getByRole('button', { name: 'Deposit 1 SMENT' }).click();
      await page.getByText('Your wallet may have sent it. Check your wallet before you send again').waitFor();
      assert.equal(await page.getByText('No tokens were moved').count(), 0);
      await page.context().close();
    });

    it('says what to do where a hardware wallet refuses, and that nothing was moved', async () => {
      const { page, wallet } = await net().visit();
      await fillDeposit(page, 'BOAT', '1');
      const refusals = [
        [
          'You declined in your wallet. No tokens were moved.',
          'Condition of use not satisfied (denied by the user?) (0x6985)',
        ],
        ['No tokens were moved. Unlock it, then send again.', 'Locked device (0x5515)'],
        ['No tokens were moved. Turn on blind signing', 'Invalid data received (0x6a80)'],
        ['The Ethereum app is not open on your device.', 'UNKNOWN_ERROR (0x6511)'],
      ] as const;
      for (const [text, words] of refusals) {
        wallet.fail({
          code: -32_603,
          message: 'Internal JSON-RPC error.',
          data: { message: `Ledger device: ${words}` },
        });
        await page.getByRole('button', { name: 'Deposit 1 SMENT' }).click();
        await page.getByText(text).waitFor();
      }
      assert.equal(await page.getByText('may have sent it').count(), 0);
      await page.context().close();
    });

    it('follows a transaction that the wallet replaced, and says which one was cancelled, also when it is opened later', async (test) => {
      const { page, wallet } = await net().visit();
      const { main, address } = wallet.holder;
      const held = await holdBlocks(net(), 'main');
      test.after(held.goOn);
      /** Sends a deposit, closes its view, and puts another transaction in its place. */
      const replace = async (isSame: boolean) => {
        await fillDeposit(page, 'BOAT', '1');
        await page.getByRole('button', { name: 'Deposit 1 SMENT' }).click();
        await page.waitForURL(/#\/sent\/mint\//);
        const link = page.url();
        const hash = link.slice(-66) as Hex;
        await page.getByRole('link', { name: 'Bridge' }).click();
        const { nonce, to, input } = await main.reader.getTransaction({ hash });
        const fees = { maxFeePerGas: 10n ** 12n, maxPriorityFeePerGas: 10n ** 11n, gas: 500_000n, nonce };
        const other = isSame ? { to, data: input } : { to: address };
        await main.writer.sendTransaction({ ...other, ...fees });
        await held.mine();
        await page.goto(link);
        await page.reload();
      };
      await replace(true);
      await page.getByText('Your wallet replaced this transaction.').waitFor();
      await net().picture(page, 'replaced');
      await page.getByRole('link', { name: 'See the transfer' }).click();
      await page.getByRole('heading', { name: '1 SMENT' }).waitFor();

      await page.getByRole('link', { name: 'Bridge' }).click();
      await replace(false);
      await page.getByText('The transaction was cancelled in the wallet').waitFor();
      await net().picture(page, 'cancelled');
      await page.context().close();
    });

    it('follows what a multi-signature wallet executes later, whose hashes are of no transaction, to the arrival', async (test) => {
      const { file } = net().devnet;
      const account = file.holders[1]?.address ?? '0x';
      const stand = async (code: string) => {
        for (const { rpcUrl } of [file.main, file.product]) {
          await call(rpcUrl, 'anvil_setCode', account, code);
          await call(rpcUrl, 'evm_mine');
        }
      };
      test.after(() => stand('0x'));
      await stand('0x00');
      const { page, wallet, complaints } = await net().visit({ holder: 1 });
      wallet.collect();
      await fillDeposit(page, 'BOAT', '0.3');
      await page.getByText(en.bridge.consents.approve).waitFor();
      await page.getByRole('button', { name: 'Deposit 0.3 SMENT' }).click();
      await wallet.confirmed('eth_sendTransaction', 1);
      await page.getByText(en.bridge.steps.approving).first().waitFor();
      await wallet.execute();
      await wallet.confirmed('eth_sendTransaction', 2);
      await page.getByText('You can close this page').waitFor();
      await page.reload();
      await page.getByText('You can close this page').waitFor();
      await wallet.execute();
      await page.getByText(en.transfer.executedAs).waitFor();
      await page.getByRole('link', { name: en.transfer.toTransfer }).click();
      await says(page, en.status.executed);
      assert.deepEqual(wallet.asked, ['eth_sendTransaction', 'eth_sendTransaction']);
      assert.deepEqual(complaints, []);
      await page.context().close();
    });

    it('follows what another account sends for a delegated one (EIP-7702), whose hash is of no transaction, to the arrival', async (test) => {
      const { file } = net().devnet;
      const account = file.holders[1]?.address ?? '0x';
      // Calls the address in the first 20 bytes with the others, and reverts with it.
      const forwarder = '0x601436038060145f375f5f825f345f3560601c5af115601a57005b5f5ffd';
      const delegate = `0x${'de1e'.padStart(40, '0')}` as const;
      const stand = async (code: string) => {
        await call(file.main.rpcUrl, 'anvil_setCode', delegate, forwarder);
        await call(file.main.rpcUrl, 'anvil_setCode', account, code);
        await call(file.main.rpcUrl, 'evm_mine');
      };
      test.after(() => stand('0x'));
      await stand(concat(['0xef0100', delegate]));
      const { page, wallet, complaints } = await net().visit({ holder: 1 });
      wallet.collect();
      await fillDeposit(page, 'BOAT', '0.4');
      await page.getByRole('button', { name: 'Deposit 0.4 SMENT' }).click();
      await wallet.confirmed('eth_sendTransaction', 1);
      await page.getByText('You can close this page').waitFor();
      await wallet.execute(file.holders[2]?.privateKey);
      await page.getByText(en.transfer.executedAs).waitFor();
      await page.getByRole('link', { name: en.transfer.toTransfer }).click();
      await says(page, en.status.executed);
      assert.deepEqual(wallet.asked, ['eth_signTypedData_v4', 'eth_sendTransaction']);
      assert.deepEqual(complaints, []);
      await page.context().close();
    });

    it('gives a wallet that does not know the chain all that it needs to know it, and redeems there', async () => {
      const { file } = net().devnet;
      const { page, wallet, complaints } = await net().visit({ stranger: 'product' });
      await deposit(wallet.holder.main, {
        productToken: file.pegs[0]?.productToken ?? '0x',
        amount: 10n ** 18n,
        recipient: wallet.holder.address,
      });
      await page.getByText('BOAT', { exact: true }).first().click();
      await page.getByRole('button', { name: 'Reverse the direction' }).click();
      await page.getByLabel('You give').fill('1');
      wallet.decline(true);
      await page.getByRole('button', { name: 'Redeem 1 BOAT' }).click();
      await page.getByText('You declined in your wallet. No tokens were moved.').waitFor();
      wallet.decline(false);
      await page.getByRole('button', { name: 'Redeem 1 BOAT' }).click();
      await says(page, 'Arrived');
      assert.deepEqual(wallet.asked, [
        'wallet_switchEthereumChain',
        'wallet_switchEthereumChain',
        'wallet_addEthereumChain',
        'eth_sendTransaction',
      ]);
      const [chain] = wallet.added;
      assert.equal(chain?.chainId, numberToHex(file.product.chainId));
      assert.equal(chain.chainName, 'Product chain');
      assert.deepEqual(chain.rpcUrls, [file.product.rpcUrl]);
      assert.equal(chain.nativeCurrency.decimals, 18);
      assert.deepEqual(complaints, []);
      await page.context().close();
    });

    it('waits for a transaction that no block takes for minutes, and does not call it lost', async (test) => {
      const { page } = await net().visit({ prepare: (context) => context.clock.install() });
      await fillDeposit(page, 'BOAT', '1');
      const held = await holdBlocks(net(), 'main');
      test.after(held.goOn);
      await page.getByRole('button', { name: 'Deposit 1 SMENT' }).click();
      await page.waitForURL(/#\/sent\/mint\//);
      // Exceeds viem's timeout for a receipt.
      await page.clock.fastForward('10:00');
      await page.getByText('You can close this page').waitFor();
      await held.goOn();
      await page.waitForURL(/#\/transfer\/mint\//);
      await says(page, 'Arrived');
      await page.context().close();
    });
  });
}
