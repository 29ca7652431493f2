import { RpcError } from './rpc.ts';

/** A node that ran a call and saw it fail, in its own words; any other error says nothing about what was called. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof RpcError && (error.rpcCode === 3 || error.data !== undefined || words.test(error.message));

const words =
  /revert|out of ?gas|vm execution|evm error|invalid (opcode|jump)|stack ((over|under)flow|limit reached)|return data out of bounds/i;
