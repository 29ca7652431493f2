// `npm run check`: all static checks of the sources. `npm run check -- code imports` runs only the named ones.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { styleText } from 'node:util';

interface Step {
  name: string;
  command: string[];
  environment?: NodeJS.ProcessEnv;
}

const sourceFolders = ['protocol', 'relayer', 'sdk', 'cli', 'scripts', 'app', 'test'].filter((folder) =>
  existsSync(folder),
);

const solidity = '{contracts,test/contracts}/**/*.sol';

/** Results of files that have not changed, by content. */
const cached = ['--cache', '--cache-strategy', 'content', '--cache-location', '.tools/cspell-cache'];

/** First, because the types of the contract tests come from the compiled contracts. */
const compiled: Step = { name: 'generated', command: ['node', 'scripts/generate-abi.ts', '--check'] };

/** Longest first. */
const steps: Step[] = [
  // Types, and rules that ask for them. GOGC: by default it spends a third of its time on garbage.
  { name: 'code', command: ['oxlint'], environment: { GOGC: '400' } },
  { name: 'docs', command: ['node', 'scripts/generate-reference.ts', '--check'] },
  { name: 'spelling', command: ['cspell', 'lint', '--no-progress', '--no-summary', ...cached] },
  { name: 'prose', command: ['node', 'scripts/prose.ts'] },
  { name: 'format', command: ['oxfmt', '--list-different'] },
  { name: 'format-sol', command: ['prettier', '--check', '--log-level', 'warn', solidity] },
  { name: 'imports', command: ['depcruise', '--output-type', 'err', ...sourceFolders] },
  { name: 'solidity', command: ['solhint', '--max-warnings', '0', '--disc', '--noPoster', solidity] },
];

/** Runs one step and prints its output only after a failure. */
async function run({ name, command: [tool = '', ...args], environment }: Step): Promise<boolean> {
  const started = performance.now();
  const child = spawn(tool, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  const [status] = (await once(child, 'close')) as [number | null];
  const seconds = ((performance.now() - started) / 1000).toFixed(1);

  const passed = status === 0;
  console.log(
    `${passed ? styleText('green', '✔') : styleText('red', '✖')} ${name.padEnd(10)} ${seconds.padStart(5)} s`,
  );
  if (!passed) console.log(output.trimEnd().replaceAll(/^/gm, '    '));
  return passed;
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => ![compiled, ...steps].some((step) => step.name === name));
if (unknown.length > 0) {
  console.error(
    `No such check: ${unknown.join(', ')}. Available: ${[compiled, ...steps].map(({ name }) => name).join(', ')}.`,
  );
  process.exit(2);
}

const isWanted = ({ name }: Step) => wanted.length === 0 || wanted.includes(name);
const results = isWanted(compiled) ? [await run(compiled)] : [];
results.push(...(await Promise.all(steps.filter(isWanted).map(run))));

const failures = results.filter((passed) => !passed).length;
console.log(
  failures === 0 ? `All ${results.length} checks passed.` : `${failures} of ${results.length} checks failed.`,
);
process.exitCode = failures === 0 ? 0 : 1;
