import { readFileSync } from 'node:fs';

import { type Address, getAddress, isAddressEqual, zeroAddress } from 'viem';

import { exitsAbi } from '../../protocol/abi.ts';
import { parseAddress } from '../../protocol/address.ts';
import { PegwayError } from '../../protocol/errors.ts';
import { balanceIn, requireSettled } from '../../protocol/exits/balance-claim.ts';
import { exitTypedData } from '../../protocol/exits/exit-statement.ts';
import { executedSlot, exitAddressSlot, outboundSlot, parkedSlot } from '../../protocol/exits/slots.ts';
import { type Snapshot, parseSnapshot } from '../../protocol/exits/snapshot.ts';
import type { Io } from '../io.ts';
import { type Output, openOutput, wrong } from '../output.ts';
import { type Candidate, findCandidates, nameOfCandidate } from './find-claims.ts';
import { headersDownTo } from './link.ts';
import { type Claimant, type ExitFlags, type OpenExits, openClaimant, openExits } from './open-exits.ts';
import { describePhase } from './status.ts';
import { readExits } from '../../sdk/read-exits.ts';
import { receiptProofOf } from './redeems.ts';
import { type ExitCall, refusalOf, sendExitCall } from './send.ts';
import { laterItems } from './unwind.ts';

export interface RegisterFlags extends ExitFlags {
  readonly snapshot: string;
  readonly key?: string;
  readonly payout?: string;
  readonly account?: string;
}

/** One holder's registration: the account, its proofs, and the address to pay. */
interface Registration {
  readonly exits: OpenExits;
  readonly claimant: Claimant;
  readonly account: Address;
  readonly snapshot: Snapshot;
  readonly to: { readonly payout: Address; readonly signature: `0x${string}`; readonly proof: `0x${string}` };
  readonly output: Output;
}

/** `pegway exit register`: registers everything that an account is owed as of block B. */
export async function registerExits(flags: RegisterFlags, io: Io): Promise<void> {
  const output = openOutput(flags.json, io);
  const exits = await openExits(flags, io);
  const status = await readExits(exits);
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
      const call = { what: `show block ${number}`, functionName: 'fix', args: [snapshot.header] };
      await sendExitCall(exits, claimant, call, output);
    }
    const { account } = registration;
    const candidates = await findCandidates(exits, account, number);
    for (const one of candidates) await register(registration, one);
  } finally {
    await claimant.close();
  }
}

/** The account's own consent: its signature; for a contract of the product chain, its entry in `ExitAddress`. */
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
  if (isAddressEqual(account, own)) {
    const payout = flags.payout === undefined ? own : parseAddress(flags.payout);
    const domain = { chainId: exits.config.main.chainId, exits: exits.exits };
    const data = exitTypedData(domain, { account, payout });
    const signature = (await claimant.account.signTypedData?.(data)) ?? '0x';
    return { ...common, to: { payout, signature, proof: '0x' } };
  }
  const { value, proof } = snapshot.slot(exits.registry, exitAddressSlot(account));
  if (value === 0n) {
    throw wrong(`${account} named no address in ExitAddress by block ${snapshot.number}`, 'use the account’s own key');
  }
  const payout = getAddress(`0x${value.toString(16).padStart(40, '0')}`);
  if (flags.payout !== undefined && !isAddressEqual(payout, parseAddress(flags.payout))) {
    throw wrong(`--payout: ${account} named ${payout}`, 'omit --payout');
  }
  return { ...common, to: { payout, signature: '0x', proof } };
}

async function register(registration: Registration, one: Candidate): Promise<void> {
  const { exits, claimant, output } = registration;
  const { productToken } = await exits.main.readContract({
    ...{ address: exits.exits, abi: exitsAbi, functionName: 'claim', args: [one.id] },
  } as const);
  if (productToken !== zeroAddress) return output.say(`${nameOfCandidate(one)}: registered already`);

  const call = await callOf(registration, one);
  if (call === undefined) return;
  try {
    await sendExitCall(exits, claimant, call, output);
  } catch (error) {
    output.say(`${nameOfCandidate(one)}: refused: ${refusalOf(error)}`);
    return;
  }
  const claim = await exits.main.readContract({
    ...{ address: exits.exits, abi: exitsAbi, functionName: 'claim', args: [one.id] },
  } as const);
  output.result(`${nameOfCandidate(one)}: ${claim.amount} registered for ${claim.payout}`, { id: one.id, ...claim });
}

/** Undefined when the snapshot shows that nothing is owed. */
async function callOf(registration: Registration, one: Candidate): Promise<ExitCall | undefined> {
  const { exits, claimant, account, snapshot, to, output } = registration;
  const what = `register ${nameOfCandidate(one)}`;
  const { productToken } = one;
  const bridge = exits.config.product.bridge;
  switch (one.kind) {
    case 'balance': {
      const balance = balanceIn(snapshot, productToken, account);
      if (balance === undefined) {
        output.say(`${nameOfCandidate(one)}: not in the snapshot: never held, or left out`);
        return undefined;
      }
      if (balance.value === 0n) return undefined;
      return { what, functionName: 'claimBalance', args: [productToken, account, to, balance.proof] };
    }
    case 'deposit': {
      const { nonce, lane } = one;
      const bit = snapshot.slot(bridge, executedSlot(productToken, nonce));
      const isSet = ((bit.value >> (nonce & 0xffn)) & 1n) === 1n;
      const record = isSet ? parkedRecord(snapshot, bridge, productToken, nonce) : undefined;
      if (isSet && record === undefined) return undefined;
      const departure = lane.departures[Number(nonce)];
      const departed = departure?.bounced === 0n ? undefined : snapshot.slot(bridge, outboundSlot(productToken)).proof;
      const later = await laterItems(exits, claimant, productToken, lane, nonce, output);
      const proofs = [bit.proof, record ?? '0x', departed ?? '0x'];
      const args = [productToken, departure, lane.hashes[Number(nonce)], later, to, proofs];
      return { what, functionName: 'claimDeposit', args };
    }
    case 'redeem': {
      const { header, proof } = await receiptProofOf(exits, one.redeem);
      const path = await headersDownTo(exits, claimant, snapshot, one.redeem.blockNumber, output);
      if (path.headers.at(-1) !== header) {
        throw new PegwayError(`product chain: the node has another block ${one.redeem.blockNumber} on its chain`);
      }
      return { what, functionName: 'claimRedeem', args: [path.headers, path.history, proof] };
    }
  }
}

/** The proof that a deposit is parked; undefined when it was minted: a snapshot has the record of parked ones only. */
function parkedRecord(
  snapshot: Snapshot,
  bridge: Address,
  productToken: Address,
  nonce: bigint,
): `0x${string}` | undefined {
  const slot = parkedSlot(productToken, nonce);
  if (snapshot.missing(bridge, slot) !== undefined) return undefined;
  const { value, proof } = snapshot.slot(bridge, slot);
  return value === 0n ? undefined : proof;
}
