import { type Hex, keccak256, numberToHex, pad } from 'viem';

import type { NodeFault } from '../../support/rpc-proxy.ts';
import type { Random } from '../random.ts';

/** Recipient of forged events and junk. */
export const THIEF = '0x000000000000000000000000000000000000dead';

interface Block {
  number: Hex;
  logsBloom: Hex;
}

interface Log {
  data: Hex;
  topics: Hex[];
  logIndex: Hex;
}

/** A node that lags by some blocks. */
export const lagging = (blocks: number): NodeFault => ({
  async ask({ method, params }, node) {
    const [tag] = params;
    if (method === 'eth_blockNumber') {
      return numberToHex(BigInt((await node('eth_blockNumber')) as Hex) - BigInt(blocks));
    }
    if (method !== 'eth_getBlockByNumber' || (tag !== 'latest' && tag !== 'finalized')) return undefined;
    const { number } = (await node('eth_getBlockByNumber', tag, false)) as Block;
    const then = BigInt(number) - BigInt(blocks);
    return node('eth_getBlockByNumber', numberToHex(then > 0n ? then : 0n), params[1]);
  },
});

/** A node that withholds events and reports empty blocks. */
export const withholding: NodeFault = {
  tell({ method }, result) {
    if (method === 'eth_getLogs') return [];
    if (method !== 'eth_getBlockByNumber' || result === null) return result;
    return { ...(result as Block), logsBloom: pad('0x0', { size: 256 }) };
  },
};

/** A node that forges departures: the same at every signer, as an attacker would. */
const lying = (forge: (departure: Log) => Log[]): NodeFault => {
  const change = (logs: readonly Log[]) => logs.flatMap((log) => (log.topics.length === 4 ? forge(log) : [log]));
  return {
    tell({ method }, result) {
      if (method === 'eth_getLogs') return change(result as Log[]);
      if (method !== 'eth_getBlockReceipts' || result === null) return result;
      return (result as { logs: Log[] }[]).map((receipt) => ({ ...receipt, logs: change(receipt.logs) }));
    },
  };
};

/** The recipient is the first data word of both departure events. */
const otherRecipient = (log: Log): Log => ({ ...log, data: `${pad(THIEF, { size: 32 })}${log.data.slice(66)}` });

const nextNonce = (log: Log): Log => {
  const [name, peg, nonce, sender] = log.topics;
  const later = pad(numberToHex(BigInt(nonce ?? '0x0') + 1n), { size: 32 });
  return otherRecipient({ ...log, topics: [name ?? '0x', peg ?? '0x', later, sender ?? '0x'] });
};

export const forging = lying((log) => [otherRecipient(log)]);
export const inventing = lying((log) => [log, nextNonce(log)]);

/** A node that acknowledges a transaction and drops it. */
export const dropping: NodeFault = {
  ask: ({ method, params }) =>
    Promise.resolve(method === 'eth_sendRawTransaction' ? keccak256(params[0] as Hex) : undefined),
};

export const failing = (random: Random): NodeFault => ({
  http(response) {
    const [status, body] = random.pick([
      [429, '{"jsonrpc":"2.0","id":1,"error":{"code":-32005,"message":"too many requests"}}'],
      [500, 'Internal Server Error'],
      [200, '<html>a page</html>'],
      [200, '{"jsonrpc":"2.0"'],
    ] as const);
    if (random.next() < 0.5) return Promise.resolve('go on');
    response.writeHead(status).end(body);
    return Promise.resolve('answered');
  },
});
