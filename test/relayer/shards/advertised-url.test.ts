import assert from 'node:assert/strict';
import type { NetworkInterfaceInfo } from 'node:os';
import { describe, it } from 'node:test';

import { advertisedUrl } from '../../../relayer/shards/advertised-url.ts';

const address = (family: 'IPv4' | 'IPv6', value: string, internal = false) =>
  ({ family, address: value, internal }) as NetworkInterfaceInfo;
const interfaces = () => ({
  lo: [address('IPv4', '127.0.0.1', true)],
  eth0: [address('IPv6', 'fe80::1'), address('IPv6', '2001:db8::5'), address('IPv4', '10.0.0.5')],
});
const anyHost = { host: '0.0.0.0', port: 7300 };

describe('the URL at which a process is reached by the others', () => {
  it('is the configured one, without the slash at its end', () => {
    const forwardUrl = 'https://one.internal/relayer/';
    assert.equal(advertisedUrl({ public: anyHost, forwardUrl }, interfaces), 'https://one.internal/relayer');
  });

  it('is the host that the public port listens on', () => {
    assert.equal(advertisedUrl({ public: { host: '10.1.2.3', port: 7301 } }, interfaces), 'http://10.1.2.3:7301');
    assert.equal(advertisedUrl({ public: { host: '::1', port: 7301 } }, interfaces), 'http://[::1]:7301');
  });

  it('is the IPv4 address of the machine where the port listens on all, before an IPv6 address', () => {
    for (const host of ['0.0.0.0', '::'])
      assert.equal(advertisedUrl({ public: { host, port: 7300 } }, interfaces), 'http://10.0.0.5:7300');
  });

  it('is an IPv6 address that other links reach, where there is no other', () => {
    const only = () => ({ eth0: [address('IPv6', 'fe80::1'), address('IPv6', '2001:db8::5')] });
    assert.equal(advertisedUrl({ public: anyHost }, only), 'http://[2001:db8::5]:7300');
    assert.equal(
      advertisedUrl({ public: anyHost }, () => ({})),
      'http://127.0.0.1:7300',
    );
  });
});
