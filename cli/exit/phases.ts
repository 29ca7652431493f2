import { PegwayError } from '../../protocol/errors.ts';
import type { Io } from '../io.ts';
import { type Output, openOutput } from '../output.ts';
import { newestAttested } from './attested.ts';
import { type Claimant, type ExitFlags, type OpenExits, openClaimant, openExits, readStatus } from './open-exits.ts';
import type { ExitStatus } from '../../sdk/read-exits.ts';
import { refusalOf, sendExitCall } from './send.ts';
import { describePhase } from './status.ts';

export interface PayingFlags extends ExitFlags {
  readonly key?: string;
}

type Step = (exits: OpenExits, claimant: Claimant, status: ExitStatus, output: Output) => Promise<void>;

/** Runs one step of the exits, and shows what comes next. */
async function step(flags: PayingFlags, io: Io, run: Step): Promise<void> {
  const output = openOutput(flags.json, io);
  const exits = await openExits(flags, io);
  const claimant = await openClaimant(exits, flags.key);
  try {
    await run(exits, claimant, await readStatus(exits), output);
  } finally {
    await claimant.close();
  }
  const status = await readStatus(exits);
  output.result(describePhase(status), status);
}

/** `pegway exit open`: announces the exits. */
export const openExitsNow = (flags: PayingFlags, io: Io): Promise<void> =>
  step(flags, io, async (exits, claimant, status, output) => {
    if (status.phase !== 'silent' || status.now < status.openableAt) {
      throw new PegwayError(`the exits cannot be announced: ${describePhase(status)}`);
    }
    await sendExitCall(exits, claimant, { what: 'announce the exits', functionName: 'open', args: [] }, output);
  });

/** `pegway exit close`: halts the bridge for ever. */
export const closeBridge = (flags: PayingFlags, io: Io): Promise<void> =>
  step(flags, io, async (exits, claimant, status, output) => {
    if (status.closableAt === undefined || status.now < status.closableAt || status.phase !== 'announced') {
      throw new PegwayError(`the bridge cannot be closed: ${describePhase(status)}`);
    }
    await sendExitCall(exits, claimant, { what: 'close the bridge', functionName: 'close', args: [] }, output);
  });

/** `pegway exit advance`: shows the newest block that the signers attested, so that nobody is paid twice. */
export const advanceExits = (flags: PayingFlags, io: Io): Promise<void> =>
  step(flags, io, async (exits, claimant, status, output) => {
    if (status.phase !== 'advancing') {
      throw new PegwayError(`block B cannot be moved: ${describePhase(status)}`);
    }
    for (const batch of await newestAttested(exits, status, output)) {
      const { productToken, firstNonce, transfers, signatures, header, number } = batch;
      const args = [productToken, firstNonce, transfers, signatures, header];
      try {
        await sendExitCall(
          exits,
          claimant,
          { what: `settle as of block ${number}`, functionName: 'advance', args },
          output,
        );
        return;
      } catch (error) {
        // Signatures of an earlier epoch, for one: an older batch may be of the last.
        output.say(`block ${number}: refused: ${refusalOf(error)}`);
      }
    }
    output.say(`no withdrawal of a block after ${status.settlement.number} was attested`);
  });
