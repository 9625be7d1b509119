/**
 * A trace as Perfetto's importer of trace events (src/trace_processor/importers/json, 2026) takes it, by its published rules: what it would
 * drop, shorten or nest wrongly is a problem. It reads the text event by event, sorts by time, a longer slice first, and puts slices of a
 * thread into each other; an asynchronous slice has a track by category, id and name; a counter one by its name and the argument's.
 */

interface Event {
  readonly ph?: unknown;
  readonly pid?: unknown;
  readonly tid?: unknown;
  readonly ts?: unknown;
  readonly dur?: unknown;
  readonly id?: unknown;
  readonly cat?: unknown;
  readonly name?: unknown;
  readonly s?: unknown;
  readonly args?: unknown;
}
interface Slice {
  readonly name: string;
  readonly from: number;
  /** nanoseconds; undefined while it is open */
  to: number | undefined;
}
interface Track {
  readonly name: string;
  /** in the order of their beginnings, with how deep each lies in others */
  readonly slices: { readonly slice: Slice; readonly depth: number }[];
}
export interface Imported {
  /** what the importer would count as an error, or show otherwise than it was meant */
  readonly problems: readonly string[];
  readonly threads: ReadonlyMap<number, Track>;
  readonly asynchronous: readonly Track[];
  readonly counters: ReadonlyMap<string, readonly { readonly at: number; readonly value: number }[]>;
  /** in no thread */
  readonly instants: readonly string[];
}

/** Microseconds of the text as whole nanoseconds. */
const nanoseconds = (value: unknown): number | undefined =>
  typeof value === 'number' ? Math.round(value * 1000) : undefined;

export function imported(text: string): Imported {
  const problems: string[] = [];
  const threads = new Map<number, Track>();
  const asynchronous = new Map<string, Track>();
  const counters = new Map<string, { at: number; value: number }[]>();
  const instants: string[] = [];
  const open = new Map<Track, Slice[]>();
  const names = new Map<number, string>();
  let processName: string | undefined;
  const events = eventsOf(text, problems);
  const timed = events.map((event, order) => ({
    event,
    order,
    at: nanoseconds(event.ts) ?? 0,
    duration: nanoseconds(event.dur) ?? 0,
  }));
  timed.sort((a, b) => a.at - b.at || b.duration - a.duration || a.order - b.order);
  const thread = (tid: number): Track => {
    const known = threads.get(tid);
    if (known) return known;
    const made = { name: names.get(tid) ?? '', slices: [] };
    threads.set(tid, made);
    return made;
  };
  /** Puts a slice into the one that is open; `to` undefined: until its end comes. */
  const begin = (track: Track, slice: Slice): void => {
    const stack = open.get(track) ?? [];
    open.set(track, stack);
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      if (top.to === undefined) break;
      const isInstant = top.to === top.from && slice.to === slice.from;
      if (top.to > slice.from || (top.to === slice.from && isInstant)) break;
      stack.pop();
    }
    for (const outer of stack)
      if (outer.to !== undefined && slice.to !== undefined && slice.from < outer.to && slice.to > outer.to)
        problems.push(`${slice.name} at ${slice.from} ns overlaps ${outer.name}, which ends at ${outer.to}: dropped`);
    track.slices.push({ slice, depth: stack.length });
    stack.push(slice);
    if (stack.length > 512) problems.push(`${slice.name} at ${slice.from} ns lies too deep`);
  };

  for (const { event, at, duration } of timed) {
    const problem = (what: string) => problems.push(`${what}: ${JSON.stringify(event)}`);
    const { ph, name, args, cat } = event;
    const pid = whole(event.pid);
    const tid = whole(event.tid) ?? pid;
    if (typeof ph !== 'string' || typeof name !== 'string' || name === '') {
      problem('without phase or name');
      continue;
    }
    if (pid === undefined || tid === undefined) problem('without process');
    if (ph !== 'M' && nanoseconds(event.ts) === undefined) problem('without time');
    if (at < 0 || !Number.isSafeInteger(at)) problem('a time that is not from 0 on');
    switch (ph) {
      case 'M': {
        const given = (args as { name?: unknown } | undefined)?.name;
        if (name === 'thread_name') names.set(tid ?? -1, String(given));
        else if (name === 'process_name') processName = String(given);
        else if (name !== 'thread_sort_index') problem('unknown metadata');
        break;
      }
      case 'X':
        if (duration < 0 || nanoseconds(event.dur) === undefined) problem('a slice without duration');
        begin(thread(tid ?? -1), { name, from: at, to: at + duration });
        break;
      case 'i':
        if (event.s === 'g') instants.push(name);
        else if (event.s === 't') begin(thread(tid ?? -1), { name, from: at, to: at });
        else problem('an instant of no scope');
        break;
      case 'b':
      case 'e': {
        if (event.id === undefined || event.id === '') problem('asynchronous without id');
        const key = `${String(cat)} ${String(event.id)} ${name}`;
        const track = asynchronous.get(key) ?? { name, slices: [] };
        asynchronous.set(key, track);
        if (ph === 'b') {
          if (track.slices.length > 0) problem('an id that was used before');
          begin(track, { name, from: at, to: undefined });
          break;
        }
        const slice = open.get(track)?.pop();
        if (slice) slice.to = at;
        else problem('an end without beginning');
        break;
      }
      case 'C':
        if (typeof args !== 'object' || args === null || Object.keys(args).length === 0)
          problem('a counter of nothing');
        for (const [series, value] of Object.entries(args ?? {})) {
          if (typeof value !== 'number' || !Number.isFinite(value)) problem(`${series} is not a number`);
          const key = `${name} ${series}`;
          const points = counters.get(key) ?? [];
          counters.set(key, points);
          points.push({ at, value: Number(value) });
        }
        break;
      default:
        problem('an unknown phase');
    }
    for (const [key, value] of Object.entries(args ?? {}))
      if (value === null || typeof value === 'object') problem(`the argument ${key} is neither number nor text`);
  }
  for (const [track, stack] of open)
    for (const { to, name } of stack) if (to === undefined) problems.push(`${track.name}: ${name} never ends`);
  for (const [tid, { name }] of threads) if (name === '') problems.push(`thread ${tid} has no name`);
  if (new Set(names.values()).size < names.size) problems.push('two threads have one name');
  if (processName === undefined) problems.push('the process has no name');
  return { problems, threads, asynchronous: [...asynchronous.values()], counters, instants };
}
const whole = (value: unknown): number | undefined =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32 ? (value as number) : undefined;

/** The events of a text, as a reader in pieces sees them. */
function eventsOf(text: string, problems: string[]): Event[] {
  const json = JSON.parse(text) as Record<string, unknown>;
  const keys = Object.keys(json);
  // what stands in front of the events must be known: the reader does not go back
  if (keys[0] !== 'displayTimeUnit' || keys[1] !== 'traceEvents') problems.push(`the text begins with ${keys.join()}`);
  // an event is cut out by its braces, and of its own fields no value may be an array
  const events = json.traceEvents as Event[];
  for (const event of events)
    if (Object.values(event).some((value) => Array.isArray(value))) problems.push(`an array: ${JSON.stringify(event)}`);
  // raw control characters end the import
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are meant
  if (/[\u0000-\u0009\u000b-\u001f\u007f]/.test(text)) problems.push('a control character in the text');
  return events;
}
