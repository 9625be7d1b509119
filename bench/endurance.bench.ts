/**
 * A debug session that lasts: a scenario without an end, with breakpoints of every kind, in the built adapter over stdio, paused every two
 * seconds, stepped, run backwards, and run on. `npm run bench -- endurance 30` runs it for 30 minutes; half a minute unless given.
 * Aims: memory stays flat, and pause is answered within 100 ms all along.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { BuiltAdapter, type Message } from './builtAdapter';
import { Echo } from './echo';
import type { Bench, Row } from './row';

const program = resolve(__dirname, 'endurance.kmem');
const text = readFileSync(program, 'utf8');
const lineOf = (part: string): number => text.slice(0, text.indexOf(part)).split('\n').length;
const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
const isStop = (m: Message): boolean => m.type === 'event' && m.event === 'stopped';

/** What happened in the session, for the table. */
class Figures {
  readonly pauses: number[] = [];
  readonly pausesBack: number[] = [];
  readonly steps: number[] = [];
  readonly resident: number[] = [];
  /** round trips through a process that does nothing: what the machine itself takes meanwhile */
  readonly echoes: number[] = [];
  lines = 0;
  stops = 0;
  seen(m: Message): void {
    if (m.type === 'event' && m.event === 'output') this.lines++;
    if (isStop(m) && m.body?.reason !== 'pause' && m.body?.reason !== 'step') this.stops++;
  }
}

/** The session, from its first stop on. */
class Endurance {
  readonly figures = new Figures();
  private readonly adapter = new BuiltAdapter((m) => this.seen(m));
  private readonly echo = new Echo();
  private thread = 0;
  private running = false;

  async start(): Promise<void> {
    const { adapter } = this;
    const breakpoints = [
      { line: lineOf('rounds++'), condition: 'rounds % 100000 == 99999' },
      { line: lineOf('taken++'), condition: 'taken & 1', hitCondition: '% 50000' },
      { line: lineOf('received++'), condition: 'received == 0xffffffffff' },
      { line: lineOf('rare++'), condition: 'rare % 8 == 0', logMessage: 'rare is {rare}, {taken} taken' },
    ];
    await adapter.send('initialize', { adapterID: 'kmem', linesStartAt1: true, columnsStartAt1: true });
    const initialized = adapter.wait((m) => m.event === 'initialized');
    const first = adapter.wait(isStop);
    const launched = adapter.send('launch', { program, stopOnEntry: true });
    await initialized;
    await adapter.send('setBreakpoints', { source: { path: program }, breakpoints });
    await adapter.send('setFunctionBreakpoints', { breakpoints: [{ name: 'turn', condition: 'n == 1000' }] });
    await adapter.send('setExceptionBreakpoints', {
      filters: [],
      filterOptions: [{ filterId: 'bug', condition: 'rounds > 1' }],
    });
    await adapter.send('configurationDone');
    await launched;
    this.thread = Number((await first).body?.threadId);
    const { body } = await adapter.send('dataBreakpointInfo', { name: 'rare' });
    await adapter.send('setDataBreakpoints', {
      breakpoints: [{ dataId: body?.dataId, condition: 'rare % 64 == 0', hitCondition: '% 2' }],
    });
  }
  /** Runs for a while, forwards or backwards; goes on after each breakpoint on the way; then pauses. */
  async run(ms: number, back = false): Promise<void> {
    const { adapter, figures } = this;
    const command = back ? 'reverseContinue' : 'continue';
    const until = performance.now() + ms;
    for (;;) {
      const stop = adapter.wait(isStop);
      this.running = true;
      await adapter.send(command, { threadId: this.thread });
      while (this.running && performance.now() < until) await sleep(5);
      if (!this.running) {
        const reason = (await stop).body?.reason;
        if (performance.now() < until && reason !== 'start of history') continue;
        return;
      }
      const at = performance.now();
      const paused = adapter.send('pause', { threadId: this.thread });
      await stop;
      (back ? figures.pausesBack : figures.pauses).push(performance.now() - at);
      await paused;
      return;
    }
  }
  async step(command: 'next' | 'stepBack'): Promise<void> {
    const at = performance.now();
    const stop = this.adapter.wait(isStop);
    await this.adapter.send(command, { threadId: this.thread });
    await stop;
    this.figures.steps.push(performance.now() - at);
  }
  async value(expression: string): Promise<number> {
    return Number((await this.adapter.send('evaluate', { expression })).body?.result);
  }
  async note(): Promise<void> {
    this.figures.resident.push(this.adapter.residentMB());
    this.figures.echoes.push(await this.echo.roundTrip());
  }
  async end(): Promise<void> {
    await this.adapter.send('disconnect');
    this.adapter.child.kill();
    this.echo.end();
  }
  private seen(m: Message): void {
    this.figures.seen(m);
    if (!isStop(m)) return;
    this.running = false;
    this.thread = Number(m.body?.threadId ?? this.thread);
  }
}

const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0);
const middle = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

export const bench: Bench = {
  name: 'endurance',
  async run(minutes = 0.5): Promise<Row[]> {
    const session = new Endurance();
    const { figures } = session;
    await session.start();
    const start = performance.now();
    const elapsed = () => (performance.now() - start) / 60_000;
    let told = 0;
    for (let n = 1; elapsed() < minutes; n++) {
      await session.run(2000);
      await session.note();
      await session.step('next');
      await session.step('stepBack');
      // now and then a while backwards, from the end of what has run
      if (n % 10 === 5) await session.run(1000, true);
      if (Math.floor(elapsed()) === told) continue;
      told = Math.floor(elapsed());
      process.stderr.write(
        `${told} min: ${figures.resident.at(-1)?.toFixed(0)} MB, longest pause ${most(figures.pauses).toFixed(1)} ms, backwards ${most(figures.pausesBack).toFixed(1)} ms, round ${await session.value('rounds')}, ${figures.lines} lines, ${figures.stops} stops\n`,
      );
    }
    const rounds = await session.value('rounds');
    await session.end();
    const { resident } = figures;
    // the first of the run fills the budget
    const half = resident.slice(resident.length >> 1);
    return [
      {
        what: `pause, longest of ${figures.pauses.length}`,
        value: most(figures.pauses),
        unit: 'ms',
        peer: { name: 'echo through a pipe', value: most(figures.echoes.slice(1)) },
        target: '< 100 ms',
      },
      { what: 'pauses of more than 100 ms', value: figures.pauses.filter((ms) => ms > 100).length, unit: '' },
      { what: 'pause, median', value: middle(figures.pauses), unit: 'ms' },
      {
        what: `pause backwards, longest of ${figures.pausesBack.length}`,
        value: most(figures.pausesBack),
        unit: 'ms',
        target: '< 100 ms',
      },
      { what: 'step and step back, longest', value: most(figures.steps), unit: 'ms' },
      { what: 'memory, most of the first half', value: most(resident.slice(0, resident.length >> 1)), unit: 'MB' },
      { what: 'memory, most of the second half', value: most(half), unit: 'MB', target: 'flat' },
      { what: 'memory at the end', value: resident.at(-1) ?? 0, unit: 'MB' },
      { what: 'rounds of the scenario', value: rounds, unit: '' },
      { what: 'lines of output', value: figures.lines, unit: '' },
      { what: 'stops at breakpoints', value: figures.stops, unit: '' },
    ];
  },
};
