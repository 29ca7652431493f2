import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Chain } from 'viem';
import * as chains from 'viem/chains';

import { knownExplorers } from '../../../app/chain/explorers.ts';
import type { PegView } from '../../../app/chain/overview.ts';
import { originsOf, parseConfig, parseConfigs } from '../../../app/page-config.ts';
import { csvOf } from '../../../app/history/csv.ts';
import type { Row } from '../../../app/history/rows.ts';
import { linkTo, parseRoute } from '../../../app/router.ts';
import { walletApps } from '../../../app/wallet/wallet-apps.ts';
import { momentsOf } from '../../../app/supply/series.ts';

const token = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const side = { chainId: 1, rpcUrl: 'http://127.0.0.1:8545', bridge: token };

describe('the CSV of a history', () => {
  const row: Row = {
    transfer: {
      lane: { direction: 'mint', productToken: token },
      ...{ nonce: 3n, sender: token, recipient: token, previousBlock: 0n, blockNumber: 9n, transactionHash: '0xab' },
      ...{ sourceAmount: 1_500_000_000_000_000_000n, amount: 1n, blockHash: '0xcd' },
    },
    departedAt: 0n,
    status: 'executed',
  };
  const named = (symbol: string) => ({ address: token, name: 'x', symbol, decimals: 18, missing: [] }) as const;
  const pegs = (symbol: string) =>
    [{ productToken: token, tokens: { main: named('SMENT'), product: named(symbol) } }] as unknown as PegView[];

  it('has exact amounts and times in UTC', () => {
    const [, line] = csvOf([row], pegs('BOAT')).split('\r\n');
    assert.equal(
      line,
      `1970-01-01T00:00:00.000Z,mint,${token},3,${token},${token},1.5,SMENT,0.000000000000000001,BOAT,executed,9,0xab`,
    );
  });

  it('runs nothing in a spreadsheet, and keeps its columns', () => {
    const text = csvOf([row], pegs('=HYPERLINK("x",1)'));
    assert.ok(text.includes(`"'=HYPERLINK(""x"",1)"`));
  });
});

describe('addresses of views', () => {
  it('lead to where they were made for, and nowhere else', () => {
    const route = { name: 'transfer', direction: 'withdraw', productToken: token, nonce: 12n } as const;
    assert.deepEqual(parseRoute(linkTo(route)), route);
    assert.deepEqual(parseRoute(linkTo({ name: 'receipt' })), { name: 'receipt' });
    for (const hash of ['#/transfer/mint/0x1/1', `#/transfer/up/${token}/1`, `#/transfer/mint/${token}/-1`, '#/x']) {
      assert.equal(parseRoute(hash).name, 'unknown', hash);
    }
  });
});

describe('config.json', () => {
  it('needs little, and a wrong field is named with what is expected', () => {
    assert.equal(parseConfig({ main: side, product: side }).chains.main.logRange, 2_000n);
    const cases: readonly (readonly [unknown, RegExp])[] = [
      [{ product: side }, /main is missing, expected an object/],
      [{ main: { ...side, bridge: '0x1' }, product: side }, /main\.bridge is "0x1", expected an address/],
      [
        { main: { ...side, rpcUrl: 'javascript:alert(1)' }, product: side },
        /main\.rpcUrls .* expected an http or https URL/,
      ],
      [{ main: side, product: { ...side, chainId: '1' } }, /product\.chainId is "1", expected a number/],
      [{ main: side, product: side, signers: [{}] }, /signers\[0\]\.address is missing/],
      [{ main: { ...side, rpcUrls: [] }, product: side }, /main\.rpcUrls is \[\], expected a list of at least one URL/],
      [
        { main: side, product: side, brand: { logo: 'https://a.example/l.svg' } },
        /brand\.logo .* a file beside the page/,
      ],
      [{ main: side, product: side, logos: { [token]: '../l.svg' } }, /logos\..* a file beside the page/],
      [{ main: side, product: side, brand: { help: 'javascript:0' } }, /brand\.help .* http or https URL/],
      [
        { main: side, product: side, brand: { colours: { main: { light: 'red', dark: '#84a9ff' } } } },
        /brand\.colours\.main\.light is "red", expected a colour/,
      ],
    ];
    for (const [value, message] of cases) assert.throws(() => parseConfig(value), message);
  });
});

describe('the operator’s configuration', () => {
  it('translates names, and takes the English one where there is no other', () => {
    const main = { ...side, name: { en: 'Ethereum', ko: '이더리움' } };
    const { en, ko } = parseConfigs({ main, product: { ...side, name: { en: 'Siment' } } });
    assert.deepEqual([en.chains.main.name, ko.chains.main.name], ['Ethereum', '이더리움']);
    assert.equal(ko.chains.product.name, 'Siment');
  });

  it('links to the explorer of a known chain unless it names one, and allows every node', () => {
    const config = parseConfig({
      main: { ...side, chainId: 1, rpcUrls: ['https://a.example/1', 'https://b.example/2'] },
      product: { ...side, chainId: 8453, explorer: 'https://own.example/' },
    });
    assert.equal(config.chains.main.explorer, 'https://etherscan.io/');
    assert.equal(config.chains.product.explorer, 'https://own.example/');
    const origins = originsOf(config);
    assert.ok(origins.includes('https://a.example') && origins.includes('https://b.example'), origins.join());
  });

  it('knows explorers as viem does', () => {
    for (const [id, url] of Object.entries(knownExplorers)) {
      const named = Object.values(chains).filter((chain) => chain.id === Number(id));
      const urls = named.map((chain: Chain) => chain.blockExplorers?.default.url.replace(/\/$/, ''));
      assert.ok(urls.includes(url.slice(0, -1)), `${id}: ${url}, viem has ${urls.join(', ')}`);
    }
  });
});

describe('the apps of wallets', () => {
  it('open this page, with its route, by the links that they document', () => {
    const page = new URL('https://bridge.example/app/#/transfer/mint/0x1/2');
    const links = Object.fromEntries(walletApps.map(({ name, linkTo: link }) => [name, link(page)]));
    assert.equal(links['MetaMask'], 'https://link.metamask.io/dapp/bridge.example/app/#/transfer/mint/0x1/2');
    const encoded = encodeURIComponent(page.href);
    assert.equal(links['Coinbase Wallet'], `https://go.cb-w.com/dapp?cb_url=${encoded}`);
    assert.equal(links['Trust Wallet'], `https://link.trustwallet.com/open_url?coin_id=60&url=${encoded}`);
    const deepLink = new URL(links['OKX Wallet'] ?? '').searchParams.get('deeplink');
    assert.equal(new URL(deepLink ?? '').searchParams.get('dappUrl'), page.href);
  });
});

describe('what was locked over time', () => {
  it('holds between changes, and ends with what the chain says now', () => {
    const point = (at: number, locked: bigint) => ({ at, locked, supply: 0n });
    const now = { at: 9, locked: [7n, 7n] };
    assert.deepEqual(
      momentsOf(
        [
          [point(1, 5n), point(3, 6n)],
          [point(2, 4n), point(12, 1n)],
        ],
        now,
      ),
      [{ at: 1, locked: [5n, 0n] }, { at: 2, locked: [5n, 4n] }, { at: 3, locked: [6n, 4n] }, now],
    );
  });
});
