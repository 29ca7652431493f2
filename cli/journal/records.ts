import { existsSync } from 'node:fs';

import type { Config } from '../../relayer/config.ts';
import { PegwayError } from '../../protocol/errors.ts';
import { databaseFile, openDatabase } from '../../relayer/store/database.ts';
import { type SigningHistory, openSigningHistory } from '../../relayer/store/signing-history.ts';
import { decodeTransfers } from '../../protocol/attestation.ts';
import { type Lane, laneKey } from '../../protocol/lane.ts';

/** What this signer signed for one nonce. */
export interface Signed {
  readonly recipient: string;
  /** In base units of the destination token. */
  readonly amount: bigint;
}

/**
 * Opens the journal of a relayer, which may be running, for as long as `action` takes.
 * @throws {PegwayError} exit code 2 when there is none: nothing is made by looking.
 */
export function withJournal<T>(config: Config, action: (journal: SigningHistory) => T): T {
  const file = databaseFile(config.dataDir);
  if (!existsSync(file)) {
    throw new PegwayError(`there is no journal: ${file} does not exist`, {
      exitCode: 2,
      hint: 'name the configuration of the signer whose relayer runs on this machine, as the user it runs as',
    });
  }
  const database = openDatabase(config.dataDir);
  try {
    return action(openSigningHistory(database));
  } finally {
    database.close();
  }
}

/** @throws {PegwayError} exit code 1 when this signer has signed nothing for the nonce. */
export function signedFor(journal: SigningHistory, lane: Lane, nonce: bigint): Signed {
  const content = journal.get(laneKey(lane), nonce);
  const [item] = content === undefined ? [] : decodeTransfers(content);
  if (item !== undefined) return item;
  throw new PegwayError(`this signer has signed nothing for nonce ${nonce} of ${laneKey(lane)}`, {
    hint: 'nothing is to be accepted; pegway status names the lane and nonce of a second content',
  });
}
