/**
 * Recorded memory pools: operations on a pool whose allocator the recorder controls, with the masks of every call below and the reserve
 * after each (allocators/mempool-*.json); and a short experiment on Debian's kernels (`experiments.mempool`).
 */
import { defaultConfig } from '../kernel/arch/machine_config';
import type { Arch } from '../types/ctype';
import { compareLines, type Printed, pointerText } from './experiment_lines';
import { RecordedPool } from './recorded_pool';
import type { ReplayResult } from './replay_result';
import { archOfRun, experimentLines, field, isObject, TraceError } from './trace_json';

/** the recorder prints no more masks of an operation */
const MASKS_SHOWN = 4;

function linesOf(json: object): readonly string[] | undefined {
  const { lines } = json as { lines?: unknown };
  return Array.isArray(lines) && lines.every((line) => typeof line === 'string') ? lines : undefined;
}
/** Whether the file is a recorded pool. */
export const recordsPool = (json: object): boolean => /^(create|M0) /.test(linesOf(json)?.[0] ?? '');

/** Repeats a recorded pool. @throws TraceError for a damaged recording */
export function replayPool(json: object, now: () => number): ReplayResult {
  const lines = linesOf(json) ?? [];
  const run = field(isObject(json) ? json : {}, 'run', 'the file');
  const arch: Arch = isObject(run) && run.machine === 'i386' ? 'i386' : defaultConfig().arch;
  const shared = isObject(json) && json.pool === 'page';
  const pool = new PoolRun(new RecordedPool(arch), shared);
  const start = now();
  const got = lines.map((line) => pool.line(line));
  const elapsed = now() - start;
  const bad = lines.findIndex((line, i) => got[i] !== line);
  const states = (bad < 0 ? lines : lines.slice(0, bad)).filter((line) => line.includes('reserve')).length;
  return {
    ops: lines.length,
    states,
    firstMismatch: bad < 0 ? null : { index: bad, op: lines[bad] as string, got: got[bad] as string },
    finalState: bad < 0 ? 'identical' : ['not compared'],
    ...(shared ? { notCompared: ['which page is free after a wait of seconds: others have taken the last ones'] } : {}),
    nsPerOp: Math.round((elapsed * 1e6) / Math.max(1, lines.length)),
  };
}

/** A pool, and what the recording says of the helper that acts while a task waits. */
class PoolRun {
  /** what happens while the next allocation waits: it says so in its lines before that of the allocation */
  private meanwhile: (() => void) | undefined;
  /** a helper gives an element back: that ends the wait */
  private helperFrees = false;

  /** @param shared its elements are single pages, which everybody takes */
  constructor(
    private readonly pool: RecordedPool,
    private readonly shared: boolean,
  ) {}

  /** Does what a line says, and puts it together as it should be. */
  line(line: string): string {
    const { pool } = this;
    const [op = '', argument = ''] = line.split(' ');
    const fails = / fail=(\d)/.exec(line)?.[1];
    switch (op) {
      case 'M0':
        return this.edge(line);
      case 'MG':
        return line;
      case 'helper-frees':
        this.helperFrees = true;
        this.meanwhile = () => pool.free(Number(argument));
        return line;
      case 'helper-allows-alloc':
        this.helperFrees = false;
        this.meanwhile = () => {
          pool.failing = false;
          if (this.shared) pool.othersTook();
        };
        return line;
      case 'create':
        return this.after(op, argument, () => (pool.create(Number(argument)) ? 0 : -1));
      case 'alloc':
        return this.allocated(argument, fails === '1');
      case 'free':
        pool.failing = fails === '1';
        return this.after(op, argument, () => {
          pool.free(Number(argument));
          return 0;
        });
      case 'resize':
        pool.failing = fails === '1';
        return this.after(op, argument, () => pool.resize(Number(argument)));
      case 'destroy':
        this.forget();
        pool.destroy();
        return ['destroy', 'freed', ...pool.freed].join(' ');
      default:
        if (op.startsWith('waited_jiffies=')) return this.waited(line, Number(op.split('=')[1]));
        throw new TraceError(`a line begins with ${op}: create, alloc, free, resize or destroy is expected`);
    }
  }
  private allocated(mask: string, fails: boolean): string {
    const { pool, meanwhile } = this;
    // with a helper the allocator refuses at first
    pool.failing = fails || meanwhile !== undefined;
    this.meanwhile = undefined;
    return this.after('alloc', mask, () => pool.alloc(Number(mask), meanwhile));
  }
  /** How long the wait of the next line lasted: as long as a task may sleep at least, unless the helper ends it. */
  private waited(line: string, jiffies: number): string {
    const limit = 5 * this.pool.k.profile.hz;
    const ended = this.helperFrees ? jiffies < limit : jiffies >= limit;
    return ended ? line : `waited for ${limit} jiffies`;
  }
  private forget(): void {
    const { pool } = this;
    pool.masks = [];
    pool.freed = [];
    pool.woken = false;
    pool.sleepsFor = 0;
  }
  private after(op: string, argument: string, act: () => number): string {
    const { pool } = this;
    this.forget();
    const result = act();
    const masks = pool.masks.slice(0, MASKS_SHOWN).map((mask) => mask.toString(16));
    return [
      `${op} ${argument} ret=${result} fail=${pool.failing ? 1 : 0} curr=${pool.curr} min=${pool.min} calls=${pool.masks.length}`,
      ...['gfp', ...masks],
      ...['freed', ...pool.freed],
      ...['reserve', ...pool.reserve()],
    ].join(' ');
  }
  /** Pools at the edge: one that cannot be filled, one without a reserve. */
  private edge(line: string): string {
    const { pool } = this;
    const [, what] = line.split(' ');
    this.forget();
    if (what === 'create-failing') {
      pool.failing = true;
      const made = pool.create(4);
      return `M0 create-failing min=4 ret=${made ? 1 : 0} calls=${pool.masks.length}`;
    }
    if (what === 'create') {
      pool.failing = false;
      const made = pool.create(0);
      return `M0 create min=0 ret=${made ? 1 : 0} curr=${pool.curr}`;
    }
    pool.failing = true;
    const { bits } = pool.k.profile.gfp;
    return `M0 alloc min=0 failing ret=${pool.alloc(bits.__GFP_KSWAPD_RECLAIM) < 0 ? 0 : 1}`;
  }
}

