import type { ReactNode } from 'react';

/** Something that somebody should know now. `problem` is read out at once. */
export function Notice({
  kind,
  children,
}: {
  readonly kind: 'problem' | 'warning' | 'note';
  readonly children: ReactNode;
}) {
  return (
    <div className={`notice ${kind}`} role={kind === 'problem' ? 'alert' : 'status'}>
      {children}
    </div>
  );
}
