// Lists the mutants of a contract: each changes one operator, condition, number, statement or modifier of its syntax tree.
import { readFileSync } from 'node:fs';

import { type AstNode, compile } from '../solidity/compile.ts';

export interface Mutant {
  /** `path:line:column operator → replacement`; stable as long as the file is. */
  readonly id: string;
  readonly file: string;
  readonly line: number;
  /** The function around it; empty outside of functions. */
  readonly scope: string;
  /** `public`, `internal`, … of that function. */
  readonly visibility: string;
  /** The file with the change. */
  readonly text: string;
}

interface Change {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

/** One replacement for each operator: the nearest one that changes a boundary or a sign. */
const operators: Readonly<Record<string, string>> = {
  ...{ '<': '<=', '<=': '<', '>': '>=', '>=': '>', '==': '!=', '!=': '==', '&&': '||', '||': '&&' },
  ...{ '+': '-', '-': '+', '*': '/', '/': '*', '%': '/', '<<': '>>', '>>': '<<', '&': '|', '|': '&', '^': '&' },
  ...{ '+=': '-=', '-=': '+=', '|=': '&=', '&=': '|=', '^=': '|=', '<<=': '>>=', '>>=': '<<=' },
  ...{ '++': '--', '--': '++' },
};

const yulFunctions: Readonly<Record<string, string>> = { add: 'sub', mul: 'add', shr: 'shl', sub: 'add' };

const isNode = (value: unknown): value is AstNode =>
  typeof value === 'object' && value !== null && typeof (value as { nodeType?: unknown }).nodeType === 'string';

function* childrenOf(node: AstNode): Generator<AstNode> {
  for (const value of Object.values(node)) {
    if (isNode(value)) yield value;
    else if (Array.isArray(value)) yield* value.filter(isNode);
  }
}

const rangeOf = ({ src }: AstNode): [number, number] => {
  const [start = 0, length = 0] = src.split(':').map(Number);
  return [start, start + length];
};

/** The changes of one node itself. */
function* changesOf(node: AstNode, source: Buffer): Generator<Change> {
  const [start, end] = rangeOf(node);
  const text = source.subarray(start, end).toString();
  const of = (key: string): [number, number] => rangeOf(node[key] as AstNode);
  switch (node.nodeType) {
    case 'BinaryOperation':
    case 'Assignment': {
      const [left, right] =
        node.nodeType === 'Assignment' ? ['leftHandSide', 'rightHandSide'] : ['leftExpression', 'rightExpression'];
      const operator = node.operator as string;
      const replacement = operators[operator];
      const at = source.indexOf(operator, of(left)[1]);
      if (replacement !== undefined && at < of(right)[0]) yield { start: at, end: at + operator.length, replacement };
      break;
    }
    case 'UnaryOperation': {
      const operator = node.operator as string;
      const [from, to] = of('subExpression');
      if (operator === '!' || operator === '~') yield { start, end: from, replacement: '' };
      else if (operator === 'delete') yield { start, end, replacement: source.subarray(from, to).toString() };
      else if (operators[operator] !== undefined) {
        const isPrefix = node.prefix as boolean;
        const place = isPrefix ? start : to;
        yield { start: place, end: place + operator.length, replacement: operators[operator] };
      }
      break;
    }
    case 'Literal':
      if (node.kind === 'number' && /^\d[\d_]*$/.test(node.value as string) && !/[a-z]/i.test(text))
        yield { start, end, replacement: String(BigInt((node.value as string).replaceAll('_', '')) + 1n) };
      else if (text === 'true' || text === 'false')
        yield { start, end, replacement: text === 'true' ? 'false' : 'true' };
      break;
    case 'IfStatement': {
      const [from, to] = of('condition');
      yield { start: from, end: to, replacement: 'false' };
      yield { start: from, end: to, replacement: 'true' };
      break;
    }
    case 'Conditional': {
      const [from, to] = of('condition');
      const condition = source.subarray(from, to).toString();
      yield { start: from, end: to, replacement: `!(${condition})` };
      break;
    }
    case 'ExpressionStatement':
    case 'EmitStatement':
      // A statement that is left out: a check, a write, a call or an event.
      yield { start, end: end + (source[end] === 0x3b ? 1 : 0), replacement: '{}' };
      break;
    case 'Continue':
      yield { start, end: end + (source[end] === 0x3b ? 1 : 0), replacement: '{}' };
      break;
    case 'FunctionDefinition':
      for (const modifier of node.modifiers as AstNode[]) {
        if (modifier.kind === 'baseConstructorSpecifier') continue;
        const [from, to] = rangeOf(modifier);
        yield { start: from, end: to, replacement: '' };
      }
      break;
    case 'YulFunctionCall': {
      const name = (node.functionName as { name: string }).name;
      const replacement = yulFunctions[name];
      if (replacement !== undefined) yield { start, end: start + name.length, replacement };
      break;
    }
    case 'YulLiteral':
      if (/^\d+$/.test(text)) yield { start, end, replacement: String(Number(text) + 1) };
      break;
  }
}

/** All mutants of a file, in the order of the text. */
export function mutantsOf(file: string): Mutant[] {
  const content = readFileSync(file, 'utf8');
  const source = Buffer.from(content);
  const settings = { stopAfter: 'parsing', outputSelection: { '*': { '': ['ast'] } } };
  const { sources } = compile({ language: 'Solidity', sources: { [file]: { content } }, settings });
  const tree = sources[file]?.ast;
  if (tree === undefined) throw new Error(`${file}: the compiler returned no syntax tree`);

  const found: Mutant[] = [];
  const visit = (node: AstNode, scope: string, visibility: string): void => {
    const isFunction = node.nodeType === 'FunctionDefinition';
    const inner = isFunction ? (node.name as string) || (node.kind as string) : scope;
    const innerVisibility = isFunction ? (node.visibility as string) : visibility;
    for (const { start, end, replacement } of changesOf(node, source)) {
      const before = source.subarray(0, start).toString();
      const line = before.split('\n').length;
      const column = before.length - before.lastIndexOf('\n');
      const original = source.subarray(start, end).toString().replaceAll(/\s+/g, ' ').trim();
      found.push({
        id: `${file}:${line}:${column} ${original.slice(0, 60)} → ${replacement || 'nothing'}`,
        file,
        line,
        scope: inner,
        visibility: innerVisibility,
        text: before + replacement + source.subarray(end).toString(),
      });
    }
    for (const child of childrenOf(node)) visit(child, inner, innerVisibility);
  };
  visit(tree, '', '');
  return found;
}
