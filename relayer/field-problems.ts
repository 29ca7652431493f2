/** One wrong field; zod's issues have this shape. */
export interface FieldProblem {
  readonly path: readonly PropertyKey[];
  /** The expected value. */
  readonly message: string;
  readonly code?: string | undefined;
  /** Set for `unrecognized_keys`. */
  readonly keys?: readonly string[];
  /** Set for `invalid_key`, a wrong name in a record. */
  readonly issues?: readonly { readonly message: string }[];
}

/** Formats a path as `main.rpcUrls[0]`. */
export const fieldPath = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? String(key) : `${text}.${String(key)}`),
    '',
  );

const valueAt = (file: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], file);

/** SECURITY: strips user and password from URLs, so that an error message can quote them. */
export const withoutPassword = (text: string): string => text.replaceAll(/\/\/[^/@\s]*@/g, '//…@');

/** Describes the value found, without ever showing a key. */
function found(file: unknown, path: readonly PropertyKey[], secret: readonly string[]): string {
  if (path.some((key) => secret.includes(String(key)))) return '(a key, not shown)';
  const value = valueAt(file, path);
  return value === undefined ? 'nothing' : withoutPassword(JSON.stringify(value)).slice(0, 120);
}

/**
 * Formats every wrong field of a file on its own line: its path, the expected and the found value.
 * @param secret Names of fields with values that are never shown.
 */
export const fieldProblems = (problems: readonly FieldProblem[], file: unknown, secret: readonly string[]): string[] =>
  problems.map((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return `${(issue.keys ?? []).map((key) => fieldPath([...issue.path, key])).join(', ')}: no such setting`;
    }
    if (issue.code === 'invalid_key') {
      return `${fieldPath(issue.path)}: ${issue.issues?.[0]?.message ?? issue.message}; found ${JSON.stringify(issue.path.at(-1))}`;
    }
    return `${fieldPath(issue.path) || 'the file'}: ${issue.message}; found ${found(file, issue.path, secret)}`;
  });
