/** Files with the experiments of a recorded run, `experiments.NAME`: each that kmem knows is repeated. */
import { replayConsts } from './address_space/consts_replay';
import { replayKmap, replayKmapCpu } from './kmap_replay';
import { replayPoolExperiment } from './mempool_replay';
import { replayBuddy } from './page_alloc/buddy_experiment';
import { replayHighatomic } from './page_alloc/highatomic_experiment';
import { replayNuma } from './page_alloc/numa_experiment';
import { replayWatermarks } from './page_alloc/watermark_experiment';
import { replayPages } from './page_replay';
import { replayPercpuExperiment } from './percpu/percpu_experiment';
import type { ReplayResult } from './replay_result';
import { replayKmallocExperiment } from './slub/kmalloc_experiment';
import { replaySlabExperiment } from './slub/slub_experiment';
import { isObject } from './trace_json';
import { replayVmallocExperiment } from './vmalloc/vmalloc_experiment';

type Replay = (json: object, now: () => number) => ReplayResult;

const EXPERIMENTS: ReadonlyMap<string, Replay> = new Map([
  ['consts', replayConsts],
  ['kmalloc', replayKmallocExperiment],
  ['page', replayPages],
  ['slab', replaySlabExperiment],
  ['kmap', replayKmap],
  ['vmalloc', replayVmallocExperiment],
  ['percpu', replayPercpuExperiment],
  ['kmapcpu', replayKmapCpu],
  ['mempool', replayPoolExperiment],
  ['buddy', replayBuddy],
  ['hiatomic', replayHighatomic],
  ['wmark', replayWatermarks],
  ['numa', replayNuma],
]);

const namesIn = (json: object): string[] =>
  isObject(json) && isObject(json.experiments) ? Object.keys(json.experiments) : [];

export const recordsExperiments = (json: object): boolean => namesIn(json).some((name) => EXPERIMENTS.has(name));

/** @throws TraceError for a damaged file */
export function replayExperiments(json: object, now: () => number): ReplayResult {
  const names = namesIn(json);
  const results = names.flatMap((name) => EXPERIMENTS.get(name)?.(json, now) ?? []);
  const unknown = names.filter((name) => !EXPERIMENTS.has(name)).map((name) => `experiment ${name}: not repeated`);
  const notCompared = [...results.flatMap((r) => r.notCompared ?? []), ...unknown];
  const differences = results.flatMap((r) => (r.finalState === 'identical' ? [] : r.finalState));
  const ops = results.reduce((sum, r) => sum + r.ops, 0);
  return {
    ops,
    states: results.reduce((sum, r) => sum + r.states, 0),
    firstMismatch: results.find((r) => r.firstMismatch)?.firstMismatch ?? null,
    finalState: differences.length === 0 ? 'identical' : differences,
    ...(notCompared.length > 0 ? { notCompared } : {}),
    nsPerOp: Math.round(results.reduce((sum, r) => sum + r.nsPerOp * r.ops, 0) / Math.max(1, ops)),
  };
}
