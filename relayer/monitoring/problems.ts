import type { Reason } from '../../protocol/reasons.ts';

/** The current problems of this signer, by part. Each ends when its part works again. */
export interface Problems {
  set(part: string, code: Reason | (string & {}), message: string): void;
  clear(part: string): void;
  list(): readonly { readonly part: string; readonly code: string; readonly message: string }[];
}

export function createProblems(onNew: (problem: { part: string; code: string; message: string }) => void): Problems {
  const problems = new Map<string, { part: string; code: string; message: string }>();
  return {
    set(part, code, message) {
      const known = problems.get(part);
      const problem = { part, code, message };
      problems.set(part, problem);
      // Reported once, not at every round of a failing loop.
      if (known?.code !== code) onNew(problem);
    },
    clear(part) {
      problems.delete(part);
    },
    list: () => [...problems.values()],
  };
}

/** Problems of a component that may end before the process does. Disposal clears those that it has set. */
export function problemsOf(problems: Problems): Problems & Disposable {
  const parts = new Set<string>();
  return {
    ...problems,
    set(part, code, message) {
      parts.add(part);
      problems.set(part, code, message);
    },
    [Symbol.dispose]() {
      for (const part of parts) problems.clear(part);
    },
  };
}
