/** A version in one u32, `major << 20 | minor << 10 | patch` (iggy-vsr-0.11 §2.1). */
export function packVersion(major: number, minor: number, patch: number): number {
  return ((major << 20) | (minor << 10) | patch) >>> 0;
}

/** What this library speaks: 0.11.0. */
export const PROTOCOL_VERSION = packVersion(0, 11, 0);

/** The gate of a server that speaks PROTOCOL_VERSION: any patch of its own minor version. */
export function acceptsVersion(version: number): boolean {
  return version >= PROTOCOL_VERSION && version >>> 10 <= PROTOCOL_VERSION >>> 10;
}
