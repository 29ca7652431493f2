/**
 * Why a wallet or its hardware device definitely signed nothing:
 * - `rejected`: its owner declined
 * - `locked`: the device or the wallet is locked
 * - `blind-signing`: the device is not allowed to sign contract calls that it cannot display
 * - `app-closed`: the device's app for this chain is not open
 */
export type WalletRefusal = 'rejected' | 'locked' | 'blind-signing' | 'app-closed';

/** EIP-1193, CAIP-25, ethers and Trezor Connect; numbers are never JSON-RPC codes of a node. */
const codes: ReadonlyMap<unknown, WalletRefusal> = new Map<unknown, WalletRefusal>([
  [4001, 'rejected'],
  [5000, 'rejected'],
  ['ACTION_REJECTED', 'rejected'],
  ['Failure_ActionCancelled', 'rejected'],
  ['Method_Cancel', 'rejected'],
  ['Method_Interrupted', 'rejected'],
  ['Method_PermissionsNotGranted', 'rejected'],
  ['Failure_PinCancelled', 'locked'],
  ['Failure_PinExpected', 'locked'],
  ['Failure_PinInvalid', 'locked'],
]);

/** Status words of Ledger devices, as numbers in `statusCode`, or in hex in a message. */
const statuses: ReadonlyMap<number, WalletRefusal> = new Map<number, WalletRefusal>([
  [0x6985, 'rejected'],
  [0x5501, 'rejected'],
  [0x5515, 'locked'],
  [0x6982, 'locked'],
  [0x6983, 'locked'],
  [0x6804, 'locked'],
  [0x6b0c, 'locked'],
  [0x6a80, 'blind-signing'],
  [0x6511, 'app-closed'],
  [0x6e00, 'app-closed'],
  [0x6e01, 'app-closed'],
  [0x6d00, 'app-closed'],
  [0x6d02, 'app-closed'],
]);

/** Messages of wallets that pass on a device's error without its code, most specific first. */
const phrases: readonly (readonly [RegExp, WalletRefusal])[] = [
  [
    /enable (blind signing|contract data)|blind signing must be enabled|EthAppPleaseEnableContractData/i,
    'blind-signing',
  ],
  [
    /locked device|device (is )?locked|ledger is locked|LockedDeviceError|wallet is locked|unlock your (device|ledger|trezor)/i,
    'locked',
  ],
  [/open the ethereum app|wrong ledger app|app(lication)? (is )?not open|ethereum app is not open/i, 'app-closed'],
  [
    new RegExp(
      [
        'denied by the user|user (rejected|denied|cancell?ed|refused|declined)',
        '(rejected|denied|cancell?ed|refused|declined) by (the )?user',
        'UserRefusedOnDevice|action cancell?ed|rejected by your (trezor|ledger)|popup closed|permissions not granted',
      ].join('|'),
      'i',
    ),
    'rejected',
  ],
];

/** Maximum depth of wrapped errors that is inspected. */
const DEEPEST = 10;

/** Members in which wallets and libraries wrap the error below. */
const wrappers = ['cause', 'error', 'data', 'originalError', 'innerError', 'info', 'payload', 'errors'] as const;

/**
 * Recognizes a wallet's definite refusal, at any depth of an error: nothing was signed, so nothing was sent.
 * SECURITY: an unknown error is none; it may come from a wallet that has sent the transaction.
 */
export function walletRefusalOf(error: unknown, depth = 0): WalletRefusal | undefined {
  if (depth > DEEPEST) return undefined;
  if (typeof error === 'string') return ofText(error);
  if (typeof error !== 'object' || error === null) return undefined;
  if (Array.isArray(error)) return firstOf(error, depth);
  const { code, statusCode, name, message, details } = error as Readonly<Record<string, unknown>>;
  const known = codes.get(code) ?? (typeof statusCode === 'number' ? statuses.get(statusCode) : undefined);
  if (known !== undefined) return known;
  // Innermost first: an outer message is often "Internal JSON-RPC error".
  const inner = wrappers.map((key) => (error as Readonly<Record<string, unknown>>)[key]);
  return firstOf(inner, depth) ?? firstOf([name, message, details], depth);
}

function firstOf(errors: readonly unknown[], depth: number): WalletRefusal | undefined {
  for (const error of errors.slice(0, 10)) {
    const found = walletRefusalOf(error, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function ofText(text: string): WalletRefusal | undefined {
  const head = text.slice(0, 1_000);
  const status = /ledger[^]*\(?\b0x([0-9a-f]{4})\b/i.exec(head)?.[1];
  const known = status === undefined ? undefined : statuses.get(Number.parseInt(status, 16));
  return known ?? phrases.find(([pattern]) => pattern.test(head))?.[1];
}
