import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Licences that what is distributed under Apache-2.0 may depend on. */
const ALLOWED: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'ISC',
  'MIT',
]);

interface Lock {
  packages: Record<string, { dev?: boolean; optional?: boolean; version?: string }>;
}

export interface LicensedPackage {
  /** Folder from the root of the project. */
  folder: string;
  /** As its package.json says it. */
  licence: unknown;
}

/** Everything that a production install brings, direct or not, as the lock has it and as it lies there. */
export function productionPackages(root = '.'): LicensedPackage[] {
  const lock = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as Lock;
  return Object.entries(lock.packages)
    .filter(([folder, { dev }]) => folder !== '' && dev !== true)
    .flatMap(([folder, { optional }]) => {
      const manifest = path.join(root, folder, 'package.json');
      // For another platform than this one.
      if (optional === true && !existsSync(manifest)) return [];
      const { license } = JSON.parse(readFileSync(manifest, 'utf8')) as { license?: unknown };
      return [{ folder, licence: license }];
    });
}

/** One line for each package whose licence does not fit. */
export function licenceFaults(packages: readonly LicensedPackage[]): string[] {
  return packages
    .filter(({ licence }) => typeof licence !== 'string' || !isAllowed(licence))
    .map(({ folder, licence }) => `${folder}: ${JSON.stringify(licence) ?? 'no licence'}`);
}

/** An SPDX expression: of alternatives one is enough, of what holds together all are needed. */
function isAllowed(expression: string): boolean {
  const bare = expression.replace(/^\((.*)\)$/, '$1');
  if (/[()]/.test(bare)) return false;
  return bare.split(' OR ').some((all) => all.split(' AND ').every((it) => ALLOWED.has(it)));
}

if (import.meta.main) {
  const packages = productionPackages();
  const faults = licenceFaults(packages);
  for (const fault of faults) process.stderr.write(`${fault}\n`);
  process.stdout.write(
    `${packages.length} packages, ${faults.length} of a licence that does not fit\n`,
  );
  if (faults.length > 0) process.exitCode = 1;
}
