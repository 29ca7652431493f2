// Gas of comparable bridges, and a lower bound: all transactions that one transfer needs, with the recipient's balance
// cold / warm, measured in one run on one EVM (Osaka rules; Prague gave the same). Each is set up as close to four of
// six signers as possible, and batched through Multicall where that works. These are not measured anew here.
export type Pair = readonly [cold: number, warm: number];

export interface Peer {
  readonly name: string;
  /** By the number of transfers in the batch. */
  readonly gas: Readonly<Record<number, Pair>>;
}

/** Votes are cast per transfer, so a batch saves nothing. */
const voting = (pair: Pair) => ({ 1: pair, 10: pair, 50: pair, 100: pair });

const arithmetic: Peer['gas'] = {
  1: [76_676, 59_576],
  10: [29_541, 12_441],
  50: [25_351, 8_251],
  100: [24_828, 7_728],
};

export const mintPeers: readonly Peer[] = [
  { name: 'POA tokenbridge 5.6, 4 votes', gas: voting([418_275, 401_175]) },
  { name: 'ChainBridge, 4 votes', gas: voting([258_435, 241_335]) },
  {
    name: 'Wormhole, 13 of 19',
    gas: { 1: [280_938, 263_910], 10: [189_155, 172_035], 50: [180_540, 163_440] },
  },
  {
    name: 'Wormhole, 4 of 5',
    gas: { 1: [184_218, 167_130], 10: [117_541, 100_441], 50: [111_189, 94_091], 100: [110_395, 93_294] },
  },
  {
    name: 'Axelar 6.4, 4 of 6',
    gas: { 1: [157_115, 140_047], 10: [71_427, 54_324], 50: [63_927, 46_825], 100: [63_130, 46_030] },
  },
  {
    name: 'Hyperlane 12.1, 4 of 6',
    gas: { 1: [127_875, 110_799], 10: [96_328, 79_232], 50: [93_088, 75_986], 100: [92_684, 75_586] },
  },
  {
    name: 'Sygma 2.10, one MPC signature',
    gas: { 1: [98_519, 81_451], 10: [46_656, 29_556], 50: [42_112, 25_012], 100: [41_624, 24_525] },
  },
  {
    name: 'Safe 1.5.0 alone, MultiSend',
    gas: { 1: [104_971, 87_883], 10: [34_755, 17_653], 50: [28_118, 11_018], 100: [27_292, 10_193] },
  },
  {
    name: 'floor, hand-written',
    gas: { 1: [81_282, 64_206], 10: [30_199, 13_098], 50: [25_658, 8_557], 100: [25_089, 7_990] },
  },
  { name: 'floor, by arithmetic', gas: arithmetic },
];

export const withdrawPeers: readonly Peer[] = [
  {
    name: 'Ronin v3, 4 of 6',
    gas: { 1: [178_473, 161_361], 10: [106_737, 89_630], 100: [99_057, 81_955] },
  },
  {
    name: 'POA 5.6, executeSignatures',
    gas: { 1: [163_409, 146_309], 10: [107_281, 90_185], 100: [101_180, 84_081] },
  },
  { name: 'Sygma 2.10', gas: { 1: [94_865, 77_745], 10: [46_567, 29_470], 100: [41_898, 24_798] } },
  {
    name: 'Safe 1.5.0 alone, MultiSend',
    gas: { 1: [103_099, 85_999], 10: [34_696, 17_596], 100: [27_413, 10_312] },
  },
  // The bridge's balance changes where a mint changes the supply; the peg's collateral is not included.
  { name: 'floor, by arithmetic, as of a mint', gas: arithmetic },
];
