/**
 * Messages of the debug adapter protocol as an outline for a person to read: `→` a request, `=` its response, `←` an event. Handles are replaced by names
 * or left out, so that one more row is one more line. Fields without a form of their own appear as `name: value`; none is dropped.
 *
 * A variable is `name: value · type · = evaluateName · @memoryReference · [hints]`. `>` before it says that it can be opened. A bare `=` says that its name
 * is its expression, a bare `@` that the value starts with the address.
 */

import { basename } from 'node:path';
import { forgetHandles, frameName, type HandleNames, nameFrame, nameVariables, variablesName } from './handleNames';
import { type Outline, outline } from './outline';

export type Fields = Record<string, unknown>;

/** A message whose facts make a longer line has them below it, one on each line. */
const WIDTH = 160;
/** Lists that are all there is to a body: their entries stand below it without the list's name. */
const PLAIN_LISTS = ['breakpoints', 'threads', 'stackFrames', 'scopes', 'variables', 'targets'];

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
/** The list of records in a field; empty if it isn't there. */
export const listIn = (fields: Fields, key: string): Fields[] => {
  const list = fields[key];
  return Array.isArray(list) ? list.filter(isFields) : [];
};

/** A string as it is, unless quotes are needed to see where it ends or that it is not another type. */
function plain(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return /^\S(.*\S)?$/.test(value) && !/^(-?\d+|true|false|null)$/.test(value) ? value : JSON.stringify(value);
}
const textLines = (text: string): Outline[] =>
  text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => outline(`| ${line}`));

/** `path:line:column-endColumn`, as much of it as there is; line 0 without a source is nowhere. */
function placeWords({ source, line, column, endLine, endColumn }: Fields): string[] {
  const words: string[] = [];
  const { name, path, ...rest } = isFields(source) ? source : {};
  if (typeof name === 'string' && name !== basename(String(path))) words.push(`source ${name}`);
  if (Object.keys(rest).length > 0) words.push(`source ${JSON.stringify(rest)}`);
  if (source !== undefined && !isFields(source)) words.push(`source: ${plain(source)}`);
  const from = line === undefined ? '' : [line, column].filter((n) => n !== undefined).join(':');
  const to = [...(endLine === line ? [] : [endLine]), endColumn].filter((n) => n !== undefined).join(':');
  const range = to === '' ? from : `${from}-${to}`;
  if (path !== undefined) words.unshift(range === '' ? String(path) : `${path}:${range}`);
  else if (range !== '' && range !== '0:0') words.unshift(`line ${range}`);
  return words;
}
function hintWords(hint: unknown): string[] {
  if (hint === undefined) return [];
  if (!isFields(hint)) return [`[${plain(hint)}]`];
  const { kind, attributes, ...rest } = hint;
  const words = [kind, ...(Array.isArray(attributes) ? attributes : [])].filter((word) => word !== undefined);
  if (Object.keys(rest).length > 0) words.push(JSON.stringify(rest));
  return [`[${words.join(', ')}]`];
}

/** A lead and facts: `→ launch · a · b`; a lead of only a mark is followed by a space, `= a · b`. */
const join = (lead: string, words: readonly string[]): string =>
  /^[-=]$/.test(lead) ? [lead, words.join(' · ')].join(' ').trim() : [lead, ...words].join(' · ');

/** A record: what `lead` says of it, its place, its plain fields, and below it the fields that are records, lists or several lines. */
function record(names: HandleNames, lead: string, fields: Fields, more: Outline[] = []): Outline {
  const { source: _, line, column, endLine: _line, endColumn: _column, presentationHint, ...rest } = fields;
  const words = placeWords(fields);
  const below: Outline[] = [];
  // without a line it is a column of the text beside it
  if (line === undefined && column !== undefined) words.push(`column: ${column}`);
  for (const [key, value] of Object.entries(rest)) {
    if (key === 'variablesReference') words.push(variablesName(names, value));
    else if (key === 'frameId') words.push(`frame: ${frameName(names, value)}`);
    else if (value === true) words.push(key);
    else if (isFields(value)) below.push(record(names, key, value));
    else if (Array.isArray(value) && value.some(isFields))
      below.push(
        outline(
          key,
          value.map((each) => (isFields(each) ? entry(names, each) : outline(`- ${plain(each)}`))),
        ),
      );
    else if (Array.isArray(value)) words.push(`${key}: [${value.map(plain).join(', ')}]`);
    else if (typeof value === 'string' && value.includes('\n')) below.push(outline(key, textLines(value)));
    else words.push(`${key}: ${plain(value)}`);
  }
  words.push(...hintWords(presentationHint));
  below.push(...more);
  const text = join(lead, words);
  if (text.length <= WIDTH) return outline(text, below);
  return outline(lead, [...words.map((word) => outline(word)), ...below]);
}

/** An entry of a list, led by what a client shows of it. */
const entry = (names: HandleNames, { id, name, label, ...rest }: Fields): Outline =>
  record(names, ['-', id, name, label].filter((word) => word !== undefined).join(' '), rest);

/** Says of a value that it can be opened, and remembers under which path. `?` is the mark of a missing reference. */
function openMark(names: HandleNames, reference: unknown, path: string, words: string[]): string {
  if (reference === 0) return '  ';
  if (typeof reference !== 'number') return '? ';
  const other = nameVariables(names, reference, path);
  if (other !== undefined) words.push(`same reference as ${other}`);
  return '> ';
}

