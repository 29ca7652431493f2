// Gas of a transaction under Amsterdam's prices: the gas it used under Cancun's, corrected by each step that is priced
// differently (EIP-2780, 7976, 8037, 8038, as geth 1.17.10 implements them). test/clients/geth-gas.test.ts compares the
// result with what geth charges.
import { type Address, type Hex, hexToBigInt, numberToHex, pad, size } from 'viem';

/** One executed instruction, as `debug_traceTransaction` returns it. */
export interface Step {
  readonly op: string;
  readonly depth: number;
  /** Gas left before it. */
  readonly gas: number | string;
  readonly gasCost: number | string;
  /** Words, the top last. */
  readonly stack: readonly string[];
}

export interface Traced {
  readonly from: Address;
  /** Not a creation: the bench deploys nothing. */
  readonly to: Address;
  readonly value: bigint;
  readonly input: Hex;
  readonly gasLimit: bigint;
  readonly steps: readonly Step[];
}

/** State before the transaction. */
export interface Before {
  storage(account: Address, slot: Hex): Promise<bigint>;
  isEmpty(account: Address): Promise<boolean>;
}

const STATE_BYTE = 1_530;
const SLOT = 64 * STATE_BYTE;
const ACCOUNT = 120 * STATE_BYTE;

const cancun = { base: 21_000, cold: 2_600, value: 9_000, newAccount: 25_000, set: 20_000, write: 2_900 };
const amsterdam = { base: 12_000, cold: 3_000, value: 11_300, txValue: 6_000, write: 10_000, clear: 11_616 };
const COLD_SLOT = 2_100;
const WARM = 100;
const FLOOR_BYTE = 64;

const codeReads = new Set(['EXTCODESIZE', 'EXTCODECOPY']);
const accountReads = new Set(['BALANCE', 'EXTCODEHASH', ...codeReads]);
const calls = new Set(['CALL', 'CALLCODE', 'DELEGATECALL', 'STATICCALL']);
const unpriced = new Set(['CREATE', 'CREATE2', 'SELFDESTRUCT']);

/** What a frame's failure undoes. */
interface Undoable {
  readonly warm: Set<string>;
  readonly values: Map<string, bigint>;
  refund: number;
  state: number;
}

interface Frame extends Undoable {
  /** Account that owns the storage. */
  readonly account: Address;
  last: string;
}

const word = (value: string | undefined): Hex => pad(`0x${(value ?? '').replace(/^0x/, '')}`, { size: 32 });
const address = (value: string | undefined): Address => `0x${word(value).slice(-40)}`;

/**
 * Gas used under Amsterdam's prices, after refunds and the floor of calldata.
 * Not for frames that run out of gas: what they burn depends on what all before them cost.
 * @throws {Error} on instructions that no transaction of the bench executes: creations and `SELFDESTRUCT`.
 */
