import { after, before, describe } from 'node:test';

import { faults } from './live/faults.ts';
import { nodes } from './live/nodes.ts';
import { scraped } from './live/scraped.ts';
import { type OpsNet, startOpsNet } from './support/net.ts';

// One devnet for all tests: startup takes longer than most of them.
describe('a devnet with a Prometheus', () => {
  let net: OpsNet;
  before(async () => (net = await startOpsNet()));
  after(() => net.stop());

  scraped(() => net);
  nodes(() => net);
  faults(() => net);
});
