// A compact description of panels, and its conversion to Grafana's JSON.

export interface Query {
  readonly expr: string;
  /** Template; `{{label}}` is replaced. */
  readonly legend: string;
}

export interface Panel {
  readonly title: string;
  readonly kind: 'line' | 'number' | 'table';
  /** Description of the panel. */
  readonly about: string;
  /** Grafana's name of the unit; default `short`. */
  readonly unit?: string;
  readonly queries: readonly Query[];
  /** Thresholds: orange, then red; descending when `red` is the smaller value. */
  readonly limits?: { readonly orange: number; readonly red: number };
}

export interface Dashboard {
  /** Its file name and address. */
  readonly name: string;
  readonly title: string;
  readonly about: string;
  /** Variables besides the bridge, by label of `pegway_build_info`, that select the data. */
  readonly variables?: readonly string[];
  readonly panels: readonly Panel[];
}

const types = { line: 'timeseries', number: 'stat', table: 'table' } as const;
const sizes = { line: { w: 12, h: 8 }, number: { w: 6, h: 4 }, table: { w: 12, h: 8 } } as const;
const WIDTH = 24;

const datasource = { type: 'prometheus', uid: '${datasource}' };

function colours({ limits }: Panel) {
  if (limits === undefined) return {};
  const { orange, red } = limits;
  const rising = [
    { color: 'green', value: null },
    { color: 'orange', value: orange },
    { color: 'red', value: red },
  ];
  const falling = [
    { color: 'red', value: null },
    { color: 'orange', value: red },
    { color: 'green', value: orange },
  ];
  return { thresholds: { mode: 'absolute', steps: red >= orange ? rising : falling } };
}

const panelJson = (panel: Panel, id: number, position: { x: number; y: number }) => ({
  id,
  type: types[panel.kind],
  title: panel.title,
  description: panel.about,
  datasource,
  gridPos: { ...sizes[panel.kind], ...position },
  fieldConfig: { defaults: { unit: panel.unit ?? 'short', ...colours(panel) }, overrides: [] },
  options: panel.kind === 'number' ? { reduceOptions: { calcs: ['lastNotNull'] } } : {},
  targets: panel.queries.map(({ expr, legend }, index) => ({
    refId: String.fromCharCode(65 + index),
    datasource,
    expr,
    legendFormat: legend,
    ...(panel.kind === 'line' ? {} : { instant: true }),
    ...(panel.kind === 'table' ? { format: 'table' } : {}),
  })),
});

/** Lays out the panels in rows, in order. */
function lay(panels: readonly Panel[]) {
  let [x, y, height] = [0, 0, 0];
  return panels.map((panel, index) => {
    const { w, h } = sizes[panel.kind];
    if (x + w > WIDTH || (height !== 0 && h !== height)) [x, y] = [0, y + height];
    height = h;
    const position = { x, y };
    x += w;
    return panelJson(panel, index + 1, position);
  });
}

const variable = (name: string, query: string) => ({
  name,
  type: 'query',
  datasource,
  query: { query, refId: name },
  refresh: 2,
  sort: 1,
});

export const dashboardJson = ({ name, title, about, variables = [], panels }: Dashboard) => ({
  uid: `pegway-${name}`,
  title: `Pegway: ${title}`,
  description: about,
  tags: ['pegway'],
  schemaVersion: 39,
  editable: true,
  time: { from: 'now-3h', to: 'now' },
  refresh: '10s',
  links: [
    { type: 'dashboards', tags: ['pegway'], title: 'Pegway', asDropdown: true, keepTime: true, includeVars: true },
  ],
  templating: {
    list: [
      { name: 'datasource', type: 'datasource', query: 'prometheus' },
      variable('bridge', 'label_values(pegway_build_info, bridge)'),
      ...variables.map((label) => variable(label, `label_values(pegway_build_info{bridge="$bridge"}, ${label})`)),
    ],
  },
  panels: lay(panels),
});
