/** Whether a message is what the protocol's own JSON schema (fixtures/dap) says of its command or event. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv, { type ValidateFunction } from 'ajv';

const { $schema: _, ...schema } = JSON.parse(
  readFileSync(join(__dirname, '../fixtures/dap/debugProtocol.json'), 'utf8'),
) as { $schema: string; definitions: Record<string, unknown> };
// the schema is draft-04, of which it uses what later drafts kept, and has keywords of its own ("_enum")
const ajv = new Ajv({ strict: false, allErrors: true });
ajv.addSchema(schema, 'dap');
const compiled = new Map<string, ValidateFunction>();

function definitionOf(message: Record<string, unknown>): string {
  if (message.type === 'response' && message.success === false) return 'ErrorResponse';
  const name = String(message.type === 'event' ? message.event : message.command);
  // a request of kmem's own: what holds for every response
  if (name.startsWith('kmem/')) return 'Response';
  const kind = message.type === 'event' ? 'Event' : message.type === 'response' ? 'Response' : 'Request';
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}${kind}`;
}
/** What is wrong with a message that the adapter sent; undefined for a valid one. */
export function protocolProblem(message: Record<string, unknown>): string | undefined {
  const name = definitionOf(message);
  if (!(name in schema.definitions)) return `the protocol has no ${name}`;
  let valid = compiled.get(name);
  if (!valid) compiled.set(name, (valid = ajv.compile({ $ref: `dap#/definitions/${name}` })));
  if (valid(message)) return undefined;
  const what = valid.errors?.map((e) => `${e.instancePath} ${e.message}`).join('; ');
  return `${name}: ${what}: ${JSON.stringify(message).slice(0, 300)}`;
}
