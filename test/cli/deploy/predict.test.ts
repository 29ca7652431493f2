import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { productTokenAddress } from '../../../cli/deploy/creation.ts';
import { zeroAddress } from 'viem';

import type { DeploymentFile } from '../../../cli/deploy/deployment-file.ts';
import { type Difference, type ResolvedPeg, differencesOf } from '../../../cli/deploy/differences.ts';
import { parseDeployment } from '../../../cli/deploy/parse-deployment.ts';
import { predictReading } from '../../../cli/deploy/predict.ts';
import { changesOf } from '../../../cli/deploy/proposals.ts';
import type { BridgeReading } from '../../../cli/deploy/read-bridge.ts';
import type { BridgeSpec } from '../../../cli/deploy/spec.ts';
import type { Side } from '../../../protocol/lane.ts';
import { addressOf, exampleFile, pegOf } from './deploy-support.ts';

const bridges = { main: addressOf(50), product: addressOf(51) };
const mainToken = addressOf(99);
const rewards = addressOf(60);

const specOf = (change: (file: DeploymentFile['bridges'][string]) => void = () => undefined): BridgeSpec => {
  const file = exampleFile();
  change(file.bridges['boat']!);
  return parseDeployment(file).bridges[0]!;
};

const resolve = ({ pegs }: BridgeSpec): ResolvedPeg[] =>
  pegs.map((peg, index) => {
    return { ...peg, mainToken, productToken: productTokenAddress(bridges.product, peg, index), open: index === 0 };
  });

/** A bridge configured as in the example. */
function standing(side: Side): BridgeReading {
  const spec = specOf();
  const [peg] = resolve(spec);
  const { name, symbol, decimals, numerator, denominator, productToken } = peg!;
  const limit = side === 'main' ? peg!.withdrawLimit : peg!.mintLimit;
  const other = side === 'main' ? 'product' : 'main';
  return {
    ...{ side, chainId: spec[side].chainId, address: bridges[side], code: '0x' },
    ...{ remoteChainId: BigInt(spec[other].chainId), remoteBridge: bridges[other] },
    ...{ signers: spec.signers, threshold: spec.threshold, delays: spec.delays },
    ...{ satellites: { rewards, exits: zeroAddress, gate: zeroAddress }, libraries: [], hasArbSys: false },
    rewards: side === 'main' ? { code: '0x00', bridge: bridges.main } : undefined,
    ...{ governanceNonce: 0n, listEpoch: 1n, pending: undefined, blockNumber: 1n, timestamp: 1n },
    pegs: [
      {
        ...{ mainToken, productToken, numerator, denominator, retired: false, available: 0n, ...limit },
        ...(side === 'main' ? peg!.depositFee : peg!.redeemFee),
        minimum: side === 'main' ? peg!.minimumDeposit : peg!.minimumRedeem,
        gasCap: side === 'main' ? peg!.gasCap : 0,
        mainSymbol: side === 'main' ? 'SMENT' : undefined,
        token: side === 'main' ? undefined : { name, symbol, decimals, code: '0x' },
      },
    ],
  };
}

const differences = (spec: BridgeSpec, reading: BridgeReading): Difference[] =>
  differencesOf(
    spec,
    resolve(spec),
    { remote: bridges[reading.side === 'main' ? 'product' : 'main'], rewards, exits: zeroAddress },
    reading,
  );

describe('what a proposal will make of a bridge', () => {
  const wishes: Record<string, (file: DeploymentFile['bridges'][string]) => void> = {
    'other signers': (file) => void (file.signers = [10, 11, 12, 3, 4].map(addressOf)),
    'another threshold': (file) => void (file.threshold = 5),
    'other delays': (file) => {
      file.delays = { governanceDelay: 1, parkDelay: 2, pauseDuration: 3, bounceDelay: 4 };
    },
    'other minimums': (file) => {
      Object.assign(file.pegs[0]!, { minimumDeposit: '5', minimumRedeem: '6' });
    },
    'a lower and a higher limit': (file) => {
      file.pegs[0]!.withdrawLimit = { capacity: '1', refillPerSecond: '0.1' };
      file.pegs[0]!.mintLimit = { capacity: '9', refillPerSecond: '1' };
    },
    'no limit': (file) => void (file.pegs[0]!.withdrawLimit = 'unlimited'),
    'another gas cap': (file) => void (file.pegs[0]!.gasCap = 90_000),
    'a retired peg': (file) => void (file.pegs[0]!.retired = true),
    'a fee on each side': (file) => {
      const { depositFee, redeemFee } = file.pegs[0]!;
      file.pegs[0]!.depositFee = { ...depositFee, flat: '0.5' };
      file.pegs[0]!.redeemFee = { ...redeemFee, flat: '1', basisPoints: 25 };
    },
    'other smallest fee pots': (file) => {
      const { depositFee, redeemFee } = file.pegs[0]!;
      file.pegs[0]!.depositFee = { ...depositFee, departMinimum: '7' };
      file.pegs[0]!.redeemFee = { ...redeemFee, departMinimum: '8' };
    },
    'one peg more with a fee': (file) => {
      const fee = { flat: '0.1', maximumFlat: '1' };
      file.pegs.push({
        ...pegOf({ address: mainToken, decimals: 18 }, 'SNSD', '2'),
        ...{ depositFee: fee, redeemFee: fee },
      });
    },
    'one peg more': (file) => void file.pegs.push(pegOf({ address: mainToken, decimals: 18 }, 'SNSD', '2')),
  };

  it('begins with a bridge that is as the file says', () => {
    for (const side of ['main', 'product'] as const) assert.deepEqual(differences(specOf(), standing(side)), []);
  });

  for (const [what, wish] of Object.entries(wishes)) {
    it(`is what the file asks for: ${what}`, () => {
      const spec = specOf(wish);
      const [main, product] = (['main', 'product'] as const).map((side) => {
        const reading = standing(side);
        const found = differences(spec, reading);
        assert.deepEqual(differences(spec, predictReading(reading, changesOf(found))), [], side);
        return found;
      });
      assert.ok((main?.length ?? 0) + (product?.length ?? 0) > 0, 'nothing was wished for');
    });
  }

  it('is compared in whole tokens, to the last base unit', () => {
    const spec = specOf((file) => {
      const [peg] = file.pegs;
      Object.assign(peg!, { minimumDeposit: '0.010000000000000001', rate: { main: '1', product: '2' } });
      peg!.minimumRedeem = '0.02';
      peg!.withdrawLimit = { capacity: '1000', refillPerSecond: '0.25' };
    });
    const lines = differences(spec, standing('main')).map(({ expected, found }) => `${expected}; ${found}`);
    assert.deepEqual(lines, [
      '1 SMENT = 2 BOAT (2/1); 1 SMENT = 1 BOAT (1/1)',
      '0.010000000000000001 SMENT; 0.01 SMENT',
      '1000 SMENT at once, refilled by 21600 SMENT a day; 1000 SMENT at once, refilled by 43200 SMENT a day',
    ]);
  });

  it('leaves out what no file speaks of', () => {
    const reading = standing('main');
    const pause = { function: 'prolongPause', args: { until: '99' } };
    assert.deepEqual(predictReading(reading, [pause]), reading);
  });
});
