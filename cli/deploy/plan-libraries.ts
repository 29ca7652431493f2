import type { PublicClient } from 'viem';

import artifacts from '../../protocol/artifacts.json' with { type: 'json' };
import { type Origin, createdAddress } from './creation.ts';
import type { LibraryRecord } from './journal.ts';
import { type BridgeContract, type LibraryName, type Links, librariesOf } from './libraries.ts';

/** The libraries that bridges on a chain can link: those planned so far in this deployment, by name and code. */
export class Libraries {
  readonly #known: LibraryRecord[];

  constructor(known: readonly LibraryRecord[]) {
    this.#known = [...known];
  }

  /** Plans the libraries of a bridge that the chain lacks; the others are linked where they are. */
  plan(contract: BridgeContract, take: () => Origin, chainId: number): { links: Links; created: LibraryRecord[] } {
    const links: Record<string, LibraryRecord['address']> = {};
    const created: LibraryRecord[] = [];
    for (const name of librariesOf(contract)) {
      const data = dataOf(name);
      let record = this.#known.find((one) => one.chainId === chainId && one.data === data);
      if (record === undefined) {
        record = libraryRecord(name, take());
        this.#known.push(record);
        created.push(record);
      }
      links[name] = record.address;
    }
    return { links, created };
  }
}

const dataOf = (name: LibraryName) => artifacts.contracts[name].bytecode as LibraryRecord['data'];

const libraryRecord = (contract: LibraryName, origin: Origin): LibraryRecord => ({
  ...{ contract, ...origin, address: createdAddress(origin) },
  ...{ arguments: {}, encodedArguments: '0x', data: dataOf(contract), attempts: [] },
});

/** The recorded libraries that are on their chains. Chains that the file no longer names are left out. */
export async function standingLibraries(
  records: readonly LibraryRecord[],
  readers: ReadonlyMap<number, PublicClient>,
): Promise<LibraryRecord[]> {
  const standing = await Promise.all(
    records.map(async (record) => {
      const code = await readers.get(record.chainId)?.getCode({ address: record.address });
      return code === undefined ? [] : [record];
    }),
  );
  return standing.flat();
}
