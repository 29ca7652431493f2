import {
  type AbiFunction,
  type AbiParameter,
  type Hex,
  decodeFunctionData,
  encodeFunctionData,
  getAbiItem,
} from 'viem';

import { mainBridgeAbi, productBridgeAbi } from '../../protocol/abi.ts';
import { PegwayError } from '../../protocol/errors.ts';
import type { Side } from '../../protocol/lane.ts';
import { wrong } from '../output.ts';
import { addressAt } from '../parse-address.ts';
import { functionsOf } from '../../protocol/governance.ts';

/** An argument as a proposal file holds it: addresses checksummed, numbers as decimal strings in base units or seconds. */
export type ArgumentText = string | readonly string[];

export type Arguments = Readonly<Record<string, ArgumentText>>;

const abis: Readonly<Record<Side, readonly AbiFunction[]>> = {
  main: mainBridgeAbi.filter((item) => item.type === 'function'),
  product: productBridgeAbi.filter((item) => item.type === 'function'),
};

interface Shape {
  readonly abi: AbiFunction;
  /** The parameters by name; those of the struct, where the function takes one and nothing else. */
  readonly parameters: readonly (AbiParameter & { readonly name: string })[];
  readonly isStruct: boolean;
}

function shapeOf(side: Side, name: string, path: string): Shape {
  if (!functionsOf(side).includes(name)) {
    throw wrong(
      `${path}function: the ${side} bridge has no administrative function ${JSON.stringify(name)}`,
      `expected one of ${functionsOf(side).join(', ')}`,
    );
  }
  const abi = getAbiItem<readonly AbiFunction[], string>({ abi: abis[side], name });
  const [only] = abi.inputs;
  const struct = abi.inputs.length === 1 && only !== undefined && 'components' in only ? only.components : undefined;
  return { abi, parameters: (struct ?? abi.inputs) as Shape['parameters'], isStruct: struct !== undefined };
}

/** The names and types of a function's arguments, in order. @throws {PegwayError} when governance may not call it. */
export const parametersOf = (side: Side, name: string): readonly { readonly name: string; readonly type: string }[] =>
  shapeOf(side, name, '').parameters;

function toValue(type: string, text: unknown, path: string): unknown {
  if (type.endsWith('[]')) {
    if (!Array.isArray(text))
      throw wrong(`${path}: expected a list, found ${show(text)}`, 'for example ["0x…", "0x…"]');
    return text.map((one, index) => toValue(type.slice(0, -2), one, `${path}[${index}]`));
  }
  if (typeof text !== 'string') throw wrong(`${path}: expected a string, found ${show(text)}`, `its type is ${type}`);
  if (type === 'string') return text;
  if (type === 'address') return addressAt(path, text);
  const bits = Number(type.slice('uint'.length));
  if (!/^\d{1,78}$/.test(text) || BigInt(text) >= 2n ** BigInt(bits)) {
    throw wrong(
      `${path}: expected a whole number below 2^${bits}, found ${show(text)}`,
      'a decimal string in base units or seconds, for example "1000000000000000000"',
    );
  }
  return BigInt(text);
}

const show = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 120));

const toText = (value: unknown): ArgumentText =>
  Array.isArray(value) ? value.map((one) => toText(one) as string) : String(value);

/**
 * Encodes one administrative call.
 * @param path Where the call stands in its file, for messages: `calls[0].`.
 * @throws {PegwayError} exit code 2, naming the field with its found and expected values.
 */
export function encodeCall(side: Side, name: string, args: Readonly<Record<string, unknown>>, path = ''): Hex {
  const { abi, parameters, isStruct } = shapeOf(side, name, path);
  const names = parameters.map((parameter) => parameter.name);
  const extra = Object.keys(args).find((key) => !names.includes(key));
  if (extra !== undefined) {
    throw wrong(`${path}args.${extra}: ${name} has no such argument`, `expected ${names.join(', ') || 'none'}`);
  }
  const values = parameters.map((parameter) => {
    return toValue(parameter.type, args[parameter.name], `${path}args.${parameter.name}`);
  });
  const struct = Object.fromEntries(names.map((key, index) => [key, values[index]]));
  return encodeFunctionData({ abi: [abi], functionName: name, args: isStruct ? [struct] : values });
}

/**
 * The other way.
 * @throws {PegwayError} exit code 2 when it is no call of an administrative function.
 */
export function decodeCall(side: Side, data: Hex, path = ''): { readonly function: string; readonly args: Arguments } {
  try {
    const { functionName, args } = decodeFunctionData({ abi: abis[side], data });
    const { parameters, isStruct } = shapeOf(side, functionName, path);
    const values = isStruct ? (args[0] as Record<string, unknown>) : args;
    const entries = parameters.map(({ name }, index) => [
      name,
      toText(isStruct ? (values as Record<string, unknown>)[name] : (values as readonly unknown[])[index]),
    ]);
    return { function: functionName, args: Object.fromEntries(entries) as Arguments };
  } catch (cause) {
    if (cause instanceof PegwayError) throw cause;
    throw new PegwayError(`${path}data: ${data.slice(0, 10)}… is no call of the ${side} bridge's functions`, {
      cause,
      exitCode: 2,
      hint: `expected a call of ${functionsOf(side).join(', ')}`,
    });
  }
}
