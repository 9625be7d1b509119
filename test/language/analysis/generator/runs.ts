/**
 * Runs the units of a file, many times on one machine: after each run the journal takes memory back to the first statement, where the
 * inputs get other values. Nothing of a run is anywhere else (ARCHITECTURE.md, invariant 1).
 */
import assert from 'node:assert/strict';
import type { LogEntry } from '../../../../server/kernel/printk/printk';
import type { Program } from '../../../../server/language/check/context/program';
import { loadVm } from '../../../../server/vm/loadVm';
import { Vm } from '../../../../server/vm/run/vm';

/** What a run printed that is a report; `line`: of the statement, or of where the object was allocated or the lock was taken. */
export interface Reported {
  readonly title: string;
  readonly line: number;
}
export type Inputs = Readonly<Record<string, bigint>>;
export const lineOf = (text: string, offset: number): number => {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
};
export const inputsText = (inputs: Inputs): string =>
  Object.entries(inputs)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
const MAX_STEPS = 50_000;

export class Runs {
  private readonly vm: Vm;
  private readonly start: number;
  private readonly addresses = new Map<string, { readonly address: number; readonly size: number }>();
  count = 0;

  constructor(
    program: Program,
    private readonly text: string,
  ) {
    const vm = loadVm(program);
    if (!(vm instanceof Vm)) throw new Error(`it cannot run: ${vm.map((d) => d.message).join(', ')}\n${text}`);
    this.vm = vm;
    this.start = vm.kernel.mem.journal.position;
    for (const sym of program.globals) {
      const address = sym.input ? vm.compiled.addressOfGlobal(sym, 0) : undefined;
      if (address !== undefined) this.addresses.set(sym.name, { address, size: sym.type.size });
    }
  }

  /** One run from the first statement to its end. */
  run(inputs: Inputs): readonly Reported[] {
    const { vm } = this;
    const { mem, log } = vm.kernel;
    mem.journal.moveTo(this.start);
    mem.journal.cut();
    for (const [name, value] of Object.entries(inputs)) {
      const at = this.addresses.get(name);
      assert.ok(at, name);
      const bytes = Uint8Array.from({ length: at.size }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
      vm.machine.core.space.writeBytes(at.address, bytes);
    }
    vm.sync();
    for (let n = 0; !vm.done; n++) {
      vm.step();
      if (n > MAX_STEPS) throw new Error(`still running with ${inputsText(inputs)}\n${this.text}`);
    }
    this.count++;
    return log.entries.flatMap((entry) => this.reported(entry));
  }
  private reported(entry: LogEntry): Reported[] {
    if (entry.kind === 'print') return [];
    const { text: title, notes, lines } = entry;
    const lost = notes.flatMap((note) => {
      const [, what, line] = /^(unreferenced object).*:(\d+)$/.exec(note) ?? [];
      return what === undefined ? [] : [{ title: what, line: Number(line) }];
    });
    if (lost.length > 0) return lost;
    const where = [title, ...lines].find((l) => l.startsWith('WARNING: CPU')) ?? '';
    const origin = /still has locks held|leaked lock/.test(title) ? takenAt(notes) : [];
    if (origin.length > 0) return origin.map((line) => ({ title, line }));
    const line = entry.span ? lineOf(this.text, entry.span.start) : 0;
    return [{ title: where === '' || where === title ? title : `${title} | ${where}`, line }];
  }
}
const takenAt = (notes: readonly string[]): readonly number[] =>
  notes.flatMap((note) => {
    const line = / was taken in .*:(\d+)$/.exec(note)?.[1];
    return line === undefined ? [] : [Number(line)];
  });
