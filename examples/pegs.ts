// Lists the pegs of a bridge, with rate and minimum amount.
// In the checkout, with a devnet up (npm run devnet): node --conditions=pegway-source examples/pegs.ts
import { formatUnits } from 'viem';

import { pegs } from 'pegway/sdk';
import { connect } from './connect.ts';

const { main, product } = connect();
for (const peg of await pegs({ main, product })) {
  const minimum = `${formatUnits(peg.minimumDeposit, peg.main.decimals)} ${peg.main.symbol}`;
  const limit = peg.withdrawLimit === undefined ? 'no limit' : `limit ${peg.withdrawLimit.capacity} base units`;
  console.log(
    `${peg.main.symbol} → ${peg.product.symbol}: ${peg.numerator} product base units for ${peg.denominator} main base units, ` +
      `at least ${minimum}, ${peg.retired ? 'retired' : 'open'}, ${limit}`,
  );
}
