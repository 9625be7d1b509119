/** The formats of recordings that kmem repeats: what each looks like, and how it is repeated. */

import { recordsPageTables, replayPageTables } from './address_space/page_table_replay';
import { recordsStacks, replayStacks } from './address_space/stack_replay';
import { recordsExperiments, replayExperiments } from './experiments';
import { recordsPool, replayPool } from './mempool_replay';
import { recordsPercpu, replayPercpu } from './percpu/percpu_replay';
import { readTrace } from './replay';
import type { ReplayResult } from './replay_result';
import { replayTrace } from './replay_run';
import { recordsSlabGeometry, replaySlabGeometry } from './slab/slab_geometry_replay';
import { recordsSlabKmalloc, replaySlabKmalloc } from './slab/slab_kmalloc';
import { recordsSlabTrace, replaySlabTrace } from './slab/slab_trace';
import { recordsSlobTrace, replaySlobTrace } from './slab/slob_trace';
import { recordsGeometry, replayGeometry } from './slub/slub_geometry_replay';
import { recordsSlub, replaySlub } from './slub/slub_rec';
import { recordsSlubTrace, replaySlubTrace } from './slub/slub_traces';
import { TraceError } from './trace_json';
import { recordsVmalloc, replayVmalloc } from './vmalloc/vmalloc_replay';

export interface RecordingFormat {
  /** whether a parsed file has the format */
  recognises(json: object): boolean;
  /** @param now milliseconds, for nsPerOp. @throws TraceError for a file of the format that is damaged */
  replay(json: object, now: () => number): ReplayResult;
}

const pageTrace: RecordingFormat = {
  recognises: () => true,
  replay: (json, now) => replayTrace(readTrace(json), now),
};

const stacks: RecordingFormat = { recognises: recordsStacks, replay: replayStacks };
const pageTables: RecordingFormat = { recognises: recordsPageTables, replay: replayPageTables };
const experiments: RecordingFormat = { recognises: recordsExperiments, replay: replayExperiments };

const slubRun: RecordingFormat = { recognises: recordsSlub, replay: replaySlub };
const slabTrace: RecordingFormat = { recognises: recordsSlabTrace, replay: replaySlabTrace };
const slabKmalloc: RecordingFormat = { recognises: recordsSlabKmalloc, replay: replaySlabKmalloc };
const slabGeometry: RecordingFormat = { recognises: recordsSlabGeometry, replay: replaySlabGeometry };
const slobTrace: RecordingFormat = { recognises: recordsSlobTrace, replay: replaySlobTrace };

const cacheGeometry: RecordingFormat = { recognises: recordsGeometry, replay: replayGeometry };
const pools: RecordingFormat = { recognises: recordsPool, replay: replayPool };
const percpu: RecordingFormat = { recognises: recordsPercpu, replay: replayPercpu };
const slubTrace: RecordingFormat = { recognises: recordsSlubTrace, replay: replaySlubTrace };

const vmallocRun: RecordingFormat = { recognises: recordsVmalloc, replay: replayVmalloc };

/** The page allocator's is the last: it says what a file lacks that has none of these formats. */
const FORMATS: readonly RecordingFormat[] = [
  cacheGeometry,
  pools,
  percpu,
  experiments,
  pageTables,
  stacks,
  slubRun,
  slubTrace,
  slabTrace,
  slabKmalloc,
  slabGeometry,
  slobTrace,
  vmallocRun,
  pageTrace,
];

/**
 * Repeats a recording, whatever its format, and compares.
 * @param now milliseconds, for nsPerOp. @throws TraceError for what is not a recording, or a damaged one
 */
export function replayRecording(json: unknown, now: () => number): ReplayResult {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new TraceError('the file is not a JSON object');
  const format = FORMATS.find((f) => f.recognises(json)) ?? pageTrace;
  return format.replay(json, now);
}
