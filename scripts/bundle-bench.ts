// Bundles the command line and the relayer into .tools/bench/, as the package has them: `npm run bench` measures the relayers
// that operators run, which start sooner and use less memory than from sources.
import { readFileSync, rmSync } from 'node:fs';

import { type Manifest, bundle } from './packaging/bundle.ts';

const directory = '.tools/bench';
rmSync(directory, { recursive: true, force: true });
await bundle(JSON.parse(readFileSync('package.json', 'utf8')) as Manifest, directory);
