import { isMapping, type Mapping } from './strategic-merge.ts';

/** Volumes that the standard lets a pod have. */
const VOLUMES: ReadonlySet<string> = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);

const SECCOMP: ReadonlySet<unknown> = new Set(['RuntimeDefault', 'Localhost']);

/**
 * What of a pod goes against the Pod Security Standard "restricted", or against two rules of our own: a root file
 * system that cannot be written to, and a numeric user.
 */
export function podSecurityFaults(pod: Mapping): string[] {
  const context = member(pod, 'securityContext');
  return [
    ...['hostNetwork', 'hostPID', 'hostIPC'].filter((name) => pod[name] === true),
    ...list(pod, 'volumes').flatMap(volumeFaults),
    ...['initContainers', 'containers'].flatMap((kind) =>
      list(pod, kind).flatMap((container) => containerFaults(container, context)),
    ),
    ...(context['sysctls'] === undefined ? [] : ['sysctls']),
  ];
}

function volumeFaults({ name, ...source }: Mapping): string[] {
  const [kind = 'nothing'] = Object.keys(source);
  return VOLUMES.has(kind) ? [] : [`volume ${String(name)}: ${kind}`];
}

/** What the container says counts; what it does not say, the pod says. */
function containerFaults(container: Mapping, podContext: Mapping): string[] {
  const own = member(container, 'securityContext');
  const context = { ...podContext, ...own };
  const capabilities = member(own, 'capabilities');
  const rules: Record<string, boolean> = {
    runAsNonRoot: context['runAsNonRoot'] === true,
    runAsUser: Number.isInteger(context['runAsUser']) && context['runAsUser'] !== 0,
    seccompProfile: SECCOMP.has(member(context, 'seccompProfile')['type']),
    allowPrivilegeEscalation: own['allowPrivilegeEscalation'] === false,
    privileged: own['privileged'] !== true,
    procMount: own['procMount'] === undefined,
    readOnlyRootFilesystem: own['readOnlyRootFilesystem'] === true,
    'capabilities.drop': names(capabilities['drop']).includes('ALL'),
    'capabilities.add': names(capabilities['add']).every((it) => it === 'NET_BIND_SERVICE'),
    hostPort: list(container, 'ports').every(({ hostPort }) => hostPort === undefined),
  };
  return Object.keys(rules)
    .filter((rule) => rules[rule] === false)
    .map((rule) => `container ${String(container['name'])}: ${rule}`);
}

function member(value: Mapping, name: string): Mapping {
  const found = value[name];
  return isMapping(found) ? found : {};
}

function list(value: Mapping, name: string): Mapping[] {
  const found = value[name];
  return Array.isArray(found) ? found.filter(isMapping) : [];
}

function names(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
