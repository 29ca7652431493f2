import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Page } from 'playwright-core';

import { type Hex, concat, erc20Abi, numberToHex } from 'viem';

import { en } from '../../app/i18n/en.ts';
import { call } from '../../cli/devnet/anvil.ts';
import { holderOf } from '../../cli/devnet/devnet-holder.ts';
import { deposit, wait } from '../../sdk/index.ts';
import { remakeToken } from '../support/remake-token.ts';
import { eventually } from '../support/wait.ts';
import { holdBlocks } from './support/blocks.ts';
import type { PageNet } from './support/net.ts';

/** Same as in app/bridge/useFee.ts, which runs only in the browser. */
const SHOWN_DEPOSIT_GAS = 200_000n;

/** Waits until the transfer's page shows this status. */
export const says = (page: Page, status: string | RegExp): Promise<void> =>
  page.getByRole('main').locator('.badge', { hasText: status }).waitFor();

/** The badge of a transfer that was sent; with blocks every 200 ms it may have arrived before the page shows it. */
export const SENT = /On its way|Arrived/;

export async function fillDeposit(page: Page, symbol: string, amount: string): Promise<void> {
  await page.getByText(symbol, { exact: true }).first().click();
  await page.getByLabel('You give').fill(amount);
}

/** Deposits and redeems, as a holder makes them. */
export function crossing(net: () => PageNet): void {
  describe('deposits and redeems', () => {
    it('deposits on two questions of the wallet, shows each step, and what the recipient had and has', async () => {
      const { page, wallet, complaints } = await net().visit();
      await net().picture(page, 'bridge');

      await fillDeposit(page, 'SNSD', '2.5');
      await page.getByRole('status', { name: 'You receive' }).getByText('5').waitFor();
      await net().picture(page, 'bridge-filled');
      // Without a block on the other side it cannot arrive before the steps on the way are seen.
      const product = await holdBlocks(net(), 'product');
      await page.getByRole('button', { name: 'Deposit 2.5 SMENT' }).click();

      await says(page, 'On its way');
      await net().picture(page, 'progress');
      await product.goOn();
      await says(page, 'Arrived');
      await page.getByText('Balance of the recipient: 0 SNSD → 5 SNSD').waitFor();
      await page.getByText('Executed in a final block').waitFor();
      await net().picture(page, 'arrived');

      const hash = (await page.locator('[data-step=departed] code').textContent()) as Hex;
      const { gasUsed } = await wallet.holder.main.reader.getTransactionReceipt({ hash });
      assert.ok(
        gasUsed <= SHOWN_DEPOSIT_GAS,
        `a deposit uses ${gasUsed} gas; its fee is shown for ${SHOWN_DEPOSIT_GAS}`,
      );
      assert.deepEqual(wallet.asked, ['eth_signTypedData_v4', 'eth_sendTransaction']);
      assert.equal(await page.locator('.lights .signed').count(), 4);
      assert.deepEqual(complaints, []);
      await page.context().close();
    });

    it('redeems on one question, from the other chain, to which the wallet is asked to switch', async () => {
      const { page, wallet, complaints } = await net().visit();
      await page.getByText('SNSD', { exact: true }).first().click();
      await page.getByRole('button', { name: 'Reverse the direction' }).click();
      await page.getByText('Balance 5 SNSD').waitFor();
      await page.getByRole('button', { name: 'Max' }).click();
      await page.getByText('will ask to switch to Product chain').waitFor();
      await page.getByRole('button', { name: 'Redeem 5 SNSD' }).click();

      await says(page, 'Arrived');
      assert.deepEqual(wallet.asked, ['wallet_switchEthereumChain', 'eth_sendTransaction']);
      assert.deepEqual(complaints, []);
      await page.context().close();
    });

    it('asks for what the allowance of a token without permits needs, says how often, and then deposits', async (test) => {
      const { file } = net().devnet;
      const gold = file.pegs.find(({ symbol }) => symbol === 'GRAM')?.mainToken ?? '0x';
      const renew = await remakeToken(file.main.rpcUrl, gold, 'OldToken');
      test.after(renew);
      const { page, wallet, complaints } = await net().visit();
      await fillDeposit(page, 'GRAM', '1.5');
      await page.getByText('Your wallet asks twice: to approve exactly this amount').waitFor();
      await net().picture(page, 'approve-first');
      wallet.decline(true);
      await page.getByRole('button', { name: 'Deposit 1.5 GOLD' }).click();
      await page.getByText('You declined in your wallet. No tokens were moved.').waitFor();
      wallet.decline(false);
      await page.getByRole('button', { name: 'Deposit 1.5 GOLD' }).click();
      await page.waitForURL(/#\/transfer\/mint\//);
      assert.deepEqual(wallet.asked, ['eth_sendTransaction', 'eth_sendTransaction', 'eth_sendTransaction']);
      const { address, main } = wallet.holder;
      const token = { address: gold, abi: erc20Abi } as const;
      const allowance = () =>
        main.reader.readContract({ ...token, functionName: 'allowance', args: [address, main.bridge] });
      assert.equal(await allowance(), 0n);

      // No further consent is requested while the allowance suffices.
      const approved = await main.writer.writeContract({
        ...token,
        functionName: 'approve',
        args: [main.bridge, 1_500_000n],
      });
      await main.reader.waitForTransactionReceipt({ hash: approved });
      await page.getByRole('link', { name: 'Bridge' }).click();
      await fillDeposit(page, 'GRAM', '1');
      await page.getByText('Your wallet asks once: the bridge already has an allowance').waitFor();
      await page.getByRole('button', { name: 'Deposit 1 GOLD' }).click();
      await page.waitForURL(/#\/transfer\/mint\//);
      assert.equal(wallet.asked.length, 4);

      // Above that, the remaining allowance must be reset first.
      await page.getByRole('link', { name: 'Bridge' }).click();
      await fillDeposit(page, 'GRAM', '2');
      await page.getByText('Your wallet asks three times: to revoke an old approval').waitFor();
      await page.getByRole('button', { name: 'Deposit 2 GOLD' }).click();
      await says(page, 'Arrived');
      assert.deepEqual(wallet.asked.slice(4), ['eth_sendTransaction', 'eth_sendTransaction', 'eth_sendTransaction']);
      assert.equal(await allowance(), 0n);
      assert.deepEqual(complaints, []);
      await page.context().close();
    });

    it('asks for an approval where the token did not take the permit, says so, and asks for no other permit', async (test) => {
      const { file } = net().devnet;
      const gold = file.pegs.find(({ symbol }) => symbol === 'GRAM')?.mainToken ?? '0x';
      test.after(await remakeToken(file.main.rpcUrl, gold, 'OtherPermitToken'));
      const { page, wallet, complaints } = await net().visit();
      await fillDeposit(page, 'GRAM', '1.25');
      await page.getByText('Your wallet asks twice: for a permit of exactly this amount').waitFor();
      wallet.decline('eth_sendTransaction');
      await page.getByRole('button', { name: 'Deposit 1.25 GOLD' }).click();
      await page.getByText('You declined in your wallet. No tokens were moved.').waitFor();
      await page
        .getByText('This token rejected the permit of your account. Your wallet asks twice: to approve exactly')
        .waitFor();
      await net().picture(page, 'unpermitted');
      assert.deepEqual(wallet.asked, ['eth_signTypedData_v4', 'eth_sendTransaction']);

      wallet.decline(false);
      await page.getByRole('button', { name: 'Deposit 1.25 GOLD' }).click();
      await says(page, 'Arrived');
      assert.deepEqual(wallet.asked.slice(2), ['eth_sendTransaction', 'eth_sendTransaction']);
      assert.deepEqual(complaints, []);
      await page.context().close();
    });

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

    it('finds a transfer again after a reload in mid-flight, and by its link in a browser that knows nothing', async () => {
      const { page } = await net().visit({ holder: 1 });
      await fillDeposit(page, 'BOAT', '3');
      await page.getByRole('button', { name: 'Deposit 3 SMENT' }).click();
      await page.waitForURL(/#\/sent\/mint\/0x/);
      await page.reload();
      await page.waitForURL(/#\/transfer\/mint\//);
      await page.reload();

      const link = page.url();
      const stranger = await net().visit({ connect: false, at: link.slice(link.indexOf('#')) });
      await stranger.page.getByRole('heading', { name: '3 SMENT' }).waitFor();
      await says(stranger.page, 'Arrived');
      await says(page, 'Arrived');
      await stranger.page.getByText('Balance of the recipient: 0 BOAT → 3 BOAT').waitFor();
      await stranger.context.close();
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

    it('shows a token without symbol and decimals in its smallest units, one with bytes32 by its symbol, and the other pegs as ever', async (test) => {
      const { file } = net().devnet;
      const gold = file.pegs.find(({ symbol }) => symbol === 'GRAM')?.mainToken ?? '0x';
      test.after(await remakeToken(file.main.rpcUrl, gold, 'BareToken'));
      const { page } = await net().visit();
      await page.getByText('GRAM', { exact: true }).first().click();
      await page.getByText('does not state its decimals. Its amounts are in its smallest units').waitFor();
      await net().picture(page, 'bare-token');
      await remakeToken(file.main.rpcUrl, gold, 'MakerToken');
      await page.reload();
      await fillDeposit(page, 'GRAM', '1');
      await page.getByRole('button', { name: 'Deposit 1 MKL' }).waitFor();
      await fillDeposit(page, 'BOAT', '1');
      await page.getByRole('button', { name: 'Deposit 1 SMENT' }).click();
      await says(page, SENT);
      await page.context().close();
    });

    it('finds where a transfer arrived when the link of its transaction is opened later', async () => {
      const { file } = net().devnet;
      const holder = holderOf(file, file.holders[1]?.privateKey ?? '0x');
      const departure = await deposit(holder.main, {
        productToken: file.pegs[0]?.productToken ?? '0x',
        amount: 10n ** 18n,
        recipient: holder.address,
      });
      const arrival = await wait(holder.product, departure, { signal: AbortSignal.timeout(600_000) });
      const { reader } = holder.product;
      await eventually(
        'a later block',
        async () => (await reader.getBlockNumber({ cacheTime: 0 })) > arrival.blockNumber,
      );

      // From the chains alone: relayers would hint at the transaction.
      const { page } = await net().visit({
        at: `#/sent/mint/${departure.transactionHash}`,
        prepare: async (context) => {
          await context.route(/\/v1\//, (route) => route.abort());
        },
      });
      await page.waitForURL(/#\/transfer\/mint\//);
      await page
        .locator('[data-step=submitted]')
        .getByText(arrival.transactionHash ?? '')
        .waitFor();
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
