import { type Language, language } from '../settings.ts';
import { type Words, en } from './en.ts';
import { ko } from './ko.ts';

const all: Readonly<Record<Language, Words>> = { en, ko };

export type { Words } from './en.ts';

export const wordsIn = (one: Language): Words => all[one];

/** The page's words in the language that was chosen. */
export const useWords = (): Words => all[language.use()];

/** A second of the chain as a date and time of the reader. */
export function useTime(): (seconds: bigint | number) => string {
  const format = new Intl.DateTimeFormat(language.use(), { dateStyle: 'medium', timeStyle: 'short' });
  return (seconds) => format.format(new Date(Number(seconds) * 1_000));
}
