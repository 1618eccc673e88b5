import { z } from 'zod';

/** Headers any request may have (http-contract §4). A wrong value is passed over, never refused. */
export const requestHeaders = z.object({
  'X-Request-Id': z
    .string()
    .optional()
    .meta({
      param: { id: 'RequestId' },
      description: 'Taken if it has 1 to 128 of `A-Z a-z 0-9 . _ : / + = -`, else a new UUID.',
    }),
  'X-Request-Timeout': z
    .string()
    .optional()
    .meta({
      param: { id: 'RequestTimeout' },
      override: { type: 'integer', minimum: 100, maximum: 300_000 },
      description: 'Milliseconds; shortens `OPERATION_TIMEOUT_SECS`, never lengthens it.',
    }),
  traceparent: z
    .string()
    .optional()
    .meta({
      param: { id: 'Traceparent' },
      description: 'W3C Trace Context.',
    }),
});

const optionalText = z.string().optional();

/** On every answer, whatever it is. */
export const commonHeaders = z.object({
  'X-Request-Id': z.string().meta({ header: { id: 'RequestId' } }),
});

export const problemHeaders = commonHeaders.extend({
  'Retry-After': optionalText.meta({
    header: { id: 'RetryAfter' },
    description: 'Seconds, on 429 and 503.',
  }),
  'WWW-Authenticate': optionalText.meta({
    header: { id: 'WwwAuthenticate' },
    description: '`API-Key`, on 401.',
  }),
});

/** On the answers of the routes that pass the gates. */
export const apiHeaders = commonHeaders.extend({
  'X-Effective-Timeout': optionalText.meta({
    header: { id: 'EffectiveTimeout' },
    description: 'The deadline in force, in milliseconds.',
  }),
  RateLimit: optionalText.meta({ header: { id: 'RateLimit' } }),
  'RateLimit-Policy': optionalText.meta({ header: { id: 'RateLimitPolicy' } }),
  'X-RateLimit-Limit': optionalText.meta({ header: { id: 'RateLimitLimit' } }),
  'X-RateLimit-Remaining': optionalText.meta({ header: { id: 'RateLimitRemaining' } }),
  Deprecation: optionalText.meta({
    header: { id: 'Deprecation' },
    description: 'Where the key came in the query parameter `api_key`.',
  }),
});

export const createdHeaders = apiHeaders.extend({
  Location: z.string().meta({ header: { id: 'Location' }, description: 'Where it is now.' }),
});

export const pageHeaders = apiHeaders.extend({
  'X-Effective-Count': optionalText.meta({
    header: { id: 'EffectiveCount' },
    description: 'How many there may be, where more were asked for.',
  }),
});

/** The key travels in either of two headers, or as it did once. Without `API_KEY` none is asked for. */
export const SECURITY_SCHEMES = {
  apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
  bearer: { type: 'http', scheme: 'bearer' },
  apiKeyInQuery: {
    type: 'apiKey',
    in: 'query',
    name: 'api_key',
    description:
      'Deprecated: whoever sees the URL, in a log for example, sees the key. For old clients only; ' +
      'their answers have `Deprecation`.',
  },
} as const;
