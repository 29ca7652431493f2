import { type Address, getAddress, isAddress } from 'viem';

import { stringify } from '../protocol/json.ts';
import { type Direction, directions } from '../protocol/lane.ts';
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
