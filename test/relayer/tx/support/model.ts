import { type Hex, keccak256, parseTransaction, recoverTransactionAddress, stringToHex } from 'viem';

import type { Node } from './world.ts';

/*
 * A model of a chain with one account of interest, its pool, and its nodes: fast enough for thousands of random
 * histories. It uses Geth's error texts.
 */

interface Sent {
  readonly hash: Hex;
  readonly nonce: number;
  readonly gas: bigint;
  readonly maxFee: bigint;
  readonly tip: bigint;
}

interface Block {
  readonly number: number;
  readonly hash: Hex;
  readonly baseFee: bigint;
  readonly transactions: readonly Sent[];
  /** The account's next nonce after this block. */
  readonly count: number;
}

export class Model {
  baseFee = 1_000_000_000n;
  balance = 10n ** 20n;
  gasLimit = 70_000n;
  readonly pool = new Map<number, Sent>();
  #blocks: Block[] = [{ number: 0, hash: keccak256('0x00'), baseFee: 1n, transactions: [], count: 0 }];
  #made = 0;

  get tip(): Block {
    const block = this.#blocks.at(-1);
    if (block === undefined) throw new Error('a chain has a genesis block');
    return block;
  }

  /** Hashes in the canonical chain. */
  included(): Set<Hex> {
    return new Set(this.#blocks.flatMap(({ transactions }) => transactions.map(({ hash }) => hash)));
  }

  mine(blocks = 1): void {
    for (let block = 0; block < blocks; block++) this.#add(this.#pick());
  }

  /** Another process uses the key. */
  mineForeign(): void {
    this.#add([this.#foreign(this.tip.count)]);
  }

  poolForeign(ahead: number, maxFee: bigint): void {
    const nonce = this.tip.count + ahead;
    const before = this.pool.get(nonce);
    if (before === undefined || maxFee > 2n * before.maxFee) this.pool.set(nonce, { ...this.#foreign(nonce), maxFee });
  }

  reorganise(depth: number, keep: boolean): void {
    const cut = Math.max(1, this.#blocks.length - depth);
    const gone = this.#blocks.splice(cut);
    if (keep) for (const sent of gone.flatMap(({ transactions }) => transactions)) this.pool.set(sent.nonce, sent);
    // The winning branch must be longer.
    this.mine(gone.length + 1);
  }

  async send(raw: Hex): Promise<Hex> {
    const transaction = parseTransaction(raw);
    const hash = keccak256(raw);
    await recoverTransactionAddress({ serializedTransaction: raw as `0x02${string}` });
    const maxFee = transaction.maxFeePerGas ?? transaction.gasPrice ?? 0n;
    const tip = transaction.maxPriorityFeePerGas ?? maxFee;
    const sent: Sent = { hash, nonce: transaction.nonce ?? 0, gas: transaction.gas ?? 0n, maxFee, tip };

    const known = this.pool.get(sent.nonce);
    if (known?.hash === hash) throw new Error('already known');
    if (sent.nonce < this.tip.count)
      throw new Error(`nonce too low: next nonce ${this.tip.count}, tx nonce ${sent.nonce}`);
    if (sent.gas > this.gasLimit) throw new Error('exceeds block gas limit');
    if (sent.gas * maxFee > this.balance) throw new Error('insufficient funds for gas * price + value');
    if (known && (10n * maxFee < 11n * known.maxFee || 10n * tip < 11n * known.tip)) {
      throw new Error('replacement transaction underpriced');
    }
    this.pool.set(sent.nonce, sent);
    return hash;
  }

  /** A node that lags the given number of blocks behind the tip. */
  node(faults: { lag: number; down: boolean }): Node {
    const answer = async (method: string, params: readonly unknown[]): Promise<unknown> => {
      if (faults.down) throw new Error('fetch failed');
      const height = Math.max(0, this.tip.number - faults.lag);
      switch (method) {
        case 'eth_sendRawTransaction':
          return this.send(params[0] as Hex);
        case 'eth_getBlockByNumber': {
          const number = params[0] === 'latest' ? height : Number(params[0]);
          const block = number > height ? undefined : this.#blocks[number];
          if (block === undefined) return null;
          const { baseFee, hash, transactions } = block;
          const hashes = transactions.map((sent) => sent.hash);
          return {
            number: hex(number),
            timestamp: hex(number),
            hash,
            baseFeePerGas: hex(baseFee),
            transactions: hashes,
          };
        }
        case 'eth_getTransactionCount': {
          if (params[1] === 'pending') {
            let count = this.tip.count;
            while (this.pool.has(count)) count++;
            return hex(count);
          }
          const number = params[1] === 'latest' ? height : Number(params[1]);
          const block = number > height ? undefined : this.#blocks[number];
          if (block === undefined) throw new Error('header not found');
          return hex(block.count);
        }
        case 'eth_getTransactionByHash': {
          const block = this.#blocks.find(({ transactions }) => transactions.some(({ hash }) => hash === params[0]));
          return block ? { blockNumber: hex(block.number), blockHash: block.hash } : null;
        }
        case 'eth_maxPriorityFeePerGas':
          return hex(1_000_000_000n);
        case 'eth_getBalance':
          return hex(this.balance);
        default:
          throw new Error(`the method ${method} does not exist`);
      }
    };
    return { rpc: (method, params = []) => answer(method, params) as Promise<never> };
  }

  /** Selects a block's transactions: by nonce, without a gap, paying the base fee, within the gas limit. */
  #pick(): Sent[] {
    const picked: Sent[] = [];
    let left = this.gasLimit;
    for (let nonce = this.tip.count; ; nonce++) {
      const sent = this.pool.get(nonce);
      if (sent === undefined || sent.maxFee < this.baseFee || sent.gas > left) return picked;
      picked.push(sent);
      left -= sent.gas;
    }
  }

  #add(transactions: readonly Sent[]): void {
    const number = this.tip.number + 1;
    const count = this.tip.count + transactions.length;
    const hash = keccak256(stringToHex(`block ${number} made ${++this.#made}`));
    this.#blocks.push({ number, hash, baseFee: this.baseFee, transactions, count });
    for (const nonce of this.pool.keys()) if (nonce < count) this.pool.delete(nonce);
  }

  #foreign(nonce: number): Sent {
    const hash = keccak256(stringToHex(`foreign ${++this.#made}`));
    return { hash, nonce, gas: 21_000n, maxFee: 3_000_000_000n, tip: 1_000_000_000n };
  }
}

const hex = (value: bigint | number): Hex => `0x${value.toString(16)}`;
