import { type AnySchema, Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

import { createOpenApiDocument } from '../../src/http/openapi/document.ts';

/** The parts of the document that are looked at here; as JSON, so nothing is known of the rest. */
interface Described {
  paths: Record<string, Record<string, { responses: Record<string, DescribedAnswer> }>>;
  components: { schemas: Record<string, AnySchema>; headers: Record<string, DescribedHeader> };
}
interface DescribedAnswer {
  headers?: Record<string, DescribedHeader | { $ref: string }>;
  content?: Record<string, { schema: AnySchema }>;
}
interface DescribedHeader {
  required?: boolean;
}

const PROBLEM_TYPE = 'application/problem+json';
const PROBLEMS = 'problem.';
const HEADERS = '#/components/headers/';

/** The description every answer of the tests is held to: the one that the gateway serves. */
const DOCUMENT = JSON.parse(
  JSON.stringify(createOpenApiDocument({ version: 'test', batchMax: 1000 })),
) as Described;

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
formats.default(ajv);
// What OpenAPI adds to JSON Schema, and where the shared schemas are found.
ajv.addVocabulary(['components', 'discriminator']);

const validators = new Map<AnySchema, ValidateFunction>();

function validatorOf(schema: AnySchema): ValidateFunction {
  const known = validators.get(schema);
  if (known) return known;
  const made = ajv.compile({ allOf: [schema], components: DOCUMENT.components });
  validators.set(schema, made);
  return made;
}

/** Any problem at all: for paths and methods that the document does not know. */
const ANY_PROBLEM: DescribedAnswer = {
  content: {
    [PROBLEM_TYPE]: {
      schema: {
        oneOf: Object.keys(DOCUMENT.components.schemas)
          .filter((name) => name.startsWith(PROBLEMS))
          .map((name) => ({ $ref: `#/components/schemas/${name}` })),
      },
    },
  },
};
/** OPTIONS is no operation of its own: it tells what is allowed. */
const ALLOWED: DescribedAnswer = {};

const TEMPLATES = Object.keys(DOCUMENT.paths).map((template) => ({
  template,
  pattern: new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
}));

/** The description of this answer, or in words why there is none. */
function describedAnswer(method: string, path: string, status: number): DescribedAnswer | string {
  // A path that is spelled out wins over one with a parameter, as in the router.
  const { template = '' } = TEMPLATES.find(({ pattern }) => pattern.test(path)) ?? {};
  const item = DOCUMENT.paths[template];
  if (method === 'OPTIONS' && item && status === 204) return ALLOWED;
  const operation = item?.[method === 'HEAD' ? 'get' : method.toLowerCase()];
  if (!operation) {
    return status >= 400 ? ANY_PROBLEM : `${status} for what the document does not know`;
  }
  return operation.responses[status] ?? `status ${status} is not documented for ${template}`;
}

/** What is wrong with an answer, by the document; an empty list if nothing is. */
export function faultsOf(
  method: string,
  path: string,
  { status, headers }: Pick<Response, 'status' | 'headers'>,
  body: Buffer,
): string[] {
  const answer = describedAnswer(method, path, status);
  if (typeof answer === 'string') return [answer];
  const missing = Object.entries(answer.headers ?? {})
    .filter(([name, header]) => isRequired(header) && !headers.has(name))
    .map(([name]) => `has no header ${name}`);
  return [...missing, ...bodyFaults(answer, method, headers.get('content-type'), body)];
}

/** The same for a refusal of what was no request to any path, such as one that is not even HTTP. */
export function problemFaults(status: number, type: string | null, body: Buffer): string[] {
  const faults = bodyFaults(ANY_PROBLEM, '', type, body);
  if (faults.length > 0) return faults;
  const told = JSON.parse(body.toString()) as { status: number };
  return told.status === status ? [] : [`is a ${status} that says it is a ${told.status}`];
}

function isRequired(header: DescribedHeader | { $ref: string }): boolean {
  if (!('$ref' in header)) return header.required === true;
  return DOCUMENT.components.headers[header.$ref.slice(HEADERS.length)]?.required === true;
}

function bodyFaults(
  { content }: DescribedAnswer,
  method: string,
  type: string | null,
  body: Buffer,
): string[] {
  if (!content) return body.length === 0 ? [] : ['has a body where none is documented'];
  // The only charset of JSON may be named or not.
  const media = content[type ?? ''] ?? content[type?.replace(/; charset=utf-8$/, '') ?? ''];
  if (!media) return [`has the content type ${type}, not ${Object.keys(content).join(', ')}`];
  if (method === 'HEAD') return body.length === 0 ? [] : ['is one to HEAD and has a body'];
  if (!/[/+]json\b/.test(type ?? '')) return [];
  const validate = validatorOf(media.schema);
  if (validate(JSON.parse(body.toString()))) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) =>
      `body${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

/** The answer as it is, once the document has nothing against it. */
async function checked(method: string, path: string, response: Response): Promise<Response> {
  const body = Buffer.from(await response.clone().arrayBuffer());
  const faults = faultsOf(method, path, response, body);
  if (faults.length === 0) return response;
  throw new Error(
    `${method} ${path} was answered with ${response.status}, against the document:\n` +
      `${faults.join('\n')}\n${body.toString().slice(0, 2000)}`,
  );
}

/** `fetch`, whose every answer is held to the document. */
export async function checkedFetch(url: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(url, init);
  return checked(init.method?.toUpperCase() ?? 'GET', new URL(url).pathname, response);
}
