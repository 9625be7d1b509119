/** `ctor-with-zero`: an object of a cache with a constructor is asked for as zeros. */
import type { ApiEntry } from '../../../catalogue/form/entry';
import type { Program, VarSym } from '../../../check/context/program';
import type { Call, Expr } from '../../../syntax/tree';
import { forEachChild, type Node } from '../../../syntax/visitor';
import { withoutCasts } from '../../../syntax/withoutCasts';
import { sourceText } from '../../engine/evidence';
import type { Allocated } from '../../objects/objectEvents';
import type { ObjectRule } from '../../objects/objectRule';

const codes: ObjectRule<'ctor-with-zero'>['codes'] = {
  'ctor-with-zero': {
    group: 'lifetime',
    severity: 'warning',
    summary: 'an object of a cache with a constructor is asked for filled with zeros',
    why: 'The zeros and what the constructor has set up exclude each other. The kernel warns when the cache takes a new slab (`WARNING … new_slab`). With init_on_alloc (Debian’s default) the object comes without zeros; else they overwrite what the constructor has made.',
    bad: 'static struct kmem_cache *inode_cache;\nstruct inode_info { spinlock_t lock; int flags; };\n\nstatic void inode_init_once(void *obj)\n{\n\tstruct inode_info *info = obj;\n\n\tspin_lock_init(&info->lock);\n}\n\nint inode_cache_init(void)\n{\n\tinode_cache = kmem_cache_create("inode_info", sizeof(struct inode_info), 0, 0, inode_init_once);\n\treturn inode_cache ? 0 : -ENOMEM;\n}\n\nstruct inode_info *inode_alloc(void)\n{\n\treturn kmem_cache_zalloc(inode_cache, GFP_KERNEL);\n}\n',
    good: 'static struct kmem_cache *inode_cache;\nstruct inode_info { spinlock_t lock; int flags; };\n\nstatic void inode_init_once(void *obj)\n{\n\tstruct inode_info *info = obj;\n\n\tspin_lock_init(&info->lock);\n\tinfo->flags = 0;\n}\n\nint inode_cache_init(void)\n{\n\tinode_cache = kmem_cache_create("inode_info", sizeof(struct inode_info), 0, 0, inode_init_once);\n\treturn inode_cache ? 0 : -ENOMEM;\n}\n\nstruct inode_info *inode_alloc(void)\n{\n\treturn kmem_cache_alloc(inode_cache, GFP_KERNEL);\n}\n',
    instead:
      'kmem_cache_alloc() without __GFP_ZERO: the constructor has set the object up. Or a cache without a constructor.',
    limits:
      'Reported where the cache is made in the same function, or is a variable of the file that is assigned only caches with constructors.',
    atRunTime: ['WARNING: CPU: … mm/slub.c'],
  },
};

export const constructedCaches: ObjectRule<keyof typeof codes> = {
  codes,
  start({ program, report }) {
    const found: Allocated[] = [];
    return {
      allocated(event) {
        if (event.zeroed && event.made.allocates.kind === 'cache object') found.push(event);
      },
      finish() {
        for (const event of found) {
          const made = madeBy(program, event);
          if (!made) continue;
          report('ctor-with-zero', event.span, () => ({
            message: `${event.made.name}() asks for zeros, but the cache has the constructor ${sourceText(program, made.ctor.span)}(): the kernel warns, and either the zeros or what the constructor set up is not there. Use kmem_cache_alloc() without __GFP_ZERO`,
            related: [{ span: made.call.span, message: 'the cache is made here' }],
          }));
        }
      },
    };
  },
};
interface Creation {
  readonly call: Call;
  readonly ctor: Expr;
}
/** The call that makes the cache of an object, if the cache certainly has a constructor. */
function madeBy(program: Program, { from, things }: Allocated): Creation | undefined {
  if (from === undefined) return undefined;
  const { made, at } = things.thing(from);
  if (made) return creation(program, made.call, made.entry);
  const variable = at === undefined ? undefined : things.place(at).variable;
  if (variable?.storage !== 'global' || variable.init) return undefined;
  const stored = storesIn(program, variable).map((value) => {
    const call = withoutCasts(value);
    const sym = call.kind === 'call' && call.callee.kind === 'ident' ? program.symbolOf(call.callee) : undefined;
    return call.kind === 'call' && sym?.kind === 'api' ? creation(program, call, sym.entry) : undefined;
  });
  return stored.every((c) => c !== undefined) ? stored[0] : undefined;
}
function creation(program: Program, call: Call, { allocates }: ApiEntry): Creation | undefined {
  const ctor = allocates?.ctor === undefined ? undefined : call.args[allocates.ctor];
  return ctor && program.constantOf(ctor) !== 0n ? { call, ctor } : undefined;
}
/** All values that are stored in a variable. */
function storesIn(program: Program, variable: VarSym): Expr[] {
  const values: Expr[] = [];
  const visit = (node: Node): void => {
    if (node.kind === 'assign' && node.left.kind === 'ident' && program.symbolOf(node.left) === variable) {
      if (program.constantOf(node.right) !== 0n) values.push(node.right);
    }
    forEachChild(node, visit);
  };
  for (const { tree } of program.files) for (const item of tree.items) visit(item);
  return values;
}
