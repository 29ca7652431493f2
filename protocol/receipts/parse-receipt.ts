import { type Address, type Hex, getAddress, zeroAddress } from 'viem';

import { directions } from '../lane.ts';
import {
  type AnchorLink,
  type BatchAttestation,
  type BounceAttestation,
  FORMAT,
  type LogProof,
  MAXIMUM_LENGTH,
  MAXIMUM_THROUGH,
  type Payments,
  type Receipt,
  type ReceiptBridge,
  VERSION,
  anchorable,
  linkable,
  outcomes,
} from './format.ts';
import { ReceiptError } from './receipt-error.ts';

// SECURITY: a receipt comes from anyone. Everything is read field by field: a missing or unknown field is an error.

type Fields = Readonly<Record<string, unknown>>;

const MAXIMUM_SIGNERS = 32;
/** Nibbles of the largest index, and the leaf. */
const MAXIMUM_NODES = 9;
const MAXIMUM_INDEX = 0xff_ffff;
const UINT64 = 2n ** 64n - 1n;
const UINT128 = 2n ** 128n - 1n;

/**
 * Parses the text of a receipt.
 * @throws {ReceiptError} when it is too long, no JSON, or no receipt of a version that this release knows.
 */
export function parseReceiptText(text: string): Receipt {
  if (text.length > MAXIMUM_LENGTH) {
    throw new ReceiptError('receipt', `expected at most ${MAXIMUM_LENGTH} characters, found ${text.length}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ReceiptError('receipt', 'expected JSON');
  }
  return parseReceipt(value);
}

/** Checks the form of a receipt; what it proves is left to `verifyReceipt`. @throws {ReceiptError} */
export function parseReceipt(value: unknown): Receipt {
  const head = objectOf(value, 'receipt');
  if (head['format'] !== FORMAT) throw unexpected('format', JSON.stringify(FORMAT), head['format']);
  if (head['version'] !== VERSION)
    throw unexpected('version', `${VERSION}, the one that this release knows`, head['version']);
  const isReleased = head['outcome'] === 'released';
  const isAnchored = Object.hasOwn(head, 'anchor');
  const isThrough = isAnchored && Object.hasOwn(head, 'through');
  const fields = exactly(head, 'receipt', [
    ...['format', 'version', 'outcome', 'main', 'product', 'transfer', 'departure', 'attestation', 'signerSet'],
    ...(isReleased ? ['parking'] : []),
    'execution',
    ...(isAnchored ? ['anchor'] : []),
    ...(isThrough ? ['through'] : []),
  ]);
  return {
    format: FORMAT,
    version: VERSION,
    outcome: oneOf(fields['outcome'], outcomes, 'outcome'),
    main: bridgeOf(fields['main'], 'main'),
    product: bridgeOf(fields['product'], 'product'),
    transfer: transferOf(fields['transfer'], 'transfer'),
    departure: logProofOf(fields['departure'], 'departure'),
    attestation: attestationOf(fields['attestation'], 'attestation'),
    signerSet: signerSetOf(fields['signerSet'], 'signerSet'),
    ...(isReleased ? { parking: logProofOf(fields['parking'], 'parking') } : {}),
    execution: logProofOf(fields['execution'], 'execution'),
    ...(isAnchored ? { anchor: anchorOf(fields['anchor'], anchorable, 'anchor') } : {}),
    ...(isThrough ? { through: throughOf(fields['through'], 'through') } : {}),
  };
}

function bridgeOf(value: unknown, field: string): ReceiptBridge {
  const { chainId, bridge } = exactly(objectOf(value, field), field, ['chainId', 'bridge']);
  return {
    chainId: integerOf(chainId, 1, Number.MAX_SAFE_INTEGER, `${field}.chainId`),
    bridge: addressOf(bridge, `${field}.bridge`),
  };
}

function transferOf(value: unknown, field: string): Receipt['transfer'] {
  const names = ['direction', 'productToken', 'nonce', 'sender', 'recipient', 'sourceAmount', 'amount'];
  const fields = exactly(objectOf(value, field), field, names);
  const at = (name: string) => [fields[name], `${field}.${name}`] as const;
  return {
    direction: oneOf(fields['direction'], directions, `${field}.direction`),
    productToken: addressOf(...at('productToken')),
    nonce: decimalOf(fields['nonce'], UINT64, `${field}.nonce`),
    sender: addressOf(...at('sender')),
    recipient: addressOf(...at('recipient')),
    sourceAmount: decimalOf(fields['sourceAmount'], UINT128, `${field}.sourceAmount`),
    amount: decimalOf(fields['amount'], UINT128, `${field}.amount`),
  };
}

function attestationOf(value: unknown, field: string): BatchAttestation | BounceAttestation {
  const given = objectOf(value, field);
  const kind = oneOf(given['kind'], ['batch', 'bounce'] as const, `${field}.kind`);
  const names = kind === 'batch' ? ['firstNonce', 'transfers', 'sourceBlock'] : ['deadline'];
  const fields = exactly(given, field, ['kind', 'signerEpoch', ...names, 'signatures']);
  const decimal = (name: string) => decimalOf(fields[name], UINT64, `${field}.${name}`);
  const signed = {
    signerEpoch: decimal('signerEpoch'),
    signatures: textOf(fields['signatures'], `${field}.signatures`),
  };
  return kind === 'bounce'
    ? { kind, ...signed, deadline: decimal('deadline') }
    : {
        ...{ kind, ...signed, firstNonce: decimal('firstNonce') },
        transfers: textOf(fields['transfers'], `${field}.transfers`),
        sourceBlock: hashOf(fields['sourceBlock'], `${field}.sourceBlock`),
      };
}

function signerSetOf(value: unknown, field: string): Receipt['signerSet'] {
  const { threshold, signers, event } = exactly(objectOf(value, field), field, ['threshold', 'signers', 'event']);
  const list = listOf(signers, MAXIMUM_SIGNERS, `${field}.signers`);
  return {
    threshold: integerOf(threshold, 1, MAXIMUM_SIGNERS, `${field}.threshold`),
    signers: list.map((signer, index) => addressOf(signer, `${field}.signers[${index}]`)),
    event: logProofOf(event, `${field}.event`),
  };
}

function anchorOf<Name extends string>(value: unknown, known: readonly Name[], field: string): AnchorLink<Name> {
  const fields = exactly(objectOf(value, field), field, ['contract', 'firstBlock', 'event', 'history', 'blocks']);
  const at = `${field}.blocks`;
  const blocks = objectOf(fields['blocks'], at);
  const names = known.filter((name) => Object.hasOwn(blocks, name));
  exactly(blocks, at, names);
  const texts = names.map((name) => [name, textOf(blocks[name], `${at}.${name}`)] as const);
  return {
    contract: addressOf(fields['contract'], `${field}.contract`),
    firstBlock: integerOf(fields['firstBlock'], 1, Number.MAX_SAFE_INTEGER, `${field}.firstBlock`),
    event: logProofOf(fields['event'], `${field}.event`),
    history: textOf(fields['history'], `${field}.history`),
    blocks: Object.fromEntries(texts) as Partial<Record<Name, string>>,
  };
}

const throughOf = (value: unknown, field: string): NonNullable<Receipt['through']> =>
  listOf(value, MAXIMUM_THROUGH, field).map((link, index) => anchorOf(link, linkable, `${field}[${index}]`));

function paymentsOf(value: unknown, field: string): Payments {
  const fields = exactly(objectOf(value, field), field, ['at', 'log']);
  return {
    at: integerOf(fields['at'], 0, MAXIMUM_INDEX, `${field}.at`),
    log: textOf(fields['log'], `${field}.log`),
  };
}

function logProofOf(value: unknown, field: string): LogProof {
  const given = objectOf(value, field);
  const isCut = Object.hasOwn(given, 'payments');
  const names = ['block', 'header', 'transactionIndex', 'proof', 'log', ...(isCut ? ['payments'] : [])];
  const fields = exactly(given, field, names);
  const at = `${field}.block`;
  const block = exactly(objectOf(fields['block'], at), at, ['number', 'hash']);
  const nodes = listOf(fields['proof'], MAXIMUM_NODES, `${field}.proof`);
  return {
    block: {
      number: integerOf(block['number'], 0, Number.MAX_SAFE_INTEGER, `${at}.number`),
      hash: hashOf(block['hash'], `${at}.hash`),
    },
    header: textOf(fields['header'], `${field}.header`),
    transactionIndex: integerOf(fields['transactionIndex'], 0, MAXIMUM_INDEX, `${field}.transactionIndex`),
    proof: nodes.map((node, index) => textOf(node, `${field}.proof[${index}]`)),
    log: integerOf(fields['log'], 0, MAXIMUM_INDEX, `${field}.log`),
    ...(isCut ? { payments: paymentsOf(fields['payments'], `${field}.payments`) } : {}),
  };
}

const unexpected = (field: string, expected: string, found: unknown): ReceiptError => {
  const text = found === undefined ? 'nothing' : ((JSON.stringify(found) as string | undefined) ?? typeof found);
  return new ReceiptError(field, `expected ${expected}, found ${text.length > 80 ? `${text.slice(0, 77)}…` : text}`);
};

function objectOf(value: unknown, field: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw unexpected(field, 'an object', value);
}

/** Own fields only: `__proto__` and `constructor` are unknown ones. */
function exactly(given: Fields, field: string, names: readonly string[]): Fields {
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (unknown !== undefined) throw new ReceiptError(field, `unknown field ${JSON.stringify(unknown.slice(0, 40))}`);
  const missing = names.find((name) => !Object.hasOwn(given, name));
  if (missing !== undefined) throw new ReceiptError(`${field}.${missing}`, 'missing');
  return given;
}

function listOf(value: unknown, maximum: number, field: string): readonly unknown[] {
  if (Array.isArray(value) && value.length >= 1 && value.length <= maximum) return value as readonly unknown[];
  throw new ReceiptError(
    field,
    `expected a list of 1 to ${maximum}, found ${Array.isArray(value) ? value.length : typeof value}`,
  );
}

function oneOf<const T extends string>(value: unknown, all: readonly T[], field: string): T {
  const found = all.find((one) => one === value);
  if (found === undefined) throw unexpected(field, all.join(' or '), value);
  return found;
}

function textOf(value: unknown, field: string): string {
  if (typeof value === 'string') return value;
  throw unexpected(field, 'bytes in base64', value);
}

function integerOf(value: unknown, minimum: number, maximum: number, field: string): number {
  // `-0` is a different text of the same number.
  const isInteger = typeof value === 'number' && Number.isSafeInteger(value) && !Object.is(value, -0);
  if (isInteger && value >= minimum && value <= maximum) return value;
  throw unexpected(field, `an integer from ${minimum} to ${maximum}`, value);
}

function decimalOf(value: unknown, maximum: bigint, field: string): string {
  if (typeof value === 'string' && /^(0|[1-9]\d{0,38})$/.test(value) && BigInt(value) <= maximum) return value;
  throw unexpected(field, `a decimal integer in quotes, at most ${maximum}`, value);
}

function addressOf(value: unknown, field: string): Address {
  // One text for each address: its EIP-55 checksum form.
  if (typeof value === 'string' && /^0x[0-9a-fA-F]{40}$/.test(value) && getAddress(value.toLowerCase()) === value) {
    if (value !== zeroAddress) return value;
  }
  throw unexpected(field, 'an address other than zero, with its EIP-55 checksum', value);
}

function hashOf(value: unknown, field: string): Hex {
  if (typeof value === 'string' && /^0x[0-9a-f]{64}$/.test(value) && !/^0x0+$/.test(value)) return value as Hex;
  throw unexpected(field, 'a hash other than zero: 0x and 64 lower-case hex digits', value);
}
