import type { ReactNode } from 'react';

/** A notice for immediate attention. Screen readers announce a `problem` at once. */
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
