/** The release from which a broker tells the copy of a send from a new one (iggy-vsr-observed §1). */
const FIRST_DEDUPLICATING = [0, 9, 0] as const;

/**
 * Whether a broker recognises a send that is written again under the same client id and number. Builds
 * that precede the release, such as `0.9.0-edge.5`, do not: they store it twice. Of a version that
 * cannot be read nothing is assumed.
 *
 * @param serverVersion As the broker tells it at login: semantic versioning.
 */
export function deduplicatesSends(serverVersion: string): boolean {
  const parts = /^(\d+)\.(\d+)\.(\d+)(-.+)?/.exec(serverVersion);
  if (parts === null) return false;
  const [, major, minor, patch, prerelease] = parts;
  const version = [Number(major), Number(minor), Number(patch)];
  for (const [index, first] of FIRST_DEDUPLICATING.entries()) {
    const part = version[index] ?? 0;
    if (part !== first) return part > first;
  }
  return prerelease === undefined;
}
