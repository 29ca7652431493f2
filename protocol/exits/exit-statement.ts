import { type Address, hashTypedData } from 'viem';

/** Where an authorisation is valid: one `Exits` contract. */
export interface ExitDomain {
  readonly chainId: number;
  readonly exits: Address;
}

/** An account names the payee of its exits, of all pegs. */
export interface ExitStatement {
  readonly account: Address;
  readonly payout: Address;
}

/** The EIP-712 data that the account signs. */
export const exitTypedData = ({ chainId, exits }: ExitDomain, { account, payout }: ExitStatement) =>
  ({
    domain: { name: 'Pegway Exits', version: '1', chainId, verifyingContract: exits },
    types: {
      Exit: [
        { name: 'account', type: 'address' },
        { name: 'payout', type: 'address' },
      ],
    },
    primaryType: 'Exit',
    message: { account, payout },
  }) as const;

/** The twin of `Exits.exitDigest`. */
export const exitDigest = (domain: ExitDomain, statement: ExitStatement) =>
  hashTypedData(exitTypedData(domain, statement));
