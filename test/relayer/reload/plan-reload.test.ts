import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type FleetFile, parseProcessConfig } from '../../../relayer/config.ts';
import { planReload } from '../../../relayer/reload/plan-reload.ts';
import { bridges as addresses, holder, mainToken, productToken } from '../support.ts';

const peer = { address: holder, url: 'http://peer:7300' };

const fleet: FleetFile = {
  chains: {
    hub: { chainId: 1, rpcUrls: ['http://hub'] },
    boats: { chainId: 2, rpcUrls: ['http://boats'] },
    cars: { chainId: 3, rpcUrls: ['http://cars'] },
  },
  bridges: {
    boat: { main: { chain: 'hub', bridge: addresses[0] }, product: { chain: 'boats', bridge: addresses[1] } },
    car: { main: { chain: 'hub', bridge: mainToken }, product: { chain: 'cars', bridge: productToken } },
  },
  ...{ key: 'keystore:attest.json', peers: [peer], turnSeconds: 10 },
};

const idOf = (address: string) => `1-${address}`.toLowerCase();
const parse = (file: object) => parseProcessConfig(file, {}, '/etc/pegway');

/** The plan of an edit of the fleet's file. */
function planOf(edit: (file: FleetFile) => void) {
  const edited = structuredClone(fleet);
  edit(edited);
  const plan = planReload(parse(fleet), parse(edited));
  return (
    plan && {
      ...{ stop: plan.stop, close: plan.close, open: plan.open.map(([name]) => name) },
      ...{ start: plan.start.map(({ name }) => name), log: plan.next.log },
    }
  );
}

const none = { stop: [], close: [], open: [], start: [], log: 'info' };

describe('the plan of a reload', () => {
  it('is none when nothing differs', () =>
    assert.equal(
      planOf(() => undefined),
      undefined,
    ));

  it('opens an added bridge with its chain, and touches no other', () => {
    const plan = planOf(({ chains, bridges }) => {
      chains['planes'] = { chainId: 4, rpcUrls: ['http://planes'] };
      bridges['plane'] = { main: { chain: 'hub', bridge: holder }, product: { chain: 'planes', bridge: holder } };
    });
    assert.deepEqual(plan, { ...none, open: ['planes'], start: ['plane'] });
  });

  it('closes a removed bridge, and a chain only when it is removed, too', () => {
    const withoutBridge = planOf(({ bridges }) => {
      delete bridges['car'];
    });
    assert.deepEqual(withoutBridge, { ...none, stop: [idOf(mainToken)] });
    const withoutBoth = planOf(({ chains, bridges }) => {
      delete bridges['car'];
      delete chains['cars'];
    });
    assert.deepEqual(withoutBoth, { ...none, stop: [idOf(mainToken)], close: ['cars'] });
  });

  it('reopens a chain with other nodes, and the bridges on it', () => {
    const plan = planOf(({ chains }) => void (chains['cars']!.rpcUrls = ['http://other']));
    assert.deepEqual(plan, { ...none, stop: [idOf(mainToken)], close: ['cars'], open: ['cars'], start: ['car'] });
  });

  it('closes a renamed chain under its old name and opens it under the new one', () => {
    const plan = planOf(({ chains, bridges }) => {
      chains['lorries'] = chains['cars']!;
      delete chains['cars'];
      bridges['car']!.product.chain = 'lorries';
    });
    assert.deepEqual(plan, { ...none, stop: [idOf(mainToken)], close: ['cars'], open: ['lorries'], start: ['car'] });
  });

  it('reopens a bridge with other peers of its own, and all with other common peers', () => {
    const own = planOf(({ bridges }) => void (bridges['boat']!.peers = []));
    assert.deepEqual(own, { ...none, stop: [idOf(addresses[0])], start: ['boat'] });
    const common = planOf((file) => void (file.peers = []));
    assert.deepEqual(common?.start, ['boat', 'car']);
  });

  it('changes the log level without reopening a bridge', () => {
    assert.deepEqual(
      planOf((file) => void (file.log = 'debug')),
      { ...none, log: 'debug' },
    );
  });

  for (const [name, change] of Object.entries({
    listen: { listen: { public: '127.0.0.1:1' } },
    dataDir: { dataDir: 'elsewhere' },
    queue: { queue: 'redis://127.0.0.1' },
    key: { key: 'keystore:other.json' },
    payingKey: { payingKey: 'keystore:pay.json' },
    devnet: { devnet: true },
    standSeconds: { standSeconds: 7 },
  })) {
    it(`refuses another ${name}: it needs a restart`, () => {
      assert.throws(() => planOf((file) => void Object.assign(file, change)), {
        exitCode: 2,
        message: `needs a restart: ${name}`,
      });
    });
  }

  const one = (change: object = {}) =>
    parse({
      main: { chainId: 1, bridge: addresses[0], rpcUrls: ['http://main'] },
      product: { chainId: 2, bridge: addresses[1], rpcUrls: ['http://product'], ...change },
      key: 'keystore:attest.json',
    });

  it('reopens an only bridge with other nodes, and refuses another contract', () => {
    const plan = planReload(one(), one({ rpcUrls: ['http://other'] }));
    assert.deepEqual([plan?.stop, plan?.close], [[idOf(addresses[0])], ['product']]);
    assert.throws(() => planReload(one(), one({ bridge: holder })), /needs a restart: product\.bridge$/);
  });

  it('refuses the other form of the file', () => {
    assert.throws(() => planReload(one(), parse(fleet)), /needs a restart: main and product/);
  });
});
