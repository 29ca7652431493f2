// Writes docs/protocol-vectors.json, the test vectors of docs/protocol.md: `node scripts/protocol-vectors.ts`, then
// `npm run format`.
// viem's own EIP-712 computes the hashes, from the types as printed on that page: not the code under test. The vectors
// change only with the protocol.
import { writeFile } from 'node:fs/promises';

import {
  type Address,
  type Hex,
  concatHex,
  domainSeparator,
  encodeAbiParameters,
  encodeFunctionData,
  encodePacked,
  getContractAddress,
  hashTypedData,
  keccak256,
  numberToHex,
  parseAbi,
  stringToHex,
  zeroHash,
} from 'viem';
import { privateKeyToAddress, sign } from 'viem/accounts';

import { stringify } from '../protocol/json.ts';

const fields = (list: string) =>
  list.split(',').map((field) => {
    const [type = '', name = ''] = field.split(' ');
    return { type, name };
  });

const types = {
  Attestation: fields(
    'uint256 sourceChainId,address sourceBridge,uint64 signerEpoch,address productToken,uint64 firstNonce,bytes transfers,bytes32 sourceBlock',
  ),
  Bounce: fields(
    'uint256 sourceChainId,address sourceBridge,uint64 signerEpoch,address productToken,uint64 nonce,address redeemer,address recipient,uint128 mainAmount,uint256 deadline',
  ),
  Pause: fields('uint64 signerEpoch,uint64 pauseNonce'),
  Governance: fields('uint64 listEpoch,uint256 nonce,uint256 deadline,bytes[] calls'),
  Anchor: fields(
    'uint256 sourceChainId,uint64 signerEpoch,uint64 number,bytes32 blockHash,bytes32 historyRoot,uint64 attestedAt',
  ),
  Correction: fields(
    'uint256 sourceChainId,uint64 signerEpoch,bytes32 replacedHash,uint64 number,bytes32 blockHash,bytes32 historyRoot,uint64 attestedAt',
  ),
};

/** A value that is the same in every run. */
const word = (name: string): Hex => keccak256(stringToHex(`Pegway test vector: ${name}`));
const account = (name: string): Address => `0x${word(name).slice(26)}`;

const deployer = account('deployer');
const chains = {
  product: { chainId: 4242, bridge: getContractAddress({ from: deployer, nonce: 0n }) },
  main: { chainId: 1, bridge: getContractAddress({ from: deployer, nonce: 1n }) },
};
type Side = keyof typeof chains;

/** On the main chain. */
const anchorsContract = getContractAddress({ from: deployer, nonce: 2n });

const privateKeyOf = (index: number): Hex => word(`signer ${index}`);
const signers = [0, 1, 2, 3, 4, 5].map((index) => {
  const privateKey = privateKeyOf(index);
  return { privateKey, address: privateKeyToAddress(privateKey).toLowerCase() as Address };
});

const domain = (side: Side) => ({
  name: 'Pegway',
  version: '2',
  chainId: chains[side].chainId,
  verifyingContract: chains[side].bridge,
});

const anchorsDomain = {
  name: 'Pegway Anchors',
  version: '1',
  chainId: chains.main.chainId,
  verifyingContract: anchorsContract,
};

const digest = (side: Side, primaryType: keyof typeof types, message: Record<string, unknown>): Hex =>
  hashTypedData({ domain: domain(side), types, primaryType, message });

async function signature(hash: Hex, index: number): Promise<Hex> {
  const { r, s, yParity } = await sign({ hash, privateKey: privateKeyOf(index) });
  return concatHex([r, numberToHex(BigInt(s) + (BigInt(yParity ?? 0) << 255n), { size: 32 })]);
}

async function signatures(hash: Hex, by: readonly number[]): Promise<Hex> {
  const mask = by.reduce((bits, index) => bits + 2 ** index, 0);
  return concatHex([numberToHex(mask, { size: 4 }), ...(await Promise.all(by.map((index) => signature(hash, index))))]);
}

interface Batch {
  direction: 'mint' | 'withdraw';
  signerEpoch: number;
  firstNonce: bigint;
  amounts: readonly bigint[];
  by: readonly number[];
}

const batches: Batch[] = [
  { direction: 'mint', signerEpoch: 1, firstNonce: 0n, amounts: [1n], by: [0, 1, 2, 3] },
  { direction: 'mint', signerEpoch: 1, firstNonce: 255n, amounts: [10n ** 18n, 0n, 2n ** 128n - 1n], by: [0, 2, 3, 5] },
  { direction: 'withdraw', signerEpoch: 1, firstNonce: 2n ** 64n - 1n, amounts: [7n], by: [0, 1, 2, 3, 4, 5] },
  { direction: 'mint', signerEpoch: 2, firstNonce: 0n, amounts: [1n], by: [2, 3, 4, 5] },
  { direction: 'withdraw', signerEpoch: 2, firstNonce: 3n, amounts: [1n, 2n], by: [1] },
];

