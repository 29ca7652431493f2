import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import ts from 'typescript';
import type { Abi } from 'viem';

import {
  anchorsAbi,
  exitAddressAbi,
  exitsAbi,
  mainBridgeAbi,
  productBridgeAbi,
  productStateAbi,
  productTokenAbi,
  rewardsAbi,
} from '../../protocol/abi.ts';
import { reasons } from '../../protocol/reasons.ts';
import { broadcastOutcomeNames } from '../../relayer/tx/broadcast-errors.ts';

const page = readFileSync('docs/errors.md', 'utf8');
const [, bridges, codes] = page.split(/^## /m) as [string, string, string];

/** The rows of all tables in a part of the page that begin with a code. */
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

/** Has the form of a code, unlike any other text in such a place. */
const isCode = (text: string): boolean => /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(text);

function stringsIn(node: ts.Node): string[] {
  if (ts.isStringLiteral(node)) return [node.text];
  // Only the results of a conditional, not its condition.
  if (ts.isConditionalExpression(node)) return [...stringsIn(node.whenTrue), ...stringsIn(node.whenFalse)];
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken) {
    return [...stringsIn(node.left), ...stringsIn(node.right)];
  }
  return ts.isParenthesizedExpression(node) ? stringsIn(node.expression) : [];
}

/** Codes in the sources: `code: …`, `reason: …`, `const code = …`, `problems.set(part, …)`, `refuse(…)`. */
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
    // Codes of zod's own.
    if (ts.isPropertyAccessExpression(callee) && callee.name.text === 'addIssue') return here;
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

describe('docs/errors.md', () => {
  it('lists exactly the errors of the bridges, their satellites and the product token', () => {
    const satellites = [rewardsAbi, anchorsAbi, exitsAbi, productStateAbi, exitAddressAbi];
    const abis = [mainBridgeAbi, productBridgeAbi, productTokenAbi, ...satellites];
    const expected = new Set(abis.flatMap((abi) => errorsOf(abi as Abi)));
    assert.deepEqual(namesOf(bridges).toSorted(), [...expected].toSorted());
  });

  it('lists exactly the reason codes, broadcast outcomes and codes raised in the sources', () => {
    const expected = new Set([...Object.keys(reasons), ...broadcastOutcomeNames, ...raised.filter(isCode)]);
    assert.deepEqual(namesOf(codes).toSorted(), [...expected].toSorted());
  });

  it('gives a cause and a remedy for each', () => {
    for (const [, name, why, remedy] of [...rowsOf(bridges), ...rowsOf(codes)]) {
      assert.ok(why && /[.!?:]$/.test(why), `${name}: why`);
      assert.ok(remedy && /[.!?]$/.test(remedy), `${name}: what to do`);
    }
  });
});
