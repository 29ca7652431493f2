// The functions of Exits and Anchors that the page reads, since the whole ABIs are 4 kB of its first view. A test compares
// them with the compiled contracts.

export const exitViews = [
  { inputs: [], name: 'anchors', outputs: [{ name: '', type: 'address' }], stateMutability: 'view', type: 'function' },
  {
    inputs: [],
    name: 'settlement',
    outputs: [
      {
        components: [
          { name: 'openedAt', type: 'uint64' },
          { name: 'closedAt', type: 'uint64' },
          { name: 'epoch', type: 'uint64' },
          { name: 'number', type: 'uint64' },
          { name: 'blockHash', type: 'bytes32' },
          { name: 'stateRoot', type: 'bytes32' },
          { name: 'anchoredNumber', type: 'uint64' },
          { name: 'historyRoot', type: 'bytes32' },
        ],
        name: '',
        type: 'tuple',
      },
    ],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [],
    name: 'lastLifeAt',
    outputs: [{ name: '', type: 'uint256' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [],
    name: 'exitDelay',
    outputs: [{ name: '', type: 'uint256' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [],
    name: 'noticePeriod',
    outputs: [{ name: '', type: 'uint256' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [],
    name: 'claimsFrom',
    outputs: [{ name: '', type: 'uint256' }],
    stateMutability: 'view',
    type: 'function',
  },
  {
    inputs: [],
    name: 'paymentsFrom',
    outputs: [{ name: '', type: 'uint256' }],
    stateMutability: 'view',
    type: 'function',
  },
] as const;

export const anchorViews = [
  {
    inputs: [],
    name: 'latest',
    outputs: [
      {
        components: [
          { name: 'number', type: 'uint64' },
          { name: 'attestedAt', type: 'uint64' },
          { name: 'blockHash', type: 'bytes32' },
          { name: 'historyRoot', type: 'bytes32' },
        ],
        name: '',
        type: 'tuple',
      },
    ],
    stateMutability: 'view',
    type: 'function',
  },
] as const;
