/** One wrong field; zod's issues are such. */
export interface FieldProblem {
  readonly path: readonly PropertyKey[];
  /** What is expected. */
  readonly message: string;
  readonly code?: string | undefined;
  /** Of `unrecognized_keys`. */
  readonly keys?: readonly string[];
}

/** `main.rpcUrls[0]`, as people write it. */
export const fieldPath = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? String(key) : `${text}.${String(key)}`),
    '',
  );

const valueAt = (file: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], file);

/** SECURITY: what is wrong with a URL is shown, never the user and password in it. */
export const withoutPassword = (text: string): string => text.replaceAll(/\/\/[^/@\s]*@/g, '//…@');

/** What was found, without ever showing a key. */
function found(file: unknown, path: readonly PropertyKey[], secret: readonly string[]): string {
  if (path.some((key) => secret.includes(String(key)))) return '(a key, not shown)';
  const value = valueAt(file, path);
  return value === undefined ? 'nothing' : withoutPassword(JSON.stringify(value)).slice(0, 120);
}

/**
 * Every wrong field of a file in a line of its own: its path, what is expected, what was found.
 * @param secret Names of fields whose values are never shown.
 */
export const fieldProblems = (problems: readonly FieldProblem[], file: unknown, secret: readonly string[]): string[] =>
  problems.map((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return `${(issue.keys ?? []).map((key) => fieldPath([...issue.path, key])).join(', ')}: no such setting`;
    }
    return `${fieldPath(issue.path) || 'the file'}: ${issue.message}; found ${found(file, issue.path, secret)}`;
  });