async function attestation({ direction, signerEpoch, firstNonce, amounts, by }: Batch) {
  const [source, destination] = direction === 'mint' ? (['main', 'product'] as const) : (['product', 'main'] as const);
  const productToken = account('product token');
  const items = amounts.map((amount, index) => ({ recipient: account(`recipient ${index}`), amount }));
  const transfers = concatHex(
    items.map(({ recipient, amount }) => encodePacked(['address', 'uint128'], [recipient, amount])),
  );
  const sourceBlock = word(`source block ${firstNonce}`);
  const hash = digest(destination, 'Attestation', {
    sourceChainId: BigInt(chains[source].chainId),
    sourceBridge: chains[source].bridge,
    signerEpoch: BigInt(signerEpoch),
    productToken,
    firstNonce,
    transfers,
    sourceBlock,
  });
  return {
    direction,
    signerEpoch,
    productToken,
    firstNonce,
    items,
    transfers,
    sourceBlock,
    digest: hash,
    by,
    signatures: await signatures(hash, by),
  };
}

async function bounce(signerEpoch: number, nonce: bigint, mainAmount: bigint) {
  const content = {
    productToken: account('product token'),
    nonce,
    redeemer: account('redeemer'),
    recipient: account('recipient 0'),
    mainAmount,
    deadline: 2n ** 40n + nonce,
  };
  const hash = digest('main', 'Bounce', {
    sourceChainId: BigInt(chains.product.chainId),
    sourceBridge: chains.product.bridge,
    signerEpoch: BigInt(signerEpoch),
    ...content,
  });
  return { signerEpoch, ...content, digest: hash, signatures: await signatures(hash, [0, 1, 2, 3]) };
}

async function pause(side: Side, signerEpoch: number, pauseNonce: number, by: number) {
  const hash = digest(side, 'Pause', { signerEpoch: BigInt(signerEpoch), pauseNonce: BigInt(pauseNonce) });
  return { side, signerEpoch, pauseNonce, digest: hash, by, signature: await signature(hash, by) };
}

/** Each proposal of these vectors is the first of its list of signers: the list that began with the epoch `nonce + 1`. */
async function proposal(side: Side, nonce: number, deadline: bigint, calls: readonly Hex[], by: readonly number[]) {
  const listEpoch = nonce + 1;
  const hash = digest(side, 'Governance', { listEpoch: BigInt(listEpoch), nonce: BigInt(nonce), deadline, calls });
  const callsHash = keccak256(encodeAbiParameters([{ type: 'bytes[]' }], [calls]));
  return {
    side,
    listEpoch,
    nonce,
    deadline,
    calls,
    callsHash,
    digest: hash,
    by,
    signatures: await signatures(hash, by),
  };
}

const administrative = parseAbi(['function setSigners(address[] newSigners, uint256 newThreshold)']);
/** The same signers in the same order: raises the epoch without any other change. */
const sameSigners = encodeFunctionData({
  abi: administrative,
  functionName: 'setSigners',
  args: [signers.map(({ address }) => address), 4n],
});

/** Of the first two epochs. `replacedHash` is the last anchor's; before the first, zero. */
function anchorStatement(signerEpoch: number, number: bigint) {
  const content = {
    number,
    blockHash: word(`block ${number}`),
    historyRoot: word(`history ${number}`),
    attestedAt: 2n ** 31n + number,
  };
  const message = { sourceChainId: BigInt(chains.product.chainId), signerEpoch: BigInt(signerEpoch), ...content };
  const replacedHash = zeroHash;
  return {
    signerEpoch,
    ...content,
    digest: hashTypedData({ domain: anchorsDomain, types, primaryType: 'Anchor', message }),
    replacedHash,
    correctionDigest: hashTypedData({
      domain: anchorsDomain,
      types,
      primaryType: 'Correction',
      message: { ...message, replacedHash },
    }),
  };
}

const HISTORY_TAG = keccak256(stringToHex('Pegway history 1'));
const FIRST_BLOCK = 1_001n;
const GROUP = 256;

/** Every tree whole, by the words of docs/protocol.md: slow and plain, not the code under test. */
function wholeTree(leaves: readonly Hex[]): Hex[][] {
  const levels = [[...leaves]];
  for (let below = [...leaves]; below.length > 1;) {
    below = below.flatMap((left, at) =>
      at % 2 === 1 ? [] : [keccak256(concatHex(['0x01', left, below[at + 1] ?? zeroHash]))],
    );
    levels.push(below);
  }
  return levels;
}
const topOf = (levels: readonly Hex[][]): Hex => levels.at(-1)?.[0] ?? zeroHash;
const siblingsIn = (levels: readonly Hex[][], place: number): Hex[] =>
  levels.slice(0, -1).map((level, depth) => level[(place >> depth) ^ 1] ?? zeroHash);

