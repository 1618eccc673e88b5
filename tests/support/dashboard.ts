/** A dashboard of Grafana, as far as its queries go. */
export interface Dashboard {
  templating: { list: { query: string | { query: string } }[] };
  panels: { title: string; targets?: { expr: string }[] }[];
}

/** Every query in PromQL that the dashboard makes, those of its variables too. */
export function queriesOf({ templating, panels }: Dashboard): string[] {
  const ofVariables = templating.list.flatMap(({ query }) =>
    typeof query === 'string' ? [] : [query.query],
  );
  const ofPanels = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  return [...ofVariables, ...ofPanels];
}

/** What is a name in PromQL, and no metric. */
const WORDS = new Set(['and', 'or', 'unless', 'bool', 'offset', 'instance']);

/** The metrics that a query reads. */
export function metricsOf(query: string): string[] {
  const bare = query
    .replaceAll(/"[^"]*"/g, '')
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, ' ')
    .replaceAll(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ');
  const names = bare.match(/\b[a-zA-Z_:][\w:]*\b(?!\s*\()/g) ?? [];
  return [...new Set(names)].filter((name) => !WORDS.has(name));
}

/** The name that a series of a histogram is documented under. */
export function documentedName(metric: string, documented: ReadonlySet<string>): string {
  const base = metric.replace(/_(?:bucket|sum|count)$/, '');
  return documented.has(metric) ? metric : base;
}
