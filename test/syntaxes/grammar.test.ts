// The TextMate grammar, read by the engine that VS Code reads it with.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as oniguruma from 'vscode-oniguruma';
import { type IGrammar, INITIAL, parseRawGrammar, Registry } from 'vscode-textmate';
import { kernelFunctions } from '../../scripts/grammar';

const root = join(__dirname, '..', '..');
const GRAMMAR = 'syntaxes/kmem.tmLanguage.json';
let grammar: IGrammar;

/** The scopes of every character of the source, without the language's own. */
function scopesOf(source: string): string[][] {
  const scopes: string[][] = [];
  let state = INITIAL;
  for (const line of source.split('\n')) {
    const result = grammar.tokenizeLine(line, state);
    for (let i = 0; i <= line.length; i++) {
      const token = result.tokens.find(({ startIndex, endIndex }) => startIndex <= i && i < endIndex);
      scopes.push((token?.scopes ?? []).slice(1).map((scope) => scope.replace(/\.kmem$/, '')));
    }
    state = result.ruleStack;
  }
  return scopes;
}

/**
 * Expects every character of each marked piece to have the scope, or one below it. A piece is marked as «text:scope» (scope without
 * the ending ".kmem"); the scope "-" means that it has none.
 */
function check(marked: string): void {
  const pieces: { start: number; end: number; scope: string }[] = [];
  let source = '';
  for (const part of marked.split(/(«.*?:[-a-z.]+»)/)) {
    const [, text, scope] = /^«(.*):([-a-z.]+)»$/.exec(part) ?? [];
    if (text !== undefined && scope !== undefined)
      pieces.push({ start: source.length, end: source.length + text.length, scope });
    source += text ?? part;
  }
  assert.ok(pieces.length > 0, `nothing is marked in ${marked}`);
  const scopes = scopesOf(source);
  for (const { start, end, scope } of pieces)
    for (let i = start; i < end; i++) {
      const own = (scopes[i] ?? []).filter((s) => !s.startsWith('meta.'));
      const holds = scope === '-' ? own.length === 0 : own.some((s) => s === scope || s.startsWith(`${scope}.`));
      assert.ok(
        holds,
        `"${source.slice(start, end)}" at "${source[i]}" has the scopes [${own}], not ${scope}, in: ${source}`,
      );
    }
}

before(async () => {
  const wasm = readFileSync(require.resolve('vscode-oniguruma/release/onig.wasm'));
  await oniguruma.loadWASM(wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength));
  const registry = new Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (s) => new oniguruma.OnigString(s),
    }),
    loadGrammar: async (scope) =>
      scope === 'source.kmem' ? parseRawGrammar(readFileSync(join(root, GRAMMAR), 'utf8'), GRAMMAR) : null,
  });
  const loaded = await registry.loadGrammar('source.kmem');
  assert.ok(loaded);
  grammar = loaded;
});

