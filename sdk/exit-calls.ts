// The functions of Exits, and of the contracts that it names, that claims need, and the errors that its view explains; apart from
// exit-views.ts, which every view of the page loads. A test compares them with the compiled contracts.

/** Where a claim is paid, with the account's consent. */
const to = {
  components: [
    { name: 'payout', type: 'address' },
    { name: 'signature', type: 'bytes' },
    { name: 'proof', type: 'bytes' },
  ],
  name: 'to',
  type: 'tuple',
} as const;

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
      to,
      { name: 'balanceProof', type: 'bytes' },
    ],
    name: 'claimBalance',
    outputs: [{ name: 'id', type: 'bytes32' }],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [
      { name: 'productToken', type: 'address' },
      {
        components: [
          { name: 'nonce', type: 'uint64' },
          { name: 'returnTo', type: 'address' },
          { name: 'recipient', type: 'address' },
          { name: 'mainAmount', type: 'uint256' },
          { name: 'bounced', type: 'uint256' },
        ],
        name: 'item',
        type: 'tuple',
      },
      { name: 'before', type: 'bytes32' },
      { name: 'later', type: 'bytes32[]' },
      to,
      { name: 'proofs', type: 'bytes[3]' },
    ],
    name: 'claimDeposit',
    outputs: [{ name: 'id', type: 'bytes32' }],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [
      { name: 'headers', type: 'bytes[]' },
      {
        components: [
          { name: 'siblings', type: 'bytes32[]' },
          { name: 'peaks', type: 'bytes32[]' },
          { name: 'tailRoot', type: 'bytes32' },
        ],
        name: 'history',
        type: 'tuple',
      },
      { name: 'receiptProof', type: 'bytes' },
    ],
    name: 'claimRedeem',
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
    inputs: [
      { name: 'productToken', type: 'address' },
      { name: 'nonce', type: 'uint64' },
    ],
    name: 'hashBefore',
    outputs: [{ name: '', type: 'bytes32' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [{ name: 'blockHash', type: 'bytes32' }],
    name: 'isAncestor',
    outputs: [{ name: '', type: 'bool' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [
      { name: 'headers', type: 'bytes[]' },
      {
        components: [
          { name: 'siblings', type: 'bytes32[]' },
          { name: 'peaks', type: 'bytes32[]' },
          { name: 'tailRoot', type: 'bytes32' },
        ],
        name: 'history',
        type: 'tuple',
      },
    ],
    name: 'link',
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
    inputs: [{ name: 'id', type: 'bytes32' }, to],
    name: 'payRedeemer',
    outputs: [],
    stateMutability: 'nonpayable',
    type: 'function',
  },
  {
    inputs: [],
    name: 'productState',
    outputs: [{ name: '', type: 'address' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [{ name: 'productToken', type: 'address' }],
    name: 'registered',
    outputs: [{ name: '', type: 'uint256' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [
      { name: 'productToken', type: 'address' },
      { name: 'firstNonce', type: 'uint64' },
      { name: 'start', type: 'bytes32' },
      { name: 'items', type: 'bytes32[]' },
    ],
    name: 'unwind',
    outputs: [],
    stateMutability: 'nonpayable',
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
  {
    inputs: [
      { name: 'productToken', type: 'address' },
      { name: 'nonce', type: 'uint64' },
    ],
    name: 'WrongDeparture',
    type: 'error',
  },
] as const;

export const anchorCalls = [
  {
    inputs: [],
    name: 'firstBlock',
    outputs: [{ name: '', type: 'uint64' }],
    stateMutability: 'view',
    type: 'function',
  },
] as const;

/** Of `ProductState`. */
export const stateCalls = [
  { inputs: [], name: 'registry', outputs: [{ name: '', type: 'address' }], stateMutability: 'view', type: 'function' },
] as const;

/** `Exits` passes on what the bridge refuses. */
export const bridgeErrors = [
  { inputs: [{ name: 'reason', type: 'bytes4' }], name: 'PaymentRefused', type: 'error' },
] as const;
