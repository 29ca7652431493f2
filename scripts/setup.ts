// `npm run setup`: installs the system packages that some of the test suites require. No other command requires any.
import { howTo, install, isMissing } from './testing/programs.ts';
import { programsOf, suites } from './testing/suites.ts';

const missing = programsOf(suites).filter(isMissing);

if (missing.length === 0) {
  console.error('pegway: every program that the test suites require is installed.');
} else if (await install(missing)) {
  console.error('pegway: installed. `npm test` now runs every suite.');
} else {
  console.error(
    `pegway: cannot install them as this user. To install them manually: ${howTo(missing.filter(isMissing))}`,
  );
  process.exitCode = 1;
}