describe('grammar', () => {
  it('knows the functions of the catalogue (else: npm run grammar)', () => {
    const { repository } = JSON.parse(readFileSync(join(root, GRAMMAR), 'utf8'));
    assert.equal(repository['kernel-functions'].match, kernelFunctions());
  });
  it('the machine', () => {
    check(
      '«machine:keyword.other.machine» {\n\t«arch:variable.other.property.machine» = «i386_pae:support.constant.machine»;\n}',
    );
    check('machine { «memory:variable.other.property.machine» «=:keyword.operator» «1G:constant.numeric.size»; }');
    check('machine { kernel = «"6.1":string.quoted.double»; }');
    check(
      'machine { «sysctl:keyword.other.machine» «vm.min_free_kbytes:variable.other.property.sysctl» = «4096:constant.numeric»; }',
    );
    check(
      'machine { «config:keyword.other.machine» «KASAN:variable.other.property.config» = «y:support.constant.machine»; }',
    );
    check(
      'machine {\n«node:keyword.other.machine» «0:constant.numeric» { «memory:variable.other.property» = 512M; }\n}\nint «x:-»;',
    );
    check(
      'machine { «region:keyword.other.machine» «reserved:support.constant» «0x9fc00:constant.numeric.hex»-0xfffff; }',
    );
    check('machine { preempt = full; «// what:comment.line» }');
  });
  it('contexts', () => {
    for (const kind of ['task', 'irq', 'nmi', 'softirq', 'tasklet', 'timer', 'work', 'delayed_work', 'process'])
      check(`«${kind}:keyword.other.context» «nic_rx:entity.name.function.context» {`);
    check(
      '«task:keyword.other.context» «main:entity.name.function.context» «on cpu:keyword.other.context» «1:constant.numeric» {',
    );
    check('«irq:keyword.other.context» «rx:entity.name.function.context»\n{');
  });
  it('the words of contexts are names elsewhere', () => {
    check('int «work:-» = «timer:-»;');
    check('struct «work:entity.name.type.struct» *w;');
    check('p->«task:variable.other.member» = 0;');
  });
  it('comments', () => {
    check('x «// not:comment.line»');
    check('«/* a:comment.block»\n«task main {:comment.block»\n«*/:comment.block» «x:-»');
    check('"«/* no */:string.quoted.double»" «x:-»');
  });
  it('strings, escapes and printk formats', () => {
    check(
      'printk("page «%px:constant.other.placeholder» «%pGp:constant.other.placeholder»«\\n:constant.character.escape»", p);',
    );
    check(
      'printk("«%-8.3s:constant.other.placeholder» «%#llx:constant.other.placeholder» «%zu:constant.other.placeholder» 5«%%:constant.other.placeholder»");',
    );
    check("c = '«\\x41:constant.character.escape»';");
    check('s = «"open:string.quoted.double»\nint «x:-»;');
  });
  it('C keywords, types and modifiers', () => {
    check('«if:keyword.control» (!x) «return:keyword.control» -«ENOMEM:constant.other.errno»;');
    check('«static:storage.modifier» «const:storage.modifier» «unsigned:storage.type» «long:storage.type» «x:-»;');
    check('«struct:storage.type.struct» «page:entity.name.type.struct» *«p:-»;');
    check(
      '«gfp_t:support.type.kernel» gfp; «u64:support.type.kernel» a; «s8:support.type.kernel» b; «__le32:support.type.kernel» c; «size_t:support.type.kernel» n;',
    );
    check('x = «sizeof:keyword.operator.sizeof»(struct page);');
    check(
      '«__auto_type:storage.type» n = «_Generic:keyword.operator.sizeof»(x, «int:storage.type»: «__func__:constant.language»);',
    );
    check('«goto:keyword.control.goto» «err_page:entity.name.label»;');
    check('«err_page:entity.name.label»:');
    check('«default:keyword.control»:');
    check('void «__iomem:storage.modifier.address-space» *regs;');
    check('«#include:keyword.control.directive.include» «"ring.kmem":string.quoted.double.include»');
    check('«#define:keyword.control.directive.define» «ORDER:entity.name.function.preprocessor» «2:constant.numeric»');
    check('«#ifdef:invalid.illegal.directive» X');
  });
  it('contracts', () => {
    check('static void f(void) «__must_hold:storage.modifier.contract»(&«lock:-»)');
    check('«__may_sleep:storage.modifier.contract» int g(void);');
    check('void h(void) «__context:storage.modifier.contract»(hardirq);');
  });
  it('gfp masks and constants of the kernel', () => {
    check('x = «GFP_KERNEL:constant.other.gfp» «|:keyword.operator» «__GFP_NOWARN:constant.other.gfp»;');
    check(
      'z->_watermark[«WMARK_LOW:support.constant.kernel»] + «PAGE_SIZE:support.constant.kernel» + «HZ:support.constant.kernel»',
    );
    check(
      'p = «NULL:constant.language»; q = «current:variable.language.kernel»; n = «RING_SIZE:variable.other.constant»;',
    );
  });
  it('numbers', () => {
    for (const n of ['0x1F', '0xffff888000000000UL', '0X1ull']) check(`x = «${n}:constant.numeric.hex»;`);
    for (const n of ['0', '017', '42', '42u', '1UL', '7LLU']) check(`x = «${n}:constant.numeric.decimal»;`);
    check('x = «0b101:constant.numeric.binary»;');
    check('x = «a1:-» + «u8x:-»;');
  });
  it('calls', () => {
    check('r->«page:variable.other.member» = «alloc_pages:support.function.kernel»(gfp, 2);');
    check('«sim_raise:support.function.simulator»(nic_rx);');
    check('«ring_fill:entity.name.function» (&rx, GFP_KERNEL);');
    check('«expect:keyword.other.expect»(«page_count:support.function.kernel»(rx.«page:variable.other.member») == 1);');
    check('static «DEFINE_SPINLOCK:support.function.kernel»(ring_lock);');
    check('x.«ops:variable.other.member»->«open:entity.name.function»(x);');
    check('struct ring r = { .«len:variable.other.member» = 1500 };');
  });
});
