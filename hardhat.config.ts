import { fileURLToPath } from 'node:url';

import hardhatNetworkHelpers from '@nomicfoundation/hardhat-network-helpers';
import hardhatNodeTestRunner from '@nomicfoundation/hardhat-node-test-runner';
import hardhatViem from '@nomicfoundation/hardhat-viem';
import hardhatViemAssertions from '@nomicfoundation/hardhat-viem-assertions';
import { defineConfig } from 'hardhat/config';

import { solidityTestSettings } from './scripts/solidity/test-settings.ts';

// The compiler is the `solc` npm package, pinned by package-lock.json, so that a build downloads nothing.
const soljson = fileURLToPath(import.meta.resolve('solc/soljson.js'));

const fsPermissions = { readFile: ['docs/protocol-vectors.json'] };

export default defineConfig({
  plugins: [hardhatViem, hardhatViemAssertions, hardhatNodeTestRunner, hardhatNetworkHelpers, solidityTestSettings],
  paths: {
    sources: ['contracts', 'test/contracts/mocks'],
    tests: { nodejs: 'test/contracts', solidity: 'test/contracts/solidity' },
  },
  solidity: {
    version: '0.8.37',
    path: soljson,
    // The words of any ERC-20, for the generated ABIs.
    npmFilesToBuild: [
      '@openzeppelin/contracts/interfaces/draft-IERC6093.sol',
      '@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol',
      '@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol',
    ],
    settings: {
      optimizer: { enabled: true, runs: 800 },
      viaIR: true,
      evmVersion: 'cancun',
    },
  },
  networks: {
    default: { type: 'edr-simulated', chainType: 'l1', hardfork: 'cancun' },
  },
  test: {
    solidity: {
      profiles: {
        // A revert in an act of the invariants is a bridge that did something else than was foretold.
        default: { fuzz: { runs: 512 }, invariant: { runs: 64, depth: 256, failOnRevert: true }, fsPermissions },
        // `npx hardhat test solidity --test-profile long`: after a change of the contracts.
        long: { fuzz: { runs: 50_000 }, invariant: { runs: 256, depth: 1_000, failOnRevert: true }, fsPermissions },
      },
    },
  },
});
