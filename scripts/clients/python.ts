// The Python tools of the client suites: a virtual environment in .tools/python with the pinned packages of
// requirements.txt. Nothing is installed outside .tools/.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

const defaultFolder = resolve('.tools/python');
const requirements = 'scripts/clients/requirements.txt';

export const pythonNeeded = 'Python 3.11 or newer with venv';

/** Path of a program of the virtual environment. */
export const pythonProgram = (name: string): string => `${defaultFolder}/bin/${name}`;

/** Undefined when this machine has none that is new enough, or its venv module is missing (Debian: python3-venv). */
function findPython(): string | undefined {
  const probe = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))';
  return ['python3', 'python'].find((command) => spawnSync(command, ['-c', probe], { stdio: 'ignore' }).status === 0);
}

/** Installs the tools unless they are installed. Returns why they cannot be used, or undefined. */
export function installPythonTools(folder = defaultFolder): string | undefined {
  const stamp = `${folder}/.pegway-requirements`;
  const wanted = readFileSync(requirements, 'utf8');
  if (readIfPresent(stamp) === wanted) return undefined;
  const python = findPython();
  if (python === undefined) return `requires ${pythonNeeded}`;

  console.error('pegway: installing Slither and Halmos into .tools/python');
  rmSync(folder, { recursive: true, force: true });
  const run = (command: string, args: readonly string[]) =>
    spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
  if (!run(python, ['-m', 'venv', folder])) return `cannot create a virtual environment with ${python} -m venv`;
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '-r', requirements];
  if (!run(`${folder}/bin/python`, pip)) return 'pip cannot install the packages (no access to a package index?)';

  writeFileSync(stamp, wanted);
  return undefined;
}

function readIfPresent(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
