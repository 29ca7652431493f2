// Verifies a receipt (docs/receipt.md) a second time: shares no code with `pegway verify`, and takes only the hash function and
// the recovery of a signer from a library. Prints the proven transfer and the blocks that it rests on as JSON.
//
//   node scripts/verify-receipt.ts FILE
import { readFile } from 'node:fs/promises';

import { keccak256, recoverAddress } from 'viem';

type Hex = `0x${string}`;
type Node = Hex | Node[];
interface Proof {
  block: { number: number; hash: Hex };
  header: string;
  transactionIndex: number;
  proof: string[];
  log: number;
  payments?: { at: number; log: string };
}
interface Log {
  address: Hex;
  topics: Hex[];
  data: Hex;
}

interface Bridge {
  chainId: number;
  bridge: string;
}

/** As docs/receipt.md specifies it. */
interface Receipt {
  format: string;
  version: number;
  outcome: string;
  main: Bridge;
  product: Bridge;
  transfer: Record<'direction' | 'productToken' | 'nonce' | 'sender' | 'recipient' | 'sourceAmount' | 'amount', string>;
  departure: Proof;
  attestation: Record<
    'kind' | 'signerEpoch' | 'firstNonce' | 'transfers' | 'sourceBlock' | 'deadline' | 'signatures',
    string
  >;
  signerSet: { threshold: number; signers: string[]; event: Proof };
  parking?: Proof;
  execution: Proof;
  anchor?: Anchor;
  through?: Anchor[];
}

interface Anchor {
  contract: string;
  firstBlock: number;
  event: Proof;
  history: string;
  blocks: Record<string, string>;
}

class Refused extends Error {}

function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Refused(what);
}

const bytes = (base64: string): Buffer => {
  const decoded = Buffer.from(base64, 'base64');
  must(decoded.length > 0 && decoded.toString('base64') === base64, 'base64');
  return decoded;
};
const hexOf = (of: Buffer): Hex => `0x${of.toString('hex')}`;
const hash = (of: Buffer | string): Hex => keccak256(typeof of === 'string' ? hexOf(Buffer.from(of)) : hexOf(of));
const word = (value: string | number | bigint): string =>
  typeof value === 'string' && value.startsWith('0x')
    ? value.slice(2).toLowerCase().padStart(64, '0')
    : BigInt(value).toString(16).padStart(64, '0');
const hashWords = (...words: readonly (string | number | bigint)[]): Hex => keccak256(`0x${words.map(word).join('')}`);
const same = (a: string | undefined, b: string | undefined): boolean => a?.toLowerCase() === b?.toLowerCase();

/** Returns an item and the offset of the next one. */
function rlp(of: Buffer, at: number, end: number): [Node, number] {
  const first = of[at];
  must(first !== undefined && at < end, 'RLP ends early');
  if (first < 0x80) return [hexOf(of.subarray(at, at + 1)), at + 1];
  const isList = first >= 0xc0;
  const code = first - (isList ? 0xc0 : 0x80);
  let start = at + 1;
  let length = code;
  if (code > 55) {
    start += code - 55;
    length = Number(BigInt(hexOf(of.subarray(at + 1, start))));
    must(of[at + 1] !== 0 && length > 55, 'RLP is not the shortest');
  }
  const next = start + length;
  must(next <= end, 'RLP ends early');
  if (!isList) {
    must(!(length === 1 && (of[start] ?? 0) < 0x80), 'RLP is not the shortest');
    return [hexOf(of.subarray(start, next)), next];
  }
  const items: Node[] = [];
  for (let inner = start; inner < next;) {
    const [item, after] = rlp(of, inner, next);
    items.push(item);
    inner = after;
  }
  return [items, next];
}

function list(of: Buffer): Node[] {
  const [item, end] = rlp(of, 0, of.length);
  must(end === of.length && Array.isArray(item), 'one RLP list');
  return item;
}

