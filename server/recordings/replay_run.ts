/** Boots the machine of a recorded trace, loads its state, repeats its operations and compares, for `kmem replay`. */

import { defaultConfig } from '../kernel/arch/machine_config';
import type { ZoneSpan } from '../kernel/init/zone_span';
import type { Kernel } from '../kernel/kernel';
import { bootKernel } from '../kernel/kernel';
import { BOOT_CALLER } from '../kernel/mm/page_alloc/caller';
import type { MachineConfig } from '../profiles/machineConfig';
import { DEFAULT_PROFILE } from '../profiles/profiles';
import type { RecordedMachine, Trace } from './replay';
import { compareState, formatOp, loadState, replayOps } from './replay';
import type { ReplayResult } from './replay_result';

/** A machine of the recorded shape: zones where the recording has them, empty free lists, every page taken. Journal off. */
export function bootForTrace(machine: RecordedMachine, cpu = 0): Kernel {
  const spans = nodesOf(machine).flatMap(({ id }) =>
    DEFAULT_PROFILE.arches[machine.arch].zones.map((name, idx): ZoneSpan => {
      const z = machine.before.find((r) => r.node === id && r.zone === name);
      return { node: id, idx, name, start: z?.start ?? 0, spanned: z?.spanned ?? 0, present: z?.managed ?? 0 };
    }),
  );
  const { config: options } = defaultConfig();
  const config = defaultConfig({
    ...machineConfig(machine),
    // the recorded lists hand out frames in which this kernel's own mem_map lies: their content is to stay
    config: { ...options, INIT_ON_ALLOC_DEFAULT_ON: false },
  });
  return bootKernel(config, { spans, populate: false, journal: false, caller: { ...BOOT_CALLER, cpu: () => cpu } });
}
/** Memory, CPUs and nodes of a recorded machine. */
export const machineConfig = (machine: RecordedMachine): Partial<MachineConfig> => ({
  arch: machine.arch,
  memory: machine.ramBytes,
  cpus: machine.cpus,
  nodes: machine.nodes > 1 ? nodesOf(machine) : [],
});
const nodesOf = (machine: RecordedMachine): MachineConfig['nodes'] =>
  Array.from({ length: machine.nodes }, (_, id) => ({
    id,
    memory: machine.ramBytes / machine.nodes,
    cpus: Array.from({ length: machine.cpus }, (_, cpu) => cpu).filter((cpu) => nodeOf(machine, cpu) === id),
  }));
/** QEMU deals CPUs out to nodes evenly. */
const nodeOf = (trace: RecordedMachine, cpu: number): number => Math.floor((cpu * trace.nodes) / trace.cpus);

/**
 * Replays a trace. Which CPU ran it is not recorded: each is tried, and the one that agrees longest counts.
 * @param now milliseconds, for nsPerOp
 */
export function replayTrace(trace: Trace, now: () => number): ReplayResult {
  let best: ReplayResult | undefined;
  let reached = -1;
  for (let cpu = 0; cpu < trace.cpus; cpu++) {
    const { pageAlloc } = bootForTrace(trace, cpu);
    loadState(pageAlloc, trace.before);
    const start = now();
    const bad = replayOps(pageAlloc, trace.ops, nodeOf(trace, cpu));
    const nsPerOp = Math.round(((now() - start) * 1e6) / Math.max(1, bad?.index ?? trace.ops.length));
    const differences = bad ? [] : compareState(pageAlloc, trace.after);
    const result: ReplayResult = {
      ops: trace.ops.length,
      states: bad ? 0 : 1,
      firstMismatch: bad ? { index: bad.index, op: formatOp(bad.op), got: bad.got } : null,
      finalState: bad ? ['not compared'] : differences.length === 0 ? 'identical' : differences,
      nsPerOp,
    };
    if (!bad && differences.length === 0) return result;
    const at = bad?.index ?? trace.ops.length;
    if (at > reached) [best, reached] = [result, at];
  }
  return best as ReplayResult;
}
