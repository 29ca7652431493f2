import { network } from 'hardhat';

/** One simulated chain for all contract tests; each test starts from a fixture's snapshot. */
export const { viem, networkHelpers, provider } = await network.create();

export const { assertions } = viem;
export const { loadFixture, time } = networkHelpers;

export const publicClient = await viem.getPublicClient();
export const wallets = await viem.getWalletClients();

export const chainId = await publicClient.getChainId();
