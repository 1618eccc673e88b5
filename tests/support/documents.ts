import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Folders whose documents are ours. */
const FOLDERS = ['.', 'docs', 'docs/decisions', 'k8s', 'tests/vectors'];

/** Every document there is, by its path from the top. */
export function documents(): string[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.md'))
      .map((name) => path.posix.join(folder, name)),
  );
}

const FENCED = /^```[^\n]*\n[^]*?^```$/gm;
const INLINE = /`([^`\n]+)`/g;

/** The code spans of a document. */
export function codeSpans(markdown: string): string[] {
  return [...markdown.replaceAll(FENCED, '').matchAll(INLINE)].map(([, code = '']) => code);
}

/** Its code: spans and fenced blocks. */
export function codeOf(markdown: string): string[] {
  return [...codeSpans(markdown), ...(markdown.match(FENCED) ?? [])];
}

/** The headings of a document, as code hosts name the places they stand at. */
export function anchorsOf(markdown: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of markdown.replaceAll(FENCED, '').matchAll(/^#{1,6} +(.+)$/gm)) {
    const slug = heading
      .toLowerCase()
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let copy = 1; anchors.has(anchor); copy += 1) anchor = `${slug}-${copy}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** Where its links lead, those to other sites aside. */
export function relativeLinks(markdown: string): string[] {
  const prose = markdown.replaceAll(FENCED, '').replaceAll(INLINE, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** The links of the document at `file` that lead nowhere. */
export function brokenLinks(file: string, markdown = readFileSync(file, 'utf8')): string[] {
  return relativeLinks(markdown).filter((link) => {
    const [target = '', anchor] = link.split('#', 2);
    const where = target === '' ? file : path.posix.join(path.posix.dirname(file), target);
    if (where.startsWith('..') || (target !== '' && !existsSync(where))) return true;
    if (anchor === undefined) return false;
    const text = target === '' ? markdown : readFileSync(where, 'utf8');
    return !anchorsOf(text).has(anchor);
  });
}
