// Shows errors and how to distinguish them. Sends no transaction.
// In the checkout, with a devnet up (npm run devnet): node --conditions=pegway-source examples/refusals.ts
import { pegs, prepare, quoteOf, reasons, refusalOf } from 'pegway/sdk';
import { connect } from './connect.ts';

const { main, product, holder } = connect();
const peg = (await pegs({ main, product })).find(({ product: { symbol } }) => symbol === 'SNSD');
if (peg === undefined) throw new Error('this bridge has no SNSD');

// A quote needs no node: 1 SNSD base unit is half a base unit of the main token.
const quoted = quoteOf(peg, 'withdraw', peg.minimumRedeem + 1n);
if (!quoted.ok) console.log(`${quoted.reason}: ${reasons[quoted.reason]}; ${quoted.suggestion} would do`);

// Errors that depend on chain state come from the bridge; they have the same names.
try {
  const request = { productToken: peg.productToken, amount: 10n ** 30n, recipient: holder };
  await prepare(product, 'withdraw', request, holder);
} catch (error) {
  const refusal = refusalOf(error);
  console.log(`${refusal?.error ?? 'no refusal'}: ${refusal?.reason ?? 'not an error of the bridge'}`);
}
