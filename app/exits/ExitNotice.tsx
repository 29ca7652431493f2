import { Notice } from '../parts/Notice.tsx';
import { linkTo } from '../router.ts';
import { useWords } from '../i18n/i18n.ts';
import { ExitState } from './ExitState.tsx';
import { useExits } from './useExits.ts';

/** On every view, once exits can be announced, and from then on. */
export default function ExitNotice() {
  const words = useWords();
  const exits = useExits();
  if (exits === undefined || exits === 'none') return null;
  if (exits.phase === 'silent' && exits.now < exits.openableAt) return null;
  return (
    <Notice kind={exits.phase === 'silent' || exits.phase === 'announced' ? 'warning' : 'problem'}>
      <ExitState status={exits} /> <a href={linkTo({ name: 'exits' })}>{words.exits.whatToDo}</a>
    </Notice>
  );
}
