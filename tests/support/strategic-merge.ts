export type Mapping = Record<string, unknown>;

/** Lists that are merged, by the member that tells which element is meant. */
const MERGED_BY: Readonly<Record<string, string>> = {
  containers: 'name',
  env: 'name',
  volumeMounts: 'mountPath',
  volumes: 'name',
};
/** Lists that are replaced whole. What stands in neither table is refused. */
const REPLACED: ReadonlySet<string> = new Set([
  'args',
  'command',
  'envFrom',
  'hosts',
  'rules',
  'tls',
]);

export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A strategic merge patch of Kubernetes: null and `$patch: delete` take away, lists go by the tables. */
export function strategicMerge(value: Mapping, patch: Mapping): Mapping {
  const merged: Mapping = { ...value };
  for (const [name, change] of Object.entries(patch)) {
    const before = merged[name];
    if (change === null) delete merged[name];
    else if (Array.isArray(change)) merged[name] = mergeList(name, before, change);
    else if (isMapping(change))
      merged[name] = strategicMerge(isMapping(before) ? before : {}, change);
    else merged[name] = change;
  }
  return merged;
}

function mergeList(name: string, before: unknown, changes: readonly unknown[]): unknown[] {
  if (REPLACED.has(name)) return [...changes];
  const key = MERGED_BY[name];
  if (key === undefined) throw new Error(`how is the list ${name} merged?`);
  const list = [...((before ?? []) as Mapping[])];
  const added: Mapping[] = [];
  for (const change of changes as Mapping[]) {
    const index = list.findIndex((element) => element[key] === change[key]);
    const known = list[index];
    if (change['$patch'] === 'delete') {
      if (!known) throw new Error(`${name} has no ${String(change[key])} to take away`);
      list.splice(index, 1);
    } else if (known) list[index] = strategicMerge(known, change);
    else added.push(change);
  }
  return [...added, ...list];
}
