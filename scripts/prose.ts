// `npm run check -- prose`: constructions that make text hard to read, counted per 10,000 words of comments, of docs and
// of the texts that the command line prints. Commands that the docs name must exist, and so must the source files that docs
// and comments name. `--list` prints each place.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A few uses are legitimate: a pronoun for people, or a question. */
const MOST_PER_10_000 = 5;

const constructions: Readonly<Record<string, RegExp>> = {
  'told, tells, says, said': /\b(told|tells?|telling|says?|said|saying)\b/gi,
  'what is, was, has': /\bwhat (is|was|are|were|has|had)\b/gi,
  'who, whose, whoever': /\b(who|whose|whoever|whom)\b/gi,
  'nobody, anybody, somebody': /\b(nobody|anybody|somebody)\b/gi,
  'a sentence that begins with That, Whether, What or Who':
    /(?:^|[.!?]\s+|\*\s+|\/\/\s*)(That|Whether|What|Who|Whose) [a-z]/g,
  'asked for, looked at, is gone, no more, for good': /\b(asked for|looked at|is gone|no more|for good|by half)\b/gi,
};

const tracked = execFileSync('git', ['ls-files'], { encoding: 'utf8' }).split('\n');
const read = (pattern: RegExp, texts: (source: string) => string) =>
  tracked.filter((file) => pattern.test(file)).map((file) => ({ file, text: texts(readFileSync(file, 'utf8')) }));

const commentsOf = (source: string) =>
  [...source.matchAll(/\/\*([\s\S]*?)\*\/|(?:^|[^:])\/\/\/?(.*)$/gm)]
    .map(([, block, line]) => block?.replace(/^\s*\*+\s?/gm, '') ?? line)
    .join('\n');
const proseOf = (page: string) =>
  page
    .replace(/```[\s\S]*?```/g, '')
    .replace(/`[^`\n]*`/g, 'x')
    .replace(/\]\([^)]*\)/g, ']');
/** String literals of at least three words. */
const stringsOf = (source: string) =>
  [...source.replace(/^import .*$/gm, '').matchAll(/'([^'\n]*)'|`([^`]*)`/g)]
    .map(([, quoted, template]) => quoted ?? template?.replace(/\$\{[^}]*\}/g, 'x') ?? '')
    .filter((text) => text.trim().split(/\s+/).length >= 3)
    .join('\n');

const parts = {
  comments: read(/^(?!test\/).*\.(ts|tsx|sol)$/, commentsOf),
  'comments of tests': read(/^test\/.*\.(ts|sol)$/, commentsOf),
  docs: read(/\.md$/, proseOf),
  'printed texts': read(/^(cli|relayer)\/.*\.ts$/, stringsOf),
};

let failures = 0;
for (const [part, files] of Object.entries(parts)) {
  const words = files.reduce((sum, { text }) => sum + (text.match(/[A-Za-z][A-Za-z'’-]*/g) ?? []).length, 0);
  for (const [name, pattern] of Object.entries(constructions)) {
    const places = files.flatMap(({ file, text }) =>
      [...text.matchAll(pattern)].map(
        ({ index }) => `${file}: …${text.slice(Math.max(0, index - 40), index + 50).replace(/\s+/g, ' ')}…`,
      ),
    );
    const rate = (places.length / words) * 10_000;
    const isTooHigh = rate > MOST_PER_10_000;
    if (isTooHigh) failures++;
    if (!isTooHigh && !process.argv.includes('--list')) continue;
    console.log(`${part}: ${rate.toFixed(1)} per 10,000 words, at most ${MOST_PER_10_000}: ${name}`);
    for (const place of places) console.log(`  ${place}`);
  }
}

const pages = read(/\.md$/, (page) => page);
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
for (const { file, text } of pages) {
  for (const [command, name = ''] of text.matchAll(/\bnpm run (?:--silent )?([a-z][a-z:-]*)/g)) {
    if (name in scripts) continue;
    failures++;
    console.log(`${file}: \`${command}\`: package.json has no such script`);
  }
}

const namesFile = /(?<![\w*/.@<>$-])(?:[\w.-]+\/)*[\w-]+\.(?:tsx?|sol)\b/g;
for (const { file, text } of [...parts.comments, ...parts['comments of tests'], ...pages]) {
  for (const [named] of text.replaceAll('../', '').matchAll(namesFile)) {
    if (tracked.some((path) => `/${path}`.endsWith(`/${named}`))) continue;
    failures++;
    console.log(`${file}: there is no ${named}`);
  }
}

process.exitCode = failures === 0 ? 0 : 1;
