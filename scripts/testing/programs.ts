// Programs that some suites need and npm does not provide, and how to install them.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface Program {
  /** The package on Debian and Ubuntu. */
  name: string;
  /** Any one of these on the PATH suffices. */
  commands: string[];
  /** A file of the package, for a library without a command. */
  file?: string;
}

export const redis: Program = { name: 'redis-server', commands: ['redis-server'] };
export const softhsm: Program = { name: 'softhsm2', commands: ['softhsm2-util'] };
export const prometheus: Program = { name: 'prometheus', commands: ['promtool'] };
export const alertmanager: Program = { name: 'prometheus-alertmanager', commands: ['amtool'] };
export const systemd: Program = { name: 'systemd', commands: ['systemd-analyze'] };
/** With Helm's template engine and functions, a chart can be rendered without Helm. */
export const golang: Program = { name: 'golang-go', commands: ['go'] };
const go = '/usr/share/gocode/src';
export const goSprig: Program = {
  name: 'golang-github-masterminds-sprig-dev',
  commands: [],
  file: `${go}/github.com/Masterminds/sprig/functions.go`,
};
export const goYaml: Program = {
  name: 'golang-k8s-sigs-yaml-dev',
  commands: [],
  file: `${go}/sigs.k8s.io/yaml/yaml.go`,
};
/** Its headless shell needs half of the processor time: it draws no window. */
export const chromium: Program = {
  name: 'chromium-headless-shell',
  commands: ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'],
};

function pathOf(command: string): string | undefined {
  const candidates = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, command));
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const isOnPath = (command: string): boolean => pathOf(command) !== undefined;

/** Path of the program; undefined when it is missing. */
export const commandOf = ({ commands }: Program): string | undefined =>
  commands.map(pathOf).find((path) => path !== undefined);

export function isMissing(program: Program): boolean {
  return program.file === undefined ? commandOf(program) === undefined : !existsSync(program.file);
}

/** Command prefix of apt-get; undefined when this user may not install packages, or there is no apt-get. */
function installer(): string[] | undefined {
  if (!isOnPath('apt-get')) return undefined;
  if (process.getuid?.() === 0) return ['env'];
  // -n: never prompt for a password in the middle of a run.
  if (isOnPath('sudo') && spawnSync('sudo', ['-n', 'true']).status === 0) return ['sudo', '-n', 'env'];
  return undefined;
}

/** Instructions for manual installation, where `install` cannot. */
export function howTo(programs: Program[]): string {
  const names = programs.map(({ name }) => name).join(' ');
  return isOnPath('apt-get')
    ? `sudo apt-get install ${names}`
    : `install ${names} with your system's package manager, so that the commands are on the PATH`;
}

/** Installs the programs with apt-get. Returns true if all of them are present afterwards. */
export async function install(programs: Program[]): Promise<boolean> {
  const [command, ...before] = installer() ?? [];
  if (command === undefined) return false;

  const names = programs.map(({ name }) => name);
  console.error(`pegway: installing ${names.join(', ')} with apt-get`);
  // RUNLEVEL=1 keeps a freshly installed service (Redis) from being started: the tests start their own.
  const apt = [...before, 'DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1', 'apt-get', '-qq', '-o', 'Dpkg::Use-Pty=0'];
  for (const step of [['update'], ['install', '-y', '--no-install-recommends', ...names]])
    await once(spawn(command, [...apt, ...step], { stdio: ['ignore', 'ignore', 'inherit'] }), 'exit');
  return !programs.some(isMissing);
}
