import { after, before, describe } from 'node:test';

import { beforeSending } from './before-sending.ts';
import { crossing } from './transfer-flow.ts';
import { detours } from './exception-flows.ts';
import { anyDevice } from './on-any-device.ts';
import { explorer } from './explorer.ts';
import { receipts } from './receipt.ts';
import { looks } from './visual-a11y.ts';
import { type PageNet, startPageNet } from './support/net.ts';
import { trouble } from './failure-modes.ts';
import { wallets } from './wallet-behaviour.ts';

// One devnet and one browser for all tests: startup takes longer than most of the tests.
describe('the page', () => {
  let net: PageNet;
  before(async () => (net = await startPageNet()));
  after(() => net.stop());

  crossing(() => net);
  wallets(() => net);
  looks(() => net);
  beforeSending(() => net);
  anyDevice(() => net);
  explorer(() => net);
  receipts(() => net);
  detours(() => net);
  // Last: two relayers are dead afterwards.
  trouble(() => net);
});
