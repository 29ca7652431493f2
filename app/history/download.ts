/** Saves a list as a file. */
export const download = (csv: string): void => save(csv, 'pegway.csv', 'text/csv;charset=utf-8');

/** Saves a text as a file. */
export function save(text: string, name: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
