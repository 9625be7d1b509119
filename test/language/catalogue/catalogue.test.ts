/** The catalogue: complete, readable by the parser, at one with itself, with the emulator's numbers and with its documentation. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiPage } from '../../../scripts/docs-api';
import { kernelVariables, percpuVariables } from '../../../server/kernel/init/kernel_vars';
import { GfpMasks } from '../../../server/kernel/mm/gfp';
import { MIGRATE_NAMES } from '../../../server/kernel/mm/migratetype';
import { macros } from '../../../server/language/catalogue/bodies/macros';
import {
  allNames,
  areas,
  catalogue,
  lookupApi,
  lookupKernelVar,
  macroNames,
} from '../../../server/language/catalogue/catalogue';
import { lookupConstant as constantOf } from '../../../server/language/catalogue/constants';
import type { ApiEntry } from '../../../server/language/catalogue/form/entry';
import { kernelVars } from '../../../server/language/catalogue/kernelvars';
import { CALLBACKS } from '../../../server/language/catalogue/otherVersions';
import { Builtins, UNTYPED } from '../../../server/language/check/context/builtinNames';
import { kernelNames } from '../../../server/language/check/kernelNames';
import { lint } from '../../../server/language/ide/lint';
import { parseMacroBody } from '../../../server/language/syntax/parser/parse';
import { layoutsFor as layoutsOf } from '../../../server/profiles/layoutsFor';
import type { ConstantMachine } from '../../../server/profiles/machineConfig';
import { DEFAULT_PROFILE } from '../../../server/profiles/profiles';
import { isBefore } from '../../../server/profiles/versions';
import { type Arch, type FunctionType, typeName } from '../../../server/types/ctype';

const layoutsFor = (arch: Arch) => layoutsOf(DEFAULT_PROFILE, { arch, allocator: 'slub' });
const machineOf = (arch: Arch): ConstantMachine => ({ arch, allocator: 'slub', config: {} });
const lookupConstant = (name: string, arch: Arch) => constantOf(name, DEFAULT_PROFILE, machineOf(arch));
const gfpBits = Object.entries(DEFAULT_PROFILE.gfp.bits);

const ARCHES = ['x86_64', 'i386', 'i386_pae'] as const;
const entries = Object.entries(catalogue) as [string, ApiEntry][];
/** Macros without a body: the checker and the vm know what they mean. */
const SPECIAL_FORMS = [
  'expect',
  'guard',
  'scoped_guard',
  'sim_fail_next',
  'offsetof',
  'BITS_TO_LONGS',
  'BUILD_BUG_ON',
  'DEFINE_PER_CPU',
  'DECLARE_PER_CPU',
];

