/** Walks the tree of variables over the protocol, and evaluates every evaluateName on the way: it must give its variable again. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Client } from './client';

type Variable = DebugProtocol.Variable;

export interface Extent {
  /** rows looked at below one frame; those near the root come first */
  readonly rows: number;
  /** arrays and lists of up to so many elements are walked whole; of longer ones, and of mem_map, the ends and some in between */
  readonly elements: number;
  /** from 0 to below n */
  readonly random: (n: number) => number;
}
/** What a walk has looked at, and what is wrong with it. */
export class Findings {
  rows = 0;
  evaluated = 0;
  /** variables whose children were compared with those of their evaluateName */
  opened = 0;
  readonly differences: string[] = [];
}
interface Opened {
  /** a row, or scope, that only holds others */
  readonly group: boolean;
  readonly path: string;
  readonly reference: number;
  readonly indexed: number | undefined;
}

/** elements taken from each end of a long array, and at random places in it */
const AT_EACH_END = 2;
const IN_BETWEEN = 6;
/** requests that are sent at once */
const AT_ONCE = 256;

/** What has to be the same, however one came to a variable. */
const shape = (v: Variable): string =>
  JSON.stringify([
    v.name,
    v.value,
    v.type,
    v.evaluateName,
    v.memoryReference,
    v.indexedVariables,
    v.variablesReference > 0,
  ]);
/** What decides the children of a variable: an object is walked through once, by whatever way it is reached first. */
const identity = (v: Variable): string | undefined =>
  v.type && v.memoryReference && `${v.type} ${v.memoryReference} ${v.value} ${v.indexedVariables ?? ''}`;

export class TreeWalk {
  private readonly seen = new Set<string>();
  /** references of variables that are to be walked through, and their children where those were asked for already */
  private readonly toOpen = new Set<number>();
  private readonly known = new Map<number, Variable[]>();

  /** @param extent how far; a walk is for one stop: objects that were walked through are not walked through again */
  constructor(
    private readonly client: Client,
    private readonly extent: Extent,
    private readonly findings: Findings,
  ) {}

