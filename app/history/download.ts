/** Saves a text as a file. */
export function download(csv: string): void {
  const url = URL.createObjectURL(new Blob([csv], { type: 'text/csv;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = 'pegway.csv';
  link.click();
  URL.revokeObjectURL(url);
}
