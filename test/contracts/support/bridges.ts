import {
  type Abi,
  type Address,
  type Hex,
  encodeFunctionData,
  getContractAddress,
  keccak256,
  stringToHex,
  zeroAddress,
} from 'viem';

import { mainBridgeAbi, productBridgeAbi } from '../../../protocol/abi.ts';
import { type TransferItem, encodeTransfers } from '../../../protocol/attestation.ts';
import { publicClient, time, viem, wallets } from './network.ts';
import { quorum, signAll, signers, threshold } from './signers.ts';

export const [deployer, holder, stranger, ...others] = wallets as [
  (typeof wallets)[number],
  (typeof wallets)[number],
  (typeof wallets)[number],
  ...typeof wallets,
];

export const UNLIMITED = 2n ** 128n - 1n;
export const MAXIMUM = 2n ** 128n - 1n;
export const HOUR = 3_600;
export const DAY = 24 * HOUR;

export const delays = { governanceDelay: 2 * DAY, parkDelay: DAY, pauseDuration: 6 * HOUR, bounceDelay: 3 * DAY };

/** Address of the other bridge; the tests of one side need nothing else of it. */
export const remote = { chainId: 77_001n, bridge: '0x000000000000000000000000000000000000b71d' as Address };

/** The source block of every batch of these tests. */
export const SOURCE_BLOCK = keccak256(stringToHex('the source block'));

/** Where fees go; an account that nothing else uses. */
export const rewards: Address = '0x00000000000000000000000000000000004e3a4d';

/** Parameters of a test's peg. Amounts in base units of the token that the side under test pays out or takes. */
export interface PegOptions {
  numerator?: bigint;
  denominator?: bigint;
  decimals?: number;
  minimum?: bigint;
  capacity?: bigint;
  refillPerSecond?: bigint;
  gasCap?: number;
  maximumFlat?: bigint;
  departMinimum?: bigint;
  /** Of the main side, which does not make it. */
  productToken?: Address;
}

const defaults = {
  numerator: 1n,
  denominator: 1n,
  decimals: 18,
  minimum: 1n,
  capacity: UNLIMITED,
  refillPerSecond: 0n,
  gasCap: 100_000,
  maximumFlat: 1_000n,
  departMinimum: 1n,
};

let nextProductToken = 0xc0ffee_000000n;

export const mainPeg = (mainToken: Address, options: PegOptions = {}) => {
  const fresh: Address = `0x${(nextProductToken++).toString(16).padStart(40, '0')}`;
  const { minimum, decimals: _, productToken = fresh, ...rest } = { ...defaults, ...options };
  const denominator = rest.denominator;
  return {
    productToken,
    mainToken,
    ...rest,
    minimumDeposit: minimum * (minimum % denominator === 0n ? 1n : denominator),
  };
};

export const productPeg = (options: PegOptions = {}, mainToken: Address = `0x${'aa'.repeat(20)}`) => {
  const { minimum, gasCap: _, productToken: __, ...rest } = { ...defaults, ...options };
  const minimumRedeem = minimum * (minimum % rest.numerator === 0n ? 1n : rest.numerator);
  return { mainToken, name: 'Boat', symbol: 'BOAT', ...rest, minimumRedeem };
};

export const deployToken = (decimals = 18) => viem.deployContract('DemoToken', ['Salvage', 'SMENT', decimals]);

export interface BridgeOptions {
  signers?: readonly Address[];
  threshold?: bigint;
  delays?: typeof delays;
  remote?: typeof remote;
  satellites?: { rewards?: Address; exits?: Address; gate?: Address };
}

const remoteArguments = ({ remote: given = remote }: BridgeOptions) => [given.chainId, given.bridge] as const;
const commonArguments = (options: BridgeOptions) =>
  [
    options.signers ?? signers.map(({ address }) => address),
    options.threshold ?? BigInt(threshold),
    options.delays ?? delays,
  ] as const;

type LibraryName = 'Signers' | 'Governance' | 'PegAdministration' | 'MainPegs' | 'ProductPegs';
const libraryNames = ['Signers', 'Governance', 'PegAdministration', 'MainPegs', 'ProductPegs'] as const;

// Deployed by an account of their own, as tests foretell the addresses of the deployer's contracts.
const librarian = wallets.at(-1)!;
const libraries = {} as Record<LibraryName, Address>;
for (const name of libraryNames) {
  const { address } = await viem.deployContract(name as 'Signers', [], { client: { wallet: librarian } });
  libraries[name] = address;
}
const linked = (...names: readonly LibraryName[]) => ({
  libraries: Object.fromEntries(names.map((name) => [name, libraries[name]])),
});

