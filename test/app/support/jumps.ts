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
      readonly node: { readonly outerHTML?: string; readonly parentElement?: { readonly outerHTML: string } } | null;
      readonly previousRect: { readonly y: number };
      readonly currentRect: { readonly y: number };
    }[];
  }
  const jumps: Jump[] = [];
  Object.assign(globalThis, { jumps });
  const note = ({ value, hadRecentInput, sources }: Shift) => {
    if (hadRecentInput) return;
    const moved = sources.map(({ node, previousRect, currentRect }) => {
      const what = node?.outerHTML ?? node?.parentElement?.outerHTML ?? 'something that is gone';
      return `${page.location.hash} ${previousRect.y} → ${currentRect.y}: ${what.slice(0, 160)}`;
    });
    jumps.push({ value, moved });
  };
  const page = globalThis as unknown as {
    readonly location: { readonly hash: string };
    PerformanceObserver: new (listen: (list: { getEntries(): readonly Shift[] }) => void) => {
      observe(options: { readonly type: string; readonly buffered: boolean }): void;
    };
  };
  new page.PerformanceObserver((list) => list.getEntries().forEach(note)).observe({
    type: 'layout-shift',
    buffered: true,
  });
}

/** The send button and its surroundings, as drawn with one pair of texts. */
export interface Drawn {
  readonly button: string;
  readonly note: string;
  /** In pixels: the button's top and height, the note's, and the height of the document. */
  readonly places: readonly number[];
}

/** Records from now on how the send button is drawn with each text, however briefly it is shown. */
export const watchSendButton = (page: Page): Promise<void> => page.evaluate(noteSendButton);

export const drawnOf = (page: Page): Promise<readonly Drawn[]> => page.evaluate<readonly Drawn[]>('drawn');

/** Runs in the page. */
function noteSendButton(): void {
  interface Element {
    readonly textContent: string;
    readonly scrollHeight: number;
    querySelector(selector: string): Element | null;
    getBoundingClientRect(): { readonly top: number; readonly height: number };
  }
  const page = globalThis as unknown as {
    readonly location: { readonly hash: string };
    document: { documentElement: Element; querySelector(selector: string): Element | null };
    scrollY: number;
    MutationObserver: new (listen: () => void) => { observe(node: Element, options: object): void };
  };
  const drawn: Drawn[] = [];
  Object.assign(globalThis, { drawn });
  const send = page.document.querySelector('.send');
  const note = () => {
    const [button, text] = ['.send > button', '.send > .note'].map((one) => page.document.querySelector(one));
    if (!button || !text) return;
    const places = [button, text].flatMap((one) => {
      const { top, height } = one.getBoundingClientRect();
      return [top + page.scrollY, height];
    });
    drawn.push({
      button: button.textContent,
      note: text.textContent,
      places: [...places, page.document.documentElement.scrollHeight],
    });
  };
  if (send !== null)
    new page.MutationObserver(note).observe(send, { subtree: true, childList: true, characterData: true });
  note();
}
