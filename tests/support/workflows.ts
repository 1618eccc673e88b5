import { parse } from 'yaml';

interface Step {
  run?: string;
  uses?: string;
}

interface Job {
  'timeout-minutes'?: number;
  steps: readonly Step[];
}

interface Workflow {
  permissions?: Record<string, string>;
  jobs: Record<string, Job>;
}

export interface Known {
  /** Of package.json. */
  scripts: ReadonlySet<string>;
  /** Of `npm run fuzz`. */
  targets: ReadonlySet<string>;
}

/** A whole commit, and the version for people. */
const PINNED = /^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/;

/** What a workflow names and does not exist, or leaves open. */
export function workflowFaults(text: string, known: Known): string[] {
  const { permissions, jobs } = parse(text) as Workflow;
  const steps = Object.values(jobs).flatMap((job) => job.steps);
  const uses = [...text.matchAll(/\buses: (.*)$/gm)].map(([, action = '']) => action);
  return [
    ...(permissions?.['contents'] === 'read' && Object.keys(permissions).length === 1
      ? []
      : ['may do more than read the repository']),
    ...Object.entries(jobs)
      .filter(([, job]) => job['timeout-minutes'] === undefined)
      .map(([name]) => `${name} may take for ever`),
    ...uses.filter((action) => !PINNED.test(action)).map((action) => `${action} is not pinned`),
    ...steps.flatMap(({ run }) => commandFaults(run ?? '', known)),
  ];
}

/** What a command, or a text with commands in it, names and does not exist. */
export function commandFaults(run: string, { scripts, targets }: Known): string[] {
  const named = [...run.matchAll(/\bnpm run (?:--silent )?([\w:-]+)/g)].map(([, it = '']) => it);
  const attacked = [...run.matchAll(/\bnpm run fuzz -- ([a-z][a-z-]*)/g)].map(([, it = '']) => it);
  return [
    ...named.filter((it) => !scripts.has(it)).map((it) => `there is no script ${it}`),
    ...attacked.filter((it) => !targets.has(it)).map((it) => `there is no target ${it}`),
  ];
}
