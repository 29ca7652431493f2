// `npm run coverage`: runs every contract test with Hardhat's own Solidity coverage. Fails when a test fails, or when a
// line or statement of contracts/ is not covered. The report is coverage/html/index.html.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { createInterface } from 'node:readline';

interface Row {
  readonly file: string;
  readonly lines: string;
  readonly statements: string;
  readonly uncovered: string;
}

const hardhat = spawn(process.execPath, ['node_modules/hardhat/dist/src/cli.js', 'test', '--coverage'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});

const rows: Row[] = [];
for await (const line of createInterface({ input: hardhat.stdout })) {
  console.log(line);
  // Only the table contains statements: its columns are file, lines, statements, uncovered lines.
  const cells = line.split(/[║│]/).map((cell) => cell.trim());
  const [, file = '', lines = '', statements = '', uncovered = ''] = cells;
  if (file.startsWith('contracts/') && file.endsWith('.sol')) rows.push({ file, lines, statements, uncovered });
}
if (hardhat.exitCode === null) await once(hardhat, 'exit');

const problems = rows
  .filter(({ lines, statements }) => lines !== '100.00' || statements !== '100.00')
  .map(
    (row) => `${row.file}: ${row.lines} % of lines, ${row.statements} % of statements; not covered: ${row.uncovered}`,
  );
// Interfaces contain no executable code.
for (const file of globSync('contracts/*.sol')) {
  if (!rows.some((row) => row.file === file)) problems.push(`${file}: not in the report`);
}
if (hardhat.exitCode !== 0) problems.push('a test failed');

console.log(
  problems.length === 0
    ? `coverage: 100 % of lines and statements of ${rows.length} contracts`
    : `coverage: expected 100 % of lines and statements\n  ${problems.join('\n  ')}`,
);
process.exitCode = problems.length === 0 ? 0 : 1;
