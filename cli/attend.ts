import { PegwayError } from '../protocol/errors.ts';
import { type Activity, type Attention, type Io, interrupted } from './io.ts';

/** Of commands that look before they send. */
export const SENT = 'what was sent stays on the chains; run the command again, it looks first';
/** Of proposals. */
export const WRITTEN = 'no bridge was changed; proposals in files and at the relayers stay: pegway governance show';
/** Of commands that write several files. */
export const FILES = 'files that were written stay; remove them before the next try';

const CHECK_MILLISECONDS = 250;
/** A wait that a person notices. */
const PATIENCE_MILLISECONDS = 2_000;
const AGAIN_MILLISECONDS = 10_000;

/**
 * Runs a command for a person: at a terminal, two seconds without output are announced with what they wait for, and again every
 * ten; Ctrl-C ends the command at once, with what it leaves. A command that reads the signal itself ends itself. The process ends
 * with the command, whatever its work still does.
 * @throws {PegwayError} exit code 130 when it was interrupted; else whatever the work throws.
 */
export async function attend(
  work: (io: Io) => unknown,
  io: Io,
  { waits = 'the nodes', leaves = 'nothing was changed' }: Attention = {},
): Promise<unknown> {
  let endsItself = false;
  const activity: Activity = { at: performance.now(), busy: 0 };
  const attended: Io = {
    get stdin() {
      return io.stdin;
    },
    ...{ stdout: io.stdout, stderr: io.stderr, env: io.env, activity },
    get signal() {
      endsItself = true;
      return io.signal;
    },
    onHangup: (listener) => io.onHangup(listener),
    onUncaught: (listener) => io.onUncaught(listener),
  };

  const announcing = io.stderr.isTTY === true && waits !== false ? announce(io, activity, waits) : undefined;
  const working = Promise.resolve(work(attended));
  // Its outcome is lost when the signal comes first.
  working.catch(() => undefined);
  const signalled = interrupted(io.signal).then(() => (endsItself ? working : 'interrupted'));
  // As above.
  signalled.catch(() => undefined);
  try {
    const ended = await Promise.race([working, signalled]);
    if (ended !== 'interrupted') return ended;
  } finally {
    clearInterval(announcing);
  }
  throw new PegwayError('interrupted', { exitCode: 130, hint: leaves });
}

function announce(io: Io, activity: Activity, waits: string): NodeJS.Timeout {
  let announcedAt = -Infinity;
  return setInterval(() => {
    const now = performance.now();
    const silent = now - activity.at;
    if (silent < PATIENCE_MILLISECONDS || now - announcedAt < AGAIN_MILLISECONDS) return;
    // A prompt, hidden ones included, or a wait that the command announces itself.
    if (activity.busy > 0 || io.stdin.isRaw === true) return;
    announcedAt = now;
    io.stderr.write(`waiting for ${waits} (${Math.round(silent / 1_000)} s)\n`);
  }, CHECK_MILLISECONDS);
}
