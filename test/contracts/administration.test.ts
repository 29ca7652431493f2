import assert from 'node:assert/strict';
import { it } from 'node:test';

import type { Address } from 'viem';

import { mainBridgeAbi, productBridgeAbi } from '../../protocol/abi.ts';
import { administrative, selectorsOf, setDelays } from './support/administrative.ts';
import { onBothSides, refused } from './support/both.ts';
import {
  DAY,
  type HelpedSide,
  UNLIMITED,
  delays,
  deployMainBridge,
  deployToken,
  holder,
  mainPeg,
  productPeg,
  stranger,
} from './support/bridges.ts';
import { assertions } from './support/network.ts';
import { signers } from './support/signers.ts';

const addresses = signers.map((signer) => signer.address);
const MAXIMUM_DELAY = 30 * DAY;

onBothSides('An administrative function', (fresh, name) => {
  const every: Record<string, (side: HelpedSide, mainToken: Address) => readonly unknown[]> = {
    setSigners: () => [addresses, 4n],
    setDelays: () => [delays],
    unpause: () => [],
    prolongPause: () => [2n ** 39n],
    setLimit: ({ productToken }) => [productToken, UNLIMITED, 0n],
    lowerLimit: ({ productToken }) => [productToken, 0n, 0n],
    setMinimum: ({ productToken }) => [productToken, 1n],
    voidParked: ({ productToken }) => [productToken, [0n]],
    setFee: ({ productToken }) => [productToken, 1n, 1],
    setDepartMinimum: ({ productToken }) => [productToken, 1n],
    revokeSignatures: () => [],
    renew: () => [],
    openPeg: (_, mainToken) => [name === 'main' ? mainPeg(mainToken) : productPeg()],
    ...(name === 'main' && {
      retirePeg: ({ productToken }: HelpedSide) => [productToken],
      setGasCap: ({ productToken }: HelpedSide) => [productToken, 100_000],
    }),
  };

  it('is one of those below', () => {
    const abi = name === 'main' ? mainBridgeAbi : productBridgeAbi;
    const found = selectorsOf(abi, (one) => administrative.has(one)).map(([one]) => one);
    assert.deepEqual(found.toSorted(), Object.keys(every).toSorted());
  });

  for (const [functionName, args] of Object.entries(every)) {
    it(`is refused to all but governance: ${functionName}`, async () => {
      const side = await fresh();
      const data = side.call(functionName, args(side, (await deployToken()).address));
      for (const signer of [stranger, holder]) {
        const call = signer.sendTransaction({ to: side.address, data });
        await refused(side, call, 'OnlyGovernance', [signer.account.address]);
      }
    });
  }
});

onBothSides('The delays', (fresh) => {
  const refusals = [
    ...Object.keys(delays).map((key) => [`a ${key} of zero`, { [key]: 0 }, 0]),
    ...Object.keys(delays).map((key) => [
      `a ${key} above thirty days`,
      { [key]: MAXIMUM_DELAY + 1 },
      MAXIMUM_DELAY + 1,
    ]),
  ] as [string, Partial<typeof delays>, number][];

  for (const [what, given, found] of refusals) {
    it(`refuse ${what}`, async () => {
      const side = await fresh();
      const expected = [BigInt(found), BigInt(MAXIMUM_DELAY)];
      await refused(side, side.govern(setDelays(side, given)), 'InvalidDelay', expected);
      await assert.rejects(
        deployMainBridge([], { delays: { ...delays, ...given } }),
        new RegExp(`InvalidDelay\\(${found}, ${MAXIMUM_DELAY}\\)`),
      );
    });
  }

  for (const [what, given] of [
    ['as short as can be', { governanceDelay: 1, parkDelay: 1, pauseDuration: 1, bounceDelay: 1 }],
    ['thirty days', Object.fromEntries(Object.keys(delays).map((key) => [key, MAXIMUM_DELAY])) as typeof delays],
  ] as const) {
    it(`may be ${what}`, async () => {
      const side = await fresh();
      await assertions.emitWithArgs(side.govern(setDelays(side, given)), side.bridge, 'DelaysChanged', [given]);
      assert.deepEqual(await side.bridge.read.delays(), given);
    });
  }
});