export async function amsterdamGas(traced: Traced, before: Before): Promise<number> {
  const precompiles = Array.from({ length: 10 }, (_, index) => numberToHex(index + 1, { size: 20 }));
  const own = [traced.from, traced.to].map((one) => one.toLowerCase());
  const frames: Frame[] = [frameOf(traced.to.toLowerCase() as Address)];
  for (const one of [...own, ...precompiles]) frames[0]?.warm.add(one);
  let difference = amsterdam.base + amsterdam.cold - cancun.base;
  if (traced.value > 0n) difference += amsterdam.txValue;

  const isWarm = (key: string) => frames.some(({ warm }) => warm.has(key));
  const touch = (frame: Frame, key: string): boolean => {
    const known = isWarm(key);
    frame.warm.add(key);
    return known;
  };
  const valueOf = (key: string) => frames.findLast(({ values }) => values.has(key))?.values.get(key);

  const store = async (frame: Frame, slot: Hex, value: bigint): Promise<void> => {
    const key = `${frame.account} ${slot}`;
    const access = touch(frame, key) ? WARM : COLD_SLOT;
    const original = await before.storage(frame.account, slot);
    const current = valueOf(key) ?? original;
    frame.values.set(key, value);
    const old = access === WARM ? 0 : COLD_SLOT;
    if (current === value) {
      difference += access - old - WARM;
      return;
    }
    if (current === original) {
      difference += access + amsterdam.write - old - (original === 0n ? cancun.set : cancun.write);
      if (original === 0n) frame.state += SLOT;
    }
    if (original !== 0n && current === 0n) frame.refund -= amsterdam.clear;
    if (original !== 0n && value === 0n) frame.refund += amsterdam.clear;
    if (current !== original && value === original) {
      frame.refund += amsterdam.write;
      if (original === 0n) frame.state -= SLOT;
    }
  };

  for (const [index, { op, depth, stack }] of traced.steps.entries()) {
    while (frames.length > depth) leave(frames);
    const frame = frames.at(-1);
    if (frame === undefined) throw new Error(`step ${index} (${op}) has depth ${depth}`);
    frame.last = op;
    const top = (position: number) => stack.at(-1 - position);
    if (unpriced.has(op)) throw new Error(`step ${index}: no price under Amsterdam's rules is known here for ${op}`);
    if (op === 'SLOAD') touch(frame, `${frame.account} ${word(top(0))}`);
    if (op === 'SSTORE') await store(frame, word(top(0)), hexToBigInt(word(top(1))));
    if (accountReads.has(op)) {
      if (!touch(frame, address(top(0)))) difference += amsterdam.cold - cancun.cold;
      if (codeReads.has(op)) difference += WARM;
    }
    if (calls.has(op)) {
      const to = address(top(1));
      if (!touch(frame, to)) difference += amsterdam.cold - cancun.cold;
      const value = op === 'CALL' || op === 'CALLCODE' ? hexToBigInt(word(top(2))) : 0n;
      if (value > 0n) difference += amsterdam.value - cancun.value;
      if (value > 0n && op === 'CALL' && !isFunded(frames, to) && (await before.isEmpty(to))) {
        difference -= cancun.newAccount;
        frame.state += ACCOUNT;
        frame.values.set(`${to} funded`, 1n);
      }
      // A call of an account without code has no step of its own.
      if ((traced.steps[index + 1]?.depth ?? 0) > depth) {
        const own = op === 'CALL' || op === 'STATICCALL';
        frames.push(frameOf(own ? to : frame.account));
      }
    }
  }
  const last = traced.steps.at(-1);
  if (last?.depth !== 1)
    throw new Error(`the last of ${traced.steps.length} steps has depth ${last?.depth}, expected 1`);
  const all = frameOf(traced.to);
  frames.unshift(all);
  while (frames.length > 1) leave(frames);

  const gross = Number(traced.gasLimit) - Number(last.gas) + Number(last.gasCost) + difference + all.state;
  // EIP-3529: at most a fifth.
  const used = gross - Math.min(Math.floor(gross / 5), all.refund);
  const floor = amsterdam.base + amsterdam.cold + (traced.value > 0n ? amsterdam.txValue : 0);
  return Math.max(used, floor + FLOOR_BYTE * size(traced.input));
}

const frameOf = (account: Address): Frame => ({
  ...{ account, last: '', warm: new Set(), values: new Map(), refund: 0, state: 0 },
});

const isFunded = (frames: readonly Frame[], to: Address) => frames.some(({ values }) => values.has(`${to} funded`));

/** Ends the innermost frame. What it did stays only when it succeeded. */
function leave(frames: Frame[]): void {
  const inner = frames.pop();
  const outer = frames.at(-1);
  if (inner === undefined || outer === undefined || !['STOP', 'RETURN'].includes(inner.last)) return;
  for (const key of inner.warm) outer.warm.add(key);
  for (const [key, value] of inner.values) outer.values.set(key, value);
  outer.refund += inner.refund;
  outer.state += inner.state;
}
