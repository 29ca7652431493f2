// `npm run docs`: generates the reference pages from the code:
//   docs/configuration.md, docs/metrics.md, the JSON schemas of files people write, and the dashboards in ops/grafana/
// All are committed. `--check` writes nothing and fails when they differ from the code.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

import { z } from 'zod';

import { schema as deploymentSchema } from '../cli/deploy/deployment-file.ts';
import { holderSchema } from '../cli/transfer/holder-file.ts';
import { oneBridge, severalBridges } from '../relayer/config-schema.ts';
import { configurationPage } from './reference/configuration.ts';
import { dashboards } from './reference/dashboards/all.ts';
import { dashboardJson } from './reference/dashboards/grafana.ts';
import { metricsPage } from './reference/metrics.ts';

const generated: Record<string, string> = {
  'docs/configuration.md': configurationPage(),
  'docs/metrics.md': metricsPage(),
};
for (const dashboard of dashboards) {
  generated[`ops/grafana/${dashboard.name}.json`] = `${JSON.stringify(dashboardJson(dashboard), undefined, 2)}\n`;
}

const schemas = { relayer: z.union([oneBridge, severalBridges]), deployment: deploymentSchema, holder: holderSchema };
for (const [name, schema] of Object.entries(schemas)) {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  generated[`docs/public/schemas/${name}.schema.json`] = `${JSON.stringify(json, undefined, 2)}\n`;
}

for (const [file, text] of Object.entries(generated)) {
  if (!process.argv.includes('--check')) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  } else if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
    console.error(`${file} differs from the code. Run: npm run docs`);
    process.exitCode = 1;
  }
}
