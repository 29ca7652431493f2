// The functions of Exits that its view calls, and the errors that it explains; apart from exit-views.ts, which every view
// loads. A test compares them with the compiled contracts.

export const exitCalls = [
  {
    inputs: [{ name: 'id', type: 'bytes32' }],
    name: 'claim',
    outputs: [
      {
        components: [
          { name: 'productToken', type: 'address' },
          { name: 'payout', type: 'address' },
          { name: 'fallbackAccount', type: 'address' },
          { name: 'paid', type: 'bool' },
          { name: 'amount', type: 'uint256' },
        ],
        name: '',
        type: 'tuple',
      },
    ],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [
      { name: 'productToken', type: 'address' },
      { name: 'account', type: 'address' },
      {
        components: [
          { name: 'payout', type: 'address' },
          { name: 'signature', type: 'bytes' },
          { name: 'proof', type: 'bytes' },
        ],
        name: 'to',
        type: 'tuple',
      },
      { name: 'balanceProof', type: 'bytes' },
    ],
    name: 'claimBalance',
    outputs: [{ name: 'id', type: 'bytes32' }],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [{ name: 'productToken', type: 'address' }],
    name: 'collateral',
    outputs: [{ name: '', type: 'uint256' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [{ name: 'header', type: 'bytes' }],
    name: 'fix',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [{ name: 'id', type: 'bytes32' }],
    name: 'pay',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [{ name: 'productToken', type: 'address' }],
    name: 'registered',
    outputs: [{ name: '', type: 'uint256' }],
    stateMutability: 'view',
    type: 'function',
  },
  { inputs: [{ name: 'id', type: 'bytes32' }], name: 'AlreadyClaimed', type: 'error' },
  {
    inputs: [
      { name: 'account', type: 'address' },
      { name: 'payout', type: 'address' },
    ],
    name: 'NotAuthorised',
    type: 'error',
  },
  { inputs: [{ name: 'productToken', type: 'address' }], name: 'NothingLeft', type: 'error' },
  { inputs: [{ name: 'productToken', type: 'address' }], name: 'NothingOwed', type: 'error' },
  {
    inputs: [
      { name: 'from', type: 'uint256' },
      { name: 'until', type: 'uint256' },
    ],
    name: 'OutsideWindow',
    type: 'error',
  },
  {
    inputs: [
      { name: 'number', type: 'uint64' },
      { name: 'blockHash', type: 'bytes32' },
    ],
    name: 'WrongBlock',
    type: 'error',
  },
] as const;

/** `Exits` passes on what the bridge refuses. */
export const bridgeErrors = [
  { inputs: [{ name: 'reason', type: 'bytes4' }], name: 'PaymentRefused', type: 'error' },
] as const;
