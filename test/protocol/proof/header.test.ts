import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { RLP } from '@ethereumjs/rlp';
import { type Hex, bytesToHex, hexToBytes } from 'viem';

import { type RpcHeader, headerHash } from '../../../protocol/proof/header.ts';
import { fixture, fixtures } from './support/fixtures.ts';
import { refusal } from './support/proof-error.ts';

const osaka = fixture('ethereum-mainnet-26050794-osaka').header;
const besu = fixture('qbft-besu-58866').header;
const goerli = fixture('clique-goerli-1000000').header;

const without = (header: RpcHeader, field: keyof RpcHeader): RpcHeader => {
  const { [field]: _left, ...rest } = header;
  return rest as RpcHeader;
};

const hashed = [
  ...['parentHash', 'sha3Uncles', 'miner', 'stateRoot', 'transactionsRoot', 'receiptsRoot', 'logsBloom', 'difficulty'],
  ...['number', 'gasLimit', 'gasUsed', 'timestamp', 'extraData', 'mixHash', 'nonce'],
] as (keyof RpcHeader)[];
const appended = [
  ...['baseFeePerGas', 'withdrawalsRoot', 'blobGasUsed', 'excessBlobGas', 'parentBeaconBlockRoot', 'requestsHash'],
] as (keyof RpcHeader)[];

/** Another value of the same form. */
const altered = (value: string): Hex => `0x${value.slice(2, -1)}${value.endsWith('1') ? '2' : '1'}`;

describe('the hash of a header', () => {
  for (const field of hashed) {
    it(`is refused without ${field}`, () => {
      refusal(`header.${field}`, () => headerHash(without(osaka, field), 'ethereum'));
      refusal(`header.${field}`, () => headerHash({ ...osaka, [field]: null }, 'ethereum'));
    });

    it(`is refused when ${field} is not hex, or a number`, () => {
      for (const wrong of ['0xzz', 'abc', '0x123456789z', 17, {}, []]) {
        refusal(`header.${field}`, () => headerHash({ ...osaka, [field]: wrong }, 'ethereum'));
      }
    });
  }

  for (const field of appended.slice(0, -1)) {
    it(`is refused when ${field} is missing and a later field is there`, () => {
      const error = refusal(`header.${field}`, () => headerHash(without(osaka, field), 'ethereum'));
      assert.match(error.message, /which came later/);
      refusal(`header.${field}`, () => headerHash({ ...osaka, [field]: null }, 'ethereum'));
    });
  }

  it('is refused when a root or an address is shorter or longer than it is', () => {
    refusal('header.stateRoot', () => headerHash({ ...osaka, stateRoot: '0x12' }, 'ethereum'));
    refusal('header.stateRoot', () => headerHash({ ...osaka, stateRoot: `${osaka.stateRoot}00` }, 'ethereum'));
    refusal('header.nonce', () => headerHash({ ...osaka, nonce: '0x0' }, 'ethereum'));
    refusal('header.miner', () => headerHash({ ...osaka, miner: '0x00' }, 'ethereum'));
  });

  it('is refused by rule clique when extraData has no room for a seal', () => {
    refusal('header.extraData', () => headerHash({ ...goerli, extraData: '0x00' }, 'clique'));
  });

  it('is refused by rule qbft when extraData is not what qbft writes', () => {
    for (const extraData of [goerli.extraData, '0x', '0xc0', '0xc401020304', `${besu.extraData}00`, '0xff'] as Hex[]) {
      refusal('header.extraData', () => headerHash({ ...besu, extraData }, 'qbft'));
    }
  });

  for (const field of [...hashed, ...appended]) {
    it(`is another one when ${field} is another one`, () => {
      const value = osaka[field] as string;
      assert.notEqual(headerHash({ ...osaka, [field]: altered(value) }, 'ethereum'), osaka.hash);
    });
  }

  it('is another one when the newest fields are left out', () => {
    assert.notEqual(headerHash(without(osaka, 'requestsHash'), 'ethereum'), osaka.hash);
  });

  it('does not look at the hash that the node gave', () => {
    assert.equal(headerHash({ ...osaka, hash: '0x00' }, 'ethereum'), osaka.hash);
  });

  it('takes numbers with leading zeros and letters of either case for what they are', () => {
    const header = { ...osaka, number: '0x0018D80EA', miner: osaka.miner.toUpperCase().replace('0X', '0x') };
    assert.equal(headerHash(header as RpcHeader, 'ethereum'), osaka.hash);
  });

  for (const { name, rule, header } of fixtures) {
    it(`of the real block ${name} is its hash`, () => {
      assert.equal(headerHash(header, rule), header.hash);
    });
  }
});

describe('a qbft header', () => {
  const [vanity, validators, vote, round, seals] = RLP.decode(hexToBytes(besu.extraData)) as [
    Uint8Array,
    Uint8Array[],
    Uint8Array[],
    Uint8Array,
    Uint8Array[],
  ];
  const validator = validators[0]!;
  const hashWith = (items: unknown[]): Hex =>
    headerHash({ ...besu, extraData: bytesToHex(RLP.encode(items as Uint8Array[])) }, 'qbft');

  it('has another hash when vanity, validators or vote are others', () => {
    assert.notEqual(hashWith([new Uint8Array(32).fill(1), validators, vote, round, seals]), besu.hash);
    assert.notEqual(hashWith([vanity, [validator, validator], vote, round, seals]), besu.hash);
    assert.notEqual(hashWith([vanity, validators, [validator, Uint8Array.of(0xff)], round, seals]), besu.hash);
  });

  it('has the same hash whatever the round and the seals are', () => {
    assert.equal(hashWith([vanity, validators, vote, Uint8Array.of(7), seals]), besu.hash);
    assert.equal(hashWith([vanity, validators, vote, round, []]), besu.hash);
    assert.equal(hashWith([vanity, validators, vote, round, [...seals, ...seals]]), besu.hash);
  });

  it('hashes a vote to drop a validator alike, written as nothing or as zero, and not like one to add it', () => {
    const drop = hashWith([vanity, validators, [validator, new Uint8Array(0)], round, seals]);
    assert.equal(hashWith([vanity, validators, [validator, Uint8Array.of(0)], round, seals]), drop);
    assert.notEqual(hashWith([vanity, validators, [validator, Uint8Array.of(0xff)], round, seals]), drop);
  });

  it('of the genesis block is hashed as it is', () => {
    const genesis = { ...besu, number: '0x0' as const };
    assert.equal(headerHash(genesis, 'qbft'), headerHash(genesis, 'ethereum'));
  });

  it('has another hash by rule ethereum', () => {
    assert.notEqual(headerHash(besu, 'ethereum'), besu.hash);
  });
});
