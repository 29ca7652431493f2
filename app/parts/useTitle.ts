import { useEffect } from 'react';

import { useMachine } from '../context.ts';

/** Puts a text before the page's name in the tab's title while the caller is shown. */
export function useTitle(text: string | undefined): void {
  const { name } = useMachine().config.brand;
  useEffect(() => {
    if (text === undefined) return;
    document.title = `${text} – ${name}`;
    return () => void (document.title = name);
  }, [text, name]);
}
