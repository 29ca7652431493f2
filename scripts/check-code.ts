// `npm run check -- code`: the compiler's findings, then those of ESLint, whose rules ask for types. Both use the same
// programs: an expression gets its type once, where tsc and ESLint in processes of their own would each work it out.
import { ESLint } from 'eslint';
import ts from 'typescript';

const host: ts.FormatDiagnosticsHost = {
  getCanonicalFileName: (name) => name,
  getCurrentDirectory: () => process.cwd(),
  getNewLine: () => '\n',
};

const findings: string[] = [];
const report = (diagnostics: readonly ts.Diagnostic[]): void => {
  if (diagnostics.length > 0) findings.push(ts.formatDiagnostics(diagnostics, host).trimEnd());
};

/** The program of a tsconfig.json. `sources` holds files that were parsed for a program with the same parser options. */
function programOf(config: string, sources = new Map<string, ts.SourceFile | undefined>()): ts.Program {
  const { fileNames, options, errors } = parsed(config);
  report(errors);
  const compiler = ts.createCompilerHost(options, true);
  const read = compiler.getSourceFile.bind(compiler);
  compiler.getSourceFile = (name, ...how) => {
    if (!sources.has(name)) sources.set(name, read(name, ...how));
    return sources.get(name);
  };
  return ts.createProgram(fileNames, options, compiler);
}

function parsed(config: string): ts.ParsedCommandLine {
  const system = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (error: ts.Diagnostic) => report([error]) };
  const command = ts.getParsedCommandLineOfConfigFile(config, undefined, system);
  if (command === undefined) throw new Error(`${config} cannot be read`);
  return command;
}

const main = programOf('tsconfig.json');
const site = programOf('docs/.vitepress/tsconfig.json');
const pageSources = new Map<string, ts.SourceFile | undefined>();
const page = programOf('app/tsconfig.json', pageSources);
const pageTests = programOf('test/app/unit/tsconfig.json', pageSources);

for (const program of [main, site, page]) report(ts.getPreEmitDiagnostics(program));
// The page itself is checked above, without the types of Node.
report(pageTests.getOptionsDiagnostics());
for (const name of pageTests.getRootFileNames())
  report(ts.getPreEmitDiagnostics(pageTests, pageTests.getSourceFile(name)));

const eslint = new ESLint({
  overrideConfig: {
    files: ['**/*.ts', '**/*.tsx'],
    languageOptions: { parserOptions: { projectService: false, programs: [main, site, page, pageTests] } },
  },
});
const results = await eslint.lintFiles('.');
if (results.some(({ errorCount, warningCount }) => errorCount + warningCount > 0)) {
  findings.push((await (await eslint.loadFormatter('stylish')).format(results)).trim());
}

console.log(findings.join('\n'));
process.exitCode = findings.length === 0 ? 0 : 1;