/** Repeats the experiment on a pool. @throws TraceError for a damaged recording */
export function replayPoolExperiment(json: object, now: () => number): ReplayResult {
  const lines = experimentLines(json, 'mempool') ?? [];
  const run = field(isObject(json) ? json : {}, 'run', 'the file');
  if (!isObject(run)) throw new TraceError('"run" must be an object');
  const pool = new RecordedPool(archOfRun(run).arch);
  const start = now();
  const printed = experiment(pool);
  const left = ['addresses of the elements: those that are free depend on what boot left'];
  return compareLines(lines, printed, left, Math.round(((now() - start) * 1e6) / Math.max(1, lines.length)));
}
/** What the module did, in its order. */
function experiment(pool: RecordedPool): Printed[] {
  const { gfp, profile } = pool.k;
  const { masks } = profile.gfp;
  const out: Printed[] = [];
  const say = (text: string, rest: Printed): void => void out.push({ kind: 'mempool', ...rest, text });
  const forget = (): void => {
    pool.masks = [];
    pool.freed = [];
  };
  const seen = (): string => pointerText(pool.masks.at(-1) ?? 0);

  pool.create(4);
  say('created', { min_nr: pool.min, curr_nr: pool.curr, alloc_calls: pool.masks.length, last_gfp: seen() });
  for (let i = 0; i < 4; i++) say('element', { i });
  const elements = pool.reserve();
  forget();
  const extra = pool.alloc(gfp.kernel);
  say('alloc_ok GFP_KERNEL', {
    underlying_calls: pool.masks.length,
    gfp_seen: seen(),
    curr_nr: pool.curr,
    from_pool: elements.includes(extra) ? 1 : 0,
  });
  pool.free(extra);
  say('free_when_full', { curr_nr: pool.curr, free_fn_calls: pool.freed.length });
  pool.failing = true;
  const got: number[] = [];
  for (let i = 0; i < 6; i++) {
    forget();
    const id = pool.alloc(masks.GFP_NOWAIT);
    got.push(id);
    say('exhaust', {
      i,
      is_element: elements.indexOf(id),
      curr_nr: pool.curr,
      calls: pool.masks.length,
      gfp_seen: seen(),
      ...(id < 0 ? { got: pointerText(0) } : {}),
    });
  }
  forget();
  const none = pool.alloc(masks.GFP_ATOMIC);
  say('atomic_when_empty', {
    calls: pool.masks.length,
    gfp_seen: seen(),
    ...(none < 0 ? { got: pointerText(0) } : { got: 'an element' }),
  });
  forget();
  const free = (id: number): void => pool.free(id);
  free(got[1] as number);
  say('free1', { curr_nr: pool.curr, free_fn_calls: pool.freed.length });
  free(got[0] as number);
  const onTop = pool.reserve().at(-1) === got[0];
  say(onTop ? 'free2' : 'free2, not on top', { curr_nr: pool.curr, free_fn_calls: pool.freed.length });
  pool.failing = false;
  const fresh = pool.alloc(gfp.kernel);
  say('alloc_recovered', { from_pool: elements.includes(fresh) ? 1 : 0, curr_nr: pool.curr });
  free(fresh);
  say('free_while_below_min', { curr_nr: pool.curr, free_fn_calls: pool.freed.length });
  free(got[2] as number);
  say('free3', { curr_nr: pool.curr, free_fn_calls: pool.freed.length });
  free(got[3] as number);
  say('free4', { curr_nr: pool.curr, free_fn_calls: pool.freed.length });
  forget();
  const grown = pool.resize(8);
  say('resize8', { ret: grown, min_nr: pool.min, curr_nr: pool.curr });
  const shrunk = pool.resize(2);
  say('resize2', { ret: shrunk, min_nr: pool.min, curr_nr: pool.curr, free_fn_calls: pool.freed.length });
  pool.destroy();
  say('destroyed', { free_fn_calls: pool.freed.length });
  pool.failing = true;
  say('create_with_failing_alloc', pool.create(4) ? { ptr: 'a pool' } : { ptr: pointerText(0) });
  pool.failing = false;
  pool.create(3);
  say('page_pool', { curr_nr: pool.curr });
  return out;
}
