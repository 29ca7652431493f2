#!/usr/bin/env node
/*
 * The installed `pegway`. Static imports of the command line name built-in modules that older versions of Node lack, so they may
 * only be loaded once the version is known to be new enough. This file uses nothing that Node 14 does not have.
 */
const OLDEST_NODE = 24;
const found = process.versions.node;

if (Number(found.split('.')[0]) < OLDEST_NODE) {
  process.stderr.write(`pegway: needs Node ${OLDEST_NODE} or newer, found ${found}\n`);
  process.exitCode = 2;
} else {
  await import('./pegway.ts');
}
