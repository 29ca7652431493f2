import { z } from 'zod';

import { type Side, sides } from '../../protocol/lane.ts';
import { MAXIMUM_AMOUNT } from '../../protocol/peg.ts';
import type { Io } from '../io.ts';
import { type Output, openListOutput, wrong } from '../output.ts';
import { functionsOf } from '../../protocol/governance.ts';
import { describe, toValue } from './describe-proposal.ts';
import { load, readJson, writeNewProposal } from './proposal-files.ts';
import { type ArgumentText, type Arguments, parametersOf } from './call-codec.ts';
import { type ProposalRequest, createProposal } from './proposal.ts';
import { type SignFlags, signAll } from './sign-proposals.ts';
import { simulateCalls } from './transactions.ts';
import { type GovernedState, readGoverned } from './governed-state.ts';
import { type Operator, openOperator, sideOf } from './operator.ts';

/** Flags of all commands that make proposals. */
export interface ProposeFlags extends SignFlags {
  /** Sign it at once and leave it at the relayers. */
  readonly sign: boolean;
  readonly hours: string;
  readonly out?: string;
}

type Calls = ProposalRequest['calls'];

function hoursOf(text: string): bigint {
  if (/^[1-9]\d{0,3}$/.test(text)) return BigInt(text);
  throw wrong(`--hours: expected a whole number from 1 to 9999, found ${text}`, 'for example --hours 48');
}

/** `capacity=unlimited`, `newSigners=0x…,0x…`: as people write arguments. */
function argumentOf(type: string, text: string): ArgumentText {
  if (type.endsWith('[]')) return text === '' ? [] : text.split(',');
  return text === 'unlimited' && type === 'uint128' ? MAXIMUM_AMOUNT.toString() : text;
}

/** Reads `name=value` words. @throws {PegwayError} exit code 2, naming the word. */
export function argumentsOf(side: Side, name: string, words: readonly string[]): Arguments {
  const types = new Map(parametersOf(side, name).map((parameter) => [parameter.name, parameter.type]));
  const entries = words.map((word): [string, ArgumentText] => {
    const [, key = '', value = ''] = /^(\w+)=(.*)$/s.exec(word) ?? [];
    const type = types.get(key);
    if (type !== undefined) return [key, argumentOf(type, value)];
    const expected = [...types.keys()].map((one) => `${one}=…`).join(' ') || 'none';
    throw wrong(`${name}: ${JSON.stringify(word)} is none of its arguments`, `expected ${expected}`);
  });
  return Object.fromEntries(entries);
}

const changesFile = z.strictObject({
  chain: z.enum(['main', 'product']),
  calls: z
    .array(
      z.strictObject({
        function: z.string(),
        args: z.record(z.string(), z.union([z.string(), z.array(z.string())])).default({}),
      }),
    )
    .min(1),
});

/** Calls from a file: `{"chain": "main", "calls": [{"function": "setLimit", "args": {…}}]}`. */
export function readChanges(path: string): z.output<typeof changesFile> {
  const { data, error } = changesFile.safeParse(readJson(path));
  if (data !== undefined) return data;
  const [issue] = error.issues;
  throw wrong(
    `${path}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not understood'}`,
    'expected {"chain": "main", "calls": [{"function": "setLimit", "args": {"productToken": "0x…", …}}]}',
  );
}

/** Makes a proposal for one bridge's next nonce, checks that its calls would pass, and writes it. */
export async function propose(
  operator: Operator,
  state: GovernedState,
  calls: Calls,
  flags: ProposeFlags,
  output: Output,
): Promise<string> {
  const { chain, chainId, bridge, listEpoch, nonce, timestamp } = state;
  const deadline = timestamp + hoursOf(flags.hours) * 3_600n;
  const proposal = createProposal({ chain, chainId, bridge, listEpoch, nonce, deadline, calls });
  const notes = await simulateCalls(operator.sides[chain], proposal);
  const file = flags.out ?? `proposal-${chain}-${nonce}.json`;
  writeNewProposal(file, proposal);
  const described = await describe(operator, proposal, state);
  output.result([described.text, ...notes, `written to ${file}`].join('\n'), {
    file,
    ...toValue(described, state),
    notes,
  });
  return file;
}

/** `pegway governance propose` */
export async function proposeChange(
  chain: string,
  name: string | undefined,
  words: string[],
  flags: ProposeFlags & { from?: string },
  io: Io,
): Promise<void> {
  if ((name === undefined) === (flags.from === undefined)) {
    throw wrong('name either a function or a file with --from', `functions: ${functionsOf(sideOf(chain)).join(', ')}`);
  }
  const side = sideOf(chain);
  const written = flags.from === undefined ? undefined : readChanges(flags.from);
  if (written !== undefined && written.chain !== side) {
    throw wrong(
      `${flags.from ?? ''} is for the ${written.chain} chain, not for ${side}`,
      `use: propose ${written.chain}`,
    );
  }
  const calls = written?.calls ?? [{ function: name ?? '', args: argumentsOf(side, name ?? '', words) }];
  await using operator = await openOperator(flags, io);
  using output = openListOutput(flags.json, io);
  const file = await propose(operator, await readGoverned(operator.sides[side]), calls, flags, output);
  await signWritten(operator, [file], flags, output, io);
}

/** `pegway governance cancel` */
export async function proposeCancel(chain: string, flags: ProposeFlags, io: Io): Promise<void> {
  await using operator = await openOperator(flags, io);
  const state = await readGoverned(operator.sides[sideOf(chain)]);
  if (state.pending === undefined) {
    throw wrong(`nothing is pending at the ${chain} bridge`, 'there is nothing to cancel', 'out-of-order');
  }
  using output = openListOutput(flags.json, io);
  const file = await propose(operator, state, [], flags, output);
  await signWritten(operator, [file], flags, output, io);
}

/** `pegway governance unpause` */
export async function proposeUnpause(chains: readonly string[], flags: ProposeFlags, io: Io): Promise<void> {
  const named = chains.map(sideOf);
  await using operator = await openOperator(flags, io);
  using output = openListOutput(flags.json, io);
  const files = [];
  for (const side of named.length > 0 ? named : sides) {
    const state = await readGoverned(operator.sides[side]);
    if (state.pausedUntil > state.timestamp) {
      files.push(await propose(operator, state, [{ function: 'unpause', args: {} }], flags, output));
    } else if (named.length > 0) {
      throw wrong(`the ${side} bridge is not paused`, 'there is nothing to end');
    }
  }
  if (files.length === 0) throw wrong('neither bridge is paused', 'there is nothing to end');
  await signWritten(operator, files, flags, output, io);
}

/** With `--sign`, signs what was just written, so that the other signers need no file. */
export async function signWritten(
  operator: Operator,
  files: readonly string[],
  flags: ProposeFlags,
  output: Output,
  io: Io,
): Promise<void> {
  if (flags.sign) await signAll(operator, await load(operator, files), flags, output, io);
}
