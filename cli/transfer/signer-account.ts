import {
  type Hex,
  type LocalAccount,
  concatHex,
  domainSeparator,
  hashStruct,
  serializeSignature,
  serializeTransaction,
  stringToHex,
  toHex,
} from 'viem';
import { toAccount } from 'viem/accounts';

import type { Signer } from '../../relayer/keys/signer.ts';

/** A key of any back end as an account of viem: it can pay, and sign a permit. */
export function accountOf(signer: Signer): LocalAccount {
  const signed = async (preimage: Hex): Promise<Hex> => serializeSignature(await signer.sign(preimage));
  return toAccount({
    address: signer.address,

    signMessage({ message }) {
      const text = typeof message === 'string' ? stringToHex(message) : toHex(message.raw);
      const prefix = stringToHex(`\u0019Ethereum Signed Message:\n${(text.length - 2) / 2}`);
      return signed(concatHex([prefix, text]));
    },

    async signTransaction(transaction, { serializer = serializeTransaction } = {}) {
      const { r, s, yParity } = await signer.sign(await serializer(transaction));
      return serializer(transaction, { r, s, v: 27n + BigInt(yParity) });
    },

    signTypedData(typedData) {
      const { domain, types, primaryType, message } = typedData;
      const struct = hashStruct({ data: message, primaryType, types } as Parameters<typeof hashStruct>[0]);
      return signed(concatHex(['0x1901', domainSeparator({ domain: domain ?? {} }), struct]));
    },
  });
}
