/** `machine { … }` as text: settings, nodes, regions. What they mean is read in machine.ts. */

import * as t from '../tokens';
import type { MachineDef, MachineItem, Name } from '../tree';
import { StmtParser } from './statements';

export abstract class MachineParser extends StmtParser {
  // ---------------------------------------------------------------- machine
  protected machine(): MachineDef {
    const start = this.start;
    this.next();
    if (this.kind === t.T_IDENT) {
      this.complain('unexpected-token', 'the machine has no name: machine { … }', this.spanOfToken());
      this.next();
    }
    const items = this.machineItems(0);
    return { kind: 'machine', items, span: this.span(start) };
  }
  private machineItems(level: number): MachineItem[] {
    const open = this.start;
    this.next(); // {
    const items: MachineItem[] = [];
    while (this.kind !== t.T_RBRACE && this.kind !== t.T_EOF) {
      if (this.accept(t.T_SEMI)) continue;
      if (this.isFirstOnLine() && this.column() === 0 && this.at > 0 && (this.beginsItem() || this.kind === t.T_HASH))
        break;
      const from = this.at;
      items.push(this.machineItem(level));
      if (this.panic) this.synchronise();
      if (this.at === from) this.next();
    }
    if (this.kind === t.T_RBRACE) this.next();
    else this.complain('missing-brace', "this '{' is never closed: '}' is missing", this.span(open, open + 1));
    return items;
  }
  private machineItem(level: number): MachineItem {
    const start = this.start;
    if (this.word() === '') {
      this.fail('expected-name', `expected a setting such as 'memory = 1G;', found ${this.found()}`);
      return { kind: 'machineItem', key: this.missingName(), span: this.span(start) };
    }
    const key = this.nameHere();
    let sub: Name | undefined;
    if (
      this.kind !== t.T_ASSIGN &&
      this.kind !== t.T_SEMI &&
      this.kind !== t.T_LBRACE &&
      this.kind !== t.T_RBRACE &&
      !this.isFirstOnLine()
    ) {
      // `sysctl vm.min_free_kbytes`, `config KASAN`, `node 0`, `region reserved`
      const from = this.start;
      this.next();
      while (this.kind === t.T_DOT || (this.prevEnd === this.start && this.word() !== '')) this.next();
      sub = { kind: 'name', text: this.text.slice(from, this.prevEnd), span: this.span(from) };
    }
    if (this.kind === t.T_LBRACE) {
      if (level > 0) {
        this.fail('nested-too-deeply', 'a node holds settings only');
        this.skipBalanced();
        this.panic = false;
        return { kind: 'machineItem', key, ...(sub ? { sub } : undefined), span: this.span(start) };
      }
      const items = this.machineItems(level + 1);
      return { kind: 'machineItem', key, ...(sub ? { sub } : undefined), items, span: this.span(start) };
    }
    let value: Name | undefined;
    this.accept(t.T_ASSIGN);
    if (this.kind !== t.T_SEMI && this.kind !== t.T_RBRACE && this.kind !== t.T_EOF && !this.isFirstOnLine()) {
      const from = this.start;
      while (
        this.kind !== t.T_SEMI &&
        this.kind !== t.T_RBRACE &&
        this.kind !== t.T_LBRACE &&
        this.kind !== t.T_EOF &&
        !this.isFirstOnLine()
      )
        this.next();
      value = { kind: 'name', text: this.text.slice(from, this.prevEnd), span: this.span(from) };
    }
    this.expect(t.T_SEMI, ';', `after '${key.text}'`);
    return {
      kind: 'machineItem',
      key,
      ...(sub ? { sub } : undefined),
      ...(value ? { value } : undefined),
      span: this.span(start),
    };
  }
}
