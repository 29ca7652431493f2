// `node scripts/tree-figures.ts`: sizes of the source files, and how many of them only one other imports.
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const isGenerated = (file: string): boolean => file === 'protocol/abi.ts';
const sources = globSync('{protocol,relayer,sdk,cli,app}/**/*.{ts,tsx}').filter((file) => !isGenerated(file));
const others = globSync('{scripts,test}/**/*.ts');
const textOf = new Map([...sources, ...others].map((file) => [file, readFileSync(file, 'utf8')]));
const linesOf = (file: string): number => (textOf.get(file) ?? '').split('\n').length - 1;

function report(what: string, files: readonly string[]): void {
  const bySize = files.toSorted((a, b) => linesOf(a) - linesOf(b));
  const [median = '', largest = ''] = [bySize[Math.floor(files.length / 2)], bySize.at(-1)];
  console.log(
    `${what}: ${files.length} files, median ${linesOf(median)} lines, largest ${linesOf(largest)} (${largest})`,
  );
}

const importers = new Map<string, number>();
for (const file of sources) {
  const imported = [...(textOf.get(file) ?? '').matchAll(/from '(\.[^']+)'/g)].map(([, path = '']) => path);
  for (const path of new Set(imported)) {
    const target = join(dirname(file), path);
    importers.set(target, (importers.get(target) ?? 0) + 1);
  }
}

report('protocol, relayer, sdk, cli, app', sources);
report('scripts, test', others);
const single = sources.filter((file) => importers.get(file) === 1).length;
console.log(`imported by one other source file: ${single} of ${sources.length}`);
