import { describe } from 'node:test';

import type { ContractErrorName, Hex } from 'viem';

import { type BridgeOptions, type HelpedSide, type PegOptions, type mainSide, sides } from './bridges.ts';
import { assertions, loadFixture } from './network.ts';

/** Describes the same of both sides; `fresh` gives a new one, from a snapshot after the first time. */
export function onBothSides(
  title: string,
  tests: (fresh: () => Promise<HelpedSide>, name: keyof typeof sides) => void,
  options: PegOptions & BridgeOptions = {},
): void {
  for (const name of ['main', 'product'] as const) {
    const fixture = async (): Promise<HelpedSide> => sides[name](options);
    describe(`${title} (${name} side)`, () => {
      tests(() => loadFixture(fixture), name);
    });
  }
}

type ErrorName = ContractErrorName<HelpedSide['bridge']['abi']>;

/** The call is refused with this error of the bridge, and with these arguments when they are given. */
export const refused = (
  { bridge }: Pick<HelpedSide, 'bridge'>,
  call: Promise<Hex>,
  error: ErrorName,
  args?: readonly unknown[],
): Promise<void> =>
  args === undefined
    ? assertions.revertWithCustomError(call, bridge, error)
    : assertions.revertWithCustomErrorWithArgs(call, bridge, error, args as never);

type MainBridge = Awaited<ReturnType<typeof mainSide>>['main'];

/** The same of what the main bridge alone can answer. */
export const refusedByMain = (
  { main }: { main: MainBridge },
  call: Promise<Hex>,
  error: ContractErrorName<MainBridge['abi']>,
  args: readonly unknown[],
): Promise<void> => assertions.revertWithCustomErrorWithArgs(call, main, error, args as never);
