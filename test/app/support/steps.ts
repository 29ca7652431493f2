import type { Page } from 'playwright-core';

/** Waits until the transfer's page shows this status. */
export const says = (page: Page, status: string | RegExp): Promise<void> =>
  page.getByRole('main').locator('.badge', { hasText: status }).waitFor();

/** The badge of a transfer that was sent; with blocks every 200 ms it may have arrived before the page shows it. */
export const SENT = /On its way|Arrived/;

export async function fillDeposit(page: Page, symbol: string, amount: string): Promise<void> {
  await page.getByText(symbol, { exact: true }).first().click();
  await page.getByLabel('You give').fill(amount);
}