/** Functions and macros that the project's rules name (api-rules), by section, and what the language's description promises. */
const NAMED = `
might_alloc might_fault might_sleep pagefault_disable pagefault_enable in_interrupt in_atomic memalloc_nofs_save memalloc_noio_save
kmalloc kzalloc kcalloc krealloc kmemdup kstrdup kfree kmem_cache_alloc kmem_cache_alloc_bulk kmem_cache_alloc_node kmem_cache_free kmem_cache_create kmem_cache_destroy
kmalloc_nolock kfree_nolock alloc_pages alloc_page __get_free_pages get_zeroed_page __free_pages free_pages alloc_pages_exact free_pages_exact vmalloc vzalloc __vmalloc
vfree vfree_atomic kvmalloc kvzalloc kvcalloc kvfree kfree_rcu kvfree_rcu kvfree_rcu_mightsleep vmap vunmap vm_map_ram vm_unmap_ram alloc_percpu alloc_percpu_gfp free_percpu
mempool_create mempool_resize mempool_destroy mempool_alloc mempool_free mempool_alloc_preallocated devm_kmalloc devm_kzalloc devm_kfree dma_alloc_coherent dma_free_coherent
dma_pool_create dma_pool_destroy dma_map_single dma_unmap_single kmap kunmap kmap_atomic kunmap_atomic kmap_local_page kmap_local_folio kunmap_local page_address
preempt_disable preempt_enable get_cpu put_cpu get_cpu_var put_cpu_var get_cpu_ptr put_cpu_ptr this_cpu_ptr smp_processor_id migrate_disable local_lock
spin_lock spin_lock_irq spin_lock_irqsave spin_lock_bh spin_trylock spin_unlock spin_unlock_irq spin_unlock_irqrestore spin_unlock_bh
read_lock read_unlock write_lock write_unlock read_lock_irqsave write_lock_irqsave read_lock_bh write_lock_bh raw_spin_lock raw_spin_unlock raw_spin_lock_irqsave
local_irq_disable local_irq_enable local_irq_save local_irq_restore local_bh_disable local_bh_enable
mutex_lock mutex_trylock mutex_unlock mutex_lock_interruptible down_read down_write down down_interruptible ww_mutex_lock percpu_down_read
rcu_read_lock rcu_read_unlock synchronize_rcu synchronize_srcu rcu_barrier call_rcu msleep usleep_range schedule schedule_timeout
wait_event wait_event_interruptible wait_event_timeout wait_for_completion wait_for_completion_timeout cond_resched udelay mdelay
readl_poll_timeout readl_poll_timeout_atomic read_poll_timeout copy_from_user copy_to_user get_user put_user
flush_work cancel_work_sync cancel_delayed_work_sync destroy_workqueue kthread_stop free_irq disable_irq synchronize_irq del_timer_sync idr_preload radix_tree_preload
request_irq request_threaded_irq timer_setup tasklet_setup INIT_WORK INIT_DELAYED_WORK kthread_run schedule_work schedule_delayed_work mod_timer tasklet_schedule raise_softirq
ERR_PTR IS_ERR PTR_ERR IS_ERR_OR_NULL READ_ONCE WRITE_ONCE rcu_dereference rcu_assign_pointer readl writel memset memcpy memmove memcmp strlen strcmp strscpy
min max ARRAY_SIZE container_of xa_load xa_store idr_alloc complete init_completion wake_up list_add list_del list_for_each_entry list_for_each_entry_safe
atomic_inc atomic_dec_and_test atomic_read atomic64_add atomic_long_read refcount_inc refcount_dec_and_test printk pr_info WARN_ON BUG_ON
expect sim_raise sim_raise_on sim_raise_irq sim_fill_zone sim_fail_next sim_drain sim_detach
`
  .trim()
  .split(/\s+/);
/** What this version executes (its issue's list, by example): run must be true. */
const RUNS = `
alloc_pages alloc_pages_node alloc_page __get_free_pages get_zeroed_page alloc_pages_exact free_pages_exact __free_pages __free_page free_pages page_address get_page put_page page_count
pfn_to_page page_to_pfn __pa __va PageBuddy compound_order compound_head page_zone spin_lock spin_lock_irq spin_lock_irqsave spin_lock_bh spin_trylock preempt_disable local_irq_save local_bh_disable
rcu_read_lock mutex_lock in_atomic in_interrupt might_sleep tasklet_schedule raise_softirq mod_timer schedule_work flush_work msleep schedule wait_event wake_up wait_for_completion complete
list_add list_for_each_entry atomic_inc memset strcmp printk expect sim_raise sim_fill_zone sim_fail_next sim_drain kmap kmap_local_folio mempool_alloc __alloc_percpu
`
  .trim()
  .split(/\s+/);
const REFUSED = 'copy_from_user dma_map_single devm_kzalloc'.split(' ');

/** Parameter texts of a prototype or form without function pointers. */
const formOf = (proto: string): string[] =>
  (/\((.*)\)$/s.exec(proto)?.[1] ?? '').split(',').flatMap((p) => p.trim() || []);
/** Every entry for which `wrong` returns a text fails the test with it. */
function each(wrong: (name: string, entry: ApiEntry) => string | undefined): void {
  const problems = entries.flatMap(([name, entry]) => {
    const problem = wrong(name, entry);
    return problem === undefined ? [] : [`${name}: ${problem}`];
  });
  assert.deepEqual(problems, []);
}
const builtins = Object.fromEntries(
  ARCHES.map((arch) => [arch, new Builtins(kernelNames(DEFAULT_PROFILE), layoutsFor(arch), machineOf(arch))]),
);

