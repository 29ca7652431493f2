import { readFileSync, readdirSync } from 'node:fs';

import type { HeaderRule, RpcHeader } from '../../../../protocol/proof/header.ts';
import type { RpcReceipt } from '../../../../protocol/proof/receipts.ts';

/** A block of a real chain; README.md beside the files lists their origins. */
export interface Fixture {
  readonly name: string;
  readonly rule: HeaderRule;
  readonly header: RpcHeader;
  readonly receipts?: readonly RpcReceipt[];
}

const folder = new URL('../fixtures/', import.meta.url);

export const fixtures: readonly Fixture[] = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .sort()
  .map((file) => ({
    ...(JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Omit<Fixture, 'name'>),
    name: file.replace('.json', ''),
  }));

export function fixture(name: string): Fixture {
  const found = fixtures.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no fixture ${name}`);
  return found;
}
