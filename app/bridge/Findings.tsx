import { plainAmount, showAmount } from '../chain/amount.ts';
import type { PegView } from '../chain/overview.ts';
import { useMachine } from '../context.ts';
import { amountOf } from '../parts/format-tokens.ts';
import { type Words, useTime, useWords } from '../i18n/i18n.ts';
import type { Finding, TokenAmount } from './checks.ts';

interface FindingsProps {
  readonly findings: readonly Finding[];
  readonly on: Finding['on'];
  readonly peg: PegView;
  /** True before any input: suppresses findings about missing fields. */
  readonly quiet: boolean;
  /** Called to put an amount into the field. */
  readonly onUse?: (amount: string) => void;
}

/** Findings on one field, or on the whole form. */
export function Findings({ findings, on, peg, quiet, onUse }: FindingsProps) {
  const words = useWords();
  const { config } = useMachine();
  const time = useTime();
  const amount = ({ side, amount: value }: TokenAmount) => amountOf(peg, side, value);
  const shown = findings.filter((finding) => finding.on === on && !(quiet && finding.level === 'error'));
  return shown.map((finding) => {
    const suggestion = 'suggestion' in finding ? finding.suggestion : undefined;
    const text = textOf(finding, words, {
      amount,
      time,
      chain: (side) => config.chains[side].name,
      token: (side) => peg.tokens[side].symbol,
      coins: (side, value) => {
        const { symbol, decimals } = config.chains[side].coin;
        return `${showAmount(value, decimals)} ${symbol}`;
      },
    });
    return (
      <p key={`${finding.kind}-${finding.level}`} className={`finding ${finding.level}`}>
        <span>{text}</span>
        {suggestion !== undefined && onUse !== undefined && suggestion.amount > 0n && (
          <button
            type="button"
            className="plain"
            onClick={() => onUse(plainAmount(suggestion.amount, peg.tokens[suggestion.side].decimals))}
          >
            {words.findings.use(amount(suggestion))}
          </button>
        )}
      </p>
    );
  });
}

interface Show {
  readonly amount: (value: TokenAmount) => string;
  readonly time: (seconds: bigint) => string;
  readonly chain: (side: TokenAmount['side']) => string;
  readonly token: (side: TokenAmount['side']) => string;
  readonly coins: (side: TokenAmount['side'], value: bigint) => string;
}

function textOf(finding: Finding, words: Words, { amount, time, chain, token, coins }: Show): string {
  const said = words.findings;
  switch (finding.kind) {
    case 'too-many-decimals':
      return said['too-many-decimals'](finding.decimals);
    case 'inexact-amount':
      return said['inexact-amount'](amount(finding.step), amount(finding.suggestion));
    case 'below-minimum':
      return said['below-minimum'](amount(finding.suggestion));
    case 'too-large':
      return said['too-large'](amount(finding.suggestion));
    case 'over-balance':
      return finding.fee.amount === 0n
        ? said['over-balance'](amount(finding.balance))
        : said.overBalanceWithFee(amount(finding.balance), amount(finding.fee));
    case 'parked':
      return said.parked(amount(finding.available), words.duration(finding.delaySeconds));
    case 'paused': {
      const text = finding.level === 'error' ? said.paused : said.pausedThere;
      return text(chain(finding.side), time(finding.until));
    }
    case 'absent': {
      const text = finding.level === 'error' ? said.absent : said.absentThere;
      return text(chain(finding.side));
    }
    case 'prefixed':
      return said.prefixed(finding.prefix, chain(finding.side));
    case 'no-decimals':
      return said.noDecimals(token(finding.side));
    case 'low-coins':
      return said['low-coins'](
        chain(finding.side),
        coins(finding.side, finding.needed),
        coins(finding.side, finding.have),
      );
    default:
      return said[finding.kind];
  }
}
