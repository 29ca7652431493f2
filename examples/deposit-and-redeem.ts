// Locks main tokens, waits until the product tokens arrive, and redeems them.
// In the checkout, with a devnet up (npm run devnet): node --conditions=pegway-source examples/deposit-and-redeem.ts
import { formatUnits } from 'viem';

import { deposit, pegs, quoteOf, redeem, wait } from 'pegway/sdk';
import { connect } from './connect.ts';

const { main, product, holder } = connect();
const [peg] = await pegs({ main, product });
if (peg === undefined) throw new Error('this bridge has no pegs');

// Amounts are base units: here one whole main token.
const amount = 10n ** BigInt(peg.main.decimals);
const quoted = quoteOf(peg, 'mint', amount);
if (!quoted.ok) throw new Error(`${quoted.reason}; ${quoted.suggestion} base units would do`);
console.log(`1 ${peg.main.symbol} becomes ${formatUnits(quoted.amount, peg.product.decimals)} ${peg.product.symbol}`);

const { productToken } = peg;
const patience = () => ({ signal: AbortSignal.timeout(120_000) });

const there = await deposit(main, { productToken, amount, recipient: holder });
console.log(`departed as nonce ${there.nonce} in block ${there.blockNumber}`);
const arrived = await wait(product, there, patience());
console.log(`${arrived.status} in block ${arrived.blockNumber}`);

const back = await redeem(product, { productToken, amount: quoted.amount, recipient: holder });
const returned = await wait(main, back, patience());
console.log(`back again: ${returned.status} in block ${returned.blockNumber}`);