function text(node: Node | undefined): Hex {
  must(typeof node === 'string', 'a string, not a list');
  return node;
}

/** The leaf with the payments of the batch in it. */
function filled(leaf: Buffer, { at, log }: NonNullable<Proof['payments']>, transfers: Buffer): Buffer {
  const blank = bytes(log);
  const end = blank.length;
  must(end >= 53 && Number.isInteger(at) && at >= 0 && at <= leaf.length, 'the place of the payments');
  const left = [...blank.subarray(end - 53, end - 33), ...blank.subarray(end - 16)];
  must(!left.some(Boolean), 'zeros for recipient and amount');
  const logs = Array.from({ length: transfers.length / 36 }, (_, index) => {
    const item = transfers.subarray(index * 36, index * 36 + 36);
    const payment = Buffer.from(blank);
    item.copy(payment, end - 53, 0, 20);
    item.copy(payment, end - 16, 20);
    return payment;
  });
  return Buffer.concat([leaf.subarray(0, at), ...logs, leaf.subarray(at)]);
}

/** The logs of the transaction, proven from the block's hash. */
function prove(given: Proof, transfers?: Buffer): { log: Log; logs: Log[] } {
  const header = bytes(given.header);
  must(hash(header) === given.block.hash, 'the hash of the header');
  const fields = list(header);
  must(BigInt(text(fields[8])) === BigInt(given.block.number), 'the number of the block');
  const index = given.transactionIndex;
  const digits = index.toString(16);
  const number = index === 0 ? '' : digits.padStart(digits.length + (digits.length % 2), '0');
  const key = index > 0 && index < 128 ? number : `${(0x80 + number.length / 2).toString(16)}${number}`;

  let expected = text(fields[5]);
  let path = key;
  let value: Hex | undefined;
  const nodes = given.proof.map(bytes);
  if (given.payments !== undefined) {
    must(transfers !== undefined, 'payments of a batch');
    nodes.push(filled(nodes.pop() ?? Buffer.alloc(0), given.payments, transfers));
  }
  for (const [at, node] of nodes.entries()) {
    must(value === undefined, 'a node after the leaf');
    must(hash(node) === expected, `the hash of node ${at}`);
    const items = list(node);
    if (items.length === 17) {
      expected = text(items[Number.parseInt(path[0] ?? 'x', 16)]);
      path = path.slice(1);
    } else {
      must(items.length === 2, 'a node of a trie');
      const part = text(items[0]).slice(2);
      const flag = Number(part[0]);
      const nibbles = part.slice(flag % 2 === 1 ? 1 : 2);
      must(flag <= 3 && (flag % 2 === 1 || part[1] === '0') && path.startsWith(nibbles), 'the path');
      path = path.slice(nibbles.length);
      if (flag < 2) {
        must(nibbles !== '', 'an extension has a path');
        expected = text(items[1]);
      } else {
        must(path === '', 'the whole path');
        value = text(items[1]);
      }
    }
    must(value !== undefined || expected.length === 66, 'the hash of a node');
  }
  must(value !== undefined, 'a leaf');
  const receipt = Buffer.from(value.slice(2), 'hex');
  const [status, , , entries] = list((receipt[0] ?? 0) < 0x80 ? receipt.subarray(1) : receipt);
  must(status === '0x01' && Array.isArray(entries), 'a successful receipt');
  const logs = entries.map((entry): Log => {
    must(Array.isArray(entry) && entry.length === 3 && Array.isArray(entry[1]), 'a log');
    return { address: text(entry[0]), topics: entry[1].map(text), data: text(entry[2]) };
  });
  const log = logs[given.log];
  must(log !== undefined, 'the log');
  return { log, logs };
}

/** The words of an event of a bridge: its topics after the selector, then its data. */
function event(log: Log, bridge: string, signature: string): string[] {
  must(same(log.address, bridge), `a log of ${bridge}`);
  must(log.topics[0] === hash(signature), signature);
  return [...log.topics.slice(1), ...(log.data.slice(2).match(/.{64}/g) ?? []).map((each) => `0x${each}`)];
}

