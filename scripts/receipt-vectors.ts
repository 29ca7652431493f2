// Writes docs/receipt-vectors.json, the test vectors of docs/receipt.md: `node scripts/receipt-vectors.ts`, then
// `npm run format`. What each receipt proves comes from scripts/verify-receipt.ts: not the code under test.
import { writeFile } from 'node:fs/promises';

import { kinds, makeReceipt } from '../test/protocol/receipts/support/world.ts';
import { check } from './verify-receipt.ts';

const valid = [];
for (const [name, options] of Object.entries(kinds)) {
  const receipt = await makeReceipt(options);
  const { digest, signedBy, restsOn } = await check(receipt);
  valid.push({ name, receipt, digest, signedBy, restsOn });
}

const [first] = valid;
if (first === undefined) throw new Error('no receipt');
const { receipt } = first;
const cut = valid.find(({ receipt: { execution } }) => execution.payments)?.receipt.execution.payments;
const ofRedeem = valid.find(({ name }) => name === 'a redeem with an anchor')?.receipt.anchor;
const ofOuter = valid.find(({ name }) => name === 'a deposit through an outer chain')?.receipt.through;
const { attestation, signerSet, departure, execution, transfer } = receipt;
const flipped = (base64: string, at: number): string => {
  const bytes = Buffer.from(base64, 'base64');
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes.toString('base64');
};
const invalid = [
  { name: 'another amount', changes: { transfer: { ...transfer, amount: '1001' } } },
  { name: 'another nonce', changes: { transfer: { ...transfer, nonce: '41' } } },
  { name: 'another chain', changes: { main: { ...receipt.main, chainId: 2 } } },
  {
    name: 'a signature with one bit changed',
    changes: { attestation: { ...attestation, signatures: flipped(attestation.signatures, 40) } },
  },
  { name: 'a lower threshold', changes: { signerSet: { ...signerSet, threshold: 3 } } },
  {
    name: 'a header with one bit changed',
    changes: { departure: { ...departure, header: flipped(departure.header, 600) } },
  },
  { name: 'another transaction index', changes: { execution: { ...execution, transactionIndex: 8 } } },
  { name: 'a proof without its leaf', changes: { execution: { ...execution, proof: execution.proof.slice(0, -1) } } },
  { name: 'the outcome of another kind', changes: { outcome: 'bounced' } },
  { name: 'the anchor of another receipt', changes: { anchor: ofRedeem } },
  { name: 'an outer anchor without the anchor before it', changes: { through: ofOuter } },
  { name: 'payments that the leaf has already', changes: { execution: { ...execution, payments: cut } } },
];
await writeFile('docs/receipt-vectors.json', `${JSON.stringify({ valid, invalid }, undefined, 2)}\n`);