describe('catalogue', () => {
  it('has every function the rules and the language’s description name', () => {
    assert.deepEqual(
      NAMED.filter((name) => !lookupApi(name)),
      [],
    );
    assert.deepEqual(
      RUNS.filter((name) => !lookupApi(name)?.run),
      [],
    );
    assert.deepEqual(
      REFUSED.filter((name) => lookupApi(name)?.run !== false),
      [],
    );
  });
  it('names each thing once, in one area', () => {
    const all = Object.values(areas).flatMap((area) => Object.keys(area));
    assert.equal(all.length, new Set(all).size);
    assert.equal(all.length, entries.length);
    const constants = [...new Set(allNames(DEFAULT_PROFILE))].filter(
      (n) => lookupApi(n) && (lookupConstant(n, 'i386') || lookupKernelVar(n)),
    );
    assert.deepEqual(constants, []);
  });
  it('prototypes parse on every machine and name their parameters', () => {
    for (const arch of ARCHES)
      each((name, entry) => {
        if (!entry.proto.includes(name)) return 'the prototype is of something else';
        const type = builtins[arch]?.prototype(entry.proto, name);
        if (!type)
          return entry.kind === 'function' || !entry.proto.startsWith(`${name}(`)
            ? `cannot read ${entry.proto}`
            : undefined;
        return type.params.every((p) => p.name !== undefined) ? undefined : 'a parameter without a name';
      });
  });
  it('macros have a body with as many parameters as their form, or are special forms', () => {
    each((name, entry) => {
      const body = macros.get(name);
      if (entry.kind === 'function') return body ? 'a function with a macro’s body' : undefined;
      if (!body) return entry.run && !SPECIAL_FORMS.includes(name) ? 'no body' : undefined;
      if (!entry.run) return 'a body that may not run';
      const type = builtins.x86_64?.lookup(name)?.type as FunctionType;
      const form = /\((.*)\)$/.exec(entry.proto)?.[1] ?? '';
      const count = type === UNTYPED ? form.split(',').filter((p) => p.trim() !== '').length : type.params.length;
      return count === body.params.length ? undefined : `${body.params.length} parameters, its form has ${count}`;
    });
    assert.deepEqual(
      [...macros.keys()].filter((name) => !lookupApi(name)),
      [],
    );
  });
  it('bodies parse', () => {
    for (const [name, { form, body }] of macros) {
      const { errors } = parseMacroBody(form === 'loop' ? `${body} x;` : `${body};`, macroNames);
      assert.deepEqual(errors, [], name);
    }
  });
  it('everything in use checks clean on every machine', () => {
    const text = readFileSync(join(__dirname, '../../fixtures/catalogue/everything.kmem'), 'utf8');
    for (const arch of ARCHES) {
      const { diagnostics } = lint({ path: 'everything.kmem', text: text.replace('arch = x86_64', `arch = ${arch}`) });
      assert.deepEqual(
        diagnostics
          .filter((d) => d.severity !== 'hint')
          .map((d) => `${arch} ${text.slice(0, d.span.start).split('\n').length}: ${d.message}`),
        [],
      );
    }
  });

  it('what sleeps is nowhere allowed in atomic context', () => {
    each((_name, { sleeps, contexts: c, sleepsNote }) => {
      const atomic = [c.SL, c.BH, c.IO, c.HI, c.R, c.NMI];
      if (sleeps === 'always' && atomic.includes('yes')) return 'sleeps always, and may be called in atomic context';
      if (sleeps === 'gfp' && [c.SL, c.HI].includes('yes'))
        return 'sleeps by its mask, and may be called in atomic context with any';
      if (sleeps !== 'gfp' && atomic.includes('gfp')) return 'allowed by its mask, but does not sleep by it';
      if (sleeps === 'may' && sleepsNote === undefined) return 'may sleep: when?';
      return undefined;
    });
  });
  it('the mask of what sleeps by its mask is the gfp_t of the prototype', () => {
    each((name, { sleeps, gfp, asks, proto }) => {
      if (!gfp) return sleeps === 'gfp' ? 'sleeps by its mask: which argument is it?' : undefined;
      if (sleeps !== 'gfp' && asks !== 'gfpflags_allow_blocking') return 'a mask that decides nothing';
      if (lookupConstant(gfp.sleepsOn ?? '__GFP_DIRECT_RECLAIM', 'x86_64')?.type !== 'gfp_t')
        return 'sleepsOn is not a mask';
      const type = builtins.x86_64?.prototype(proto, name);
      const is = type ? type.params[gfp.arg]?.type.typedef === 'gfp_t' : formOf(proto)[gfp.arg] === 'gfp';
      return is ? undefined : `argument ${gfp.arg} is not a gfp_t`;
    });
  });
  it('arguments that fields name are there, and of the kind the field needs', () => {
    each((name, { sleeps, sleepsIf, writes, proto }) => {
      if (sleepsIf && sleeps !== 'may') return 'sleepsIf, and does not sleep in some cases';
      if (sleepsIf && formOf(proto)[sleepsIf.arg] === undefined) return `no argument ${sleepsIf.arg}`;
      const type = builtins.x86_64?.prototype(proto, name);
      for (const arg of writes ?? []) {
        const param = type?.params[arg]?.type;
        if (param?.kind !== 'pointer' || param.to.const) return `argument ${arg} is not a pointer to write through`;
      }
      return undefined;
    });
  });
  it('effects that depend on the result name the result', () => {
    each((_name, { effects = [], takes, proto, result }) => {
      const tries = effects.some((e) => e.op === 'try');
      if (tries && !takes) return 'tries: taken when the result is zero, or not?';
      if (takes && effects.length === 0) return 'takes nothing';
      if (takes && /^void\b(?! *\*)/.test(proto)) return 'depends on a result it does not have';
      const acquires = effects.some((e) => e.op === 'acquire');
      if (acquires && result === 'error code' && takes?.when !== 'zero') return 'an error code: taken when it is zero';
      return undefined;
    });
  });
  it('what never returns gives no result and undoes nothing', () => {
    each((_name, { returns, proto, effects, result, sleeps }) =>
      returns === undefined ||
      (!/\w \*?\w+\(/.test(proto.replace(/^void /, '')) && !effects && !result && sleeps === 'never')
        ? undefined
        : 'never returns, and has a result or effects',
    );
  });
  it('declaring macros and loops have bodies of that form, and the parser knows them', () => {
    each((name, { declares, loops, kind }) => {
      const form = macros.get(name)?.form;
      if (kind === 'function' && (declares || loops)) return 'a function that declares or loops';
      if (form !== undefined && (form === 'declaration') !== (declares === true))
        return 'declares, by the field or by the body';
      if (form !== undefined && (form === 'loop') !== (loops === true)) return 'a loop, by the field or by the body';
      if (macroNames.declares(name) !== (declares === true) || macroNames.loops(name) !== (loops === true))
        return 'the parser is told otherwise';
      return undefined;
    });
    assert.ok(macroNames.declares('DEFINE_UNHEARD_OF') && macroNames.loops('unheard_of_for_each'));
    assert.ok(!macroNames.declares('LIST_HEAD_INIT') && !macroNames.loops('unheard_of'));
  });
  it('page allocations are in the areas of the page allocator and of folios, and may fail', () => {
    each((name, { family, gfp, result, proto }) =>
      family !== 'page allocation' ||
      ((name in areas['The page allocator'] || name in areas.Folios) &&
        gfp &&
        (result === 'may be NULL' || proto.startsWith('unsigned long')))
        ? undefined
        : 'not an allocation of pages',
    );
  });
  it('effects and callbacks name arguments that are there', () => {
    each((name, entry) => {
      const count = (/\((.*)\)$/s.exec(entry.proto)?.[1] ?? '').split(',').length;
      for (const effect of entry.effects ?? []) {
        const arg = 'arg' in effect ? effect.arg : undefined;
        if (arg !== undefined && arg >= count) return `effect on argument ${arg}`;
      }
      for (const { arg } of entry.registers ?? []) {
        const type = builtins.x86_64?.lookup(name)?.type as FunctionType;
        const param = type.params[arg]?.type;
        const isFunction = param?.kind === 'pointer' && param.to.kind === 'function';
        if (type !== UNTYPED && !isFunction) return `argument ${arg} is not a function`;
      }
      const owners = (entry.registers ?? []).flatMap(({ of }) => of ?? []);
      for (const { arg, by, passed = 0 } of [...owners, ...(entry.waitsFor ? [entry.waitsFor] : [])]) {
        if (passed >= count || (arg !== 'result' && arg >= count)) return `there is no argument ${arg} or ${passed}`;
        const type = builtins.x86_64?.lookup(name)?.type as FunctionType;
        const owner = arg === 'result' ? type.returns : type.params[arg]?.type;
        const isObject = owner?.kind === 'pointer' && 'tag' in owner.to && owner.to.tag !== 'task_struct';
        if (type !== UNTYPED && isObject !== (by === 'address')) return `argument ${arg} is not named by ${by}`;
      }
      return undefined;
    });
  });
  it('what undoes a thing is there, and undoes its effect', () => {
    const undoes: Readonly<Record<string, readonly string[]>> = {
      acquire: ['release'],
      try: ['release'],
      disable: ['enable', 'restore'],
      save: ['restore'],
      lock: ['unlock'],
    };
    each((_name, entry) => {
      for (const other of entry.freedWith ?? []) {
        const pair = lookupApi(other);
        if (!pair) return `${other} is not in the catalogue`;
        for (const effect of entry.effects ?? []) {
          if (!(effect.op in undoes) || pair.effects === undefined) continue;
          const found = pair.effects.some(
            (e) =>
              e.on === effect.on &&
              undoes[effect.op]?.includes(e.op) &&
              (e.on !== 'lock' || effect.on !== 'lock' || e.lock === effect.lock || other === 'up_read'),
          );
          if (!found) return `${other} does not undo ${effect.on} ${effect.op}`;
        }
      }
      const takes = entry.effects?.some((e) => e.op === 'acquire' || e.op === 'try');
      return takes && !entry.freedWith && !_name.startsWith('__kmem_') && !/_lock$/.test(_name)
        ? 'takes a lock; what releases it?'
        : undefined;
    });
  });
  it('every summary is a sentence', () => {
    each((_name, { summary, source }) =>
      /[.?]$/.test(summary) && !summary.includes('!') && source !== '' ? undefined : summary,
    );
    for (const [name] of gfpBits) assert.ok((lookupConstant(name, 'x86_64')?.summary ?? '').length > 5, name);
  });

  it('masks, zones and migratetypes are the emulator’s', () => {
    const value = (name: string, arch: 'x86_64' | 'i386' = 'x86_64') => Number(lookupConstant(name, arch)?.value);
    const gfp = new GfpMasks(DEFAULT_PROFILE, 'x86_64');
    assert.deepEqual([value('GFP_KERNEL'), gfp.kernel], [0xcc0, 0xcc0]);
    for (const [name, bit] of gfpBits) {
      assert.equal(value(name), bit, name);
      assert.ok([name, name.slice(2), 'GFP_NOWAIT'].includes(gfp.names(bit)), `${name}: ${gfp.names(bit)}`);
    }
    for (const arch of ['x86_64', 'i386'] as const)
      DEFAULT_PROFILE.arches[arch].zones.forEach((zone, i) => {
        assert.equal(value(`ZONE_${zone.toUpperCase()}`, arch), i, zone);
      });
    MIGRATE_NAMES.forEach((name, i) => {
      assert.equal(value(`MIGRATE_${name.toUpperCase()}`), i, name);
    });
    assert.equal(lookupConstant('ZONE_HIGHMEM', 'x86_64'), undefined);
  });
  it('variables of the kernel have the types the emulator gives them', () => {
    const known = {
      ...kernelVariables(DEFAULT_PROFILE.arches.x86_64, 2),
      ...kernelVariables(DEFAULT_PROFILE.arches.i386, 1),
      ...percpuVariables,
    } as Record<string, string>;
    for (const [name, { type }] of Object.entries(kernelVars)) {
      for (const arch of ARCHES) assert.doesNotThrow(() => layoutsFor(arch).parseType(type), name);
      if (name in known && name !== 'node_data') assert.equal(type, known[name], name);
    }
  });
  it('docs/api.md is up to date with the catalogue', () => {
    const page = readFileSync(join(__dirname, '../../../docs/api.md'), 'utf8');
    assert.ok(page === apiPage(), 'run: npx tsx scripts/docs-api.ts');
  });
  it('callbacks of other versions: one after the other, and 6.1 has the one of its structure', () => {
    const layouts = layoutsFor('x86_64');
    for (const [key, forms] of Object.entries(CALLBACKS)) {
      const [tag = '', member = ''] = key.split('.');
      const type = layouts.record(tag)?.fields?.find(({ name }) => name === member)?.type;
      const isIn61 = forms.filter(
        ({ since, until }) => !(since && isBefore('6.1', since)) && !(until && !isBefore('6.1', until)),
      );
      assert.deepEqual(
        isIn61.map((form) => typeName(layouts.parseType(form.type))),
        [type && typeName(type)],
        key,
      );
      for (const [i, { until }] of forms.entries()) assert.equal(until, forms[i + 1]?.since, key);
    }
  });
});
