import { readFile } from 'node:fs/promises';

import { answerJsonText } from '../http/answer.ts';
import { DOCS_FILES, DOCS_PAGE, DOCS_POLICY, type DocsFile } from '../http/docs-files.ts';
import type { Handler } from '../http/state.ts';

/** Beside its own description lie the files of the page. */
const SWAGGER_UI = import.meta.resolve('swagger-ui-dist/package.json');

/** The routes that describe the gateway. Each file has its own: no path is ever made of what was asked for. */
export function docsHandlers(document: object): ReadonlyMap<string, Handler> {
  const documentText = Buffer.from(JSON.stringify(document));
  return new Map<string, Handler>([
    ['/openapi.json', (ctx) => answerJsonText(ctx, 200, documentText)],
    ['/docs', showPage],
    ...Object.entries(DOCS_FILES).map(
      ([name, file]) => [`/docs/${name}`, fileHandler(file)] as const,
    ),
  ]);
}

const showPage: Handler = (ctx) => {
  ctx.set({ 'Content-Security-Policy': DOCS_POLICY, 'Referrer-Policy': 'no-referrer' });
  ctx.set('Content-Type', 'text/html; charset=utf-8');
  ctx.body = DOCS_PAGE;
};

function fileHandler(file: DocsFile): Handler {
  return async function showFile(ctx) {
    ctx.set('Content-Type', file.type);
    ctx.body = file.from === undefined ? file.text : await readFile(new URL(file.from, SWAGGER_UI));
  };
}
