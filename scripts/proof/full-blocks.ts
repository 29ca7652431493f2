// Proofs of blocks that a stranger filled with logs: a process of its own per block, so that its peak memory is the block's.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { type Address, type Hash, type Hex, numberToHex } from 'viem';

import { type RpcHeader, headerHash } from '../../protocol/proof/header.ts';
import { createReceiptReader } from '../../protocol/proof/receipt-reader.ts';
import type { RpcReceipt, RpcReceiptLog } from '../../protocol/proof/receipts.ts';
import { createBlockProofs } from '../../relayer/chain/logs.ts';
import { openEndpoint } from '../../relayer/chain/json-rpc-endpoint.ts';
import { createRpcQuorum } from '../../relayer/chain/rpc-quorum.ts';
import { hashOf, makeBlock } from '../../test/protocol/proof/support/block.ts';

const bridge = '0x00000000000000000000000000000000000b41d6' satisfies Address;
const stranger = '0x00000000000000000000000000000000000000cc' satisfies Address;
const number = 20_000_000n;

/** EIP-7825. */
const TRANSACTION_GAS = 16_777_216;
/** LOG0 of no data (375), and two PUSH0: the shortest loop costs little more. */
const EMPTY_LOG_GAS = 379;
const DATA_BYTE_GAS = 8;
const DATA_LOG_BYTES = 10_000;

/** How the stranger spends the gas: on as many logs, or as much data, as possible. */
export type Filling = 'empty logs' | 'data';

interface FullBlock {
  readonly header: RpcHeader;
  readonly logs: number;
  /** The response to `eth_getBlockReceipts`, in pieces. */
  pieces(id: number): Iterable<string>;
}

function fullBlock(gas: number, filling: Filling): FullBlock {
  const logGas = filling === 'data' ? 375 + DATA_BYTE_GAS * DATA_LOG_BYTES : EMPTY_LOG_GAS;
  const data: Hex = filling === 'data' ? `0x${'ab'.repeat(DATA_LOG_BYTES)}` : '0x';
  const transactions = Math.ceil(gas / TRANSACTION_GAS);
  const perTransaction = Math.floor(gas / transactions / logGas);

  function* receipts(blockHash: Hash): Iterable<{ readonly receipt: RpcReceipt; logs(): Iterable<RpcReceiptLog> }> {
    let logIndex = 0;
    for (let index = 0; index < transactions; index += 1) {
      const place = {
        ...{ blockHash, blockNumber: numberToHex(number), transactionIndex: numberToHex(index) },
        transactionHash: hashOf(`transaction ${index}`),
      };
      const receipt = {
        ...place,
        ...{ type: '0x2', status: '0x1', cumulativeGasUsed: numberToHex((index + 1) * TRANSACTION_GAS) },
        ...{ logsBloom: `0x${'00'.repeat(256)}`, logs: [] },
      } satisfies RpcReceipt;
      yield {
        receipt,
        *logs() {
          // The bridge's log is the last one.
          const isLast = index === transactions - 1;
          for (let at = 0; at < perTransaction; at += 1) {
            const address: Address = isLast && at === perTransaction - 1 ? bridge : stranger;
            const log = { address, topics: [], data, ...place, logIndex: numberToHex(logIndex), removed: false };
            logIndex += 1;
            yield log;
          }
        },
      };
    }
  }

  const reader = createReceiptReader({ expectedHash: hashOf('any'), number, rule: 'ethereum', address: bridge });
  for (const one of receipts(hashOf('any'))) {
    for (const log of one.logs()) reader.log(log);
    reader.receipt(one.receipt);
  }
  const unsealed = { ...makeBlock(number, []).header, receiptsRoot: reader.root() };
  const hash = headerHash(unsealed, 'ethereum');
  const header = { ...unsealed, hash, transactions: [...reader.transactions] };

  return {
    header,
    logs: transactions * perTransaction,
    *pieces(id) {
      yield `{"jsonrpc":"2.0","id":${id},"result":[`;
      for (const one of receipts(hash)) {
        const { receipt } = one;
        const [before = '', after = ''] = JSON.stringify(receipt).split('"logs":[');
        yield `${receipt.transactionIndex === '0x0' ? '' : ','}${before}"logs":[`;
        let separator = '';
        for (const log of one.logs()) {
          yield separator + JSON.stringify({ ...log, blockTimestamp: header.timestamp });
          separator = ',';
        }
        yield after;
      }
      yield ']}';
    },
  };
}

const PIECE = 65_536;

/** @returns the length of the body. */
async function send(response: ServerResponse, pieces: Iterable<string>): Promise<number> {
  let sent = 0;
  let waiting = '';
  for (const piece of pieces) {
    waiting += piece;
    if (waiting.length < PIECE) continue;
    sent += waiting.length;
    if (!response.write(waiting)) await once(response, 'drain');
    waiting = '';
  }
  response.end(waiting);
  return sent + waiting.length;
}

export interface FullBlockFigures {
  readonly gas: number;
  readonly filling: Filling;
  readonly logs: number;
  readonly megabytes: number;
  /** Of processor time. */
  readonly seconds: number;
  readonly peakMegabytes: number;
  /** Of the process before the proof. */
  readonly restMegabytes: number;
}

/** Serves such a block, and has a process prove it. */
export async function measureFullBlock(gas: number, filling: Filling): Promise<FullBlockFigures> {
  const block = fullBlock(gas, filling);
  let length = 0;
  const server = createServer((request, response) => {
    void text(request).then(async (body) => {
      const { id, method } = JSON.parse(body) as { id: number; method: string };
      if (method === 'eth_getBlockReceipts') length = await send(response, block.pieces(id));
      else response.end(JSON.stringify({ jsonrpc: '2.0', id, result: block.header }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // The memory flag of the image and the systemd unit.
  const args = ['--max-semi-space-size=4', import.meta.filename, url, block.header.hash];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const printed = JSON.parse(await text(child.stdout)) as Omit<FullBlockFigures, 'gas' | 'filling'>;
  server.close();
  return { gas, filling, ...printed, logs: block.logs, megabytes: length / 1e6 };
}

/** In the process of its own. */
async function proveAt(url: string, hash: Hash): Promise<void> {
  await using endpoint = openEndpoint({ url, index: 0, timeoutSeconds: 10 });
  const nodes = createRpcQuorum({
    ...{ name: 'main', chainId: 1, quorum: 2, endpoints: [endpoint] },
    onDisagreement: () => undefined,
  });
  const proofs = createBlockProofs(nodes, 'ethereum');
  proofs.contracts.set(bridge, [bridge]);
  const restMegabytes = process.resourceUsage().maxRSS / 1e3;
  const before = process.cpuUsage();
  const found = await proofs.logs(number, hash, [bridge]);
  if (found.length !== 1) throw new Error(`expected the bridge's log, found ${found.length}`);
  const { user, system } = process.cpuUsage(before);
  const peakMegabytes = process.resourceUsage().maxRSS / 1e3;
  console.log(JSON.stringify({ seconds: (user + system) / 1e6, peakMegabytes, restMegabytes }));
}

if (import.meta.main) {
  const [url = '', hash = '0x'] = process.argv.slice(2);
  await proveAt(url, hash as Hash);
}