export const deployMainBridge = (pegs: readonly ReturnType<typeof mainPeg>[], options: BridgeOptions = {}) =>
  viem.deployContract(
    'MainBridge',
    [
      ...remoteArguments(options),
      { rewards, exits: zeroAddress, gate: zeroAddress, ...options.satellites },
      ...commonArguments(options),
      pegs,
    ],
    linked('Signers', 'Governance', 'PegAdministration', 'MainPegs'),
  );

export const deployProductBridge = (pegs: readonly ReturnType<typeof productPeg>[], options: BridgeOptions = {}) =>
  viem.deployContract(
    'ProductBridge',
    [...remoteArguments(options), options.satellites?.rewards ?? rewards, ...commonArguments(options), pegs],
    linked('Signers', 'Governance', 'PegAdministration', 'ProductPegs'),
  );

/** A nonce far from those that tests use. */
const FUNDING_NONCE = 1n << 40n;

/** The half of a bridge with one peg, in words that fit both sides; what only one side has is on `mainSide` and `productSide`. */
export interface Side {
  readonly name: 'main' | 'product';
  readonly address: Address;
  /** The peg under test. */
  readonly productToken: Address;
  /** The token that this side takes and pays out. */
  readonly token: Address;
  /** Sends a batch with the signatures as given. */
  submit(firstNonce: bigint, transfers: Hex, signatures: Hex, gas?: bigint): Promise<Hex>;
  /** A holder's transfer to the other side. */
  depart(amount: bigint, recipient?: Address, from?: Address, maxFee?: bigint): Promise<Hex>;
  /** Gives a holder tokens that can depart. */
  fund(amount: bigint, account?: Address): Promise<void>;
}

const adminAbi = [...mainBridgeAbi, ...productBridgeAbi];

/** Actions of tests on one side, in terms of the contracts' own functions. */
export async function withHelpers<S extends Side>(side: S) {
  const bridge = await viem.getContractAt('IBridge', side.address);
  const token = await viem.getContractAt('DemoToken', side.token);

  /** The digest that signers sign for a batch in the current epoch. */
  const digest = async (firstNonce: bigint, transfers: Hex, productToken = side.productToken): Promise<Hex> =>
    bridge.read.attestationDigest([await bridge.read.signerEpoch(), productToken, firstNonce, transfers, SOURCE_BLOCK]);

  const attest = async (firstNonce: bigint, transfers: Hex, by = quorum, list = signers): Promise<Hex> =>
    signAll(await digest(firstNonce, transfers), by, list);

  /** Executes a batch on the signatures of `by`. */
  const execute = async (firstNonce: bigint, items: readonly TransferItem[], by = quorum): Promise<Hex> => {
    const transfers = encodeTransfers(items);
    return side.submit(firstNonce, transfers, await attest(firstNonce, transfers, by));
  };

  /** A call of an administrative function, encoded. */
  const call = (functionName: string, args: readonly unknown[] = []): Hex =>
    encodeFunctionData<Abi>({ abi: adminAbi, functionName, args });

  const propose = async (calls: readonly Hex[], by = quorum, deadline?: bigint): Promise<Hex> => {
    const until = deadline ?? BigInt(await time.latest()) + 1000n;
    return bridge.write.propose([until, calls, await signAll(await bridge.read.governanceDigest([until, calls]), by)]);
  };

  /** Proposes, waits, executes; immediate calls run with the proposal. */
  const govern = async (...calls: Hex[]): Promise<Hex> => {
    const hash = await propose(calls);
    const { callsHash, executableAt } = await bridge.read.pendingProposal();
    if (BigInt(callsHash) === 0n) return hash;
    await time.increaseTo(executableAt);
    return bridge.write.execute([calls]);
  };

  const pause = async (by = 0) =>
    bridge.write.pause([`0x${(await signAll(await bridge.read.pauseDigest(), [by])).slice(10)}`]);

  const status = async (nonce: bigint) =>
    (['open', 'executed', 'parked', 'bounced'] as const)[await bridge.read.status([side.productToken, nonce])]!;

  const balanceOf = (account: Address) => token.read.balanceOf([account]);

  return { ...side, bridge, token, digest, attest, execute, call, propose, govern, pause, status, balanceOf };
}

