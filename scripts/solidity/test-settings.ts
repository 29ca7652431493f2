// Hardhat plugin that compiles the Solidity tests with settings of their own. They deploy contracts from artifacts, which have the
// product's settings: only the code of the tests differs, which the legacy code generator compiles in a fraction of the time.
import { globSync } from 'node:fs';

import { definePlugin } from 'hardhat/plugins';
import type { ConfigHooks, SolidityHooks } from 'hardhat/types/hooks';
import type { Compiler, CompilerInput, CompilerOutput } from 'hardhat/types/solidity';

const folder = 'test/contracts/solidity';
/** One of its functions has more variables than the legacy code generator can reach on the stack. */
const viaIrFile = `${folder}/pair/Actors.sol`;
const legacy = { viaIR: false, optimizer: { enabled: true, runs: 200 } };
const stackOnly = { yul: true, yulDetails: { stackAllocation: true, optimizerSteps: ':' } };
const viaIr = { viaIR: true, optimizer: { enabled: true, runs: 1, details: stackOnly } };

const codeOfAll = ['abi', 'evm.bytecode', 'evm.deployedBytecode', 'evm.methodIdentifiers'];

const config: Partial<ConfigHooks> = {
  async resolveUserConfig(userConfig, resolveVariable, next) {
    const resolved = await next(userConfig, resolveVariable);
    const profile = resolved.solidity.profiles['default'];
    const compiler = profile?.compilers[0];
    if (profile === undefined || compiler === undefined) throw new Error('hardhat.config.ts has no compiler');
    // Hardhat compiles files together when they share one object.
    const base = compiler.settings as object;
    const withSettings = (settings: object) => ({ ...compiler, settings: { ...base, ...settings } });
    const [most, one] = [withSettings(legacy), withSettings(viaIr)];
    for (const file of globSync(`${folder}/**/*.sol`, { cwd: resolved.paths.root }))
      profile.overrides[file] = file === viaIrFile ? one : most;
    return resolved;
  },
};

const solidity: Partial<SolidityHooks> = {
  // oxlint-disable-next-line typescript/no-deprecated -- Hardhat has no other way to request less output
  async getCompiler(context, compilerConfig, next) {
    const compiler = await next(context, compilerConfig);
    const overrides = context.config.solidity.profiles['default']?.overrides ?? {};
    if (!Object.values(overrides).includes(compilerConfig)) return compiler;
    const { version, longVersion, compilerPath, isSolcJs } = compiler;
    const isViaIr = overrides[viaIrFile] === compilerConfig;
    const compile = (input: CompilerInput) => compileTests(compiler, input, isViaIr);
    return { version, longVersion, compilerPath, isSolcJs, compile };
  },
};

/** Hardhat also requests the code of imported files: of the bridges, which the legacy code generator cannot compile. */
async function compileTests(compiler: Compiler, input: CompilerInput, isViaIr: boolean): Promise<CompilerOutput> {
  const files = Object.keys(input.sources)
    .filter((source) => source.startsWith(`project/${folder}/`))
    .filter((source) => isViaIr || source !== `project/${viaIrFile}`);
  const selected = { '': ['ast'], '*': codeOfAll };
  const outputSelection = Object.fromEntries(files.map((file) => [file, selected]));
  const output = await compiler.compile({ ...input, settings: { ...input.settings, outputSelection } });
  // Solc compiles every file of which it returns the syntax tree; Hardhat's stack traces expect one of each file.
  for (const source of Object.values(output.sources)) source.ast ??= { nodes: [] };
  return output;
}

export const solidityTestSettings = definePlugin({
  id: 'pegway-solidity-test-settings',
  hookHandlers: {
    config: () => Promise.resolve({ default: () => Promise.resolve(config) }),
    solidity: () => Promise.resolve({ default: () => Promise.resolve(solidity) }),
  },
});