/** The blocks from 1,001 on have the hashes `keccak256("Pegway test vector: block N")`. */
function history(count: number, provenPlace: number) {
  const hashes = Array.from({ length: count }, (_, at) => word(`block ${FIRST_BLOCK + BigInt(at)}`));
  const groupAt = (index: number): Hex[][] => {
    const group = hashes.slice(GROUP * index, GROUP * (index + 1));
    return wholeTree([...group, ...Array.from({ length: GROUP - group.length }, () => zeroHash)]);
  };
  const leafCount = Math.floor(count / GROUP);
  const leaves = Array.from({ length: leafCount }, (_, index) =>
    keccak256(concatHex(['0x00', numberToHex(index, { size: 32 }), topOf(groupAt(index))])),
  );
  const trees: { readonly from: number; readonly levels: Hex[][] }[] = [];
  for (let from = 0; from < leafCount;) {
    const size = 2 ** Math.floor(Math.log2(leafCount - from));
    trees.push({ from, levels: wholeTree(leaves.slice(from, from + size)) });
    from += size;
  }
  const peaks = trees.map(({ levels }) => topOf(levels));
  const bag = peaks.reduce<Hex>((one, peak) => keccak256(concatHex([one, peak])), zeroHash);
  const tailRoot = count % GROUP === 0 ? zeroHash : topOf(groupAt(leafCount));
  const number = FIRST_BLOCK + BigInt(count) - 1n;
  const words = [FIRST_BLOCK, number].map((value) => numberToHex(value, { size: 32 }));
  const index = Math.floor(provenPlace / GROUP);
  const above = trees.findLast(({ from }) => from <= index && index < leafCount);
  return {
    first: FIRST_BLOCK,
    number,
    peaks,
    bag,
    tailRoot,
    historyRoot: keccak256(concatHex([HISTORY_TAG, ...words, bag, tailRoot])),
    proof: {
      height: FIRST_BLOCK + BigInt(provenPlace),
      blockHash: hashes[provenPlace],
      siblings: [
        ...siblingsIn(groupAt(index), provenPlace % GROUP),
        ...(above === undefined ? [] : siblingsIn(above.levels, index - above.from)),
      ],
    },
  };
}

const LARGEST = 2n ** 128n - 1n;
const conversion = (
  numerator: bigint,
  denominator: bigint,
  amount: bigint,
  outcome: 'ok' | 'inexact-amount' | 'below-minimum' | 'too-large',
  answer: bigint,
) => ({ numerator, denominator, amount, minimum: 2n * denominator, outcome, answer });

const vectors = {
  deployer,
  chains: Object.fromEntries(
    (['main', 'product'] as const).map((side) => [
      side,
      {
        ...chains[side],
        domainSeparator: domainSeparator({ domain: domain(side) }),
      },
    ]),
  ),
  signers,
  threshold: 4,
  attestations: await Promise.all(batches.map(attestation)),
  bounces: [await bounce(1, 3n, 9n), await bounce(2, 2n ** 64n - 1n, LARGEST)],
  pauses: [await pause('main', 1, 0, 5), await pause('product', 1, 0, 0), await pause('product', 2, 1, 3)],
  proposals: [
    await proposal('main', 0, 2n ** 40n, [sameSigners], [0, 1, 2, 3]),
    await proposal('product', 0, 2n ** 256n - 1n, [sameSigners], [0, 1, 4, 5]),
    await proposal('product', 1, 2n ** 64n, [], [0, 1, 2, 3, 4, 5]),
    await proposal('main', 1, 2n ** 64n, ['0x', '0x01', word('a call')], [1, 2, 3, 4]),
  ],
  anchorsContract,
  anchors: [anchorStatement(1, 1_001n), anchorStatement(1, 2n ** 64n - 2n ** 32n), anchorStatement(2, 4_000n)],
  histories: [
    history(1, 0),
    history(255, 254),
    history(256, 255),
    history(257, 256),
    history(773, 300),
    history(1_795, 1_600),
  ],
  bitmaps: [
    { firstNonce: 0n, mask: 1n, words: [{ word: 0n, bits: 1n }] },
    {
      firstNonce: 255n,
      mask: 0b101n,
      words: [
        { word: 0n, bits: 1n << 255n },
        { word: 1n, bits: 0b10n },
      ],
    },
    { firstNonce: 512n, mask: 2n ** 256n - 1n, words: [{ word: 2n, bits: 2n ** 256n - 1n }] },
    {
      firstNonce: 1000n,
      mask: 0b11n << 23n,
      words: [
        { word: 3n, bits: 1n << 255n },
        { word: 4n, bits: 1n },
      ],
    },
  ],
  conversions: [
    conversion(1n, 1n, 2n, 'ok', 2n),
    conversion(1n, 1n, 1n, 'below-minimum', 2n),
    conversion(2n, 3n, 9n, 'ok', 6n),
    conversion(2n, 3n, 10n, 'inexact-amount', 9n),
    conversion(2n, 3n, 4n, 'below-minimum', 6n),
    conversion(2n, 3n, LARGEST, 'ok', (LARGEST / 3n) * 2n),
    conversion(10n ** 12n, 1n, LARGEST / 10n ** 12n, 'ok', (LARGEST / 10n ** 12n) * 10n ** 12n),
    conversion(10n ** 12n, 1n, LARGEST / 10n ** 12n + 1n, 'too-large', LARGEST / 10n ** 12n),
    conversion(1n, 10n ** 9n, LARGEST, 'too-large', LARGEST - (LARGEST % 10n ** 9n)),
  ],
};

await writeFile('docs/protocol-vectors.json', `${stringify(vectors, 2)}\n`);
