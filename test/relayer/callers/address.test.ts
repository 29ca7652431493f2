import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { createRangeMatcher, isAddressRange, quotaKeyOf } from '../../../relayer/callers/address.ts';

describe('the quota key of an address', () => {
  it('is the address itself for IPv4, also in IPv6 form', () => {
    assert.equal(quotaKeyOf('192.0.2.7'), '192.0.2.7');
    assert.equal(quotaKeyOf('::ffff:192.0.2.7'), '192.0.2.7');
    assert.notEqual(quotaKeyOf('192.0.2.7'), quotaKeyOf('192.0.2.8'));
  });

  it('is the /64 for IPv6', () => {
    const key = quotaKeyOf('2001:db8:1:2::1');
    assert.equal(quotaKeyOf('2001:db8:1:2:ffff:ffff:ffff:ffff'), key);
    assert.equal(quotaKeyOf('2001:0db8:0001:0002:0:0:0:9'), key);
    assert.notEqual(quotaKeyOf('2001:db8:1:3::1'), key);
  });

  it('is shared by everything that is no address', () => {
    assert.equal(quotaKeyOf('garbage'), quotaKeyOf('_hidden'));
  });
});

describe('address ranges', () => {
  it('match addresses of the range in any spelling', () => {
    const matches = createRangeMatcher(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32', '::ffff:198.51.100.1']);
    for (const inside of ['10.255.0.1', '::ffff:10.1.2.3', '192.0.2.7', '2001:DB8:0::5', '198.51.100.1']) {
      assert.ok(matches(inside), inside);
    }
    for (const outside of ['11.0.0.1', '192.0.2.8', '2001:db9::1', '::1', 'garbage'])
      assert.ok(!matches(outside), outside);
  });

  it('accept addresses and CIDR notation only', () => {
    for (const good of ['10.0.0.0/8', '127.0.0.1', '::1', 'fd00::/8']) assert.ok(isAddressRange(good), good);
    for (const bad of ['10.0.0.0/33', 'proxy.example', '10.0.0.0/8,::1', '', 'loopback'])
      assert.ok(!isAddressRange(bad), bad);
  });
});