/** True if the block at this height is in the history: groups of 256 blocks, and mountains over the complete groups. */
function isInHistory(
  history: { root: string; first: number; number: number; tail: Buffer; peaks: Buffer[] },
  height: number,
  block: string,
  siblings: Buffer[],
): boolean {
  const { root, first, number, tail, peaks } = history;
  const keccak = (...parts: Buffer[]): Buffer => Buffer.from(hash(Buffer.concat(parts)).slice(2), 'hex');
  const number32 = (value: number): Buffer => Buffer.from(word(value), 'hex');
  const count = number - first + 1;
  const index = height - first;
  if (index < 0 || index >= count || first < 1) return false;
  const groups = Math.floor(count / 256);
  // One peak for each bit of the number of groups, the largest first.
  const levels = Array.from({ length: 45 }, (_, at) => 44 - at).filter(
    (level) => Math.floor(groups / 2 ** level) % 2 === 1,
  );
  if (peaks.length !== levels.length || tail.every((byte) => byte === 0) !== (count % 256 === 0)) return false;
  const bag = peaks.reduce((below, peak) => keccak(below, peak), Buffer.alloc(32));
  const tag = keccak(Buffer.from('Pegway history 1'));
  if (`0x${keccak(tag, number32(first), number32(number), bag, tail).toString('hex')}` !== root) return false;

  const climb = (start: Buffer, position: number, path: Buffer[]): Buffer =>
    path.reduce((below, sibling, depth) => {
      const isRight = Math.floor(position / 2 ** depth) % 2 === 1;
      return keccak(Buffer.of(1), ...(isRight ? [sibling, below] : [below, sibling]));
    }, start);
  const group = Math.floor(index / 256);
  const top = climb(Buffer.from(block.slice(2), 'hex'), index % 256, siblings.slice(0, 8));
  if (group === groups) return siblings.length === 8 && top.equals(tail);
  let before = 0;
  const at = levels.findIndex((level) => group < (before += 2 ** level));
  const level = levels[at] ?? 0;
  const leaf = keccak(Buffer.of(0), number32(group), top);
  return siblings.length === 8 + level && climb(leaf, group, siblings.slice(8)).equals(peaks[at] ?? tail);
}

const words = (base64: string): Buffer[] => {
  const all = bytes(base64);
  must(all.length % 32 === 0, 'words of 32 bytes');
  return Array.from({ length: all.length / 32 }, (_, at) => all.subarray(at * 32, at * 32 + 32));
};

const executed = 'TransfersExecuted(address,uint64,uint256,uint32,bytes32)';

/**
 * @param receipt Parsed JSON of the format; the form itself is left to `pegway verify`.
 * @throws when the receipt does not hold.
 */
