// The slots that exits prove, as the compiler assigns them: a state variable that moves makes every proof of a storage slot
// worthless, and nothing else notices before the day of the exit.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { type Address, type Hex, encodeAbiParameters, hexToBigInt, keccak256, numberToHex } from 'viem';

import {
  balanceSlot,
  executedSlot,
  outboundSlot,
  parkedLengthSlot,
  parkedSlot,
  supplySlot,
} from '../../protocol/exits/slots.ts';
import { compile, compilerInput } from '../../scripts/solidity/compile.ts';

interface Variable {
  readonly label: string;
  readonly slot: string;
  /** In bytes, within the slot. */
  readonly offset: number;
  readonly type: string;
}

interface LayoutType {
  readonly numberOfBytes: string;
  /** Of a mapping: the type of its values. */
  readonly value?: string;
  readonly members?: readonly Variable[];
}

interface Layout {
  readonly storage: readonly Variable[];
  readonly types: Readonly<Record<string, LayoutType>>;
}

const files = ['contracts/ProductBridge.sol', 'contracts/ProductToken.sol', 'contracts/exits/ExitAddress.sol'];
const outputSelection = Object.fromEntries(files.map((file) => [file, { '*': ['storageLayout'] }]));
const { contracts } = compile(compilerInput({ files, settings: { evmVersion: 'cancun', outputSelection } }));

function layoutOf(name: string): Layout {
  const layout = Object.values(contracts).find((byName) => byName[name] !== undefined)?.[name]?.storageLayout;
  assert.ok(layout, `no layout of ${name}`);
  return layout as Layout;
}

function variable(variables: readonly Variable[] | undefined, label: string): Variable {
  const found = variables?.find((one) => one.label === label);
  assert.ok(found, `no variable ${label}`);
  return found;
}

const token: Address = '0x00000000000000000000000000000000000070ce';
const word = (value: bigint): Hex => numberToHex(value, { size: 32 });
const mapped = (key: bigint, slot: bigint): bigint =>
  hexToBigInt(keccak256(encodeAbiParameters([{ type: 'uint256' }, { type: 'uint256' }], [key, slot])));

describe('The storage layout that exits prove', () => {
  const bridge = layoutOf('ProductBridge');
  const pegs = variable(bridge.storage, '_pegs');
  const peg = bridge.types[bridge.types[pegs.type]?.value ?? '']?.members;
  const pegBase = mapped(hexToBigInt(token), BigInt(pegs.slot));
  const atOffset = (label: string): bigint => pegBase + BigInt(variable(peg, label).slot);
  const lot = bridge.types[variable(peg, 'lot').type]?.members;

  it('has the constants of ProductState', () => {
    const source = readFileSync('contracts/exits/ProductState.sol', 'utf8');
    const constants = Object.fromEntries(
      [...source.matchAll(/uint256 private constant (\w+) = (\d+);/g)].map(([, name = '', value]) => [name, value]),
    );
    assert.equal(constants.PEGS_SLOT, pegs.slot);
    assert.equal(constants.OUTBOUND_NONCE, variable(peg, 'outboundNonce').slot);
    assert.equal(constants.EXECUTED, variable(peg, 'executed').slot);
    assert.equal(constants.PARKED, variable(peg, 'lot').slot);
    assert.equal(constants.FIRST_SLOT, variable(layoutOf('ProductToken').storage, '_balances').slot);
    assert.equal(constants.FIRST_SLOT, variable(layoutOf('ExitAddress').storage, 'exitAddress').slot);
  });

  it('has the slots that the TypeScript twin computes', () => {
    assert.equal(outboundSlot(token), word(atOffset('outboundNonce')));
    assert.equal(executedSlot(token, 515n), word(mapped(2n, atOffset('executed'))));
    assert.equal(parkedSlot(token, 7n), word(mapped(7n, atOffset('lot') + BigInt(variable(lot, 'records').slot))));
    assert.equal(parkedLengthSlot(token), word(atOffset('lot') + BigInt(variable(lot, 'nonces').slot)));

    const productToken = layoutOf('ProductToken').storage;
    const balances = BigInt(variable(productToken, '_balances').slot);
    assert.equal(balanceSlot(token), word(mapped(hexToBigInt(token), balances)));
    assert.equal(supplySlot, word(BigInt(variable(productToken, '_totalSupply').slot)));
  });

  it('has the count of departures in the upper half of its word', () => {
    // ProductState shifts the word by 128 bits and takes 64.
    const { offset, type } = variable(peg, 'outboundNonce');
    assert.deepEqual([offset * 8, bridge.types[type]?.numberOfBytes], [128, '8']);
  });

  it('has the time of release behind the recipient of a parked transfer', () => {
    // ProductState shifts the record's first word by 160 bits and takes 40.
    const records = bridge.types[variable(lot, 'records').type];
    const { slot, offset, type } = variable(bridge.types[records?.value ?? '']?.members, 'releasableAt');
    assert.deepEqual([slot, offset * 8, bridge.types[type]?.numberOfBytes], ['0', 160, '5']);
  });
});
