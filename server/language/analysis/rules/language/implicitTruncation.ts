/** `implicit-truncation`: a mask or an address stored where not all of its bits fit. */

import { WHOLE_TYPES } from '../../../../profiles/wholeTypes';
import { type CType, typeName } from '../../../../types/ctype';
import type { Program } from '../../../check/context/program';
import type { Expr } from '../../../syntax/tree';
import type { Rule, RuleContext, Visitors } from '../../engine/rule';

const codes: Rule<'implicit-truncation'>['codes'] = {
  'implicit-truncation': {
    group: 'language',
    severity: 'warning',
    summary: 'a mask or an address stored in a type that is too narrow for it',
    why: 'C drops the upper bits without a word. A `gfp_t` in a `u8` loses `__GFP_DIRECT_RECLAIM`, so that an allocation that may wait fails; a `dma_addr_t` in a `u32` works until a buffer lies above 4 GiB.',
    bad: 'struct nic { u8 gfp; };\n\nvoid nic_init(struct nic *nic)\n{\n\tnic->gfp = GFP_KERNEL | __GFP_NOWARN;\n}\n',
    good: 'struct nic { gfp_t gfp; };\n\nvoid nic_init(struct nic *nic)\n{\n\tnic->gfp = GFP_KERNEL | __GFP_NOWARN;\n}\n',
    instead: 'Give the variable the type of the value. An explicit cast says that the loss is meant.',
    limits:
      'Only masks and addresses are followed, by their typedef; an explicit cast silences it. On i386 without PAE physical addresses have 32 bits, so nothing is lost there.',
  },
};
type Context = RuleContext<'implicit-truncation'>;

export const implicitTruncation: Rule<'implicit-truncation'> = {
  codes,
  start(cx) {
    let returned: CType | undefined;
    const visit: Visitors = {
      function(def) {
        const sym = cx.program.symbolOf(def);
        returned = sym?.kind === 'function' ? sym.type.returns : undefined;
      },
      context() {
        returned = undefined;
      },
      return({ value }) {
        if (value) stored(cx, value, returned);
      },
      assign(e) {
        if (e.op === '=' || e.op === '|=') stored(cx, e.right, cx.program.typeOf(e.left));
      },
      declarator(d) {
        if (!d.init || d.init.kind === 'initList') return;
        const sym = cx.program.symbolOf(d);
        if (sym?.kind === 'var') stored(cx, d.init, sym.type);
      },
    };
    return {
      visit,
      calls(sym) {
        if (sym.kind !== 'function') return undefined;
        const { params } = sym.type;
        return ({ args }) => {
          for (let i = 0; i < params.length; i++) {
            const arg = args[i];
            if (arg) stored(cx, arg, params[i]?.type);
          }
        };
      },
    };
  },
};

function stored(cx: Context, value: Expr, into: CType | undefined): void {
  if (into?.kind !== 'int' || into.bool) return;
  const type = cx.program.typeOf(value);
  if (!type || !('size' in type) || type.kind === 'struct' || type.kind === 'union') return;
  if (into.size >= type.size) return;
  const whole = wholeType(cx.program, value);
  if (!whole) return;
  cx.report('implicit-truncation', value.span, () => ({
    message: `${WHOLE_TYPES[whole]} (${whole}, ${type.size} bytes) does not fit '${typeName(into).trim()}' (${into.size} bytes): its upper bits are lost. Use ${whole}`,
  }));
}
/** The type of which no bit may be lost that a value has, or that one of its operands has. */
function wholeType(program: Program, value: Expr): string | undefined {
  const { typedef } = program.typeOf(value) ?? {};
  if (typedef !== undefined && Object.hasOwn(WHOLE_TYPES, typedef)) return typedef;
  if (value.kind === 'binary' && (value.op === '|' || value.op === '+')) {
    return wholeType(program, value.left) ?? wholeType(program, value.right);
  }
  return value.kind === 'conditional'
    ? ((value.then && wholeType(program, value.then)) ?? wholeType(program, value.else))
    : undefined;
}
