import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type Hex, erc20Abi } from 'viem';

import { holderOf } from '../../cli/devnet/devnet-holder.ts';
import { deposit, wait } from '../../sdk/index.ts';
import { remakeToken } from '../support/remake-token.ts';
import { eventually } from '../support/wait.ts';
import { holdBlocks } from './support/blocks.ts';
import type { PageNet } from './support/net.ts';
import { SENT, fillDeposit, says } from './support/steps.ts';

/** Same as in app/bridge/useFee.ts, which runs only in the browser. */
const SHOWN_DEPOSIT_GAS = 200_000n;

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
  });
}