/** A variable, or a result that is like one. `path` is that of the handle it may have. */
function valueRow(names: HandleNames, path: string, name: string, value: unknown, fields: Fields): Outline {
  const { type, evaluateName, memoryReference, variablesReference, presentationHint, ...more } = fields;
  const { indexedVariables, namedVariables, ...rest } = more;
  const words: string[] = [];
  const text = typeof value === 'string' ? value.replaceAll('\n', '\\n') : `not a string: ${JSON.stringify(value)}`;
  if (type !== undefined) words.push(String(type));
  if (evaluateName !== undefined) words.push(evaluateName === name ? '=' : `= ${evaluateName}`);
  if (memoryReference !== undefined)
    words.push(`${text} `.startsWith(`${memoryReference} `) ? '@' : `@${memoryReference}`);
  if (indexedVariables !== undefined) words.push(`${indexedVariables} indexed`);
  if (namedVariables !== undefined) words.push(`${namedVariables} named`);
  words.push(...hintWords(presentationHint));
  for (const [key, each] of Object.entries(rest)) words.push(each === true ? key : `${key}: ${plain(each)}`);
  const mark = openMark(names, variablesReference, path, words);
  const head = [name, text].filter((part) => part !== '').join(': ');
  return outline([`${mark}${head}`, ...words].join(' · '));
}

const resultRow = (names: HandleNames, path: unknown, value: unknown, fields: Fields): Outline =>
  outline(`= ${valueRow(names, String(path), '', value, fields).text.trimStart()}`);

/** The rows of a `variables` response. */
export const variableRows = (names: HandleNames, parent: string, body: Fields): Outline[] =>
  listIn(body, 'variables').map(({ name, value, ...rest }) =>
    valueRow(names, `${parent} / ${name}`, String(name), value, rest),
  );

/** The rows of a `scopes` response; `expensive` says that a client doesn't open it unasked. */
export const scopeRows = (names: HandleNames, frame: string, body: Fields): Outline[] =>
  listIn(body, 'scopes').map(({ name, expensive, ...rest }) =>
    valueRow(names, `${frame} / ${name}`, String(name), '', expensive === false ? rest : { ...rest, expensive }),
  );

/** The rows of a `stackTrace` response. `?` is the mark of a missing id, line or column. */
function frameRows(names: HandleNames, body: Fields): Outline[] {
  return listIn(body, 'stackFrames').map(({ id, name, ...rest }) => {
    if (typeof id === 'number') nameFrame(names, id, String(name));
    const whole = [id, rest.line, rest.column].every((n) => typeof n === 'number');
    return record(names, `${whole ? '' : '? '}${name}`, rest);
  });
}

/** The entries of a list that is the body of a response. */
function entries(names: HandleNames, list: string, args: Fields, body: Fields): Outline[] {
  switch (list) {
    case 'variables':
      return variableRows(names, variablesName(names, args.variablesReference), body);
    case 'scopes':
      return scopeRows(names, frameName(names, args.frameId), body);
    case 'stackFrames':
      return frameRows(names, body);
    default:
      return listIn(body, list).map((each) => entry(names, each));
  }
}

/** Base64 as bytes in hexadecimal. What is not base64 stays as it is. */
function bytes(data: unknown): unknown {
  if (typeof data !== 'string' || data === '') return data;
  const decoded = Buffer.from(data, 'base64');
  return decoded.toString('base64') === data
    ? [...decoded].map((b) => b.toString(16).padStart(2, '0')).join(' ')
    : data;
}

export const requestOutline = (names: HandleNames, command: string, args: Fields = {}): Outline =>
  record(names, `→ ${command}`, args);

/** The response to a request with these arguments. */
export function responseOutline(names: HandleNames, args: Fields, response: Fields): Outline {
  const { success, message, command } = response;
  const body = isFields(response.body) ? response.body : {};
  if (success !== true) {
    const error = isFields(body.error) ? body.error : {};
    const variables = isFields(error.variables) ? error.variables : {};
    const same = error.format === '{text}' && variables.text === message;
    const said = same ? without(without(error, 'format'), 'variables') : error;
    return record(names, `= REFUSED: ${plain(message)}`, { ...without(body, 'error'), ...said });
  }
  if (command === 'evaluate') return resultRow(names, args.expression, body.result, without(body, 'result'));
  if (command === 'setExpression') return resultRow(names, args.expression, body.value, without(body, 'value'));
  if (command === 'setVariable') {
    const path = `${variablesName(names, args.variablesReference)} / ${args.name}`;
    return resultRow(names, path, body.value, without(body, 'value'));
  }
  if (command === 'readMemory') return record(names, '=', { ...body, data: bytes(body.data) });
  const list = PLAIN_LISTS.find((key) => Array.isArray(body[key]) && body[key].every(isFields));
  if (list === undefined) return Object.keys(body).length > 0 ? record(names, '=', body) : outline('= done');
  const rows = entries(names, list, args, body);
  return record(names, rows.length > 0 ? '=' : `= no ${list}`, without(body, list), rows);
}
function without(fields: Fields, key: string): Fields {
  const { [key]: _, ...rest } = fields;
  return rest;
}

export function eventOutline(names: HandleNames, event: string, body: Fields): Outline {
  if (event === 'stopped') forgetHandles(names);
  if (event !== 'output') return record(names, `← ${event}`, body);
  const { category, output, ...rest } = body;
  const text = String(output);
  const lead = `← output ${category}${text.endsWith('\n') ? '' : ', the line goes on'}`;
  return record(names, lead, rest, textLines(text));
}
