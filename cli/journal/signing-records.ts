import { existsSync } from 'node:fs';

import { decodeTransfers } from '../../protocol/attestation.ts';
import { PegwayError } from '../../protocol/errors.ts';
import { type Lane, laneKey } from '../../protocol/lane.ts';
import { type Config, readConfig } from '../../relayer/config.ts';
import { databaseFile, openDatabase } from '../../relayer/store/database.ts';
import { type SigningHistory, openSigningHistory } from '../../relayer/store/signing-history.ts';
import { DIRECTION_WORDS, directionNamed } from '../inspect/direction.ts';
import { findConfig } from '../inspect/find-config.ts';
import { BASE_UNITS, exactAmountOf } from '../inspect/format.ts';
import { readPaidToken } from '../inspect/paid-token.ts';
import type { Io } from '../io.ts';
import { openOutput } from '../output.ts';
import { addressAt } from '../parse-address.ts';

/** The transfer that this signer signed for one nonce. */
export interface Signed {
  readonly recipient: string;
  /** In base units of the destination token. */
  readonly amount: bigint;
}

/**
 * Opens the journal of a relayer, which may be running, for as long as `action` takes.
 * @throws {PegwayError} exit code 2 when there is none: reading never creates one.
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

interface JournalFlags {
  readonly config?: string;
  readonly bridge?: string;
  readonly json: boolean;
}

const wrong = (message: string) =>
  new PegwayError(message, {
    exitCode: 2,
    hint: 'pegway journal accept mint 0xPRODUCT_TOKEN 12 --config relayer.json',
  });

function laneOf(direction: string, productToken: string): Lane {
  const known = directionNamed(direction);
  if (known === undefined) throw wrong(`expected ${DIRECTION_WORDS}; found ${direction}`);
  return { direction: known, productToken: addressAt('productToken', productToken) };
}

function nonceOf(text: string): bigint {
  if (!/^\d{1,15}$/.test(text)) throw wrong(`expected a nonce, found ${text}`);
  return BigInt(text);
}

/** `pegway journal show`; `accept` also removes the record. */
export function showOrAccept(accept: boolean) {
  return async (
    direction: string,
    productToken: string,
    nonceText: string,
    flags: JournalFlags,
    io: Io,
  ): Promise<void> => {
    const lane = laneOf(direction, productToken);
    const nonce = nonceOf(nonceText);
    const config = readConfig(findConfig(flags.config, io), io.env, flags.bridge);
    const signed = withJournal(config, (journal) => {
      const found = signedFor(journal, lane, nonce);
      if (accept) journal.accept(laneKey(lane), nonce);
      return found;
    });
    // Only for the text: the record itself is changed without a chain.
    const token = flags.json ? undefined : await readPaidToken(config, lane);
    const what = `${exactAmountOf(signed.amount, token ?? BASE_UNITS)} for ${signed.recipient}`;
    const text = accept
      ? `nonce ${nonce} of ${laneKey(lane)}: forgotten that ${what} was signed.\n` +
        'Its relayer goes on with its next sweep, and signs what its own nodes prove.'
      : `nonce ${nonce} of ${laneKey(lane)}: ${what} was signed`;
    openOutput(flags.json, io).result(text, { ...lane, nonce, ...signed, accepted: accept });
  };
}
