import type * as english from '../en/explorer.ts';

export const history: typeof english.history = {
  heading: '내역',
  connect: '지갑을 연결하면 전송 내역이 보입니다.',
  empty: '이 계정의 전송이 없습니다.',
  columns: { time: '시각', what: '종류', gives: '보낸 수량', receives: '받는 수량', status: '상태' },
  csv: 'CSV로 내려받기',
  older: '더 오래된 내역 보기',
  lookBack: (block: string) => `체인에서 블록 ${block}까지 거슬러 읽었습니다.`,
  fromRelayer: (name: string) => `${name}의 목록이며, 모든 줄을 체인에서 검증했습니다.`,
  incomplete: '그 릴레이어는 아직 오래된 내역을 색인하는 중입니다.',
  left: (count: string) => `체인에서 확인되지 않아 제외한 릴레이어의 항목: ${count}개.`,
  reading: '읽는 중…',
};

export const explorer: typeof english.explorer = {
  heading: '탐색기',
  intro: '이 브리지의 모든 전송을 최신순으로 표시합니다.',
  search: '트랜잭션 해시, 묶음, 계정 또는 번호',
  placeholder: '트랜잭션, 묶음, 계정, 번호…',
  held: (count: number) => `새 전송 ${count}건`,
  batch: (count: number) => `이 묶음에 있는 전송 ${count}건:`,
  go: '검색',
  peg: '페그',
  direction: '방향',
  status: '상태',
  age: '기간',
  all: (what: string) => `${what}: 전체`,
  newerThan: (duration: string) => `최근 ${duration}`,
  sought: {
    searching: '두 체인을 검색하는 중…',
    nothing:
      '찾지 못했습니다. 트랜잭션 해시, 묶음의 다이제스트, 계정은 0x로 시작합니다. 전송 번호로 찾으려면 먼저 페그와 방향을 선택하세요.',
    unread: '지금은 체인을 읽을 수 없습니다. 잠시 뒤 다시 검색하세요.',
  },
  lie: (name: string, count: string) =>
    `체인에서 확인되지 않는 전송을 ${name}에서 보고했습니다: ${count}개. 릴레이어의 이 항목은 제외했습니다.`,
  noRelayer: '목록에는 릴레이어가 필요한데 응답하는 릴레이어가 없습니다. 트랜잭션 해시는 체인에서 찾을 수 있습니다.',
  empty: '전송이 없습니다.',
  by: (names: string) => `${names}의 목록이며, 모든 줄을 체인에서 검증했습니다.`,
};

export const analytics: typeof english.analytics = {
  heading: '통계',
  intro: '이 브리지의 전송을 블록 시각에 따라 합산합니다.',
  tabs: { label: '탐색기', explorer: '전송', analytics: '통계', receipt: '영수증' },
  period: '기간',
  periods: { hour: '시간', day: '일', week: '주' },
  measure: '수치',
  measures: { transfers: '전송 수', volume: '수량', time: '소요 시간' },
  directions: { both: '전체', mint: '예치', withdraw: '상환' },
  mainToken: '메인 토큰',
  chart: {
    transfers: () => '출발한 전송 수',
    volume: (symbol: string) => `출발한 수량(${symbol})`,
    time: () => '출발에서 도착까지 걸린 시간(95 % 이내)',
  },
  hint: '막대를 가리키거나 화살표 키를 누르면 값이 표시됩니다.',
  columns: {
    peg: '페그',
    transfers: '전송 수',
    volume: '수량',
    share: '비중',
    time: '소요 시간, 중앙값 / 95\u00a0%',
    fees: '브리지 수수료',
    gas: '지불한 가스',
    cost: '전송당 가스',
  },
  noRelayer: '이 수치에는 릴레이어가 필요한데 응답하는 릴레이어가 없습니다.',
  noAnswer: '지금 수치를 보내는 릴레이어가 없습니다. 다시 시도하는 중입니다.',
  disagree: (tellers: string, others: string) =>
    `지난 기간에 대한 릴레이어의 보고가 서로 다릅니다. 표시한 수치: ${tellers}. 다른 수치: ${others}.`,
  by: (names: string) => `${names}의 보고이며, 서로 비교했습니다.`,
};

export const supply: typeof english.supply = {
  heading: '공급량',
  intro: '모든 프로덕트 토큰은 페그의 비율대로 잠긴 메인 토큰으로 뒷받침됩니다.',
  locked: '잠긴 수량',
  supply: '유통량',
  share: '비중',
  rate: '교환 비율',
  lockedOf: (symbol: string) => `잠긴 ${symbol} 합계`,
  underway: '체인 사이 이동 중',
  retired: '예치 종료',
  chart: (symbol: string) => `시간에 따른 ${symbol} 잠김`,
  chartBy: (name: string) => `${name}의 보고이며, 마지막 점은 체인에서 읽은 값입니다.`,
  chartEmpty: '그래프에는 릴레이어의 기록이 필요한데 응답하는 릴레이어가 없습니다.',
  chartYoung: '변화가 적어 그래프를 그릴 수 없습니다.',
  resolution: { minute: '분', hour: '시간', day: '일' },
  chartTable: '그래프의 수치',
};
