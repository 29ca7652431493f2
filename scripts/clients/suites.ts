// The suites of `npm run test:clients`: real clients and analysis tools that npm does not provide.
import { missingHistory } from '../../test/support/older-release.ts';
import { type Suite, nodeSuite } from '../testing/suites.ts';
import { installGeth } from './geth.ts';
import { installPythonTools } from './python.ts';

export interface ClientSuite {
  readonly suite: Suite;
  /** Installs into .tools/ what the suite requires. Returns why it cannot run on this machine, or undefined. */
  readonly prepare?: () => string | undefined;
}

const clientSuite = (name: string, options: Omit<ClientSuite, 'suite'> = {}): ClientSuite | undefined => {
  const suite = nodeSuite({ name, budget: 'clients', files: `test/clients/${name}.test.ts` });
  return suite === undefined ? undefined : { suite, ...options };
};

export const clientSuites: readonly ClientSuite[] = [
  clientSuite('geth', { prepare: installGeth }),
  clientSuite('geth-chaos', { prepare: installGeth }),
  clientSuite('geth-dev', { prepare: installGeth }),
  clientSuite('geth-gas', { prepare: installGeth }),
  clientSuite('geth-governed', { prepare: installGeth }),
  clientSuite('geth-transactions', { prepare: installGeth }),
  clientSuite('halmos', { prepare: () => installPythonTools() }),
  clientSuite('mutants'),
  clientSuite('providers', { prepare: installGeth }),
  clientSuite('slither', { prepare: () => installPythonTools() }),
  clientSuite('upgrade', { prepare: missingHistory }),
].filter((suite) => suite !== undefined);
