/**
 * `lock-not-released`: a body that the kernel enters is left with a lock held or something turned off. Reported only where every state that reaches one `return`
 * holds it, so that a condition the analysis can't follow stays silent.
 */
import type { Diagnostic } from '../../check/program';
import type { Block } from '../engine/cfg';
import { pathTo, takenWords } from '../engine/evidence';
import type { Context, Hold } from '../engine/execContext';
import type { Instance, Rule } from '../engine/interproc';

interface Left {
  readonly instance: Instance;
  readonly context: Context;
  holds: readonly Hold[];
}

export class LockNotReleased implements Rule {
  readonly found: Diagnostic[] = [];
  private readonly left = new Map<Block, Left>();

  leave(instance: Instance, context: Context, block: Block): void {
    if ('caller' in instance.via || !instance.via.closed) return;
    const own = context.holds.filter((h) => h.inherited < 0 && h.kind !== 'pagefault');
    const known = this.left.get(block);
    if (!known) this.left.set(block, { instance, context, holds: own });
    else known.holds = known.holds.filter((h) => own.some((o) => o.kind === h.kind && o.text === h.text));
  }
  finish(): void {
    const places = new Set<string>();
    for (const { instance, context, holds } of this.left.values()) {
      for (const h of holds) {
        const key = `${h.span.file}:${h.span.start}`;
        if (places.has(key)) continue;
        places.add(key);
        const { sym } = instance;
        const name = sym.kind === 'context' ? `${sym.word} ${sym.name}` : `${sym.name}()`;
        this.found.push({
          code: 'lock-not-released',
          severity: 'warning',
          span: h.span,
          message: `${takenWords(h)}, and ${name} ends without undoing it on at least one path: release it before every return`,
          related: pathTo(instance, context).related.slice(0, 1),
        });
      }
    }
  }
}
