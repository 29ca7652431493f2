// An endpoint for tests, and what becomes of its requests.
import assert from 'node:assert/strict';
import { inspect } from 'node:util';

import { type EndpointOptions, type OpenEndpoint, openEndpoint } from '../../../../relayer/chain/json-rpc-endpoint.ts';
import { RpcError, UnreachableError } from '../../../../relayer/chain/rpc-errors.ts';

export const open = (url: string, options: Partial<EndpointOptions> = {}): OpenEndpoint =>
  openEndpoint({ url, index: 0, timeoutSeconds: 5, ...options });

export const header = (endpoint: OpenEndpoint, tag: unknown, signal?: AbortSignal): Promise<string> =>
  endpoint.request<string>('header', [tag], signal);

export const failureOf = async (promise: Promise<unknown>): Promise<RpcError | UnreachableError> => {
  const error: unknown = await promise.then(
    () => assert.fail('it was answered'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof RpcError || error instanceof UnreachableError, inspect(error));
  return error;
};

/** Outcomes of all requests of one tick: the result, or the error's message. */
export const ask = async (endpoint: OpenEndpoint, count: number): Promise<string[]> => {
  const asked = Array.from({ length: count }, (_, index) => header(endpoint, index));
  return Promise.all(asked.map((one) => one.catch((error: unknown) => (error as Error).message)));
};
export const answered = (count: number) => Array.from({ length: count }, (_, index) => `header ${index}`);

export const errorItem = (id: unknown, code: number, message: string) => ({
  jsonrpc: '2.0',
  id,
  error: { code, message },
});
