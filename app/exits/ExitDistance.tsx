import { linkTo } from '../router.ts';
import { useWords } from '../i18n/i18n.ts';
import { ExitState } from './ExitState.tsx';
import { useExits } from './useExits.ts';

/** What becomes of the tokens should the signers be lost. */
export function ExitDistance() {
  const words = useWords();
  const exits = useExits();
  if (exits === undefined) return null;
  return (
    <p>
      {exits === 'none' ? words.exits.none : <ExitState status={exits} />}{' '}
      {exits !== 'none' && <a href={linkTo({ name: 'exits' })}>{words.exits.more}</a>}
    </p>
  );
}
