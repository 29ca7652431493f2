import type { ExitStatus } from '../../sdk/read-exits.ts';
import { useTime, useWords } from '../i18n/i18n.ts';

/** How far exits are away, or what comes next, in one sentence. */
export function ExitState({ status }: { readonly status: ExitStatus }) {
  const all = useWords();
  const words = all.exits;
  const time = useTime();
  const { phase, now, openableAt, closableAt, claimsFrom, paymentsFrom } = status;
  switch (phase) {
    case 'silent':
      return now < openableAt ? words.far(all.duration(Number(openableAt - now))) : words.openable;
    case 'announced':
      return closableAt === undefined || now >= closableAt ? words.closable : words.announced(time(closableAt));
    case 'advancing':
      return words.advancing(time(claimsFrom));
    case 'registering':
      return words.registering(time(paymentsFrom));
    case 'paying':
      return words.paying;
  }
}
