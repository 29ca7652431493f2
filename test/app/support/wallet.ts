import type { BrowserContext } from 'playwright-core';
import {
  type Address,
  type Hex,
  type TypedDataDefinition,
  hexToBigInt,
  hexToNumber,
  keccak256,
  numberToHex,
  concat,
} from 'viem';

import { call } from '../../../cli/devnet/anvil.ts';
import { type Holder, holderOf } from '../../../cli/devnet/devnet-holder.ts';
import type { DevnetFile } from '../../../cli/devnet/start.ts';
import { gasLimitFor } from '../../../protocol/gas-limit.ts';
import type { Side } from '../../../protocol/lane.ts';
import { eventually } from '../../support/wait.ts';

/** With more gas than a node estimates, as wallets do. */
const sendBy = async (
  { reader, writer }: Holder[Side],
  transaction: { readonly to: Address; readonly data: Hex; readonly value?: bigint },
): Promise<Hex> => {
  const gas = gasLimitFor(await reader.estimateGas({ account: writer.account, ...transaction }));
  return writer.sendTransaction({ ...transaction, gas });
};

/** An unlocked wallet: it signs with a funded key of the devnet, and declines requests on the test's command. */
export interface TestWallet {
  readonly holder: Holder;
  /** Every confirmation the page requested, in order. */
  readonly asked: string[];
  /** Declines all later confirmations, or those of one kind, or confirms again. */
  decline(what: boolean | string): void;
  /** From now on it sends nothing, and answers with this error; undefined: it sends again. */
  fail(error: WalletError | undefined): void;
  /** From now on it sends transactions, but its responses are lost. */
  loseAnswers(): void;
  /** From now on it answers with hashes that no chain knows, as a multi-signature wallet does, and sends nothing. */
  collect(): void;
  /**
   * Sends the collected calls, in transactions of other hashes; with a sponsor, in its transactions to the holder's account, which
   * calls the address in the first 20 bytes with the others.
   */
  execute(sponsor?: Hex): Promise<void>;
  /** Waits until it has confirmed this many requests of one kind. */
  confirmed(method: string, count: number): Promise<void>;
  /** Its current chain. */
  chainId(): number;
  /** Chains added at the page's request. */
  readonly added: readonly AddedChain[];
  /** Tokens added at the page's request. */
  readonly watched: readonly Address[];
}

/** As defined in EIP-3085. */
export interface AddedChain {
  readonly chainId: Hex;
  readonly chainName: string;
  readonly rpcUrls: readonly string[];
  readonly nativeCurrency: { readonly name: string; readonly symbol: string; readonly decimals: number };
}

/** As a provider of EIP-1193 throws it. */
export interface WalletError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

export interface WalletOptions {
  readonly startsOn?: 'main' | 'product' | number;
  /** A chain that is not in the wallet's list. */
  readonly stranger?: 'main' | 'product' | undefined;
  /** False: the browser has no wallet. */
  readonly isAnnounced?: boolean;
}

interface Asked {
  readonly method: string;
  readonly params?: readonly unknown[];
}

const refusal = (code: number, message: string) => ({ error: { code, message } });

