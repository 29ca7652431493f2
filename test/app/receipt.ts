import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { en } from '../../app/i18n/en.ts';
import { ko } from '../../app/i18n/ko.ts';
import { holderOf } from '../../cli/devnet/devnet-holder.ts';
import { parseReceiptText } from '../../protocol/receipts/parse-receipt.ts';
import { verifyReceipt } from '../../protocol/receipts/verify-receipt.ts';
import { deposit, wait } from '../../sdk/index.ts';
import { eventually } from '../support/wait.ts';
import type { PageNet } from './support/net.ts';

/** Receipts, in the browser alone. */
export function receipts(net: () => PageNet): void {
  describe('receipts', () => {
    it('are downloaded from a transfer and verified from the file, and a changed one is refused, in both languages', async () => {
      const { file } = net().devnet;
      const holder = holderOf(file, file.holders[1]?.privateKey ?? '0x');
      const productToken = file.pegs[0]?.productToken ?? '0x';
      const departure = await deposit(holder.main, { productToken, amount: 10n ** 18n, recipient: holder.address });
      await wait(holder.product, departure, { signal: AbortSignal.timeout(600_000) });
      // The relayer that the page asks first. Until it has read the execution in a final block, it has no receipt.
      const path = `/v1/transfers/mint/${productToken}/${departure.nonce}`;
      await eventually('a transfer that is final at a relayer', async () => {
        const response = await fetch(new URL(path, file.signers[0]?.apiUrl));
        return (await response.text()).includes('executedBlock');
      });
      const screens = [
        { width: 1_200, locale: 'en-GB', words: en },
        { width: 360, locale: 'ko-KR', words: ko },
      ] as const;
      for (const { width, locale, words } of screens) {
        const at = `#/transfer/mint/${productToken}/${departure.nonce}`;
        const { page, complaints } = await net().visit({ width, locale, at, connect: false });
        const downloading = page.waitForEvent('download');
        await page.getByRole('button', { name: words.receipt.download }).click();
        const text = readFileSync(await (await downloading).path(), 'utf8');
        await page.getByText(words.receipt.saved).waitFor();
        await net().inspect(page, `receipt-of-transfer-${width}-${locale.slice(0, 2)}`);
        const { transfer } = await verifyReceipt(parseReceiptText(text));
        assert.equal(transfer.nonce, departure.nonce.toString());

        await page.getByRole('link', { name: words.receipt.heading }).click();
        const upload = (content: string) =>
          page.getByLabel(words.receipt.file).setInputFiles({
            ...{ name: 'receipt.json', mimeType: 'application/json', buffer: Buffer.from(content) },
          });
        await upload(text);
        await page.getByText(words.receipt.holds).waitFor();
        assert.equal(await page.getByText(words.receipt.match.same).count(), 3);
        await page.getByText(words.receipt.signed('4', '6', '4')).waitFor();
        assert.equal(await page.evaluate(`document.documentElement.scrollWidth <= ${width}`), true);
        await net().inspect(page, `receipt-${width}-${locale.slice(0, 2)}`);

        const changed = text.replace(`"amount":"${transfer.amount}"`, '"amount":"1"');
        await upload(changed);
        await page.getByText(words.receipt.refused).waitFor();
        await page.getByText(/transfer.amount/).waitFor();

        // The relayer that is asked first lies: the page names its signer, and takes the receipt of the next one.
        await page.route(`${file.signers[0]?.apiUrl}${path}/receipt`, (route) =>
          route.fulfill({
            body: changed,
            contentType: 'application/json',
            headers: { 'access-control-allow-origin': '*' },
          }),
        );
        await page.goto(`${new URL(page.url()).origin}/${at}`);
        await page.getByRole('button', { name: words.receipt.download }).click();
        await page.getByText(words.receipt.falseFrom('Antares')).waitFor();
        await page.getByText(words.receipt.saved).waitFor();
        assert.deepEqual(complaints, []);
        await page.context().close();
      }
    });
  });
}
