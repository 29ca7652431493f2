/** The links of the header: each is the view's address, `#/NAME`. Apart, since index.html is built from them, too. */
export const views = ['bridge', 'history', 'explorer', 'supply', 'signers'] as const;