/** Injects a wallet, announced as in EIP-6963, into every page of a browser context. */
export async function giveWallet(
  context: BrowserContext,
  file: Pick<DevnetFile, 'main' | 'product'>,
  key: Hex,
  { startsOn = 'main', stranger, isAnnounced = true }: WalletOptions = {},
): Promise<TestWallet> {
  const holder = holderOf(file, key);
  let chainId = typeof startsOn === 'number' ? startsOn : file[startsOn].chainId;
  let isLosing = false;
  let failing: WalletError | undefined;
  let collected: ((sponsor?: Holder) => Promise<Hex>)[] | undefined;
  let declines: boolean | string = false;
  // A page sees no account before the owner has approved once.
  let isConnected = false;
  const asked: string[] = [];
  const added: AddedChain[] = [];
  const watched: Address[] = [];
  const knows = (id: number) =>
    stranger === undefined || file[stranger].chainId !== id || added.some((chain) => hexToNumber(chain.chainId) === id);
  const sideOf = (id: number) => (id === file.product.chainId ? ('product' as const) : ('main' as const));

  const done: string[] = [];
  const confirm = async (request: Asked): Promise<unknown> => {
    asked.push(request.method);
    const answered = await act(request);
    done.push(request.method);
    return answered;
  };
  const act = async ({ method, params = [] }: Asked): Promise<unknown> => {
    if (declines === true || declines === method) return refusal(4001, 'User rejected the request.');
    switch (method) {
      case 'wallet_switchEthereumChain': {
        const wanted = hexToNumber((params[0] as { chainId: Hex }).chainId);
        if (!knows(wanted)) return refusal(4902, 'Unrecognized chain ID.');
        chainId = wanted;
        return { result: null };
      }
      case 'wallet_addEthereumChain': {
        const chain = params[0] as AddedChain;
        added.push(chain);
        chainId = hexToNumber(chain.chainId);
        return { result: null };
      }
      case 'eth_signTypedData_v4': {
        const typed = JSON.parse(params[1] as string) as TypedDataDefinition;
        const { account } = holder.main.writer;
        return { result: await account.signTypedData?.(typed) };
      }
      case 'eth_sendTransaction': {
        if (failing !== undefined) return { error: failing };
        const { to, data, value = '0x0' } = params[0] as { to: Address; data: Hex; value?: Hex };
        const side = sideOf(chainId);
        const send = (sponsor?: Holder) =>
          sponsor === undefined
            ? sendBy(holder[side], { to, data, value: hexToBigInt(value) })
            : sendBy(sponsor[side], { to: holder.address, data: concat([to, data]) });
        if (collected !== undefined) {
          collected.push(send);
          return { result: keccak256(numberToHex(asked.length)) };
        }
        const hash = await send();
        return isLosing ? refusal(-32_603, 'The connection was lost.') : { result: hash };
      }
      default:
        throw new Error(`${method} needs no confirmation`);
    }
  };

  const answer = async (request: Asked): Promise<unknown> => {
    switch (request.method) {
      case 'wallet_watchAsset':
        watched.push((request.params as unknown as { options: { address: Address } }).options.address);
        return { result: true };
      case 'eth_requestAccounts':
      case 'wallet_requestPermissions':
        isConnected = true;
        return { result: [holder.address] };
      case 'wallet_switchEthereumChain':
      case 'wallet_addEthereumChain':
      case 'eth_signTypedData_v4':
      case 'eth_sendTransaction':
        return confirm(request);
      case 'eth_accounts':
        return { result: isConnected ? [holder.address] : [] };
      case 'eth_chainId':
        return { result: numberToHex(chainId) };
      default:
        return { result: await call(file[sideOf(chainId)].rpcUrl, request.method, ...(request.params ?? [])) };
    }
  };
  await context.exposeBinding('testWallet', (_, request: Asked) =>
    answer(request).catch((error: unknown) => refusal(-32_603, String(error))),
  );
  if (isAnnounced) await context.addInitScript(announceWallet);
  return {
    holder,
    asked,
    decline: (what) => void (declines = what),
    confirmed: (method, count) =>
      eventually(`${method} for the ${count}th time`, () => done.filter((one) => one === method).length >= count).then(
        () => undefined,
      ),
    collect: () => void (collected = []),
    async execute(sponsor) {
      const by = sponsor && holderOf(file, sponsor);
      for (const send of (collected ?? []).splice(0)) await send(by);
    },
    loseAnswers: () => void (isLosing = true),
    fail: (error) => void (failing = error),
    chainId: () => chainId,
    added,
    watched,
  };
}

/** Runs in the page: the provider of EIP-1193, announced as in EIP-6963. */
function announceWallet(): void {
  interface Answer {
    readonly result?: unknown;
    readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
  }
  const page = globalThis as unknown as EventTarget & { testWallet(request: Asked): Promise<Answer> };
  const listeners = new Map<string, Set<(value: unknown) => void>>();
  const provider = {
    async request(request: Asked) {
      const { result, error } = await page.testWallet(request);
      if (error !== undefined) throw Object.assign(new Error(error.message), { code: error.code, data: error.data });
      if (request.method === 'wallet_switchEthereumChain' || request.method === 'wallet_addEthereumChain') {
        const { chainId } = request.params![0] as { chainId: string };
        for (const listener of listeners.get('chainChanged') ?? []) listener(chainId);
      }
      return result;
    },
    on(event: string, listener: (value: unknown) => void) {
      listeners.set(event, (listeners.get(event) ?? new Set()).add(listener));
    },
    removeListener(event: string, listener: (value: unknown) => void) {
      listeners.get(event)?.delete(listener);
    },
  };
  const info = {
    uuid: '6f1ac16a-6d6c-4d4e-8f63-3b1b5c3f9a10',
    name: 'Test wallet',
    icon: 'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle cx="4" cy="4" r="4" fill="teal"/></svg>',
    rdns: 'example.test',
  };
  const announce = () =>
    page.dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail: Object.freeze({ info, provider }) }));
  page.addEventListener('eip6963:requestProvider', announce);
  announce();
}
