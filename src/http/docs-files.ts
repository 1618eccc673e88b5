/** What the page under `/docs` is made of, by the name in its path: nothing else is reachable there. */
export const DOCS_FILES: Readonly<Record<string, DocsFile>> = {
  'swagger-ui.css': { type: 'text/css; charset=utf-8', from: 'swagger-ui.css' },
  'swagger-ui-bundle.js': {
    type: 'text/javascript; charset=utf-8',
    from: 'swagger-ui-bundle.js',
  },
  'favicon-32x32.png': { type: 'image/png', from: 'favicon-32x32.png' },
  'start.js': {
    type: 'text/javascript; charset=utf-8',
    text: `SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#swagger-ui',
  presets: [SwaggerUIBundle.presets.apis],
  layout: 'BaseLayout',
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  // Nothing is sent to anybody else.
  validatorUrl: null,
});
`,
  },
};

/** A file of swagger-ui-dist, or written here. */
export type DocsFile = { readonly type: string } & (
  | { readonly from: string; readonly text?: never }
  | { readonly text: string; readonly from?: never }
);

/** Relative addresses, so that the page also works behind a proxy that serves it under a prefix. */
export const DOCS_PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Sluice</title>
    <link rel="icon" type="image/png" href="docs/favicon-32x32.png">
    <link rel="stylesheet" href="docs/swagger-ui.css">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="docs/swagger-ui-bundle.js"></script>
    <script src="docs/start.js"></script>
  </body>
</html>
`;

/** The page may load nothing from elsewhere, and run nothing that is not in a file of its own. */
export const DOCS_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:";
