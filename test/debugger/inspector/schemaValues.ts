/** Values made of a schema of the inspector's protocol, and values that are wrong somewhere. */
import fc from 'fast-check';

/** What is read of a schema, and of the checks behind it. */
export interface Schema {
  readonly type: string;
  readonly entries?: Readonly<Record<string, Schema>>;
  readonly item?: Schema;
  readonly items?: readonly Schema[];
  readonly wrapped?: Schema;
  readonly options?: readonly (Schema | string | number)[];
  readonly literal?: unknown;
  readonly requirement?: unknown;
  readonly pipe?: readonly Schema[];
}
const TEXTS = [
  'page',
  'object',
  'area',
  'first',
  'main',
  '(((',
  '',
  '0x10',
  '<b>',
  'jiffies',
  '*page',
  'kmalloc-64',
  '7',
  'x'.repeat(900),
];
const ADDRESSES = [
  '0xffff888004000000',
  '0xffffc90000000000',
  '0xffffea0000100000',
  '0xffffffff81000000',
  '0x0',
  '0xc1000000',
  '0xffffffffffffffff',
  '0x8000000000000000',
];
const NUMBERS = [0, 1, 2, 3, 10, 11, 64, 0x1000, 0x4000, 0x7fff, 0x8000, 0x100000, 2 ** 31, 2 ** 40];

/** What an action of a schema's pipe requires, or of a pipe inside it. */
function limitOf(schema: Schema, type: string): unknown {
  for (const part of schema.pipe ?? []) {
    if (part.type === type) return part.requirement;
    const inner = part === schema ? undefined : limitOf(part, type);
    if (inner !== undefined) return inner;
  }
  return undefined;
}
/** Values that a schema takes. */
export function valuesOf(schema: Schema): fc.Arbitrary<unknown> {
  const limit = (type: string): unknown => limitOf(schema, type);
  switch (schema.type) {
    case 'number': {
      const low = Number(limit('min_value') ?? 0);
      const high = Number(limit('max_value') ?? Number.MAX_SAFE_INTEGER);
      return fc.constantFrom(...NUMBERS.map((n) => Math.min(Math.max(n, low), high)));
    }
    case 'string':
      return fc.constantFrom(...(limit('regex') === undefined ? TEXTS : ADDRESSES));
    case 'boolean':
      return fc.boolean();
    case 'literal':
      return fc.constant(schema.literal);
    case 'picklist':
      return fc.constantFrom(...(schema.options ?? []));
    case 'optional':
    case 'exact_optional':
    case 'nullable':
      return schema.wrapped ? valuesOf(schema.wrapped) : fc.constant(undefined);
    case 'array':
      return schema.item
        ? fc.array(valuesOf(schema.item), { maxLength: Number(limit('max_length') ?? 4) })
        : fc.constant([]);
    case 'strict_tuple':
    case 'tuple':
      return fc.tuple(...(schema.items ?? []).map(valuesOf));
    case 'variant':
    case 'union':
      return fc.oneof(
        ...(schema.options ?? []).flatMap((option) => (typeof option === 'object' ? [valuesOf(option)] : [])),
      );
    case 'strict_object':
    case 'object': {
      const entries = Object.entries(schema.entries ?? {});
      const required = entries.filter(([, field]) => !/optional/.test(field.type)).map(([name]) => name);
      return fc.record(Object.fromEntries(entries.map(([name, field]) => [name, valuesOf(field)])), {
        requiredKeys: required,
      });
    }
    case 'record':
      return fc.dictionary(fc.constantFrom('selection', 'pages', 'x'), fc.integer(), { maxKeys: 2 });
    case 'unknown':
      return fc.constantFrom<unknown>({}, null, 7, 'text');
    default:
      throw new Error(`no values of ${schema.type} are made yet`);
  }
}

// ---------------------------------------------------------------- what is wrong somewhere
type Path = readonly (string | number)[];
function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}
const NONSENSE: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    -1,
    0.5,
    2 ** 60,
    1e308,
    '',
    '<img src=x onerror=alert(1)>',
    '__proto__',
    [],
    {},
  ),
  fc.constant('x'.repeat(3000)),
  fc.jsonValue({ maxDepth: 3 }),
);
/** A copy with something else at a place: another value, none, or one more beside it. */
export function damaged(value: unknown): fc.Arbitrary<unknown> {
  const paths = pathsOf(value);
  return fc
    .record({
      path: fc.constantFrom(...paths),
      how: fc.constantFrom('replace', 'remove', 'add'),
      nonsense: NONSENSE,
      name: fc.constantFrom('more', 'constructor', 'toString', '__proto__', 'kind'),
    })
    .map(({ path, how, nonsense, name }) => {
      const copy = { root: structuredClone(value) } as Record<string, unknown>;
      let at: Record<string, unknown> = copy;
      let key: string | number = 'root';
      for (const next of path) {
        at = at[key] as Record<string, unknown>;
        key = next;
      }
      if (how === 'remove' && path.length > 0) delete at[key];
      else if (how === 'add' && typeof at[key] === 'object' && at[key] !== null)
        Object.defineProperty(at[key], name, { value: nonsense, enumerable: true, configurable: true, writable: true });
      else at[key] = nonsense;
      return copy.root;
    });
}
