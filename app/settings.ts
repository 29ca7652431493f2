import { useSyncExternalStore } from 'react';

/** Small things that the page keeps in this browser. All of it can be lost: nothing depends on it. */
export interface Kept<T> {
  get(): T;
  set(value: T): void;
  use(): T;
}

export function keep<T>(name: string, parse: (text: string | null) => T, write: (value: T) => string): Kept<T> {
  const key = `pegway.${name}`;
  const listeners = new Set<() => void>();
  let value = parse(read(key));
  const get = () => value;
  const subscribe = (changed: () => void) => {
    listeners.add(changed);
    return () => listeners.delete(changed);
  };
  return {
    get,
    set(next) {
      value = next;
      try {
        localStorage.setItem(key, write(next));
      } catch {
        // Storage is full or forbidden: then it holds until the page is closed.
      }
      for (const listener of listeners) listener();
    },
    use: () => useSyncExternalStore(subscribe, get),
  };
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export const themes = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];
export const theme = keep<Theme>(
  'theme',
  (text) => themes.find((one) => one === text) ?? 'auto',
  (value) => value,
);

export const languages = ['en', 'ko'] as const;
export type Language = (typeof languages)[number];
export const language = keep<Language>(
  'language',
  (text) =>
    languages.find((one) => one === text) ?? (navigator.languages[0]?.toLowerCase().startsWith('ko') ? 'ko' : 'en'),
  (value) => value,
);
