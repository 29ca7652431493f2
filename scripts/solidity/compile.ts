// Compiles Solidity sources with the pinned soljson, in this process: the compiler stays loaded from one call to the
// next, so that a call costs only the compilation. The artifacts of the product come from scripts/generate-abi.ts.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import solc from 'solc';

const compiler = solc as { compile: (input: string) => string };

export interface CompiledContract {
  readonly abi: unknown[];
  readonly metadata: string;
  readonly storageLayout?: unknown;
  readonly evm: {
    readonly bytecode: Code;
    readonly deployedBytecode: Code;
    readonly methodIdentifiers: Readonly<Record<string, string>>;
  };
}

export interface Code {
  /** Hexadecimal, without `0x`. */
  readonly object: string;
  readonly sourceMap: string;
  readonly linkReferences: Readonly<Record<string, Readonly<Record<string, { start: number; length: number }[]>>>>;
}

export interface CompilerOutput {
  readonly errors?: readonly { severity: string; formattedMessage: string }[];
  readonly sources: Readonly<Record<string, { id: number; ast: AstNode }>>;
  readonly contracts: Readonly<Record<string, Readonly<Record<string, CompiledContract>>>>;
}

export interface AstNode {
  readonly nodeType: string;
  /** `start:length:source`, in bytes. */
  readonly src: string;
  readonly [key: string]: unknown;
}

export interface CompileOptions {
  /** Paths of the repository; what they import is found from them. */
  readonly files: readonly string[];
  /** Text that replaces a file's own, by path. */
  readonly replaced?: ReadonlyMap<string, string>;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** The compiler's input, with the sources that the given ones import. */
export function compilerInput({ files, replaced, settings }: CompileOptions) {
  const sources: Record<string, { content: string }> = {};
  const visit = (path: string): void => {
    if (sources[path] !== undefined) return;
    const content = replaced?.get(path) ?? readFileSync(path.startsWith('@') ? `node_modules/${path}` : path, 'utf8');
    sources[path] = { content };
    for (const [, imported = ''] of content.matchAll(/^import\s[^;]*?['"]([^'"]+)['"];/gms)) {
      visit(imported.startsWith('.') ? resolve('/', path, '..', imported).slice(1) : imported);
    }
  };
  files.forEach(visit);
  return { language: 'Solidity', sources, settings };
}

/** Compiles, and throws with the compiler's messages when there are errors; warnings are not printed. */
export function compile(input: unknown): CompilerOutput {
  const output = JSON.parse(compiler.compile(JSON.stringify(input))) as CompilerOutput;
  const errors = (output.errors ?? []).filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new CompileError(errors.map(({ formattedMessage }) => formattedMessage).join('\n'));
  return output;
}

export class CompileError extends Error {
  override readonly name = 'CompileError';
}
