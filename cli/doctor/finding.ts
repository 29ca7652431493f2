import { PegwayError, messageOf } from '../../protocol/errors.ts';

/** The result of one check. `warn`: it works, and an operator should know. `bad`: do not go live. */
export interface Finding {
  /** The subject: a chain, a node, a peg, a key. */
  readonly subject: string;
  readonly check: string;
  readonly outcome: 'ok' | 'warn' | 'bad';
  /** The result, as text. */
  readonly found: string;
  /** The remedy, if any. */
  readonly hint?: string | undefined;
}

export type Outcome = Pick<Finding, 'outcome' | 'found' | 'hint'>;

export const ok = (found: string): Outcome => ({ outcome: 'ok', found });
export const warn = (found: string, hint: string): Outcome => ({ outcome: 'warn', found, hint });
export const bad = (found: string, hint: string): Outcome => ({ outcome: 'bad', found, hint });

/** Does one check; one that throws has found that it cannot be done. */
export async function look(subject: string, check: string, action: () => Promise<Outcome> | Outcome): Promise<Finding> {
  try {
    return { subject, check, ...(await action()) };
  } catch (error) {
    const hint = error instanceof PegwayError ? error.hint : undefined;
    return { subject, check, outcome: 'bad', found: messageOf(error), hint };
  }
}
