import type { Address } from 'viem';

import type { FleetKey, FleetMember } from './devnet-fleet.ts';

/** A bridge of a devnet with its own six signers. */
export interface DevnetBridge {
  /** In the deployment file. */
  readonly name: string;
  readonly main: { readonly chainId: number; readonly rpcUrl: string; readonly bridge: Address };
  readonly product: { readonly chainId: number; readonly rpcUrl: string; readonly bridge: Address };
  /** The contract that receives the fees, on the main chain. */
  readonly rewards?: Address;
  /** The contract that keeps the product chain's history, on the main chain. */
  readonly anchors?: Address;
  readonly pegs: readonly {
    readonly mainToken: Address;
    readonly productToken: Address;
    /** Of the product token. */
    readonly symbol: string;
    readonly mainSymbol: string;
    readonly numerator: string;
    readonly denominator: string;
    readonly mainDecimals: number;
    readonly productDecimals: number;
  }[];
  readonly signers: readonly (FleetMember & { readonly pid: number })[];
}

/** The contents of `devnet.json`: everything that another program needs to use a running devnet. Its own fields are the first bridge's. */
export interface DevnetFile extends DevnetBridge {
  readonly others: readonly DevnetBridge[];
  readonly holders: readonly FleetKey[];
  /** URL of the Prometheus that scrapes the relayers, if one was started. */
  readonly prometheusUrl?: string;
  /** The page that holders open, unless the devnet is without it. */
  readonly appUrl?: string;
  /** What `pegway deploy` and `verify-deployment` take. */
  readonly deploymentFile: string;
  readonly pid: number;
}
