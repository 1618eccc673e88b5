import { existsSync, readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

const page = readFileSync('docs/guarantees.md', 'utf8');
const proofs = [...page.matchAll(/^- Proof: `([^`]+)` "([^"]+)"/gm)].map(
  ([, file = '', name = '']) => ({
    file,
    name,
  }),
);

test('docs/guarantees.md has a proof below each promise, and names them all in one way', () => {
  expect(proofs.length).toBeGreaterThan(25);
  expect(page.match(/Proof/g)).toHaveLength(proofs.length);
  const [promises = ''] = page.split('## What it depends on');
  const paragraphs = promises.split(/\n\n/).filter((text) => text.startsWith('**'));
  for (const paragraph of paragraphs) expect(paragraph).toMatch(/\n- Proof: /);
});

describe('its proof exists:', () => {
  test.each(proofs)('$file "$name"', ({ file, name }) => {
    expect(existsSync(file)).toBe(true);
    const titles = readFileSync(file, 'utf8').match(TITLE) ?? [];
    expect(titles.filter((title) => title.includes(name)).length).toBeGreaterThan(0);
  });
});

/** A call that names tests, up to the end of the line that holds the name. */
const TITLE = /(?:\b(?:test|describe)(?:\.each[^]*?\)|<[^>]*>)*\(\s*|^\s*\)\()\s*(['"`])[^]*?\1,/gm;
