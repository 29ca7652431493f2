/**
 * Finds what editors and people add to a JSON file: a byte-order mark, another encoding, or a comment.
 * SECURITY: quotes nothing of the text, which may hold a key or a PIN.
 * @returns undefined when the file has another fault.
 */
export function notJson(text: string): { readonly what: string; readonly hint: string } | undefined {
  // UTF-16 read as UTF-8: its byte-order mark is invalid, and every other byte of ASCII is zero.
  if (text.startsWith('\ufffd') || text.includes('\0')) {
    return { what: 'it is not UTF-8', hint: 'save it as UTF-8, without a byte-order mark' };
  }
  if (text.startsWith('\ufeff')) {
    return { what: 'a byte-order mark at line 1 column 1', hint: 'save it as UTF-8, without a byte-order mark' };
  }
  const comment = commentIn(text);
  if (comment === undefined) return undefined;
  const before = text.slice(0, comment).split('\n');
  const place = `line ${before.length} column ${(before.at(-1) ?? '').length + 1}`;
  return { what: `a comment at ${place}`, hint: 'JSON has no comments: remove it' };
}

/** Strings, which may hold `//`, or the start of a comment that does not continue an unquoted URL. */
const STRING_OR_COMMENT = /"(?:[^"\\\n]|\\.)*"|(?<=^|[\s,[\]{}":])(?:\/\/|\/\*|#)/g;

function commentIn(text: string): number | undefined {
  for (const { 0: found, index } of text.matchAll(STRING_OR_COMMENT)) {
    if (!found.startsWith('"')) return /[a-z]:$/i.test(text.slice(0, index)) ? undefined : index;
  }
  return undefined;
}
