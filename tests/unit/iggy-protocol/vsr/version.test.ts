import { expect, test } from 'vitest';

import {
  acceptsVersion,
  packVersion,
  PROTOCOL_VERSION,
} from '../../../../src/iggy-protocol/vsr/version.ts';
import { loadVectors } from '../../../support/vectors.ts';

const versions = loadVectors<{ text: string; packed: number; acceptedBy_0_11_0: boolean }>(
  'vsr-0.11',
  'versions',
);

test.each(versions)('$text is packed and let in as by a released 0.11.0 server', (vector) => {
  const [major = 0, minor = 0, patch = 0] = vector.text.split('.').map(Number);
  expect(packVersion(major, minor, patch)).toBe(vector.packed);
  expect(acceptsVersion(vector.packed)).toBe(vector.acceptedBy_0_11_0);
});

test('every version vector ran', () => {
  expect(versions).toHaveLength(8);
});

test('speaks 0.11.0', () => {
  expect(PROTOCOL_VERSION).toBe(0x2c00);
});

test('packs the largest version without turning negative', () => {
  expect(packVersion(4095, 1023, 1023)).toBe(0xffff_ffff);
});