  async frame(frameId: number): Promise<void> {
    const { scopes } = await this.client.ask<{ scopes: DebugProtocol.Scope[] }>('scopes', { frameId });
    let level: Opened[] = scopes.map((s) => ({
      group: true,
      path: s.name,
      reference: s.variablesReference,
      indexed: s.indexedVariables,
    }));
    let left = this.extent.rows;
    while (level.length > 0 && left > 0) {
      const below: Opened[] = [];
      for (let i = 0; i < level.length && left > 0; i += AT_ONCE) {
        const part = level.slice(i, i + AT_ONCE);
        const lists = await this.childrenOnce(part);
        const rows = lists.flatMap((list, k) =>
          list.map((variable) => ({ variable, path: `${part[k]?.path} > ${variable.name}` })),
        );
        const taken = rows.slice(0, left);
        left -= taken.length;
        below.push(...(await this.look(taken, frameId)));
      }
      level = below;
    }
  }
  /** Evaluates rows, and gives those that are to be walked through. */
  private async look(rows: readonly { variable: Variable; path: string }[], frameId: number): Promise<Opened[]> {
    const { findings } = this;
    const below: Opened[] = [];
    const named: { variable: Variable; path: string; evaluateName: string }[] = [];
    for (const { variable, path } of rows) {
      const { evaluateName, variablesReference: reference, indexedVariables: indexed } = variable;
      findings.rows++;
      if (evaluateName !== undefined) named.push({ variable, path, evaluateName });
      else if (variable.type !== undefined) findings.differences.push(`${path}: no evaluateName`);
      const key = identity(variable);
      if (reference === 0 || (key !== undefined && this.seen.has(key))) continue;
      if (key !== undefined) this.seen.add(key);
      below.push({ group: variable.type === undefined, path, reference, indexed });
      this.toOpen.add(reference);
    }
    for (let i = 0; i < named.length; i += AT_ONCE) await this.compare(named.slice(i, i + AT_ONCE), frameId);
    return below;
  }
  private async compare(
    rows: readonly { variable: Variable; path: string; evaluateName: string }[],
    frameId: number,
  ): Promise<void> {
    const { findings } = this;
    findings.evaluated += rows.length;
    const answers = await this.client.requests(
      rows.map(({ evaluateName }) => ['evaluate', { expression: evaluateName, frameId, context: 'watch' }]),
    );
    const open: { what: string; own: Opened; theirs: Opened }[] = [];
    for (const [i, { variable, path, evaluateName }] of rows.entries()) {
      const what = `${path}: ${evaluateName}`;
      const answer = answers[i];
      if (!answer?.success) {
        findings.differences.push(`${what}: ${answer?.message}`);
        continue;
      }
      const { result, ...rest } = answer.body as unknown as { result: string } & Variable;
      const again = { ...rest, name: variable.name, value: result, evaluateName };
      this.same(shape(variable), shape(again), what);
      const { variablesReference: reference, indexedVariables: indexed } = variable;
      if (reference === 0 || again.variablesReference === 0) continue;
      open.push({
        what,
        own: { group: false, path, reference, indexed },
        theirs: { group: false, path, reference: again.variablesReference, indexed },
      });
    }
    findings.opened += open.length;
    const places = open.map(({ own }) => this.places(own.indexed));
    const [own, theirs] = [
      await this.children(
        open.map((o) => o.own),
        places,
      ),
      await this.children(
        open.map((o) => o.theirs),
        places,
      ),
    ];
    for (const [i, o] of open.entries())
      if (this.toOpen.has(o.own.reference)) this.known.set(o.own.reference, own[i] ?? []);
    for (const [i, { what }] of open.entries())
      this.same(own[i]?.map(shape).join() ?? '', theirs[i]?.map(shape).join() ?? '', `${what}: its children`);
  }
  private same(one: string, other: string, what: string): void {
    if (one !== other) this.findings.differences.push(`${what}: ${one} evaluates to ${other}`);
  }
  /** The children of variables that are walked through now. */
  private async childrenOnce(opened: readonly Opened[]): Promise<Variable[][]> {
    const unknown = opened.filter(({ reference }) => !this.known.has(reference));
    const lists = await this.children(unknown);
    for (const [i, { reference, path, group }] of unknown.entries()) {
      const list = lists[i] ?? [];
      this.known.set(reference, group && path.startsWith('mem_map') ? this.some(list) : list);
    }
    return opened.map(({ reference }) => {
      const list = this.known.get(reference) ?? [];
      this.known.delete(reference);
      this.toOpen.delete(reference);
      return list;
    });
  }
  /** The children of variables. */
  private async children(
    opened: readonly Opened[],
    places = opened.map(({ indexed }) => this.places(indexed)),
  ): Promise<Variable[][]> {
    const asked = opened.flatMap(({ reference }, of) =>
      (places[of] ?? []).map((range) => ({ of, args: { variablesReference: reference, ...range } })),
    );
    const answers = await this.client.requests(asked.map(({ args }) => ['variables', args]));
    const lists: Variable[][] = opened.map(() => []);
    for (const [i, { of }] of asked.entries()) {
      const answer = answers[i];
      if (answer?.success) lists[of]?.push(...(answer.body as unknown as { variables: Variable[] }).variables);
      else this.findings.differences.push(`${opened[of]?.path}: ${answer?.message}`);
    }
    return lists;
  }
  /** Which elements of an array are asked for, as ranges. */
  private places(indexed: number | undefined): object[] {
    if (indexed === undefined) return [{}];
    const all = Array.from({ length: indexed <= this.extent.elements ? 0 : indexed }, (_, i) => i);
    const taken = all.length > 0 ? this.some(all) : [];
    return taken.length > 0
      ? taken.map((start) => ({ filter: 'indexed', start, count: 1 }))
      : [{ filter: 'indexed', start: 0, count: indexed }];
  }
  /** The first and the last ones of a list, and some in between. */
  private some<T>(list: readonly T[]): T[] {
    if (list.length <= 2 * AT_EACH_END + IN_BETWEEN) return [...list];
    const between = list.slice(AT_EACH_END, -AT_EACH_END);
    const taken = Array.from({ length: IN_BETWEEN }, () => between[this.extent.random(between.length)] as T);
    return [...list.slice(0, AT_EACH_END), ...taken, ...list.slice(-AT_EACH_END)];
  }
}
