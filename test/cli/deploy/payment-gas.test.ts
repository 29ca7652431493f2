import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { RpcRequestError } from 'viem';

import { measurePayment } from '../../../cli/deploy/payment-gas.ts';
import type { ErrorObject } from '../../../protocol/json-rpc.ts';
import { RpcError } from '../../../relayer/chain/rpc-errors.ts';
import { holder, productToken } from '../../relayer/support.ts';

const wrapped = (error: ErrorObject): Error => new RpcError('node', 'eth_estimateGas', error);
const byViem = (error: ErrorObject): Error =>
  new Error('call failed', { cause: new RpcRequestError({ body: {}, url: 'http://node', error }) });

const measure = (error: Error) => measurePayment(() => Promise.reject(error), productToken, holder);

describe('the gas of a payment', () => {
  it('is undefined when the token refuses the payment', async () => {
    for (const error of [
      { code: 3, message: 'execution reverted' },
      { code: -32_000, message: 'invalid opcode: INVALID' },
      { code: -32_000, message: 'gas required exceeds allowance (50000000)' },
      { code: -32_000, message: 'Execution reverted', data: '0x08c379a0' },
    ]) {
      assert.equal(await measure(wrapped(error)), undefined, error.message);
      assert.equal(await measure(byViem(error)), undefined, error.message);
    }
  });

  it('is unknown when a node answers nothing about the token', async () => {
    for (const error of [
      { code: -32_005, message: 'too many requests' },
      { code: -32_000, message: 'header not found' },
      { code: -32_601, message: 'the method eth_estimateGas does not exist' },
    ]) {
      for (const failure of [wrapped(error), byViem(error)]) await assert.rejects(measure(failure), failure);
    }
  });
});
