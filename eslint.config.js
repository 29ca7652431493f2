import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const environment = 'Only relayer/config.ts reads the environment; cli/pegway.ts passes it to the commands.';
/** viem's transports pair the answers of a batch by position, whatever their ids. */
const transports = {
  name: 'viem',
  importNames: ['http', 'webSocket', 'fallback'],
  message: 'Only tests use them: see relayer/chain/json-rpc-endpoint.ts, and sdk/transport.ts for viem clients.',
};
const pure = 'protocol/ is pure: it may use viem to encode and hash, and to talk to nothing.';

export default defineConfig(
  globalIgnores(['.pegway/', '.tools/', 'artifacts/', 'cache/', 'coverage/', 'dist/', 'test-results/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      // A promise in a place that ignores it is an error that nobody sees.
      '@typescript-eslint/no-floating-promises': 'error',
      // `return refuse()` and `(line) => void write(line)` read well, and the type says that nothing comes of them.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // TypeScript itself asks for brackets where a name comes from outside.
      '@typescript-eslint/dot-notation': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ['**/*.ts', '**/*.tsx'],
    ignores: ['test/**'],
    rules: { 'no-restricted-imports': ['error', { paths: [transports] }] },
  },
  {
    files: ['{protocol,relayer,sdk,cli}/**/*.ts'],
    ignores: ['relayer/config.ts', 'cli/pegway.ts'],
    rules: {
      'no-restricted-properties': ['error', { object: 'process', property: 'env', message: environment }],
      'no-restricted-imports': ['error', { paths: ['node:process', 'process', transports] }],
    },
  },
  {
    files: ['protocol/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['process', 'fetch', 'setTimeout', 'setInterval', 'Date', 'performance', 'crypto'],
      ],
      'no-restricted-imports': [
        'error',
        {
          paths: [transports],
          patterns: [
            { regex: '^viem/(?!utils$)', message: pure },
            { regex: '^viem$', importNamePattern: '^(create|custom|public|wallet)', message: pure },
          ],
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // `describe` and `it` of node:test return promises that the runner itself waits for.
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          ignoreVoid: false,
          allowForKnownSafeCalls: [
            { from: 'package', package: 'node:test', name: ['describe', 'it', 'suite', 'test'] },
          ],
        },
      ],
      '@typescript-eslint/no-empty-function': 'off',
      // Hardhat's connections and node:test's contexts are taken apart everywhere; their functions need no `this`.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['**/*.js'],
    languageOptions: { globals: { console: 'readonly', process: 'readonly' } },
  },
  {
    // Runs in the page, ahead of its modules.
    files: ['app/early.js'],
    languageOptions: { globals: { document: 'readonly', localStorage: 'readonly', navigator: 'readonly' } },
  },
);
