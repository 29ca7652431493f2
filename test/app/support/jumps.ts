import type { BrowserContext, Page } from 'playwright-core';

/** A layout shift without user input. */
export interface Jump {
  /** Its contribution to the layout-shift score. */
  readonly value: number;
  /** The elements that moved, with their old and new positions. */
  readonly moved: readonly string[];
}

/** Makes the pages of a context record layout shifts from their start. */
export async function watchJumps(context: BrowserContext): Promise<void> {
  await context.addInitScript(noteJumps);
}

/** All layout shifts since the page was loaded. */
export const jumpsOf = (page: Page): Promise<readonly Jump[]> => page.evaluate<readonly Jump[]>('jumps');

/** Runs in the page. */
function noteJumps(): void {
  interface Shift {
    readonly value: number;
    readonly hadRecentInput: boolean;
    readonly sources: readonly {
      readonly node: { readonly outerHTML?: string; readonly textContent: string | null } | null;
      readonly previousRect: { readonly y: number };
      readonly currentRect: { readonly y: number };
    }[];
  }
  const jumps: Jump[] = [];
  Object.assign(globalThis, { jumps });
  const note = ({ value, hadRecentInput, sources }: Shift) => {
    if (hadRecentInput) return;
    const moved = sources.map(({ node, previousRect, currentRect }) => {
      const what = node?.outerHTML ?? node?.textContent ?? 'something that is gone';
      return `${previousRect.y} → ${currentRect.y}: ${what.slice(0, 80)}`;
    });
    jumps.push({ value, moved });
  };
  const page = globalThis as unknown as {
    PerformanceObserver: new (listen: (list: { getEntries(): readonly Shift[] }) => void) => {
      observe(options: { readonly type: string; readonly buffered: boolean }): void;
    };
  };
  new page.PerformanceObserver((list) => list.getEntries().forEach(note)).observe({
    type: 'layout-shift',
    buffered: true,
  });
}
