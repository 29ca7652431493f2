/** JSON with every bigint as a decimal string: a JSON number would lose digits beyond 2^53. */
export const stringify = (value: unknown, indent?: number): string =>
  JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner), indent);