export async function check(
  given: object,
): Promise<{ transfer: unknown; digest: Hex; signedBy: string[]; restsOn: object[] }> {
  const receipt = given as Receipt;
  must(receipt.format === 'pegway-receipt' && receipt.version === 1, 'a receipt of version 1');
  const { transfer, attestation, signerSet, outcome, departure, parking, execution } = receipt;
  const isMint = transfer.direction === 'mint';
  const [source, destination] = isMint ? [receipt.main, receipt.product] : [receipt.product, receipt.main];
  const nonce = BigInt(transfer.nonce);

  const name = isMint ? 'MainTokenDeposited' : 'ProductTokenRedeem';
  const departs = `${name}(address,uint64,address,address,uint256,uint256,uint64)`;
  const departed = event(prove(departure).log, source.bridge, departs);
  const expected = ['productToken', 'nonce', 'sender', 'recipient', 'sourceAmount', 'amount'] as const;
  for (const [at, field] of expected.entries()) must(same(departed[at], `0x${word(transfer[field])}`), field);

  const { signers, threshold } = signerSet;
  const changes = 'SignersChanged(uint64,address[],uint256)';
  const changed = event(prove(signerSet.event).log, destination.bridge, changes);
  const listed = [attestation.signerEpoch, 64, threshold, signers.length, ...signers].map((each) => `0x${word(each)}`);
  must(changed.join() === listed.join(), 'the signers');
  must(threshold * 2 > signers.length && threshold <= signers.length, 'a majority');

  const lane = [source.chainId, source.bridge, attestation.signerEpoch, transfer.productToken];
  let struct: Hex;
  if (outcome === 'bounced') {
    must(attestation.kind === 'bounce' && !isMint, 'a bounce');
    const type =
      'Bounce(uint256 sourceChainId,address sourceBridge,uint64 signerEpoch,address productToken,uint64 nonce,address redeemer,address recipient,uint128 mainAmount,uint256 deadline)';
    const { sender, recipient, amount } = transfer;
    struct = hashWords(hash(type), ...lane, nonce, sender, recipient, amount, attestation.deadline);
  } else {
    must(attestation.kind === 'batch', 'a batch');
    const transfers = bytes(attestation.transfers);
    const at = Number(nonce - BigInt(attestation.firstNonce)) * 36;
    must(at >= 0 && transfers.length % 36 === 0 && at < transfers.length && transfers.length <= 256 * 36, 'the batch');
    const item = `${transfer.recipient.slice(2).toLowerCase()}${BigInt(transfer.amount).toString(16).padStart(32, '0')}`;
    must(transfers.subarray(at, at + 36).toString('hex') === item, 'the item of the batch');
    const isLast = at + 36 === transfers.length;
    must(!isLast || attestation.sourceBlock === departure.block.hash, 'the source block');
    const type =
      'Attestation(uint256 sourceChainId,address sourceBridge,uint64 signerEpoch,address productToken,uint64 firstNonce,bytes transfers,bytes32 sourceBlock)';
    struct = hashWords(hash(type), ...lane, attestation.firstNonce, hash(transfers), attestation.sourceBlock);
  }
  const domain = hashWords(
    hash('EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)'),
    ...[hash('Pegway'), hash('2'), destination.chainId, destination.bridge],
  );
  const digest = keccak256(`0x1901${word(domain)}${word(struct)}`);

  const signatures = bytes(attestation.signatures);
  const mask = signatures.readUInt32BE(0);
  const indices = Array.from({ length: 32 }, (_, index) => index).filter((index) => ((mask >>> index) & 1) === 1);
  must(signatures.length === 4 + 64 * indices.length && indices.length >= threshold, 'a quorum');
  for (const [at, index] of indices.entries()) {
    // EIP-2098: r, then s with the parity of y in its highest bit.
    const start = 4 + 64 * at;
    const r = hexOf(signatures.subarray(start, start + 32));
    const value = BigInt(hexOf(signatures.subarray(start + 32, start + 64)));
    const s = value & ((1n << 255n) - 1n);
    must(s <= 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n, 'a low s');
    const signature = { r, s: `0x${word(s)}`, yParity: Number(value >> 255n) } as const;
    must(same(await recoverAddress({ hash: digest, signature }), signers[index]), `signature ${index}`);
  }

  const end = prove(execution, outcome === 'bounced' ? undefined : bytes(attestation.transfers));
  const requireBatch = (words: string[], paid: boolean): void => {
    must(same(words[0], `0x${word(transfer.productToken)}`) && words[4] === digest, 'the batch that was signed');
    must(BigInt(words[1] ?? -1) === BigInt(attestation.firstNonce), 'the first nonce');
    must(((BigInt(words[2] ?? 0) >> (nonce - BigInt(attestation.firstNonce))) & 1n) === (paid ? 1n : 0n), 'the mask');
    must((BigInt(mask) & ~BigInt(words[3] ?? 0)) === 0n, 'the signers that counted');
  };
  const requireNonce = (words: string[]): void => {
    must(same(words[0], `0x${word(transfer.productToken)}`) && BigInt(words[1] ?? -1) === nonce, 'the nonce');
  };
  if (outcome === 'executed') requireBatch(event(end.log, destination.bridge, executed), true);
  if (outcome === 'bounced') requireNonce(event(end.log, destination.bridge, 'TransferBounced(address,uint64,uint64)'));
  if (outcome === 'released') {
    requireNonce(event(end.log, destination.bridge, 'TransferReleased(address,uint64)'));
    must(parking !== undefined, 'the parking');
    const { log, logs } = prove(parking);
    requireNonce(event(log, destination.bridge, 'TransferParked(address,uint64,uint256)'));
    const attested = logs
      .filter(({ address, topics }) => same(address, destination.bridge) && topics[0] === hash(executed))
      .map((log) => event(log, destination.bridge, executed))
      .find((words) => words[4] === digest);
    must(attested !== undefined, 'the attestation of the parked transfer');
    requireBatch(attested, false);
    must(parking.block.number <= execution.block.number, 'the order of the blocks');
  }
  must(['executed', 'bounced', 'released'].includes(outcome), 'the outcome');
  must(signerSet.event.block.number <= (parking ?? execution).block.number, 'the order of the blocks');
  const product = isMint ? ['signerSet', 'parking', 'execution'] : ['departure'];
  const { anchor, through = [] } = receipt;
  const ids = { main: receipt.main.chainId, product: receipt.product.chainId };
  let restsOn: Premise[] = Object.entries({ departure, signerSet: signerSet.event, parking, execution }).flatMap(
    ([of, proof]) =>
      proof === undefined ? [] : [{ of, chainId: product.includes(of) ? ids.product : ids.main, ...proof.block }],
  );
  must(through.length === 0 || anchor !== undefined, 'the anchor before an outer one');
  if (anchor !== undefined) {
    const left = unproven(anchor, restsOn, ids.product);
    restsOn = [...left, { of: 'anchor', chainId: ids.main, ...anchor.event.block }];
  }
  for (const [at, outer] of through.entries()) {
    const left = unproven(outer, restsOn, at === 0 ? ids.main : undefined);
    restsOn = [...left, { of: 'through', ...outer.event.block }];
  }
  return { transfer, digest, signedBy: indices.flatMap((index) => signers[index] ?? []), restsOn };
}

