// Formats the sources as `npm run check` requires, as far as the tools can.
import { spawnSync } from 'node:child_process';

const commands = [
  ['oxlint', '--fix'],
  ['oxfmt'],
  ['prettier', '--write', '--log-level', 'warn', '{contracts,test/contracts}/**/*.sol'],
];

for (const [tool = '', ...args] of commands) {
  const { status } = spawnSync(tool, args, { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