/** A `MainBridge` with one peg of `tokenName` (deployed with DemoToken's arguments, unless others are given). */
export async function mainSide(options: PegOptions & BridgeOptions = {}, mainToken?: Address) {
  const token = await viem.getContractAt('DemoToken', mainToken ?? (await deployToken(options.decimals)).address);
  const peg = mainPeg(token.address, options);
  const main = await deployMainBridge([peg], options);

  const side: Side = {
    name: 'main',
    address: main.address,
    productToken: peg.productToken,
    token: token.address,
    submit: (firstNonce, transfers, signatures, gas) =>
      main.write.withdraw(
        [peg.productToken, firstNonce, transfers, signatures, SOURCE_BLOCK],
        gas === undefined ? {} : { gas },
      ),
    depart: (amount, recipient = others[0]!.account.address, from = holder.account.address, maxFee = 0n) =>
      main.write.deposit([peg.productToken, amount, recipient, maxFee], { account: from }),
    fund: async (amount, account = holder.account.address) => {
      await token.write.mint([account, amount]);
      await token.write.approve([main.address, 2n ** 256n - 1n], { account });
    },
  };
  const helped = await withHelpers(side);

  /** The same batch, with a frame for each payment. */
  const executeGuarded = async (firstNonce: bigint, items: readonly TransferItem[]): Promise<Hex> => {
    const transfers = encodeTransfers(items);
    const signatures = await helped.attest(firstNonce, transfers);
    return main.write.withdrawGuarded([peg.productToken, firstNonce, transfers, signatures, SOURCE_BLOCK]);
  };

  /** A bounce, and the signatures of `by` over it. */
  const bounceOf = async (
    item: { nonce?: bigint; redeemer?: Address; recipient: Address; mainAmount: bigint; deadline?: bigint },
    by = quorum,
  ) => {
    const bounce = {
      productToken: peg.productToken,
      nonce: 0n,
      redeemer: address(0x99),
      deadline: 2n ** 64n,
      ...item,
    };
    return [bounce, await signAll(await main.read.bounceDigest([bounce]), by)] as const;
  };

  return { ...helped, main, peg, executeGuarded, bounceOf };
}

export async function productSide(options: PegOptions & BridgeOptions = {}) {
  const peg = productPeg(options);
  const product = await deployProductBridge([peg], options);
  const [productToken] = (await product.read.pegs()) as [Address];
  let funded = FUNDING_NONCE;

  const side: Side = {
    name: 'product',
    address: product.address,
    productToken,
    token: productToken,
    submit: (firstNonce, transfers, signatures, gas) =>
      product.write.mint(
        [productToken, firstNonce, transfers, signatures, SOURCE_BLOCK],
        gas === undefined ? {} : { gas },
      ),
    depart: (amount, recipient = others[0]!.account.address, from = holder.account.address, maxFee = 0n) =>
      product.write.redeem([productToken, amount, recipient, maxFee], { account: from }),
    fund: async (amount, account = holder.account.address) => {
      await helped.execute(funded++, [{ recipient: account, amount }]);
    },
  };
  const helped = await withHelpers(side);
  return { ...helped, product, peg };
}

export type HelpedSide = Awaited<ReturnType<typeof withHelpers<Side>>>;

/** Both sides with the peg's collateral in place, so that anything up to `amount` can be paid out. */
export const sides = {
  main: async (options: PegOptions & BridgeOptions = {}): Promise<HelpedSide> => {
    const side = await mainSide(options);
    const amount = 10n ** 30n * (options.denominator ?? 1n);
    await side.fund(amount);
    await side.depart(amount);
    return side;
  },
  product: async (options: PegOptions & BridgeOptions = {}): Promise<HelpedSide> => productSide(options),
};

export const at = async (hash: Hex) => publicClient.getTransactionReceipt({ hash });

/** The address that the deployer's contract after `ahead` others will have. */
export const nextAddress = async (ahead = 0): Promise<Address> =>
  getContractAddress({
    from: deployer.account.address,
    nonce: BigInt(await publicClient.getTransactionCount({ address: deployer.account.address })) + BigInt(ahead),
  });

export const address = (index: number | bigint): Address => `0x${BigInt(index).toString(16).padStart(40, '0')}`;

/** Transfers to recipients of their own. */
export const items = (count: number, amount = 5n): TransferItem[] =>
  Array.from({ length: count }, (_, index) => ({ recipient: address(0x1000 + index), amount }));

export { zeroAddress };
