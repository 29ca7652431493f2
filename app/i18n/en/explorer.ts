export const history = {
  heading: 'History',
  connect: 'Connect a wallet to see its transfers.',
  empty: 'No transfers of this account.',
  columns: { time: 'Time', what: 'What', gives: 'Gave', receives: 'Receives', status: 'Status' },
  csv: 'Download as CSV',
  older: 'Show older ones',
  lookBack: (block: string) => `Read from the chains, back to block ${block}.`,
  fromRelayer: (name: string) => `List from ${name}; every line was verified on the chains.`,
  incomplete: 'That relayer is still indexing older history.',
  left: (count: string) => `Left out, because the chains do not confirm them: ${count} of the relayer’s entries.`,
  reading: 'Reading…',
};

export const explorer = {
  heading: 'Explorer',
  intro: 'All transfers of this bridge, newest first.',
  search: 'Transaction hash, account or number',
  placeholder: 'Transaction hash, account, number…',
  go: 'Search',
  peg: 'Pegs',
  direction: 'Directions',
  status: 'States',
  age: 'Ages',
  all: (what: string) => `${what}: all`,
  newerThan: (duration: string) => `Last ${duration}`,
  sought: {
    searching: 'Searching both chains…',
    nothing:
      'Nothing found. A transaction hash or an account starts with 0x. For the number of a transfer, choose its peg and direction first.',
    unread: 'The chains cannot be read now. Search again in a moment.',
  },
  lie: (name: string, count: string) =>
    `${name} reports transfers that the chains do not confirm: ${count}. They are left out.`,
  noRelayer: 'The list needs a relayer, and no relayer answers. A transaction hash is still found on the chains.',
  empty: 'No transfers.',
  by: (names: string) => `List from ${names}; every line was verified on the chains.`,
};

export const analytics = {
  heading: 'Analytics',
  intro: 'Transfers of this bridge, added up by the time of their blocks.',
  tabs: { label: 'Explorer', explorer: 'Transfers', analytics: 'Analytics', receipt: 'Receipts' },
  period: 'Period',
  periods: { hour: 'Hours', day: 'Days', week: 'Weeks' },
  measure: 'Figure',
  measures: { transfers: 'Transfers', volume: 'Volume', time: 'Time' },
  directions: { both: 'Both', mint: 'Deposits', withdraw: 'Redeems' },
  mainToken: 'Main token',
  chart: {
    transfers: () => 'Number of transfers that departed',
    volume: (symbol: string) => `Volume that departed, in ${symbol}`,
    time: () => 'Time from departure to arrival, of 95 % at most',
  },
  hint: 'Point at a bar, or use the arrow keys, to see its values.',
  columns: {
    peg: 'Peg',
    transfers: 'Transfers',
    volume: 'Volume',
    share: 'Share',
    time: 'Time, median / 95 %',
    fees: 'Bridge fees',
    gas: 'Gas paid',
    cost: 'Gas per transfer',
  },
  noRelayer: 'These figures need a relayer, and no relayer answers.',
  noAnswer: 'No relayer answers with figures now. Trying again.',
  disagree: (tellers: string, others: string) =>
    `Relayers disagree about past periods. Shown: the figures of ${tellers}. Other figures come from ${others}.`,
  by: (names: string) => `Reported by ${names}, and compared with one another.`,
};

export const supply = {
  heading: 'Supply',
  intro: 'Locked main tokens back every product token at the rate of its peg.',
  locked: 'Locked',
  supply: 'In circulation',
  share: 'Share',
  rate: 'Rate',
  lockedOf: (symbol: string) => `${symbol} locked in total`,
  underway: 'Between the chains',
  retired: 'no more deposits',
  chart: (symbol: string) => `${symbol} locked over time`,
  chartBy: (name: string) => `Reported by ${name}; the last point is read from the chain.`,
  chartEmpty: 'The chart needs a relayer’s history, and no relayer answers.',
  chartYoung: 'Too few changes to draw a chart.',
  resolution: { minute: 'Minutes', hour: 'Hours', day: 'Days' },
  chartTable: 'Figures of the chart',
};
