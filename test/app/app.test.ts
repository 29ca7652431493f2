import { after, before, describe } from 'node:test';

import { crossing } from './crossing.ts';
import { type PageNet, startPageNet } from './support/net.ts';

// One devnet and one browser for all of it: to start them takes longer than most of what is done with them.
describe('the page', () => {
  let net: PageNet;
  before(async () => (net = await startPageNet()), { timeout: 90_000 });
  after(() => net.stop());

  crossing(() => net);
});