interface Premise {
  of: string;
  /** Left out for the outer chain, which a receipt does not name. */
  chainId?: number;
  number: number;
  hash: Hex;
}

/** The blocks that an anchor of a chain does not prove: those of other chains, and from before its history. */
function unproven(anchor: Anchor, blocks: Premise[], chainId: number | undefined): Premise[] {
  const signature = 'Anchored(uint64,bytes32,bytes32,uint64,bytes32[],bytes32)';
  const [number = '0x', , root = '0x'] = event(prove(anchor.event).log, anchor.contract, signature);
  const [tail = Buffer.alloc(0), ...peaks] = words(anchor.history);
  const history = { root, first: anchor.firstBlock, number: Number(number), tail, peaks };
  const proven = blocks.filter((block) => block.chainId === chainId && block.number >= anchor.firstBlock);
  const nameOf = ({ of }: Premise): string => (of === 'through' ? 'anchor' : of);
  for (const block of proven) {
    const siblings = words(anchor.blocks[nameOf(block)] ?? '');
    must(isInHistory(history, block.number, block.hash, siblings), `the block of ${block.of} in the anchored history`);
  }
  const names = proven.map(nameOf);
  must(names.length > 0 && Object.keys(anchor.blocks).every((name) => names.includes(name)), 'the anchored blocks');
  return blocks.filter((block) => !proven.includes(block));
}

if (import.meta.main) {
  const [file] = process.argv.slice(2);
  if (file === undefined) throw new Error('expected a file: node scripts/verify-receipt.ts FILE');
  console.log(JSON.stringify(await check(JSON.parse(await readFile(file, 'utf8')) as object), undefined, 2));
}
