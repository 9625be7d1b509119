/** Hints, lenses and a debugger's values in the text. Each kind of hint and lens is switched by a setting: kmem.inlayHints.…, kmem.codeLens.… */
import { type CodeLens, type InlayHint, InlayHintKind, MarkupKind } from 'vscode-languageserver/node';
import {
  callersTitle,
  codeLenses,
  contextsTitle,
  DEFAULT_LENSES,
  type CodeLens as Lens,
  type LensOptions,
} from '../language/ide/hints/codeLenses';
import { DEFAULT_HINTS, type HintOptions, inlayHints } from '../language/ide/hints/inlayHints';
import { inlineValues } from '../language/ide/hints/inlineValues';
import { references } from '../language/ide/names/references';
import type { Span } from '../language/syntax/tree';
import type { LspSession } from './lspSession';

/** What the client gets back to resolve a hint: its text is made again. */
interface HintData {
  readonly uri: string;
  readonly offset: number;
  readonly label: string;
}
interface LensData {
  readonly uri: string;
  readonly what: Lens['what'];
  readonly span: Span;
}

/** The commands of a client that lenses carry out; a client names those that it has in `initializationOptions.commands`. */
export const LENS_COMMANDS = {
  run: 'kmem.runScenario',
  debug: 'kmem.debugScenario',
  inspect: 'kmem.openInspector',
  places: 'kmem.showPlaces',
} as const;

export function registerHints(session: LspSession): void {
  const { connection, settings, documents, checked } = session;

  const flag = (key: string, otherwise: boolean): boolean => {
    const value = settings.value(key);
    return typeof value === 'boolean' ? value : otherwise;
  };
  const hintOptions = (): HintOptions => {
    const names = settings.value('inlayHints.parameterNames');
    return {
      contexts: flag('inlayHints.contexts', DEFAULT_HINTS.contexts),
      // a lens above the function says the same
      bodies: !(session.client.showsLenses && lensOptions().contexts),
      maySleep: flag('inlayHints.maySleep', DEFAULT_HINTS.maySleep),
      parameterNames:
        names === 'none' || names === 'all' || names === 'literals' ? names : DEFAULT_HINTS.parameterNames,
    };
  };
  const lensOptions = (): LensOptions => ({
    run: flag('codeLens.run', DEFAULT_LENSES.run),
    callers: flag('codeLens.callers', DEFAULT_LENSES.callers),
    contexts: flag('codeLens.contexts', DEFAULT_LENSES.contexts),
  });
  const hintsOf = async (uri: string, start: number, end: number, options: HintOptions) => {
    const contexts = options.contexts || options.maySleep ? await checked.contexts(uri) : undefined;
    const program = checked.of(uri);
    return program ? inlayHints(program, 0, { start, end }, contexts, options) : [];
  };

  connection.languages.inlayHint.on(async ({ textDocument: { uri }, range }) => {
    const before = documents.get(uri);
    if (!before) return null;
    const hints = await hintsOf(uri, before.offsetAt(range.start), before.offsetAt(range.end), hintOptions());
    const document = documents.get(uri);
    if (document?.version !== before.version) return null;
    return hints.map(({ offset, label, kind }): InlayHint => {
      const data: HintData = { uri, offset, label };
      const parameter = kind === 'parameter';
      return {
        position: document.positionAt(offset),
        label,
        ...(parameter ? { kind: InlayHintKind.Parameter, paddingRight: true } : { paddingLeft: true }),
        data,
      };
    });
  });
  connection.languages.inlayHint.resolve(async (hint) => {
    const { uri, offset, label } = hint.data as HintData;
    const all = await hintsOf(uri, offset, offset, hintOptions());
    const found = all.find((h) => h.offset === offset && h.label === label);
    return found ? { ...hint, tooltip: { kind: MarkupKind.Markdown, value: found.tooltip } } : hint;
  });

  connection.languages.inlineValue.on(({ textDocument: { uri }, range, context: { stoppedLocation } }) => {
    const program = checked.of(uri);
    const document = documents.get(uri);
    if (!program || !document) return null;
    const [start, end] = [document.offsetAt(range.start), document.offsetAt(range.end)];
    const values = inlineValues(program, 0, { start, end }, document.offsetAt(stoppedLocation.start));
    const positions = session.positions(program);
    return values.map(({ span, expression }) => ({ range: positions.range(span), expression }));
  });

  connection.onCodeLens(({ textDocument: { uri } }) => {
    const program = checked.of(uri);
    if (!program) return null;
    const positions = session.positions(program);
    return codeLenses(program, 0, lensOptions()).map(({ span, what }): CodeLens => {
      const data: LensData = { uri, what, span };
      return { range: positions.range(span), data };
    });
  });
  connection.onCodeLensResolve(async (lens) => {
    const { uri, what, span } = lens.data as LensData;
    const command = (title: string, name: string, args: unknown[]): CodeLens => ({
      ...lens,
      command: session.client.hasCommand(name) ? { title, command: name, arguments: args } : { title, command: '' },
    });
    switch (what) {
      case 'run':
        return command('Run', LENS_COMMANDS.run, [uri]);
      case 'debug':
        return command('Debug', LENS_COMMANDS.debug, [uri]);
      case 'inspect':
        return command('Inspect Memory', LENS_COMMANDS.inspect, [uri]);
      case 'callers': {
        const program = checked.of(uri);
        const places = program ? references(session.workspace.programs(), program, 0, span.start) : [];
        const callers = places.filter(({ occurrence }) => !occurrence.declares);
        const locations = callers.map((place) => session.positions(place.program).location(place.span));
        return command(callersTitle(callers.length), LENS_COMMANDS.places, [uri, lens.range.start, locations]);
      }
      case 'contexts': {
        const contexts = await checked.contexts(uri);
        return { ...lens, command: { title: contexts ? contextsTitle(contexts, span) : '', command: '' } };
      }
    }
  });
  settings.onChange(() => {
    if (session.client.refreshesHints) void session.guarded(() => connection.languages.inlayHint.refresh());
    if (session.client.refreshesLenses)
      void session.guarded(() => connection.sendRequest('workspace/codeLens/refresh'));
  });
}
