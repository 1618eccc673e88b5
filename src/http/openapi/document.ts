import { z } from 'zod';
import { createDocument, type ZodOpenApiPathsObject } from 'zod-openapi';

import { messagePaths } from './message-paths.ts';
import { SECURITY_SCHEMES } from './parameters.ts';
import { PROBLEM_SCHEMAS } from './problems.ts';
import { servicePaths } from './service-paths.ts';
import { streamPaths } from './stream-paths.ts';

export type OpenApiDocument = ReturnType<typeof createDocument>;

export interface DocumentOptions {
  version: string;
  /** Events in one batch. */
  batchMax: number;
}

const DESCRIPTION = `A resilient REST gateway for Apache Iggy.

HEAD answers where GET does, without a body. OPTIONS is answered with 204 and \`Allow\`. An unknown path is
a 404 \`route_not_found\`, a known one with another method a 405 \`method_not_allowed\`.

Of a send, every answer that is not 2xx means that nothing was stored, except \`outcome_unknown\`.`;

/**
 * The description of the whole API, OpenAPI 3.1, made of the schemas that validate (http-contract, first
 * paragraph). Plain JSON; made once.
 */
export function createOpenApiDocument({ version, batchMax }: DocumentOptions): OpenApiDocument {
  const paths: ZodOpenApiPathsObject = {
    ...servicePaths(),
    ...streamPaths(),
    ...messagePaths(batchMax),
  };
  return createDocument(
    {
      openapi: '3.1.1',
      info: {
        title: 'Sluice',
        version,
        description: DESCRIPTION,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      tags: [
        { name: 'messages' },
        { name: 'streams' },
        { name: 'topics' },
        { name: 'offsets' },
        { name: 'service' },
      ],
      paths,
      components: {
        securitySchemes: SECURITY_SCHEMES,
        schemas: Object.fromEntries(
          [...PROBLEM_SCHEMAS].map(([code, schema]) => [`problem.${code}`, schema]),
        ),
      },
    },
    {
      override: ({ zodSchema, jsonSchema }) => {
        // Only what is strict in zod is closed: an event may have members of its own wherever it stands.
        if (zodSchema instanceof z.ZodObject && zodSchema.def.catchall === undefined) {
          delete jsonSchema.additionalProperties;
        }
      },
    },
  );
}
