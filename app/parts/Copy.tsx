import { useEffect, useState } from 'react';

import { useWords } from '../i18n/i18n.ts';

export function Copy({ text, label }: { readonly text: string; readonly label?: string }) {
  const words = useWords();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () => {
    // Without a permission to use the clipboard, the text can still be selected.
    navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      () => undefined,
    );
  };
  const name = label ?? words.copy;
  return (
    <button type="button" className="copy" onClick={copy} aria-label={`${name}: ${text}`} title={name}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        {copied ? <path d="M3 8.5 6.5 12 13 4.5" /> : <path d="M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z" />}
      </svg>
      <span role="status" className="unseen">
        {copied ? words.copied : ''}
      </span>
    </button>
  );
}
