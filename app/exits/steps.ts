import type { ExitStatus } from '../../sdk/read-exits.ts';

/** What a holder can do in each phase, by the command that does it. */
export type ExitStep = 'snapshot' | 'open' | 'close' | 'advance' | 'register' | 'claim';

/** The steps that are possible now, in order. `now` is the time of the main chain's head. */
export function stepsNow({
  phase,
  now,
  openableAt,
  closableAt,
}: Pick<ExitStatus, 'phase' | 'now' | 'openableAt' | 'closableAt'>): readonly ExitStep[] {
  switch (phase) {
    case 'silent':
      return now < openableAt ? ['snapshot'] : ['snapshot', 'open'];
    case 'announced':
      return closableAt === undefined || now < closableAt ? ['snapshot'] : ['snapshot', 'close'];
    case 'advancing':
      return ['advance'];
    case 'registering':
      return ['register'];
    case 'paying':
      return ['claim', 'register'];
  }
}

const KEY = '--config bridge.json --key keystore:holder.json';

/** The exact command of a step. */
export const commandOf: Readonly<Record<ExitStep, string>> = {
  snapshot: 'pegway exit snapshot --config bridge.json --out snapshot.json',
  open: `pegway exit open ${KEY}`,
  close: `pegway exit close ${KEY}`,
  advance: `pegway exit advance ${KEY}`,
  register: `pegway exit register --snapshot snapshot.json ${KEY}`,
  claim: `pegway exit claim ${KEY}`,
};
