import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import {
  type Address,
  type Hex,
  decodeFunctionData,
  encodeFunctionResult,
  erc20Abi,
  isAddressEqual,
  numberToHex,
  zeroAddress,
} from 'viem';

import { mainBridgeAbi } from '../../protocol/abi.ts';

/** The chain that a stub of a node answers for. */
export interface TokenChain {
  readonly chainId: number;
  readonly tokens?: Readonly<Record<Address, { readonly symbol: string; readonly decimals: number }>>;
  /** The main token of each product token, as the main bridge has it. */
  readonly pegs?: Readonly<Record<Address, Address>>;
  /** Block hashes by height. */
  readonly hashes?: Readonly<Record<number, string>>;
}

interface Request {
  readonly id: number;
  readonly method: string;
  readonly params: readonly [{ readonly to: Address; readonly data: Hex }];
}

/** A node that answers for tokens, pegs and blocks alone. */
export async function startTokenNode({ chainId, tokens = {}, pegs = {}, hashes = {} }: TokenChain) {
  const call = ({ to, data }: Request['params'][0]): Hex => {
    const token = Object.entries(tokens).find(([address]) => isAddressEqual(address as Address, to))?.[1];
    if (token !== undefined) {
      const { functionName } = decodeFunctionData({ abi: erc20Abi, data });
      const result = functionName === 'symbol' ? token.symbol : token.decimals;
      return encodeFunctionResult({ abi: erc20Abi, functionName, result });
    }
    const [productToken] = decodeFunctionData({ abi: mainBridgeAbi, data }).args as readonly [Address];
    const result = {
      ...{ mainToken: pegs[productToken] ?? zeroAddress, productToken, numerator: 1n, denominator: 1n },
      ...{ minimum: 1n, gasCap: 0, retired: false, capacity: 0n, refillPerSecond: 0n, available: 0n },
      ...{ flat: 0n, basisPoints: 0, maximumFlat: 0n, departMinimum: 1n },
    };
    return encodeFunctionResult({ abi: mainBridgeAbi, functionName: 'peg', result });
  };
  const answer = ({ method, params: [first] }: Request): unknown => {
    if (method === 'eth_chainId') return numberToHex(chainId);
    if (method === 'eth_call') return call(first);
    const hash = hashes[Number(first)];
    return { number: first, hash, transactions: [], timestamp: '0x1' };
  };
  const answered = (request: Request) => {
    try {
      return { result: answer(request) };
    } catch {
      return { error: { code: 3, message: 'execution reverted' } };
    }
  };
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (data: Buffer) => (body += data.toString()));
    request.on('end', () => {
      const asked = JSON.parse(body) as Request | readonly Request[];
      const one = (each: Request) => ({ jsonrpc: '2.0', id: each.id, ...answered(each) });
      response.end(JSON.stringify(Array.isArray(asked) ? asked.map(one) : one(asked as Request)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
