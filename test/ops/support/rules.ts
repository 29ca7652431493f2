import { readFileSync } from 'node:fs';

import { parse } from 'yaml';

export interface AlertingRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export const alertRules = (): readonly AlertingRule[] => {
  const { groups } = parse(readFileSync('ops/prometheus/rules/alerts.yml', 'utf8')) as {
    groups: { rules: AlertingRule[] }[];
  };
  return groups.flatMap(({ rules }) => rules);
};

/** Of a duration as rules have it: `1m30s` is 90. */
export const secondsOf = (duration: string): number =>
  [...duration.matchAll(/(\d+)(d|h|m|s)/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * { d: 86_400, h: 3_600, m: 60, s: 1 }[unit as 'd' | 'h' | 'm' | 's'],
    0,
  );

/** The anchors of a Markdown file's headings. */
export const headingsOf = (file: string): readonly string[] =>
  [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
