import { type Address, type Hex, getAddress, isAddress, isHash } from 'viem';

import { stringify } from '../protocol/json.ts';
import { type Direction, directions } from '../protocol/lane.ts';
import type { SentTransfer } from '../sdk/index.ts';
import { keep } from './settings.ts';

/** A transfer sent from this browser. A mere shortcut: a link with direction, token and nonce is sufficient. */
export interface Journey {
  readonly direction: Direction;
  readonly productToken: Address;
  readonly nonce: bigint;
  /** Its source block. */
  readonly block: bigint;
  /** Height of the destination before departure; undefined if this browser did not observe it. */
  readonly destinationBlock: bigint | undefined;
  readonly arrived: boolean;
}

const KEPT = 20;

function parse(text: string | null): readonly Journey[] {
  try {
    const list: unknown = JSON.parse(text ?? '[]');
    if (!Array.isArray(list)) return [];
    return list.slice(0, KEPT).flatMap((item: unknown): Journey[] => {
      const fields = item as Readonly<Record<string, unknown>> | null;
      const direction = directions.find((one) => one === fields?.['direction']);
      const token = fields?.['productToken'];
      if (direction === undefined || typeof token !== 'string' || !isAddress(token)) return [];
      const [nonce, block, destinationBlock] = ['nonce', 'block', 'destinationBlock'].map((name) =>
        fields?.[name] === undefined ? undefined : BigInt(fields[name] as string),
      );
      if (nonce === undefined || block === undefined) return [];
      const arrived = fields?.['arrived'] === true;
      return [{ direction, productToken: getAddress(token), nonce, block, destinationBlock, arrived }];
    });
  } catch {
    // Not written by this code: ignore, since the list is a mere shortcut.
    return [];
  }
}

export const journeys = keep<readonly Journey[]>('journeys', parse, (list) => stringify(list));

type Name = Pick<Journey, 'direction' | 'productToken' | 'nonce'>;
const isSame = (a: Name, b: Name) =>
  a.direction === b.direction && a.productToken === b.productToken && a.nonce === b.nonce;

export const findJourney = (name: Name): Journey | undefined => journeys.get().find((one) => isSame(one, name));

export function noteJourney(journey: Journey): void {
  journeys.set([journey, ...journeys.get().filter((one) => !isSame(one, journey))].slice(0, KEPT));
}

export function noteArrival(name: Name): void {
  const known = findJourney(name);
  if (known === undefined || known.arrived) return;
  journeys.set(journeys.get().map((one) => (isSame(one, name) ? { ...one, arrived: true } : one)));
}

function parseSent(text: string | null): readonly SentTransfer[] {
  try {
    const list: unknown = JSON.parse(text ?? '[]');
    if (!Array.isArray(list)) return [];
    return list.slice(0, KEPT).flatMap((item: unknown): SentTransfer[] => {
      const { hash, sender, nonce, ...fields } = item as Readonly<Record<string, string>>;
      const direction = directions.find((one) => one === fields['direction']);
      const addresses = [sender, fields['productToken'], fields['recipient']].filter((one) => isAddress(one ?? ''));
      const [from, productToken, recipient] = addresses.map((one) => getAddress(one ?? ''));
      if (direction === undefined || hash === undefined || !isHash(hash)) return [];
      if (from === undefined || productToken === undefined || recipient === undefined) return [];
      const [amount, fromBlock] = [fields['amount'], fields['fromBlock']].map((one) => BigInt(one ?? ''));
      if (amount === undefined || fromBlock === undefined) return [];
      const place = { sender: from, nonce: nonce === undefined ? undefined : Number(nonce), fromBlock };
      return [{ direction, productToken, amount, recipient, hash, ...place }];
    });
  } catch {
    // Not written by this code: ignore, since the list only helps to find what became of a transaction.
    return [];
  }
}

/** Identifies the transactions sent from this browser, should a wallet replace them. */
const sentTransfers = keep<readonly SentTransfer[]>('sent', parseSent, (list) => stringify(list));

export const findSent = (hash: Hex): SentTransfer | undefined => sentTransfers.get().find((one) => one.hash === hash);

export function noteSent(sent: SentTransfer): void {
  sentTransfers.set([sent, ...sentTransfers.get().filter(({ hash }) => hash !== sent.hash)].slice(0, KEPT));
}
