import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { encodeFunctionData, hashTypedData } from 'viem';

import { functionsOf } from '../../../protocol/governance.ts';
import { decodeCall } from '../../../cli/governance/call-codec.ts';
import {
  type Proposal,
  createProposal,
  describeProposal,
  digestOf,
  parseProposal,
  proposalFromData,
  runsAtOnce,
  typedDataOf,
} from '../../../cli/governance/proposal.ts';
import { PegwayError } from '../../../protocol/errors.ts';
import { mainBridgeAbi } from '../../../sdk/index.ts';
import { bridges, holder, keys, mainToken, productToken } from '../../relayer/support.ts';

const request = {
  chain: 'main',
  chainId: 31_337,
  bridge: bridges[0],
  listEpoch: 3n,
  nonce: 7n,
  deadline: 2_000_000_000n,
  calls: [
    { function: 'setSigners', args: { newSigners: keys.map(({ address }) => address), newThreshold: '4' } },
    { function: 'lowerLimit', args: { productToken, capacity: '5', refillPerSecond: '0' } },
  ],
} as const;
const proposal = createProposal(request);

const refused = (value: unknown, says: RegExp) =>
  assert.throws(
    () => parseProposal(value),
    (error) => {
      assert.ok(error instanceof PegwayError);
      assert.equal(error.exitCode, 2);
      assert.match(error.message, says);
      return true;
    },
  );

