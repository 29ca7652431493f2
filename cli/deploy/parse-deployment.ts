import { basename, dirname, join, resolve } from 'node:path';

import { PegwayError } from '../../protocol/errors.ts';
import { readJsonFile } from '../../relayer/config.ts';
import { type FieldProblem, fieldProblems } from '../../relayer/field-problems.ts';
import { schema, withPresentNames } from './deployment-file.ts';
import { type Deployment, toDeployment } from './spec.ts';

/**
 * Checks a deployment file as far as possible without a chain.
 * @throws {PegwayError} exit code 2, naming every wrong field with its found and expected values.
 */
export function parseDeployment(file: unknown): Deployment {
  const result = schema.safeParse(withPresentNames(file));
  if (!result.success) throw wrongFile(result.error.issues, file);
  const problems: FieldProblem[] = [];
  const deployment = toDeployment(result.data, problems);
  if (problems.length > 0) throw wrongFile(problems, file);
  return deployment;
}

const wrongFile = (problems: readonly FieldProblem[], file: unknown): PegwayError =>
  new PegwayError(`the deployment file is wrong:\n  ${fieldProblems(problems, file, []).join('\n  ')}`, {
    exitCode: 2,
    hint: 'nothing was sent; docs/deploying.md names every field',
  });

export const readDeployment = (path: string): Deployment =>
  parseDeployment(readJsonFile(path, 'the deployment file', 'docs/deploying.md shows one'));

/** The default folder of a deployment's record: next to its file. */
export const recordFolder = (path: string): string =>
  join(dirname(resolve(path)), `${basename(path).replace(/\.json$/, '')}.record`);
