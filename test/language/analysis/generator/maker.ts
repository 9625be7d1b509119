/**
 * What programs of the soundness test are made with. A unit is a small program with a task of its own: correct code, into which a few
 * mistakes are put. Several units are in one file, so that a machine boots once for all of them; the input `unit` says which one runs.
 */
/** What decides what a program looks like: dice of a seed, or the choices of fast-check, which it can make smaller. */
export interface Choices {
  /** 0 … n − 1 */
  below(n: number): number;
  pick<T>(items: readonly T[]): T;
}

/** What all units of a file share. The inputs c0 … c2 are conditions, n0 is a number, `mask` a mask, `fail` and `fail_pages` the allocation that fails; `full`: the chunk of per-CPU memory is full, so that more of it is allocated as objects and pages are. */
export const HEAD = `struct dev {
	spinlock_t lock;
	struct mutex gate;
	gfp_t gfp;
	int n;
	int ready;
	char *buf;
	struct page *page;
	struct list_head items;
};
struct item {
	int n;
	char *name;
	struct list_head link;
	struct rcu_head rcu;
};
extern int unit, c0, c1, c2, n0, fail, fail_pages, full;
extern gfp_t mask;
static DEFINE_SEMAPHORE(sem);
static void fill_percpu(void)
{
	size_t size;
	for (size = 4096; size >= 4; size /= 2) {
		while (__alloc_percpu_gfp(size, 4, GFP_NOWAIT | __GFP_NOWARN)) {
		}
	}
}
`;

/** Where a statement stands. */
export interface Place {
  /** code here may sleep */
  readonly sleeps: boolean;
  /** interrupts are on here, so that handlers can be raised */
  readonly open: boolean;
  /** in the task itself, or in what it calls: not in a handler */
  readonly task: boolean;
  /** a struct dev that is there */
  readonly dev: string;
  /** how deep blocks and calls are nested */
  readonly depth: number;
  /** leaves the body, having freed and released what the blocks around the statement hold */
  readonly leave: readonly string[];
  /** names of parameters: a mask, a number */
  readonly gfp: string | undefined;
  readonly number: string | undefined;
  /** the body returns a value */
  readonly returns: boolean;
}
export type Lines = readonly string[];
export const indented = (lines: Lines): Lines => lines.map((line) => `\t${line}`);

export class Maker {
  private names = 0;
  /** definitions of the file, in order */
  readonly globals: string[] = [];
  readonly functions: string[] = [];
  /** statements of the task before its own: they set up caches and callbacks */
  readonly setup: string[] = [];
  /** it allocates per-CPU memory, which fails where the first chunk is full */
  fillsPercpu = false;
  /** what has been put in, as words for the statistics */
  readonly mistakes: string[] = [];

  constructor(
    readonly dice: Choices,
    readonly unit: number,
    /** the machine has highmem */
    readonly highmem: boolean,
    /** mistakes that may still be put in */
    private left: number,
  ) {}

  name(what: string): string {
    return `u${this.unit}_${what}${this.names++}`;
  }
  /** a name of a local variable */
  local(what: string): string {
    return `${what}${this.names++}`;
  }
  chance(percent: number): boolean {
    return this.dice.below(100) < percent;
  }
  /** Whether to make this mistake here. */
  mistake(what: string, percent = 12): boolean {
    if (this.left <= 0 || !this.chance(percent)) return false;
    this.left--;
    this.mistakes.push(what);
    return true;
  }
  global(text: string): void {
    this.globals.push(text);
  }
  function(head: string, body: Lines): void {
    this.functions.push([head, '{', ...indented(body), '}'].join('\n'));
  }
}

/** A condition that nothing in the program changes. */
export const lasting = ({ dice }: Maker): string =>
  dice.pick(['c0', '!c0', 'c1', '!c1', 'c2', 'c0 && c1', 'c1 || c2', 'n0 > 2', 'n0 == 1', 'n0 < 3', 'n0 & 1']);
export const condition = (m: Maker, place: Place): string =>
  place.number !== undefined && m.chance(35)
    ? m.dice.pick([place.number, `!${place.number}`, `${place.number} > 1`, `${place.number} == 2`])
    : m.chance(10)
      ? `${place.dev}->ready`
      : lasting(m);
export const numberArg = (m: Maker, place: Place): string =>
  m.dice.pick(['0', '1', '2', 'c0', 'n0', '!c1', ...(place.number === undefined ? [] : [place.number])]);
/** A mask that is right here. */
export function rightMask(m: Maker, place: Place): string {
  if (place.gfp !== undefined && m.chance(60)) return place.gfp;
  const atomic = ['GFP_ATOMIC', 'GFP_NOWAIT', 'GFP_ATOMIC | __GFP_NOWARN'];
  if (!place.sleeps) return m.dice.pick(atomic);
  return m.dice.pick(['GFP_KERNEL', 'GFP_KERNEL', 'GFP_NOFS', 'GFP_NOIO', 'mask', `${place.dev}->gfp`, ...atomic]);
}
/** A mask, which is wrong where a mistake is put in. */
export function maskFor(m: Maker, place: Place): string {
  if (!place.sleeps && m.mistake('a mask that sleeps', 15))
    return m.dice.pick(['GFP_KERNEL', 'GFP_KERNEL', 'mask', `${place.dev}->gfp`, 'c0 ? GFP_KERNEL : GFP_ATOMIC']);
  return rightMask(m, place);
}
/** Leaves the body early, after `cleanup`; what the caller put around stays as it is where the cleanup is forgotten. */
export function leaving({ leave, returns }: Place, cleanup: Lines = leave): Lines {
  return [...cleanup, returns ? 'return -EINVAL;' : 'return;'];
}
export const braced = (head: string, body: Lines): Lines => [`${head} {`, ...indented(body), '}'];
