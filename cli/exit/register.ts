import { readFileSync } from 'node:fs';

import { type Address, isAddressEqual, isHex, zeroAddress } from 'viem';

import { exitsAbi } from '../../protocol/abi.ts';
import { parseAddress } from '../../protocol/address.ts';
import { PegwayError } from '../../protocol/errors.ts';
import { requireSettled } from '../../protocol/exits/balance-claim.ts';
import { namedPayout } from '../../protocol/exits/exit-address.ts';
import { exitTypedData } from '../../protocol/exits/exit-statement.ts';
import { type Snapshot, parseSnapshot } from '../../protocol/exits/snapshot.ts';
import type { ExitPayout, Preparation } from '../../sdk/exits/calls.ts';
import { type Candidate, findCandidates } from '../../sdk/exits/candidates.ts';
import { type Consent, consentTo, planClaim } from '../../sdk/exits/plan-claim.ts';
import type { Io } from '../io.ts';
import { type Output, openListOutput, wrong } from '../output.ts';
import { nameOfCandidate } from './name-of-candidate.ts';
import { type Claimant, type ExitFlags, type OpenExits, openClaimant, openExits, readStatus } from './open-exits.ts';
import { refusalOf, sendExitCall } from './send.ts';
import { describePhase } from './status.ts';

export interface RegisterFlags extends ExitFlags {
  readonly snapshot: string;
  readonly key?: string;
  readonly payout?: string;
  readonly account?: string;
  readonly signature?: string;
}

/** One holder's registration: the account, its proofs, and the address to pay. */
interface Registration {
  readonly exits: OpenExits;
  readonly claimant: Claimant;
  readonly account: Address;
  readonly snapshot: Snapshot;
  /** The account's own consent on each chain; a string: why there is none. */
  readonly consents: Readonly<Record<NonNullable<Consent>, ExitPayout | string>>;
  readonly output: Output;
}

/** `pegway exit register`: registers everything that an account is owed as of block B. */
export async function registerExits(flags: RegisterFlags, io: Io): Promise<void> {
  using output = openListOutput(flags.json, io);
  const exits = await openExits(flags, io);
  const status = await readStatus(exits);
  if (status.phase !== 'registering' && status.phase !== 'paying') {
    throw new PegwayError(`nothing can be registered: ${describePhase(status)}`);
  }
  const snapshot = parseSnapshot(readFileSync(flags.snapshot, 'utf8'));
  const { number, stateRoot } = status.settlement;
  requireSettled(snapshot, status.settlement, flags.snapshot);
  const claimant = await openClaimant(exits, flags.key);
  try {
    const registration = await registrationOf(exits, claimant, snapshot, flags, output);
    if (BigInt(stateRoot) === 0n) {
      const call = { what: `show block ${number}`, functionName: 'fix', args: [snapshot.header] } as const;
      await sendExitCall(exits, claimant, call, output);
    }
    const { account } = registration;
    const candidates = await findCandidates(exits, account, number);
    for (const one of candidates) await register(registration, one);
  } finally {
    await claimant.close();
  }
}

/**
 * The account's own consent: its signature; of a contract, its entry in `ExitAddress` for what it had on the product chain, and its
 * ERC-1271 signature for what it deposited on the main chain.
 */
async function registrationOf(
  exits: OpenExits,
  claimant: Claimant,
  snapshot: Snapshot,
  flags: RegisterFlags,
  output: Output,
): Promise<Registration> {
  const own = claimant.account.address;
  const account = flags.account === undefined ? own : parseAddress(flags.account);
  const common = { exits, claimant, account, snapshot, output };
  const payout = flags.payout === undefined ? undefined : parseAddress(flags.payout);
  if (isAddressEqual(account, own)) {
    const statement = { account, payout: payout ?? own };
    const data = exitTypedData({ chainId: exits.config.main.chainId, exits: exits.exits }, statement);
    const signature = (await claimant.account.signTypedData?.(data)) ?? '0x';
    const signed: ExitPayout = { payout: statement.payout, signature, proof: '0x' };
    return { ...common, consents: { main: signed, product: signed } };
  }
  const named = namedPayout(snapshot, exits.registry, account);
  const { signature } = flags;
  if (signature !== undefined && (payout === undefined || !isHex(signature))) {
    throw wrong('--signature: expected hex, with the --payout that it names', 'docs/exit.md has the statement to sign');
  }
  const unnamed = `${account} named no address in ExitAddress by block ${snapshot.number}`;
  if (named === undefined && signature === undefined) {
    throw wrong(unnamed, 'use the account’s own key, or the --signature of a contract that deposited');
  }
  if (named !== undefined && signature === undefined && payout !== undefined && !isAddressEqual(named.payout, payout)) {
    throw wrong(`--payout: ${account} named ${named.payout}`, 'omit --payout');
  }
  const product: ExitPayout | string = named === undefined ? unnamed : { ...named, signature: '0x' };
  if (payout === undefined || signature === undefined) {
    // A multisig may have approved the statement on chain: it answers to an empty signature then.
    const approved =
      named === undefined ? unnamed : { payout: named.payout, signature: '0x' as const, proof: '0x' as const };
    return { ...common, consents: { main: approved, product } };
  }
  return { ...common, consents: { main: { payout, signature, proof: '0x' }, product } };
}

async function register(registration: Registration, one: Candidate): Promise<void> {
  const { exits, claimant, account, snapshot, consents, output } = registration;
  const name = nameOfCandidate(one);
  const readClaim = () =>
    exits.main.reader.readContract({
      ...{ address: exits.exits, abi: exitsAbi, functionName: 'claim', args: [one.id] },
    } as const);
  if ((await readClaim()).productToken !== zeroAddress) return output.say(`${name}: registered already`);

  const plan = await planClaim(exits, snapshot, account, one);
  if (plan === undefined) return;
  if (plan === 'absent') return output.say(`${name}: not in the snapshot: never held, or left out`);
  const consent = consentTo(one);
  const to = consent === undefined ? NOT_NEEDED : consents[consent];
  if (typeof to === 'string') return output.say(`${name}: ${to}`);

  try {
    for (const call of plan.before) await sendExitCall(exits, claimant, { ...call, what: describe(call) }, output);
    await sendExitCall(exits, claimant, { ...plan.register(to), what: `register ${name}` }, output);
  } catch (error) {
    return output.say(`${name}: refused: ${refusalOf(error)}`);
  }
  const claim = await readClaim();
  output.result(`${name}: ${claim.amount} registered for ${claim.payout}`, { id: one.id, ...claim });
}

const NOT_NEEDED: ExitPayout = { payout: zeroAddress, signature: '0x', proof: '0x' };

const describe = ({ functionName, at }: Preparation): string =>
  functionName === 'link' ? `keep block ${at} of the product chain` : `keep the running hash before deposit ${at}`;
