import { type Abi, type Hex, toFunctionSelector } from 'viem';

import { type HelpedSide, delays } from './bridges.ts';

/** The functions that a proposal may name, of both bridges. */
export const administrative = new Set([
  ...['setSigners', 'setDelays', 'unpause', 'prolongPause', 'setLimit', 'lowerLimit', 'setMinimum', 'voidParked'],
  ...['openPeg', 'retirePeg', 'setGasCap', 'setFee', 'setDepartMinimum', 'revokeSignatures', 'renew'],
]);

/** Names and selectors of the functions that change state and have a wanted name. */
export const selectorsOf = (abi: Abi, wanted: (name: string) => boolean) =>
  abi.flatMap((item) =>
    item.type === 'function' && item.stateMutability === 'nonpayable' && wanted(item.name)
      ? [[item.name, toFunctionSelector(item)] as const]
      : [],
  );

/** Delays that differ from those of a new bridge. */
export const changed = { governanceDelay: 1, parkDelay: 2, pauseDuration: 3, bounceDelay: 4 };

/** A call that sets the given delays, and the others as they were deployed. */
export const setDelays = (side: HelpedSide, given: Partial<typeof delays> = changed): Hex =>
  side.call('setDelays', [{ ...delays, ...given }]);
