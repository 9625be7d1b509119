/** `kmem layout STRUCT`: size and offsets of a kernel structure, as pahole prints them. */

import { suggest } from '../language/syntax/suggest';
import { layoutsFor } from '../profiles/layoutsFor';
import { ALLOCATORS, type Allocator } from '../profiles/machineConfig';
import { DEFAULT_PROFILE } from '../profiles/profiles';
import type { Arch, CType, Field, RecordType } from '../types/ctype';
import { ABIS, alignOf, sizeOf, typeName } from '../types/ctype';
import type { Command } from './command';
import { text, UsageError } from './command';

const ARCHES = Object.keys(ABIS);

export const layout: Command = {
  usage: 'STRUCT [--arch ARCH] [--allocator NAME] [--json]',
  details: 'Members of unions have their own offsets and share bytes: they are marked "overlaps".',
  options: {
    arch: { type: 'string', value: 'ARCH', choices: ARCHES, help: 'machine, x86_64 unless given' },
    allocator: { type: 'string', value: 'NAME', choices: ALLOCATORS, help: 'slab allocator, slub unless given' },
    json: { type: 'boolean', help: 'print {size, fields: {name: {offset, size, type}}}' },
  },
  positionals: { min: 1, max: 2, names: 'STRUCT' },
  run(values, positionals, io) {
    const words = positionals[0] === 'struct' || positionals[0] === 'union' ? positionals.slice(1) : positionals;
    const name = (words[0] ?? '').replace(/^(struct|union)\s+/, '');
    if (name === '' || words.length > 1)
      throw new UsageError(
        `${name === '' ? 'STRUCT is missing' : 'one structure at a time'}; usage: kmem layout ${layout.usage}`,
      );
    const arch = (text(values, 'arch') ?? 'x86_64') as Arch;
    const allocator = (text(values, 'allocator') ?? ALLOCATORS[0]) as Allocator;
    const layouts = layoutsFor(DEFAULT_PROFILE, { arch, allocator });
    const typedef = layouts.typedef(name);
    const record = layouts.record(name) ?? (typedef?.kind === 'struct' ? typedef : undefined);
    if (!record?.fields) {
      const near = suggest(name, [...layouts.names(), ...layouts.typedefNames()]);
      const right = near ? `did you mean ${near}?` : 'page, zone, pglist_data, list_head are some there are';
      throw new UsageError(`no such struct ${name} on ${arch} with ${allocator}; ${right}`);
    }
    io.out(values.json ? `${JSON.stringify(asJson(record))}\n` : asText(record, name));
    return 0;
  },
};

const bytes = (type: CType): number => sizeOf(type) ?? 0;

function asJson(record: RecordType): object {
  const fields: Record<string, object> = {};
  for (const f of record.fields ?? []) {
    if (f.name === undefined) continue;
    fields[f.name] = {
      offset: f.offset,
      size: bytes(f.type),
      type: typeName(f.type),
      ...(f.bitWidth === undefined ? {} : { bit: f.bitOffset, bits: f.bitWidth }),
    };
  }
  return { size: record.size, fields };
}

/** As pahole prints it. A hole, which no member covers, is told by the offset where it begins. */
function asText(record: RecordType, name: string): string {
  const fields = [...(record.fields ?? [])].sort((a, b) => a.offset - b.offset || bytes(b.type) - bytes(a.type));
  const declarations = fields.map((f) => `${typeName(f.type, f.name)}${f.bitWidth ? `:${f.bitWidth}` : ''};`);
  const width = Math.min(56, Math.max(...declarations.map((d) => d.length), 0));
  const lines = [`${record.kind} ${name} {`];
  let end = 0;
  let holes = 0;
  let lost = 0;
  let previous: Field | undefined;
  fields.forEach((f, i) => {
    if (f.offset > end) {
      holes++;
      lost += f.offset - end;
      lines.push('', `\t/* XXX ${f.offset - end} bytes hole, at ${end} */`, '');
    }
    const bits = f.bitWidth === undefined ? '' : `:${String(f.bitOffset).padStart(2)}`;
    const sharesUnit = f.bitWidth !== undefined && previous?.bitWidth !== undefined && previous.offset === f.offset;
    const overlap = f.offset < end && !sharesUnit ? '  overlaps' : '';
    const place = `${String(f.offset).padStart(6)}${bits} ${String(bytes(f.type)).padStart(5)}`;
    lines.push(`\t${(declarations[i] as string).padEnd(width)} /* ${place} */${overlap}`);
    end = Math.max(end, f.offset + bytes(f.type));
    previous = f;
  });
  const padding = record.size - end;
  lines.push('', `\t/* size: ${record.size}, members: ${fields.length}, alignment: ${alignOf(record)} */`);
  if (holes) lines.push(`\t/* holes: ${holes}, sum holes: ${lost} */`);
  if (padding > 0) lines.push(`\t/* padding: ${padding} */`);
  lines.push('};');
  return `${lines.join('\n')}\n`;
}
