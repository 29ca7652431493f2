import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { TransactionExecutionError, UnknownRpcError } from 'viem';

import { type WalletRefusal, walletRefusalOf } from '../../sdk/index.ts';

const error = (message: string, fields: object = {}) => Object.assign(new Error(message), fields);

/** As viem passes on what a wallet's provider throws. */
const byViem = (cause: Error) => new TransactionExecutionError(new UnknownRpcError(cause), { account: null });

/** Messages and codes as wallets and devices send them; the sources are public bug reports and the devices' libraries. */
const refusals: readonly (readonly [WalletRefusal, Error])[] = [
  ['rejected', error('User rejected the request.', { code: 4001 })],
  ['rejected', error('Internal JSON-RPC error.', { code: -32_603, data: { code: 4001, message: 'x' } })],
  ['rejected', error('x', { code: -32_603, data: { originalError: { cause: { error: { code: 4001 } } } } })],
  ['rejected', error('x', { cause: error('y', { cause: error('z', { code: 5000 }) }) })],
  ['rejected', error('user rejected transaction', { code: 'ACTION_REJECTED' })],
  // LedgerHQ/ledgerjs#589, through MetaMask.
  [
    'rejected',
    error('Error: TransportStatusError: Ledger device: Condition of use not satisfied (denied by the user?) (0x6985)', {
      code: -32_603,
    }),
  ],
  ['rejected', error('x', { statusCode: 27_013, statusText: 'CONDITIONS_OF_USE_NOT_SATISFIED' })],
  ['rejected', error('Ledger: User rejected the transaction', { code: -32_603 })],
  ['rejected', error('Action cancelled by user', { code: -32_603 })],
  ['rejected', error('x', { payload: { error: 'Cancelled', code: 'Failure_ActionCancelled' } })],
  ['rejected', error('Popup closed', { code: 'Method_Interrupted' })],
  ['locked', error('Ledger device: Locked device (0x5515)', { code: -32_603 })],
  ['locked', error('x', { name: 'LockedDeviceError' })],
  ['locked', error('x', { code: 'Failure_PinCancelled' })],
  [
    'blind-signing',
    error('Please enable Blind signing or Contract data in the Ethereum app Settings', { code: -32_603 }),
  ],
  ['blind-signing', error('x', { name: 'EthAppPleaseEnableContractData' })],
  ['blind-signing', error('Ledger device: Invalid data received (0x6a80)')],
  ['app-closed', error('Ledger device: UNKNOWN_ERROR (0x6511)')],
  ['app-closed', error('x', { statusCode: 0x6e00 })],
];

describe('a refusal of a wallet or its device', () => {
  for (const [expected, thrown] of refusals) {
    it(`is ${expected}: ${thrown.message}, ${JSON.stringify(thrown)}`, () => {
      assert.equal(walletRefusalOf(thrown), expected);
      assert.equal(walletRefusalOf(byViem(thrown)), expected);
    });
  }

  it('is not seen in an error after which the transaction may have been sent', () => {
    const circular = error('lost');
    circular.cause = circular;
    const doubtful = [
      error('Internal JSON-RPC error.', { code: -32_603 }),
      error('The connection was lost.'),
      error('already known', { code: -32_000 }),
      error('nonce too low', { code: -32_000 }),
      error('Request of type eth_sendTransaction already pending', { code: -32_002 }),
      error('transaction rejected by the node', { code: -32_003 }),
      ...[circular, undefined, null, 4001, 'timeout'],
    ];
    for (const one of doubtful) assert.equal(walletRefusalOf(one), undefined, String(one));
  });
});
