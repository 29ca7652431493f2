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

/** A different value of the same form. */
const altered = (value: string): Hex => `0x${value.slice(2, -1)}${value.endsWith('1') ? '2' : '1'}`;

describe('the hash of a header', () => {
  for (const field of hashed) {
    it(`is rejected without ${field}`, () => {
      refusal(`header.${field}`, () => headerHash(without(osaka, field), 'ethereum'));
      refusal(`header.${field}`, () => headerHash({ ...osaka, [field]: null }, 'ethereum'));
    });

    it(`is rejected when ${field} is not hex, or is a number`, () => {
      for (const wrong of ['0xzz', 'abc', '0x123456789z', 17, {}, []]) {
        refusal(`header.${field}`, () => headerHash({ ...osaka, [field]: wrong }, 'ethereum'));
      }
    });
  }

  for (const field of appended.slice(0, -1)) {
    it(`is rejected when ${field} is missing and a later field is present`, () => {
      const error = refusal(`header.${field}`, () => headerHash(without(osaka, field), 'ethereum'));
      assert.match(error.message, /which came later/);
      refusal(`header.${field}`, () => headerHash({ ...osaka, [field]: null }, 'ethereum'));
    });
  }

  it('is rejected when a root or an address has the wrong length', () => {
    refusal('header.stateRoot', () => headerHash({ ...osaka, stateRoot: '0x12' }, 'ethereum'));
    refusal('header.stateRoot', () => headerHash({ ...osaka, stateRoot: `${osaka.stateRoot}00` }, 'ethereum'));
    refusal('header.nonce', () => headerHash({ ...osaka, nonce: '0x0' }, 'ethereum'));
    refusal('header.miner', () => headerHash({ ...osaka, miner: '0x00' }, 'ethereum'));
  });

  it('is rejected by rule clique when extraData is too short for a seal', () => {
    refusal('header.extraData', () => headerHash({ ...goerli, extraData: '0x00' }, 'clique'));
  });

  it('is rejected by rule qbft when extraData is not in the qbft format', () => {
    for (const extraData of [goerli.extraData, '0x', '0xc0', '0xc401020304', `${besu.extraData}00`, '0xff'] as Hex[]) {
      refusal('header.extraData', () => headerHash({ ...besu, extraData }, 'qbft'));
    }
  });

  for (const field of [...hashed, ...appended]) {
    it(`changes with ${field}`, () => {
      const value = osaka[field] as string;
      assert.notEqual(headerHash({ ...osaka, [field]: altered(value) }, 'ethereum'), osaka.hash);
    });
  }

  it('changes when the newest fields are omitted', () => {
    assert.notEqual(headerHash(without(osaka, 'requestsHash'), 'ethereum'), osaka.hash);
  });

  it('ignores the hash from the node', () => {
    assert.equal(headerHash({ ...osaka, hash: '0x00' }, 'ethereum'), osaka.hash);
  });

  it('accepts numbers with leading zeros and hex digits of either case', () => {
    const header = { ...osaka, number: '0x0018D80EA', miner: osaka.miner.toUpperCase().replace('0X', '0x') };
    assert.equal(headerHash(header as RpcHeader, 'ethereum'), osaka.hash);
  });

  for (const { name, rule, header } of fixtures) {
    it(`equals the block hash of the real block ${name}`, () => {
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

  it('has a hash that depends on vanity, validators and vote', () => {
    assert.notEqual(hashWith([new Uint8Array(32).fill(1), validators, vote, round, seals]), besu.hash);
    assert.notEqual(hashWith([vanity, [validator, validator], vote, round, seals]), besu.hash);
    assert.notEqual(hashWith([vanity, validators, [validator, Uint8Array.of(0xff)], round, seals]), besu.hash);
  });

  it('has a hash independent of round and seals', () => {
    assert.equal(hashWith([vanity, validators, vote, Uint8Array.of(7), seals]), besu.hash);
    assert.equal(hashWith([vanity, validators, vote, round, []]), besu.hash);
    assert.equal(hashWith([vanity, validators, vote, round, [...seals, ...seals]]), besu.hash);
  });

  it('hashes a drop vote alike whether encoded as nothing or as zero, and unlike an add vote', () => {
    const drop = hashWith([vanity, validators, [validator, new Uint8Array(0)], round, seals]);
    assert.equal(hashWith([vanity, validators, [validator, Uint8Array.of(0)], round, seals]), drop);
    assert.notEqual(hashWith([vanity, validators, [validator, Uint8Array.of(0xff)], round, seals]), drop);
  });

  it('of the genesis block is hashed unchanged', () => {
    const genesis = { ...besu, number: '0x0' as const };
    assert.equal(headerHash(genesis, 'qbft'), headerHash(genesis, 'ethereum'));
  });

  it('has a different hash by rule ethereum', () => {
    assert.notEqual(headerHash(besu, 'ethereum'), besu.hash);
  });
});
