import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type AbiFunction, type AbiParameter, encodeFunctionData, getAddress } from 'viem';

import { describeCall } from '../../../app/governance/describe-call.ts';
import type { PegView } from '../../../app/chain/overview.ts';
import { en } from '../../../app/i18n/en.ts';
import { ko } from '../../../app/i18n/ko.ts';
import { mainBridgeAbi, productBridgeAbi } from '../../../protocol/abi.ts';
import { functionsOf } from '../../../protocol/governance.ts';
import { type Side, sides } from '../../../protocol/lane.ts';
import { MAXIMUM_AMOUNT } from '../../../protocol/peg.ts';

const token = getAddress(`0x${'a1'.repeat(20)}`);
const pegs = [
  {
    productToken: token,
    tokens: { main: { symbol: 'GOLD', decimals: 18 }, product: { symbol: 'GRAM', decimals: 2 } },
  },
] as unknown as readonly PegView[];
const abis: Readonly<Record<Side, readonly AbiFunction[]>> = {
  main: mainBridgeAbi.filter((item) => item.type === 'function'),
  product: productBridgeAbi.filter((item) => item.type === 'function'),
};

/** A value of any type of an argument. */
function anyOf(parameter: AbiParameter): unknown {
  const { type } = parameter;
  if (type.endsWith('[]')) return [anyOf({ ...parameter, type: type.slice(0, -2) })];
  if ('components' in parameter) {
    return Object.fromEntries(parameter.components.map((one) => [one.name, anyOf(one)]));
  }
  return type === 'address' ? token : type === 'string' ? 'text' : type === 'bool' ? true : 7n;
}

const describeIt = (side: Side, functionName: string, args: readonly unknown[], words = en) =>
  describeCall(side, encodeFunctionData({ abi: abis[side], functionName, args }), {
    ...{ words, pegs, time: (seconds) => `second ${seconds}` },
  });

describe('a call of a proposal', () => {
  it('is a sentence in both languages, for every function that governance may call', () => {
    for (const side of sides) {
      for (const name of functionsOf(side)) {
        const inputs = abis[side].find((item) => item.name === name)?.inputs ?? [];
        for (const words of [en, ko]) {
          const text = describeIt(side, name, inputs.map(anyOf), words);
          assert.match(text, /\.$/, name);
          assert.doesNotMatch(text, /undefined|0x[0-9a-f]{8}\)/, `${name}: ${text}`);
        }
      }
    }
  });

  it('shows amounts in the token that the bridge of its side takes', () => {
    const day = [token, 500_000n, 1n] as const;
    assert.equal(
      describeIt('product', 'setLimit', day),
      'Sets the limit of GRAM: 5,000 GRAM at once, refilled by 864 GRAM a day.',
    );
    assert.equal(describeIt('main', 'setMinimum', [token, 10n ** 17n]), 'Sets the minimum of GRAM to 0.1 GOLD.');
    assert.equal(describeIt('main', 'setLimit', [token, MAXIMUM_AMOUNT, 0n]), 'Sets the limit of GRAM: no limit.');
    assert.equal(
      describeIt('product', 'setFee', [token, 10n, 25]),
      'Sets the bridge fee of GRAM to 0.1 GRAM and 0.25 % of the amount.',
    );
  });

  it('of a function that is unknown, or that no proposal may call, is named by its selector', () => {
    const unknown = (data: `0x${string}`) =>
      describeCall('main', data, { words: en, pegs, time: (seconds) => `${seconds}` });
    assert.equal(unknown('0x12345678'), 'Calls a function that this page does not know (0x12345678).');
    const release = encodeFunctionData({ abi: mainBridgeAbi, functionName: 'release', args: [token, [1n]] });
    assert.match(unknown(release), /does not know/);
  });
});
