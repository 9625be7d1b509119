/**
 * What the parameters of a message have to be. A client's mistake is answered by naming the parameter, before any code works with it:
 * the library passes on whatever came.
 */

/** What is wrong with a value, if anything; `path` names it: `position.line`. */
type Check = (value: unknown, path: string) => string | undefined;

const kind =
  (what: string, is: (value: unknown) => boolean): Check =>
  (value, path) => {
    if (is(value)) return undefined;
    return value === undefined
      ? `the parameter "${path}" is missing: it is ${what}`
      : `the parameter "${path}" is not ${what}`;
  };
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const text = kind('a string', (v) => typeof v === 'string');
const whole = kind('a whole number', (v) => Number.isSafeInteger(v));
const count = kind('a whole number from 0 on', (v) => Number.isSafeInteger(v) && (v as number) >= 0);
const id = kind('a number or a string', (v) => typeof v === 'number' || typeof v === 'string');
const truth = kind('true or false', (v) => typeof v === 'boolean');
const anObject = kind('an object', isObject);
const optional =
  (check: Check): Check =>
  (value, path) =>
    value === undefined || value === null ? undefined : check(value, path);
const fields =
  (members: Readonly<Record<string, Check>>): Check =>
  (value, path) => {
    if (!isObject(value)) return anObject(value, path || 'params');
    for (const [name, check] of Object.entries(members)) {
      const problem = check(value[name], path ? `${path}.${name}` : name);
      if (problem) return problem;
    }
    return undefined;
  };
const list =
  (check: Check): Check =>
  (value, path) => {
    if (!Array.isArray(value)) return kind('a list', Array.isArray)(value, path);
    for (const [i, item] of value.entries()) {
      const problem = check(item, `${path}[${i}]`);
      if (problem) return problem;
    }
    return undefined;
  };

const position = fields({ line: count, character: count });
const range = fields({ start: position, end: position });
const document = { textDocument: fields({ uri: text }) };
const here = { ...document, position };
const span = fields({ file: count, start: count, end: count });
const hierarchyItem = fields({ uri: text, selectionRange: range, data: optional(fields({ through: text })) });
const formatting = fields({ tabSize: count, insertSpaces: kind('true or false', (v) => typeof v === 'boolean') });

/** By method: the parameters that the server reads. */
const PARAMS: Readonly<Record<string, Check>> = {
  initialize: fields({
    capabilities: anObject,
    processId: optional(whole),
    workspaceFolders: optional(list(fields({ uri: text }))),
  }),
  '$/cancelRequest': fields({ id }),
  '$/setTrace': fields({ value: text }),
  'window/workDoneProgress/cancel': fields({ token: id }),
  'textDocument/didOpen': fields({ textDocument: fields({ uri: text, languageId: text, version: whole, text }) }),
  'textDocument/didChange': fields({
    textDocument: fields({ uri: text, version: whole }),
    contentChanges: list(fields({ text, range: optional(range) })),
  }),
  'textDocument/didClose': fields(document),
  'textDocument/didSave': fields(document),
  'textDocument/willSave': fields(document),
  'textDocument/hover': fields(here),
  'textDocument/completion': fields(here),
  'textDocument/signatureHelp': fields(here),
  'textDocument/definition': fields(here),
  'textDocument/declaration': fields(here),
  'textDocument/typeDefinition': fields(here),
  'textDocument/references': fields({ ...here, context: fields({ includeDeclaration: truth }) }),
  'textDocument/documentHighlight': fields(here),
  'textDocument/prepareRename': fields(here),
  'textDocument/rename': fields({ ...here, newName: text }),
  'textDocument/documentSymbol': fields(document),
  'textDocument/documentLink': fields(document),
  'textDocument/semanticTokens/full': fields(document),
  'textDocument/semanticTokens/full/delta': fields({ ...document, previousResultId: text }),
  'textDocument/semanticTokens/range': fields({ ...document, range }),
  'textDocument/formatting': fields({ ...document, options: formatting }),
  'textDocument/rangeFormatting': fields({ ...document, range, options: formatting }),
  'textDocument/onTypeFormatting': fields({ ...here, ch: text, options: formatting }),
  'textDocument/foldingRange': fields(document),
  'textDocument/selectionRange': fields({ ...document, positions: list(position) }),
  'textDocument/implementation': fields(here),
  'textDocument/inlayHint': fields({ ...document, range }),
  'inlayHint/resolve': fields({ position, data: fields({ uri: text, offset: count, label: text }) }),
  'textDocument/inlineValue': fields({ ...document, range, context: fields({ stoppedLocation: range }) }),
  'textDocument/linkedEditingRange': fields(here),
  'textDocument/codeLens': fields(document),
  'codeLens/resolve': fields({ range, data: fields({ uri: text, what: text, span: span }) }),
  'textDocument/prepareCallHierarchy': fields(here),
  'callHierarchy/incomingCalls': fields({ item: hierarchyItem }),
  'callHierarchy/outgoingCalls': fields({ item: hierarchyItem }),
  'workspace/symbol': fields({ query: text }),
  'textDocument/diagnostic': fields({ ...document, previousResultId: optional(text) }),
  'workspace/diagnostic': fields({ previousResultIds: list(fields({ uri: text, value: text })) }),
  'workspace/didChangeWorkspaceFolders': fields({
    event: fields({ added: list(fields({ uri: text })), removed: list(fields({ uri: text })) }),
  }),
  'textDocument/codeAction': fields({ ...document, range, context: optional(fields({ only: optional(list(text)) })) }),
  'workspace/didChangeWatchedFiles': fields({ changes: list(fields({ uri: text })) }),
};

/** What is wrong with the parameters of a message; undefined if nothing is, or if the server does not know the method. */
export function wrongParams(method: string, params: unknown): string | undefined {
  return Object.hasOwn(PARAMS, method) ? PARAMS[method]?.(params, '') : undefined;
}
