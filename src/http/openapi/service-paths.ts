import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';

import { healthView, readyView, statsView } from '../../models/health.ts';
import { DOCS_FILES } from '../docs-files.ts';
import { operation } from './operation.ts';
import { commonHeaders } from './parameters.ts';

const text = z.string();

export function servicePaths(): ZodOpenApiPathsObject {
  return {
    '/health': {
      get: operation({
        id: 'health',
        tag: 'service',
        kind: 'probe',
        summary: 'About the process, whatever the broker does',
        success: 200,
        headers: commonHeaders,
        content: { 'application/json': healthView },
      }),
    },
    '/ready': {
      get: operation({
        id: 'ready',
        tag: 'service',
        kind: 'probe',
        summary: 'About the broker: 503 while requests had better go elsewhere',
        success: 200,
        headers: commonHeaders,
        content: { 'application/json': readyView },
        problems: ['connection_failed', 'disconnected', 'circuit_open', 'draining'],
      }),
    },
    '/stats': {
      get: operation({
        id: 'stats',
        tag: 'service',
        kind: 'local',
        summary: 'Totals of the broker (cached) and of this process',
        success: 200,
        content: { 'application/json': statsView },
      }),
    },
    '/openapi.json': {
      get: operation({
        id: 'openapi',
        tag: 'service',
        kind: 'page',
        summary: 'This document',
        success: 200,
        content: { 'application/json': z.looseObject({ openapi: z.string() }) },
        problems: ['route_not_found'],
      }),
    },
    '/docs': {
      get: operation({
        id: 'docs',
        tag: 'service',
        kind: 'page',
        summary: 'This document, for people',
        success: 200,
        content: { 'text/html; charset=utf-8': text },
        problems: ['route_not_found'],
      }),
    },
    ...Object.fromEntries(
      Object.entries(DOCS_FILES).map(([name, { type }]) => [
        `/docs/${name}`,
        {
          get: operation({
            id: `docs/${name}`,
            tag: 'service',
            kind: 'page',
            summary: 'Part of that page',
            success: 200,
            content: { [type]: text },
            problems: ['route_not_found'],
          }),
        },
      ]),
    ),
  };
}
