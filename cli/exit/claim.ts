import { isAddressEqual, zeroAddress } from 'viem';

import { exitsAbi } from '../../protocol/abi.ts';
import { parseAddress } from '../../protocol/address.ts';
import { PegwayError } from '../../protocol/errors.ts';
import { exitTypedData } from '../../protocol/exits/exit-statement.ts';
import type { Io } from '../io.ts';
import { type Output, openListOutput } from '../output.ts';
import { type Candidate, findCandidates } from '../../sdk/exits/candidates.ts';
import { nameOfCandidate } from './name-of-candidate.ts';
import { type Claimant, type ExitFlags, type OpenExits, openClaimant, openExits, readStatus } from './open-exits.ts';
import { refusalOf, sendExitCall } from './send.ts';
import { describePhase } from './status.ts';

export interface ClaimFlags extends ExitFlags {
  readonly key?: string;
}

/** `pegway exit claim`: pays the registered claims of an account. Anyone may: each goes where it was registered for. */
export async function claimExits(text: string | undefined, flags: ClaimFlags, io: Io): Promise<void> {
  using output = openListOutput(flags.json, io);
  const exits = await openExits(flags, io);
  const status = await readStatus(exits);
  if (status.phase !== 'paying') throw new PegwayError(`nothing is paid yet: ${describePhase(status)}`);
  const claimant = await openClaimant(exits, flags.key);
  try {
    const account = text === undefined ? claimant.account.address : parseAddress(text);
    const candidates = await findCandidates(exits, account, status.settlement.number);
    for (const one of candidates) await pay(exits, claimant, one, output);
  } finally {
    await claimant.close();
  }
}

async function pay(exits: OpenExits, claimant: Claimant, one: Candidate, output: Output): Promise<void> {
  const args = [one.id] as const;
  const claim = await exits.main.reader.readContract({
    address: exits.exits,
    abi: exitsAbi,
    functionName: 'claim',
    args,
  });
  if (claim.productToken === zeroAddress || claim.paid) return;

  const what = `pay ${nameOfCandidate(one)}`;
  const own = claimant.account.address;
  try {
    await sendExitCall(exits, claimant, { what, functionName: 'pay', args }, output);
    output.result(`${nameOfCandidate(one)}: paid to ${claim.payout}`, { id: one.id, payout: claim.payout });
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal !== 'PaymentRefused' || !isAddressEqual(claim.fallbackAccount, own)) {
      output.say(`${nameOfCandidate(one)}: refused: ${refusal}; it can be paid at any later time`);
      return;
    }
    // The token refuses the recipient: the redeemer takes it.
    const domain = { chainId: exits.config.main.chainId, exits: exits.exits };
    const data = exitTypedData(domain, { account: own, payout: own });
    const to = { payout: own, signature: await claimant.account.signTypedData?.(data), proof: '0x' };
    await sendExitCall(exits, claimant, { what, functionName: 'payRedeemer', args: [one.id, to] }, output);
    output.result(`${nameOfCandidate(one)}: paid to its redeemer`, { id: one.id, payout: own });
  }
}
