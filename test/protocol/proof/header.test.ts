import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { RLP } from '@ethereumjs/rlp';
import { type Hex, bytesToHex, hexToBytes } from 'viem';

import { type RpcHeader, headerHash, unknownFields } from '../../../protocol/proof/header.ts';
import { fixture, fixtures } from './support/fixtures.ts';
import { refusal } from './support/proof-error.ts';

const amsterdam = fixture('ethereum-amsterdam-bal').header;
const besu = fixture('qbft-besu-58866').header;
const erigon = fixture('ethereum-hive-genesis-erigon').header;
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
  ...['blockAccessListHash', 'slotNumber'],
] as (keyof RpcHeader)[];

/** A different value of the same form. */
const altered = (value: string): Hex =>
  value === '0x' ? '0x01' : `0x${value.slice(2, -1)}${value.endsWith('1') ? '2' : '1'}`;

describe('the hash of a header', () => {
  for (const field of hashed) {
    it(`is rejected without ${field}`, () => {
      refusal(`header.${field}`, () => headerHash(without(amsterdam, field), 'ethereum'));
      refusal(`header.${field}`, () => headerHash({ ...amsterdam, [field]: null }, 'ethereum'));
    });

    it(`is rejected when ${field} is not hex, or is a number`, () => {
      for (const wrong of ['0xzz', 'abc', '0x123456789z', 17, {}, []]) {
        refusal(`header.${field}`, () => headerHash({ ...amsterdam, [field]: wrong }, 'ethereum'));
      }
    });
  }

  for (const field of appended.slice(0, -1)) {
    it(`is rejected when ${field} is missing and a later field is present`, () => {
      const error = refusal(`header.${field}`, () => headerHash(without(amsterdam, field), 'ethereum'));
      assert.match(error.message, /which came later/);
      refusal(`header.${field}`, () => headerHash({ ...amsterdam, [field]: null }, 'ethereum'));
    });
  }

  it('is rejected when a root or an address has the wrong length', () => {
    refusal('header.stateRoot', () => headerHash({ ...amsterdam, stateRoot: '0x12' }, 'ethereum'));
    refusal('header.stateRoot', () => headerHash({ ...amsterdam, stateRoot: `${amsterdam.stateRoot}00` }, 'ethereum'));
    refusal('header.nonce', () => headerHash({ ...amsterdam, nonce: '0x0' }, 'ethereum'));
    refusal('header.miner', () => headerHash({ ...amsterdam, miner: '0x00' }, 'ethereum'));
  });

  it('is rejected by rule clique when extraData is too short for a seal', () => {
    refusal('header.extraData', () => headerHash({ ...goerli, extraData: '0x00' }, 'clique'));
  });

  for (const rule of ['qbft', 'ibft2'] as const) {
    it(`is rejected by rule ${rule} when extraData is not in its format`, () => {
      const wrong = [goerli.extraData, '0x', '0xc0', '0xc401020304', `${besu.extraData}00`, '0xff'] as Hex[];
      for (const extraData of wrong) refusal('header.extraData', () => headerHash({ ...besu, extraData }, rule));
    });
  }

  for (const field of [...hashed, ...appended]) {
    it(`changes with ${field}`, () => {
      const value = amsterdam[field] as string;
      assert.notEqual(headerHash({ ...amsterdam, [field]: altered(value) }, 'ethereum'), amsterdam.hash);
    });
  }

  it('changes when the newest fields are omitted', () => {
    assert.notEqual(headerHash(without(amsterdam, 'slotNumber'), 'ethereum'), amsterdam.hash);
  });

  it('takes the name of the access list’s hash in early releases of Besu', () => {
    const { blockAccessListHash, ...rest } = amsterdam;
    assert.equal(headerHash({ ...rest, balHash: blockAccessListHash! }, 'ethereum'), amsterdam.hash);
  });

  it('treats a field that is null as absent', () => {
    const nulls = { ...erigon, blockAccessListHash: null, slotNumber: null, requestsHash: null };
    assert.equal(headerHash(nulls, 'ethereum'), erigon.hash);
    assert.deepEqual(unknownFields({ ...erigon, ...{ someLaterField: null } }), []);
  });

  it('names nothing unknown in a header of Arbitrum, so that a forged one is not taken for a later fork', () => {
    assert.deepEqual(unknownFields(fixture('ethereum-arbitrum-one-22207818').header), []);
  });

  it('ignores the hash from the node', () => {
    assert.equal(headerHash({ ...amsterdam, hash: '0x00' }, 'ethereum'), amsterdam.hash);
  });

  it('accepts numbers with leading zeros and hex digits of either case', () => {
    const header = {
      ...amsterdam,
      number: `0x00${amsterdam.number.slice(2).toUpperCase()}`,
      miner: amsterdam.miner.toUpperCase().replace('0X', '0x'),
    };
    assert.equal(headerHash(header as RpcHeader, 'ethereum'), amsterdam.hash);
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
