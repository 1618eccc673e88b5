import {
  getSnapshot,
  type GetSnapshotRequest,
  type GetSnapshotResponse,
  type Stats,
  STATUS,
} from '../../iggy-protocol/index.ts';
import type { BrokerState } from '../context.ts';
import { Refusal } from '../refusal.ts';
import { serve } from '../served.ts';
import { type ZipEntry, zipOf } from '../zip.ts';
import { statsOf } from './system.ts';

const COMPRESSION_MAX = 6;
const ALL = 100;

/** Null: the official server has it and this one does not. */
type Section = null | ((state: BrokerState) => ZipEntry);

/** By the numbers of iggy-vsr-0.11 §3.1. */
const SECTIONS: ReadonlyMap<number, Section> = new Map<number, Section>([
  [1, null],
  [2, null],
  [3, (state) => textEntry('resource_usage.txt', statsText(statsOf(state)))],
  [4, () => textEntry('test.txt', 'test\n')],
  [5, null],
  [6, ({ limits }) => textEntry('server_config.txt', `${JSON.stringify(limits, null, 2)}\n`)],
]);

/**
 * An archive of what there is to tell, under the names of the official server; a section that cannot be
 * had is left out there too. It is not compressed, whatever was asked for: it is too small for that.
 */
export const snapshotCommands = [
  serve(
    getSnapshot,
    ({ compression, types }: GetSnapshotRequest, { state }): GetSnapshotResponse => {
      if (compression < 1 || compression > COMPRESSION_MAX)
        throw new Refusal(STATUS.InvalidCommand);
      const sections = wanted(types).map((type) => SECTIONS.get(type));
      if (sections.includes(undefined)) throw new Refusal(STATUS.InvalidCommand);
      return { archive: zipOf(sections.flatMap((make) => make?.(state) ?? [])) };
    },
  ),
];

/** Everything, or a list: not both. What is listed twice is told once. */
function wanted(types: readonly number[]): readonly number[] {
  return types.length === 1 && types[0] === ALL ? [...SECTIONS.keys()] : [...new Set(types)];
}

function statsText(stats: Stats): string {
  return Object.entries(stats)
    .map(([name, value]) => `${name}: ${String(value)}\n`)
    .join('');
}

function textEntry(name: string, text: string): ZipEntry {
  return { name, content: Buffer.from(text) };
}