describe('A proposal', () => {
  it('is refused when a field is of another form, which is named', () => {
    refused({}, /format/);
    refused({ ...proposal, format: 'pegway-proposal-3' }, /format/);
    refused({ ...proposal, listEpoch: undefined }, /listEpoch/);
    refused({ ...proposal, nonce: '07' }, /nonce: expected a whole number/);
    refused({ ...proposal, nonce: 7 }, /nonce/);
    refused({ ...proposal, bridge: '0x12' }, /bridge: expected an address/);
    refused({ ...proposal, extra: 1 }, /extra/);
    refused(
      { ...proposal, signatures: [{ signer: holder, signature: '0x12' }] },
      /signatures\[0\]\.signature.*64 bytes/,
    );
  });

  it('of version 1 is refused with its format, the expected one and what to do', () => {
    const { listEpoch: _, ...old } = { ...proposal, format: 'pegway-proposal-1' };
    refused(old, /format: expected pegway-proposal-2; found pegway-proposal-1/);
  });

  it('is refused when its data is not what its words say', () => {
    const [first, second] = proposal.calls;
    assert.ok(first && second);
    const other = { ...first, args: { ...first.args, newThreshold: '5' } };
    refused({ ...proposal, calls: [second, other] }, /calls\[1\]\.data: it is not the call/);
    refused({ ...proposal, calls: [{ ...second, data: `${second.data}00` }] }, /calls\[0\]\.data/);
  });

  it('is refused when it calls what governance may not', () => {
    const call = (side: Proposal['chain'], name: string) => ({
      ...proposal,
      chain: side,
      calls: [{ function: name, args: {}, data: '0x12345678' }],
    });
    refused(call('main', 'deposit'), /calls\[0\]\.function: the main bridge has no administrative function "deposit"/);
    refused(call('product', 'retirePeg'), /calls\[0\]\.function/);
    refused(call('main', 'constructor'), /calls\[0\]\.function/);
  });

  it('names the argument that is missing, too many, or no value of its type', () => {
    const create = (args: Record<string, string | string[]>) => () =>
      createProposal({ ...request, calls: [{ function: 'setSigners', args }] });
    const newSigners = [holder];
    assert.throws(create({ newSigners }), /calls\[0\]\.args\.newThreshold: expected a string, found nothing/);
    assert.throws(
      create({ newSigners, newThreshold: '4', other: '1' }),
      /calls\[0\]\.args\.other: .* no such argument/,
    );
    assert.throws(create({ newSigners, newThreshold: '-1' }), /newThreshold: expected a whole number below 2\^256/);
    assert.throws(
      create({ newSigners: [holder, '0x1'], newThreshold: '1' }),
      /args\.newSigners\[1\]: expected an address/,
    );
    assert.throws(create({ newSigners: holder, newThreshold: '1' }), /args\.newSigners: expected a list/);
    const mistyped = '0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
    assert.throws(
      create({ newSigners: [mistyped], newThreshold: '1' }),
      /args\.newSigners\[0\]: wrong EIP-55 checksum/,
    );
    assert.throws(
      () => parseProposal({ ...proposal, bridge: mistyped }),
      /bridge: wrong EIP-55 checksum: expected 0x5aA/,
    );
  });

  it('encodes as the contract takes it, a struct by its fields', () => {
    const args = { governanceDelay: '1', parkDelay: '2', pauseDuration: '3', bounceDelay: '4' };
    const created = createProposal({ ...request, calls: [{ function: 'setDelays', args }] });
    const delays = { governanceDelay: 1, parkDelay: 2, pauseDuration: 3, bounceDelay: 4 };
    const data = encodeFunctionData({ abi: mainBridgeAbi, functionName: 'setDelays', args: [delays] });
    assert.equal(created.calls[0]?.data, data);
    assert.deepEqual(decodeCall('main', data), { function: 'setDelays', args });
  });

  it('is the same made from its data alone', () => {
    assert.deepEqual(proposalFromData({ ...request, calls: proposal.calls.map(({ data }) => data) }), proposal);
  });

  it('has the digest of its typed data', () => {
    assert.equal(digestOf(proposal), hashTypedData(typedDataOf(proposal)));
    const empty = createProposal({ ...request, calls: [] });
    assert.equal(digestOf(empty), hashTypedData(typedDataOf(empty)));
  });

  it('runs at once only when each of its calls does', () => {
    const of = (...names: number[]) => runsAtOnce({ ...proposal, calls: names.map((index) => proposal.calls[index]!) });
    assert.deepEqual([of(), of(0), of(1), of(1, 1), of(1, 0)], [false, false, true, true, false]);
  });

  it('tells people all that it sets', () => {
    const text = describeProposal(proposal);
    for (const { address } of keys) assert.ok(text.includes(address));
    assert.match(text, /newThreshold 4/);
    assert.match(text, /lowerLimit · productToken 0x\w+ · capacity 5/);
    assert.match(describeProposal(createProposal({ ...request, calls: [] })), /cancels the pending proposal/);
  });

  it('may name each administrative function of its side', () => {
    const args: Record<string, Record<string, string | string[]>> = {
      setSigners: { newSigners: [holder], newThreshold: '1' },
      setDelays: { governanceDelay: '1', parkDelay: '1', pauseDuration: '1', bounceDelay: '1' },
      retirePeg: { productToken },
      setGasCap: { productToken, gasCap: '100000' },
      setMinimum: { productToken, minimum: '1' },
      setLimit: { productToken, capacity: '1', refillPerSecond: '0' },
      lowerLimit: { productToken, capacity: '1', refillPerSecond: '0' },
      voidParked: { productToken, nonces: ['3', '5'] },
      setFee: { productToken, flat: '5', basisPoints: '10' },
      setDepartMinimum: { productToken, departMinimum: '7' },
      revokeSignatures: {},
      renew: {},
      unpause: {},
      prolongPause: { until: '2000000000' },
    };
    const rate = { mainToken, numerator: '1', denominator: '1', capacity: '1', refillPerSecond: '0' };
    const fees = { maximumFlat: '0', departMinimum: '1' };
    const openPeg = {
      main: { ...rate, productToken, minimumDeposit: '1', gasCap: '100000', ...fees },
      product: { ...rate, name: 'Boat', symbol: 'BOAT', decimals: '18', minimumRedeem: '1', ...fees },
    };
    for (const chain of ['main', 'product'] as const) {
      for (const name of functionsOf(chain)) {
        const call = { function: name, args: name === 'openPeg' ? openPeg[chain] : args[name]! };
        const created = createProposal({ ...request, chain, calls: [call] });
        assert.deepEqual(decodeCall(chain, created.calls[0]!.data), call);
      }
    }
  });
});
