import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { isCallFailure, revertDataOf } from '../../protocol/call-failure.ts';
import type { ErrorObject } from '../../protocol/json-rpc.ts';

const besu = JSON.parse(readFileSync(new URL('../fixtures/besu-halts.json', import.meta.url), 'utf8')) as {
  readonly answers: readonly ErrorObject[];
};

const error = (code: number, message: string, data?: unknown): ErrorObject => ({
  ...{ code, message },
  ...(data === undefined ? {} : { data }),
});

/** Of the sources of clients; where one wraps the words of its machine, both forms. */
const failures: readonly ErrorObject[] = [
  ...besu.answers,
  ...['Out of gas', 'Bad jump destination', 'Illegal state change', 'Code is invalid', ''].map((halt) =>
    error(-32_000, `Transaction processing could not be completed due to an exception (${halt})`),
  ),
  // geth and Erigon
  ...['invalid opcode: opcode 0xfe not defined', 'invalid opcode: INVALID', 'stack underflow (0 <=> 1)'],
  ...['stack limit reached 1024 (1023)', 'invalid jump destination', 'write protection', 'out of gas'],
  ...['contract creation code storage out of gas', 'max call depth exceeded', 'contract address collision'],
  ...['return data out of bounds', 'gas uint64 overflow', 'max initcode size exceeded: code size 5, limit 4'],
  ...['gas required exceeds allowance (30000000)', 'execution reverted: order not found'],
  // Nethermind
  ...['VM execution error.', 'BadInstruction', 'StackUnderflow', 'InvalidJumpDestination', 'StaticCallViolation'],
  // reth and anvil
  ...['EVM error: InvalidFEOpcode', 'EVM error: OutOfGas(Basic)', 'OpcodeNotFound', 'StateChangeDuringStaticCall'],
  // Hardhat, Frontier
  ...['VM Exception while processing transaction: invalid opcode', 'evm error: StackOverflow'],
].map((one) => (typeof one === 'string' ? error(-32_000, one) : one));

const nested: readonly ErrorObject[] = [
  error(3, 'any words'),
  error(-32_015, 'VM execution error.', 'Reverted 0x08c379a0'),
  error(-32_015, 'any halt'),
  error(-32_603, 'Internal JSON-RPC error.', { code: -32_000, message: 'execution reverted' }),
  error(-32_603, 'Internal JSON-RPC error.', { originalError: { code: 3, data: '0x08c379a0', message: 'x' } }),
  error(-32_000, 'rejected', { data: '0x' }),
];

const ofNodes: readonly ErrorObject[] = [
  ...['header not found', 'missing trie node 12ab (path 0a)', 'historical state 0x1234 is not available'],
  ...['execution aborted (timeout = 5s)', 'required historical state unavailable (reexec=128)', 'Internal error'],
  ...['state at block #5 is pruned', 'over rate limit', 'EVM error: Database(GetStorage timed out)', 'Unknown block'],
  ...['insufficient funds for gas * price + value: address 0x00 have 1 want 2', 'World state unavailable'],
  ...['Upfront cost exceeds account balance', 'context deadline exceeded', 'the method eth_call does not exist'],
].map((one) => error(-32_000, one));

describe('a failed call', () => {
  for (const one of [...failures, ...nested]) {
    it(`is ${one.code} "${one.message}" ${one.data === undefined ? '' : JSON.stringify(one.data)}`, () =>
      assert.ok(isCallFailure(one)));
  }

  for (const one of [...ofNodes, error(-32_015, 'Timeout')]) {
    it(`is not ${one.code} "${one.message}"`, () => assert.ok(!isCallFailure(one)));
  }

  it('has revert data as hex, behind a word, or one level deeper', () => {
    assert.equal(revertDataOf('0x08c379a0'), '0x08c379a0');
    assert.equal(revertDataOf('Reverted 0x08c379a0'), '0x08c379a0');
    assert.equal(revertDataOf({ data: { data: '0x01' } }), '0x01');
    for (const none of [undefined, null, 'StackUnderflow', 'transaction 0x01 failed', { message: '0x01' }]) {
      assert.equal(revertDataOf(none), undefined);
    }
  });
});
