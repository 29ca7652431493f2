import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import ts from 'typescript';
import type { Abi } from 'viem';

import { mainBridgeAbi, productBridgeAbi, productTokenAbi } from '../../protocol/abi.ts';
import { reasons } from '../../protocol/reasons.ts';
import { broadcastOutcomeNames } from '../../relayer/tx/broadcast-errors.ts';

const page = readFileSync('docs/errors.md', 'utf8');
const [, bridges, codes] = page.split(/^## /m) as [string, string, string];

/** The rows of all tables of a part of the page, by what stands first in them. */
const rowsOf = (part: string): readonly (readonly string[])[] =>
  part
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()));
const namesOf = (part: string): string[] => rowsOf(part).map(([, name]) => name!.slice(1, -1));

function errorsOf(abi: Abi): string[] {
  return abi
    .filter((item) => item.type === 'error')
    .map(({ name, inputs }) => `${name}(${inputs.map((input) => `${input.type} ${input.name}`).join(', ')})`);
}

/** Looks like a code, and not like any other word that could stand in such a place. */
const isCode = (text: string): boolean => /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(text);

function stringsIn(node: ts.Node): string[] {
  if (ts.isStringLiteral(node)) return [node.text];
  // Of a choice only what may come out, not what is compared.
  if (ts.isConditionalExpression(node)) return [...stringsIn(node.whenTrue), ...stringsIn(node.whenFalse)];
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken) {
    return [...stringsIn(node.left), ...stringsIn(node.right)];
  }
  return ts.isParenthesizedExpression(node) ? stringsIn(node.expression) : [];
}

/** The places where a code is written: `code: …`, `reason: …`, `const code = …`, `problems.set(part, …)`, `refuse(…)`. */
function codesIn(node: ts.Node): string[] {
  const named = (name: ts.Node, ...names: string[]) => ts.isIdentifier(name) && names.includes(name.text);
  const here: string[] = [];
  if (ts.isPropertyAssignment(node) && named(node.name, 'code')) here.push(...stringsIn(node.initializer));
  if (ts.isVariableDeclaration(node) && named(node.name, 'code') && node.initializer) {
    here.push(...stringsIn(node.initializer));
  }
  if (ts.isCallExpression(node)) {
    const callee = node.expression;
    const second = node.arguments[1];
    if (
      ts.isPropertyAccessExpression(callee) &&
      callee.name.text === 'set' &&
      callee.expression.getText().endsWith('problems')
    ) {
      if (second !== undefined) here.push(...stringsIn(second));
    }
    if (named(callee, 'refuse') || named(callee, 'submitError')) here.push(...stringsIn(node.arguments[0]!));
  }
  node.forEachChild((child) => {
    here.push(...codesIn(child));
  });
  return here;
}

const raised = globSync('{protocol,relayer,sdk,cli}/**/*.ts').flatMap((file) =>
  codesIn(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)),
);

describe('The page of errors', () => {
  it('has every error that a bridge or a product token can answer with, and no other', () => {
    const expected = new Set([mainBridgeAbi, productBridgeAbi, productTokenAbi].flatMap((abi) => errorsOf(abi as Abi)));
    assert.deepEqual(namesOf(bridges).toSorted(), [...expected].toSorted());
  });

  it('has every code of the vocabulary, of the answers of nodes, and that is raised anywhere, and no other', () => {
    const expected = new Set([...Object.keys(reasons), ...broadcastOutcomeNames, ...raised.filter(isCode)]);
    assert.deepEqual(namesOf(codes).toSorted(), [...expected].toSorted());
  });

  it('says of each why it comes and what to do', () => {
    for (const [, name, why, remedy] of [...rowsOf(bridges), ...rowsOf(codes)]) {
      assert.ok(why && /[.!?:]$/.test(why), `${name}: why`);
      assert.ok(remedy && /[.!?]$/.test(remedy), `${name}: what to do`);
    }
  });
});
