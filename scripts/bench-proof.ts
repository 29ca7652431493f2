// CPU time of a proof for a block of 1,000 receipts, against the budget of 60 ms.
//   npm run bench:proof              the proof and its parts, and the library's trie for comparison
//   npm run bench:proof -- --keccak  Keccak in WebAssembly against viem's in JavaScript
//   npm run bench:proof -- --full    blocks of 30 to 400 million gas that a stranger filled with logs, over HTTP
//   npm run bench:proof -- --json    the figures as JSON
import { RLP } from '@ethereumjs/rlp';
import { type Address, type Hex, bytesToHex, keccak256 } from 'viem';

import { keccak } from '../protocol/proof/keccak.ts';
import { mayContain, proveLogs } from '../protocol/proof/prove-block.ts';
import { encodeReceipt } from '../protocol/proof/receipts.ts';
import { orderedTrieRoot } from '../protocol/proof/trie.ts';
import { type FullBlockFigures, measureFullBlock } from './proof/full-blocks.ts';
import { type Outcome, type RpcBlock, hashOf, makeBlock } from '../test/protocol/proof/support/block.ts';

const budget = 60;
const count = 1_000;
const runs = 15;

/** Logs, topics and bytes of a busy chain or more: three logs per transaction (Ethereum mainnet: two to three). */
const typicalLogs = 3;

const bridge = '0x00000000000000000000000000000000000b41d6' satisfies Address;
const transfer = hashOf('Transfer(address,address,uint256)');

/** A typical block's logs: twenty busy tokens, distinct senders and recipients. */
function outcome(index: number): Outcome {
  const logs = Array.from({ length: typicalLogs }, (_, at) => ({
    address: index % 10 === 0 && at === 0 ? bridge : (hashOf(`token ${(index + at) % 20}`).slice(0, 42) as Address),
    topics: [transfer, hashOf(`from ${index}`), hashOf(`to ${index} ${at}`)],
    data: hashOf(`amount ${index} ${at}`),
  }));
  return { logs };
}

/** No repeated value, and every log of maximum size: more than any block of a real chain. */
function worstOutcome(index: number): Outcome {
  const logs = Array.from({ length: 5 }, (_, at) => ({
    address: hashOf(`address ${index} ${at}`).slice(0, 42) as Address,
    topics: [0, 1, 2, 3].map((topic) => hashOf(`topic ${index} ${at} ${topic}`)),
    data: `0x${hashOf(`data ${index} ${at}`).slice(2).repeat(8)}` satisfies Hex,
  }));
  return { logs };
}

interface Figure {
  readonly median: number;
  readonly worst: number;
}

/** CPU time in milliseconds, user and system, including garbage collection and compiler threads. */
async function measure(work: () => unknown): Promise<Figure> {
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1_000);
  }
  const sorted = times.toSorted((a, b) => a - b);
  return { median: sorted[Math.floor(runs / 2)] ?? 0, worst: sorted.at(-1) ?? 0 };
}

const prove = ({ header, receipts }: RpcBlock): unknown =>
  proveLogs({
    expectedHash: header.hash,
    number: BigInt(header.number),
    header,
    receipts,
    rule: 'ethereum',
    address: bridge,
  });

async function libraryTrie(encoded: readonly Uint8Array[], fastKeccak: boolean): Promise<string> {
  const { createMPT } = await import('@ethereumjs/mpt');
  const trie = await createMPT(fastKeccak ? { useKeyHashingFunction: keccak } : {});
  for (const [index, value] of encoded.entries()) await trie.put(RLP.encode(index), value);
  return bytesToHex(trie.root());
}

async function proofFigures(): Promise<Record<string, Figure>> {
  const block = makeBlock(
    20_000_000n,
    Array.from({ length: count }, (_, index) => outcome(index)),
  );
  const worst = makeBlock(
    20_000_000n,
    Array.from({ length: count }, (_, index) => worstOutcome(index)),
  );
  const encoded = block.receipts.map((receipt, index) => encodeReceipt(receipt, `receipts[${index}]`, 'ethereum'));
  const root = block.header.receiptsRoot;
  if ((await libraryTrie(encoded, true)) !== root) throw new Error('the two tries give different roots');

  return {
    [`proof, ${typicalLogs} logs a receipt`]: await measure(() => prove(block)),
    'proof, 5 logs of 4 topics and 256 bytes a receipt, none alike': await measure(() => prove(worst)),
    'block without a log of the bridge': await measure(() => mayContain(block.header.logsBloom, bridge)),
    'of it: receipts as RLP': await measure(() =>
      block.receipts.map((receipt, index) => encodeReceipt(receipt, `receipts[${index}]`, 'ethereum')),
    ),
    'of it: trie': await measure(() => orderedTrieRoot(encoded)),
    'instead: @ethereumjs/mpt, its own Keccak': await measure(() => libraryTrie(encoded, false)),
    'instead: @ethereumjs/mpt, Keccak in WebAssembly': await measure(() => libraryTrie(encoded, true)),
  };
}

async function keccakFigures(): Promise<Record<string, Figure>> {
  const figures: Record<string, Figure> = {};
  for (const length of [20, 32, 532, 1_500]) {
    const data = new Uint8Array(length).fill(7);
    const hashes = (hash: (data: Uint8Array) => unknown) => (): void => {
      for (let index = 0; index < 10_000; index += 1) hash(data);
    };
    figures[`10,000 hashes of ${length} bytes, WebAssembly`] = await measure(hashes(keccak));
    figures[`10,000 hashes of ${length} bytes, viem`] = await measure(hashes((bytes) => keccak256(bytes, 'bytes')));
  }
  return figures;
}

async function fullBlocks(): Promise<void> {
  const rows: FullBlockFigures[] = [];
  for (const filling of ['empty logs', 'data'] as const) {
    for (const millions of [30, 60, 100, 400]) rows.push(await measureFullBlock(millions * 1_000_000, filling));
  }
  if (process.argv.includes('--json')) return console.log(JSON.stringify(rows, null, 2));
  for (const { gas, filling, logs, megabytes, seconds, peakMegabytes, restMegabytes } of rows) {
    const figures = [
      `${gas / 1e6} million gas of ${filling}: ${logs} logs, ${megabytes.toFixed(0)} MB of receipts`,
      `${seconds.toFixed(1)} s of processor time, ${peakMegabytes.toFixed(0)} MB at most (${restMegabytes.toFixed(0)} before)`,
    ];
    console.log(figures.join(': '));
  }
}

if (process.argv.includes('--full')) {
  await fullBlocks();
  process.exit();
}

const figures = process.argv.includes('--keccak') ? await keccakFigures() : await proofFigures();

if (process.argv.includes('--json')) {
  console.log(JSON.stringify(figures, null, 2));
} else {
  console.log(`CPU time, median (worst) of ${runs} runs, first ones included; ${count} receipts`);
  for (const [name, { median, worst }] of Object.entries(figures)) {
    console.log(`${median.toFixed(1).padStart(8)} ms (${worst.toFixed(1)})  ${name}`);
  }
}

const [first] = Object.values(figures);
if (!process.argv.includes('--keccak') && first !== undefined && first.median > budget) {
  console.error(`over the budget of ${budget} ms`);
  process.exitCode = 1;
}
