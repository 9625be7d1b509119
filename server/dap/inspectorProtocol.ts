/**
 * The protocol of the memory inspector: the messages between the extension and its webview, and the requests of the debug adapter beside
 * those of the views (inspectorViews.ts). The types of both ends, the checks of what arrives, and docs/inspector-protocol.md come from here.
 */
import * as v from 'valibot';
import { ADDRESS, COUNT, described, POSITION, SELECTION } from '../debugger/inspector/shapes/common';
import { type PhysicalMapQuestion, WHOLE_MAP } from '../debugger/inspector/shapes/physicalMap';
import { VIEW_NAMES, type ViewName } from './inspectorViewNames';

/** The command of a view's request. */
export const commandOf = (name: string): string => `kmem/inspect/${name}`;
/** Moves the debugger in time. */
export const GO_TO = 'goTo';
export const GO_TO_ARGUMENTS = v.strictObject({ position: POSITION });

/** Shows something among the variables: the first row of each frame's locals, until something else is selected. */
export const SELECT = 'select';
export const SELECT_ARGUMENTS = v.strictObject({
  selection: described(v.nullable(SELECTION), 'what is selected; null: nothing any more'),
});
/** How the event `invalidated` says that only the selection has changed, and not the machine: a field of its body. */
export const SELECTION_CHANGED = 'kmemSelection';

const VIEW_NAME = v.picklist(VIEW_NAMES);
/** Sent by the extension and by the webview: numbers a question, and names its answer. */
const ID = v.pipe(v.number(), v.safeInteger(), v.minValue(1));

/** What the inspector shows, as the extension knows it. */
export const SESSION = v.strictObject({
  id: described(v.string(), "the debug session's id"),
  name: described(v.string(), "the debug session's name"),
  state: described(
    v.picklist(['starting', 'stopped', 'running', 'ended']),
    'only a stopped session answers; of one that has ended the last state stays on the screen',
  ),
});
export type InspectedSession = v.InferOutput<typeof SESSION>;

/** What the webview sends to the extension. */
export const FROM_WEBVIEW = v.variant('kind', [
  v.strictObject({ kind: described(v.literal('ready'), 'the page has been loaded and listens') }),
  v.strictObject({
    kind: described(v.literal('ask'), 'a question to the debug adapter'),
    id: ID,
    view: VIEW_NAME,
    question: v.record(v.string(), v.unknown()),
  }),
  v.strictObject({ kind: described(v.literal('goTo'), 'move the debugger to a moment'), position: POSITION }),
  v.strictObject({
    kind: described(v.literal('reveal'), "show a line of the scenario; only the session's own files are opened"),
    path: v.string(),
    line: COUNT,
  }),
  v.strictObject({
    kind: described(v.literal('selected'), 'something else is selected: Variables shows it'),
    selection: v.nullable(SELECTION),
  }),
  v.strictObject({ kind: described(v.literal('variables'), 'go to Variables, where what is selected is') }),
  v.strictObject({ kind: described(v.literal('memory'), 'open the memory view at an address'), address: ADDRESS }),
  v.strictObject({
    kind: described(v.literal('copy'), 'put a text on the clipboard'),
    text: v.pipe(v.string(), v.maxLength(10_000)),
  }),
  v.strictObject({
    kind: described(v.literal('save'), 'offer to save an export'),
    name: v.pipe(v.string(), v.regex(/^[\w-]{1,60}\.(png|svg|csv|json)$/)),
    encoding: v.picklist(['utf8', 'base64']),
    data: v.pipe(v.string(), v.maxLength(50_000_000)),
  }),
  v.strictObject({ kind: described(v.literal('saveTrace'), 'offer to save the whole run as a trace') }),
  v.strictObject({
    kind: described(v.literal('docs'), "open kmem's page about the kernel at a heading"),
    anchor: v.pipe(v.string(), v.regex(/^[\w-]{0,100}$/)),
  }),
  v.strictObject({ kind: described(v.literal('startAgain'), 'start the session that has ended once more') }),
]);
export type FromWebview = v.InferOutput<typeof FROM_WEBVIEW>;

/** What the page asks first unless it has kept something else over a reload: the extension asks it while the page is loaded. */
export const FIRST_QUESTION = { view: 'physicalMap', question: WHOLE_MAP } as const satisfies {
  view: ViewName;
  question: PhysicalMapQuestion;
};

/** What the extension sends to the webview: the first messages with the page's text, the others once it is `ready`. */
export const TO_WEBVIEW = v.variant('kind', [
  v.strictObject({
    kind: described(v.literal('session'), 'which session is shown, whenever that or its state changes'),
    session: v.nullable(SESSION),
  }),
  v.strictObject({
    kind: described(
      v.literal('changed'),
      'the machine is at another moment, or was changed: what is visible is asked anew',
    ),
  }),
  v.strictObject({
    kind: described(v.literal('answer'), 'the answer to a question'),
    id: ID,
    view: VIEW_NAME,
    answer: v.unknown(),
  }),
  v.strictObject({
    kind: described(
      v.literal('prepared'),
      'the answer to a question that the page has not asked yet: it takes it for its first question, if that is the same and the machine has not moved',
    ),
    view: VIEW_NAME,
    question: v.record(v.string(), v.unknown()),
    answer: v.unknown(),
  }),
  v.strictObject({
    kind: described(v.literal('refusal'), 'why a question has no answer'),
    id: ID,
    view: VIEW_NAME,
    why: v.string(),
    cancelled: described(v.boolean(), 'a newer question of the view has taken its place'),
  }),
  v.strictObject({
    kind: described(v.literal('select'), 'select something everywhere, and show its card'),
    selection: SELECTION,
  }),
]);
export type ToWebview = v.InferOutput<typeof TO_WEBVIEW>;
/** The page's element whose text is the list of the messages that come with it, as JSON. */
export const OPENING = 'opening';

type Checked<T> = { readonly value: T } | { readonly problem: string };
/** A value as a schema has it, or what is wrong with it: the field, and what was expected. */
export function checked<S extends v.GenericSchema>(schema: S, value: unknown): Checked<v.InferOutput<S>> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return { value: result.output };
  const [issue] = result.issues;
  const field = v.getDotPath(issue);
  const message = cut(issue.message);
  return { problem: field === null ? message : `the field "${cut(field)}": ${message}` };
}
/** Characters of what was sent that a problem repeats, at most. */
const MOST_REPEATED = 200;
const cut = (text: string): string => (text.length > MOST_REPEATED ? `${text.slice(0, MOST_REPEATED)}…` : text);
