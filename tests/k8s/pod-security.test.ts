import { expect, test } from 'vitest';

import { podSecurityFaults } from '../support/pod-security.ts';
import type { Mapping } from '../support/strategic-merge.ts';

const POD = {
  securityContext: {
    runAsNonRoot: true,
    runAsUser: 10_001,
    seccompProfile: { type: 'RuntimeDefault' },
  },
};
const CONTEXT = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

const podWith = (pod: Mapping, container: Mapping = {}, context: Mapping = {}): Mapping => ({
  ...POD,
  ...pod,
  containers: [{ name: 'a', ...container, securityContext: { ...CONTEXT, ...context } }],
});

test('a pod that keeps to every rule has no faults', () => {
  expect(podSecurityFaults(podWith({ volumes: [{ name: 'v', emptyDir: {} }] }))).toEqual([]);
});

test.each<[fault: string, pod: Mapping]>([
  ['hostNetwork', podWith({ hostNetwork: true })],
  ['hostPID', podWith({ hostPID: true })],
  ['hostIPC', podWith({ hostIPC: true })],
  ['volume v: hostPath', podWith({ volumes: [{ name: 'v', hostPath: { path: '/' } }] })],
  ['sysctls', podWith({ securityContext: { ...POD.securityContext, sysctls: [] } })],
  ['container a: runAsNonRoot', podWith({}, {}, { runAsNonRoot: false })],
  ['container a: runAsUser', podWith({}, {}, { runAsUser: 0 })],
  ['container a: seccompProfile', podWith({}, {}, { seccompProfile: { type: 'Unconfined' } })],
  ['container a: allowPrivilegeEscalation', podWith({}, {}, { allowPrivilegeEscalation: true })],
  ['container a: privileged', podWith({}, {}, { privileged: true })],
  ['container a: procMount', podWith({}, {}, { procMount: 'Unmasked' })],
  ['container a: readOnlyRootFilesystem', podWith({}, {}, { readOnlyRootFilesystem: false })],
  ['container a: capabilities.drop', podWith({}, {}, { capabilities: { drop: ['CHOWN'] } })],
  ['container a: runAsUser', podWith({}, {}, { runAsUser: undefined })],
  ['container a: runAsNonRoot', podWith({}, {}, { runAsNonRoot: undefined })],
  ['container a: seccompProfile', podWith({}, {}, { seccompProfile: undefined })],
  [
    'container a: allowPrivilegeEscalation',
    podWith({}, {}, { allowPrivilegeEscalation: undefined }),
  ],
  ['container a: readOnlyRootFilesystem', podWith({}, {}, { readOnlyRootFilesystem: undefined })],
  ['container a: capabilities.drop', podWith({}, {}, { capabilities: undefined })],
  [
    'container a: capabilities.add',
    podWith({}, {}, { capabilities: { drop: ['ALL'], add: ['SYS_ADMIN'] } }),
  ],
  ['container a: hostPort', podWith({}, { ports: [{ containerPort: 80, hostPort: 80 }] })],
])('%s is found', (fault, pod) => {
  expect(podSecurityFaults(pod)).toEqual([fault]);
});
