import { globSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { parse, stringify } from 'yaml';

import { secondsOf } from './rules.ts';

interface RuleFile {
  readonly groups: { readonly rules: { alert?: string; record?: string; expr: string; for?: string }[] }[];
}

/** Shorter times in the expression of a rule, as text to replace, and a shorter `for`. */
export interface Scaled {
  readonly expr: readonly (readonly [from: string, to: string])[];
  /** In seconds; default: a twelfth. */
  readonly holds?: number;
}

/**
 * A folder with the operator's rules, each `for:` reduced to a twelfth (a minute is 5 s). promtool proves the real
 * durations; a live Prometheus proves that the queried series exist.
 * @param scaled By the name of an alert or record.
 * @throws {RangeError} when an expression does not have a text that is to be replaced.
 */
export function hastyRules(scaled: Readonly<Record<string, Scaled>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'pegway-rules-'));
  for (const path of globSync('ops/prometheus/rules/*.yml')) {
    const file = parse(readFileSync(path, 'utf8')) as RuleFile;
    for (const rule of file.groups.flatMap(({ rules }) => rules)) {
      const name = rule.alert ?? rule.record ?? '';
      if (rule.for !== undefined) rule.for = `${heldFor(rule.for, scaled[name])}s`;
      for (const [from, to] of scaled[name]?.expr ?? []) {
        if (!rule.expr.includes(from)) throw new RangeError(`${name}: its expression has no ${from}`);
        rule.expr = rule.expr.replaceAll(from, to);
      }
    }
    writeFileSync(join(folder, basename(path)), stringify(file));
  }
  return folder;
}

/** Seconds for which an alert is held instead of its rule's `for`. */
export const heldFor = (duration: string, scaled?: Scaled): number => scaled?.holds ?? secondsOf(duration) / 12;
