import type { exitClaims as english } from '../en/exit-claims.ts';

export const exitClaims: typeof english = {
  heading: '내 청구',
  intro: (block: string) =>
    `블록 ${block}을 기준으로 프로덕트 토큰, 도착하지 않은 예치, 지급되지 않은 상환만큼 메인 토큰을 청구할 수 있습니다. 이 페이지에서 청구를 등록하고 지급받습니다.`,
  connect: '토큰을 가지고 있었거나 전송한 계정의 지갑을 연결하세요.',
  contract: 'ExitAddress에 받는 계정을 지정한 컨트랙트의 청구 (선택)',
  unread: '비상 회수 컨트랙트를 지금 읽을 수 없습니다. 다시 시도합니다.',
  proving: (block: string) => `블록 ${block}의 증명을 노드에 요청하고 있습니다…`,
  proven: {
    node: (block: string) => `노드가 블록 ${block}의 청구를 증명합니다. 증명은 이 브라우저에서 확인했습니다.`,
    file: (block: string) => `파일이 블록 ${block}의 청구를 증명합니다. 증명은 이 브라우저에서 확인했습니다.`,
  },
  unproven: (block: string, reason: string) =>
    `이 페이지의 노드는 블록 ${block}의 청구를 증명하지 못합니다: ${reason}. 노드는 오래된 상태를 지웁니다. 그 블록의 스냅샷을 선택하세요. 릴레이어는 /v1/exits/snapshots/latest에서 제공하고, 운영자와 다른 보유자도 보관합니다.`,
  file: '스냅샷 파일',
  badFile: (reason: string) => `이 파일은 쓸 수 없습니다: ${reason}.`,
  hint: (what: string) => `할 일: ${what}.`,
  claims: '청구할 수 있는 것',
  searching: '두 체인에서 이 계정의 전송을 찾고 있습니다…',
  unsearched: (reason: string) => `지금 이 계정의 전송을 읽을 수 없어 잔액만 표시합니다: ${reason}.`,
  planning: '필요한 트랜잭션을 계산하고 있습니다…',
  unplanned: (claim: string, reason: string) => `${claim}: 지금 등록할 수 없습니다: ${reason}.`,
  names: {
    deposit: (nonce: string) => `예치 ${nonce}`,
    refund: (nonce: string) => `상환의 반환, 예치 ${nonce}`,
    redeem: (nonce: string) => `상환 ${nonce}`,
  },
  state: {
    unproven: '아직 증명 없음',
    absent: '이 스냅샷에 없음: 가진 적이 없거나 빠졌음',
    nothing: '그 블록에 잔액 없음',
    open: (balance: string, amount: string) => `${balance}: 청구 금액 ${amount}, 등록 전`,
    late: (balance: string, amount: string) => `${balance}: 기간 안에 등록하지 않음, 남은 금액에서 최대 ${amount}`,
    'none-left': (balance: string) => `${balance}: 기간 안에 등록하지 않음, 남은 금액 없음`,
    unnamed: (balance: string) =>
      `${balance}: 그 블록까지 ExitAddress에 받는 계정을 지정하지 않은 컨트랙트의 것, 지급할 수 없음`,
    'other-wallet': (amount: string) => `${amount}: 그 계정만 청구할 수 있음, 그 지갑을 연결하세요`,
    registered: (amount: string) => `등록됨: ${amount}`,
    paid: (amount: string) => `지급됨: ${amount}`,
  },
  willAsk: '지갑이 확인을 요청할 내용',
  asks: {
    fix: (block: string) => `블록 ${block}을 비상 회수 컨트랙트에 제시하는 트랜잭션, 모든 보유자를 위해 한 번`,
    sign: (account: string, payout: string) =>
      `${account} 계정이 모든 페그의 청구를 받는 계정으로 ${payout}을 지정하는 서명`,
    prepare: (count: number) => `증명을 줄이는 트랜잭션 ${count}개, 모든 보유자를 위해 한 번`,
    register: (amount: string, payout: string) => `${payout}에 지급할 청구 ${amount}을 등록하는 트랜잭션`,
    pay: (amount: string, payout: string) => `${payout}에 ${amount}을 지급하는 트랜잭션`,
    payOrTake: (amount: string, payout: string) =>
      `${payout}에 ${amount}을 지급하는 트랜잭션. 토큰이 그 받는 계정을 거부하면 내 계정에 지급하는 서명과 트랜잭션`,
  },
  gas: (chain: string) => `트랜잭션은 모두 ${chain} 체인에서 실행되며, 네트워크 수수료는 내 계정이 냅니다.`,
  shareLater: (time: string) =>
    `모든 청구는 같은 비율로, 최대 전액까지 지급합니다. 비율은 등록이 끝나는 ${time}에 정해집니다.`,
  soFar: (registered: string, collateral: string) => `지금까지 등록: ${collateral} 중 ${registered}.`,
  shareOf: (share: string, amount: string) => `${amount}의 ${share}`,
  register: '등록하기',
  pay: '지급받기',
  steps: {
    switch: (chain: string) => `지갑에서 ${chain} 체인으로 전환하세요`,
    fix: (block: string) => `블록 ${block} 제시: 지갑에서 확인하세요`,
    sign: '지갑에서 받는 계정에 서명하세요',
    prepare: '증명 줄이기: 지갑에서 확인하세요',
    register: (symbol: string) => `${symbol} 등록: 지갑에서 확인하세요`,
    pay: (symbol: string) => `${symbol} 지급: 지갑에서 확인하세요`,
  },
  failedAt: (step: string, reason: string) =>
    `“${step}” 단계에서 멈췄습니다: ${reason} 다시 시도할 수 있습니다. 등록하거나 지급한 것은 그대로 남고 한 번만 셉니다.`,
  refusals: {
    AlreadyClaimed: '이미 등록되었거나 지급된 청구입니다.',
    NotAuthorised: '계정이 이 받는 계정에 동의하지 않았습니다.',
    NothingLeft: '기간 안에 등록한 청구가 담보를 모두 씁니다.',
    NothingOwed: '그 블록에 청구할 것이 없었습니다.',
    OutsideWindow: '비상 회수 컨트랙트가 지금은 받지 않습니다. 위의 날짜를 확인하세요.',
    WrongBlock: '증명이 정산 기준이 아닌 다른 블록의 것입니다. 그 블록의 스냅샷을 구하세요.',
    WrongDeparture: '이 페이지의 노드가 전송을 빠뜨렸습니다. 다른 노드를 사용하세요.',
    PaymentRefused: '메인 토큰이 지금 이 받는 계정을 거부합니다. 청구는 등록된 채로 남습니다.',
  },
  refusedAs: (name: string) => `비상 회수 컨트랙트가 ${name} 오류로 거부합니다.`,
  declined: '지갑에서 거절했습니다.',
  otherFailure: (text: string) => `${text}.`,
};
