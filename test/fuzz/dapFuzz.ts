/** Random messages to the debug adapter, in a live session on a scenario. */
import { join } from 'node:path';
import type { Message } from '../../server/cli/transport/messageSplitter';
import { commandOf, GO_TO, SELECT } from '../../server/dap/inspectorProtocol';
import { INSPECTOR_VIEWS } from '../../server/dap/inspectorViews';
import { brokenFrame, deepJson, frame, unusualFrame } from './frames';
import { type Findings, Peer } from './peer';
import { anyValue, Random } from './random';

const PROGRAM = join(__dirname, '../../examples/nic-rx.kmem');
/** All but `disconnect`, which ends the session, and some that do not exist. */
const COMMANDS = (
  'initialize threads stackTrace scopes variables evaluate setVariable setExpression readMemory writeMemory continue next ' +
  'stepIn stepOut stepBack reverseContinue pause setBreakpoints setFunctionBreakpoints setExceptionBreakpoints ' +
  'setDataBreakpoints setInstructionBreakpoints dataBreakpointInfo breakpointLocations exceptionInfo loadedSources ' +
  'completions cancel source goto constructor modules launch configurationDone attach toString ' +
  'kmem/page kmem/inspect/none'
)
  .split(' ')
  .concat([...Object.keys(INSPECTOR_VIEWS), GO_TO, SELECT].map(commandOf));
const RARE = ['restart', 'terminate'];
const EXPRESSIONS = (
  'rx|rx.head|rx.slot[0].page->lru|*rx.slot[1].page|rx.head = 1|&rx|1 +|pfn_to_page(3)|nic_rx|main|current->comm|mem_map|' +
  'sizeof(struct page)|rx.head++|*(int *)0|((((1))))|"text"|1/0|rx,x|current,10|NODE_DATA(0)->node_zones[1]|jiffies = 5'
).split('|');

/** Sends `messages` messages. @throws if the server ends, or leaves a request without an answer */
export async function fuzzDap(messages: number, seed: number): Promise<Findings> {
  const random = new Random(seed);
  const seen = { references: [1], frames: [1], threads: [1], addresses: ['0xffff888000000000'], dataIds: ['x'] };
  let stops = 0;
  const peer = new Peer(
    ['dap'],
    (m) => (m.type === 'response' ? (m.request_seq as number) : undefined),
    (m) => {
      if (m.event === 'stopped') stops++;
      collect(m.body, seen, 0);
    },
  );
  let seq = 0;
  const send = (command: unknown, args: unknown): number => {
    const json = JSON.stringify({ seq: ++seq, type: 'request', command, arguments: args });
    peer.write(frame(json));
    peer.count(seq);
    return seq;
  };
  const make: Readonly<Record<string, () => unknown>> = {
    threadId: () => random.pick(seen.threads),
    frameId: () => random.pick(seen.frames),
    variablesReference: () => random.pick(seen.references),
    memoryReference: () => random.pick(seen.addresses),
    dataId: () => random.pick(seen.dataIds),
    expression: () => random.pick(EXPRESSIONS),
    name: () => random.pick([...EXPRESSIONS, 'head', '[3]', 'rx_refill', '(']),
    value: () => random.pick(['1', 'rx.head', '0xffff888000000000', 'NULL', 'x']),
    text: () => random.pick(['rx.', 'cur', '(', '']),
    source: () => ({ path: random.pick([PROGRAM, PROGRAM, 'file:///a%2Fb', 'file://host/x', '']) }),
    breakpoints: () => [
      {
        line: random.to(120),
        name: random.pick(['rx_refill', 'alloc_pages', 'x'.repeat(random.to(3000)), '(', 'nic_rx']),
        dataId: random.pick(seen.dataIds),
        accessType: random.pick(['write', 'read', 'readWrite']),
        condition: random.pick(['', 'rx.head == 1', '1 +', 'nosuch']),
        hitCondition: random.pick(['', '3', '% 0', 'abc', '>= 2']),
        logMessage: random.pick(['', '{rx.head}', '{', 'x {nosuch} }']),
      },
    ],
    filters: () => random.pick([['bug', 'oops'], [], ['none']]),
    line: () => random.to(120),
    column: () => random.to(40),
    count: () => random.pick([0, 16, 4096, 70_000, 2 ** 40]),
    start: () => random.to(1000),
    offset: () => random.pick([0, 8, -8, 2 ** 52]),
    data: () => random.pick(['AAAA', 'x', '']),
    context: () => random.pick(['watch', 'repl', 'hover', 'clipboard', 'variables']),
    granularity: () => random.pick(['statement', 'line', 'instruction']),
    format: () => ({ hex: true }),
    position: () => random.to(20_000),
    selection: () => ({ by: 'expression', text: random.pick(EXPRESSIONS) }),
    requestId: () => seq - random.to(10),
    program: () => PROGRAM,
  };
  const names = Object.keys(make);
  const randomArgs = (): unknown => {
    if (random.once(30)) return anyValue(random);
    const args: Record<string, unknown> = {};
    for (const name of names) {
      if (random.once(15)) args[name] = anyValue(random);
      else if (!random.once(3)) args[name] = make[name]?.();
    }
    return args;
  };

  try {
    send('initialize', { adapterID: 'kmem', supportsInvalidatedEvent: true, supportsMemoryEvent: true });
    send('launch', { program: PROGRAM });
    send('configurationDone', {});
    await peer.until(
      () => stops > 0,
      () => 'the first stop',
    );
    let from = await peer.settle(0);
    for (let i = 0; i < messages; i++) {
      const command = random.once(400) ? random.pick(RARE) : random.once(40) ? anyValue(random) : random.pick(COMMANDS);
      const message = { seq: ++seq, type: 'request', command, arguments: randomArgs() };
      const json = JSON.stringify(message);
      const kind = random.to(200);
      if (random.once(6)) {
        peer.write(brokenFrame(random, json));
        peer.count(undefined);
      } else if (kind === 0) {
        const type = random.pick(['event', 'response', 7, null]);
        peer.write(frame(JSON.stringify({ ...message, type })));
        peer.count(undefined);
      } else if (kind === 1) {
        const deep = deepJson(random.pick([201, 4000, 100_000]));
        peer.write(frame(`{"seq":${seq},"type":"request","command":"evaluate","arguments":${deep}}`));
        peer.count(seq);
      } else {
        const bytes = Buffer.from(unusualFrame(random, json));
        const cut = random.to(bytes.length);
        peer.write(bytes.subarray(0, cut));
        if (random.once(20)) await new Promise((resolve) => setImmediate(resolve));
        peer.write(bytes.subarray(cut));
        peer.count(seq);
      }
      if (i % 50 === 49) {
        // broken bytes may wait for the next header: this one is it
        send('threads', {});
        from = await peer.settle(from);
      }
    }
    // the session is as usable as a new one
    const before = stops;
    send('restart', { arguments: { program: PROGRAM, stopOnEntry: true } });
    send('configurationDone', {});
    await peer.settle(from);
    await peer.until(
      () => stops > before,
      () => 'the stop after a restart',
    );
    return peer.findings();
  } finally {
    await peer.end();
  }
}

/** Remembers what a later request can refer to. */
function collect(
  value: unknown,
  seen: { references: number[]; frames: number[]; threads: number[]; addresses: string[]; dataIds: string[] },
  depth: number,
): void {
  if (typeof value !== 'object' || value === null || depth > 3) return;
  if (Array.isArray(value)) {
    for (const item of value.slice(0, 20)) collect(item, seen, depth + 1);
    return;
  }
  const message = value as Message;
  const keep = <T>(list: T[], item: unknown) => {
    list.push(item as T);
    if (list.length > 60) list.shift();
  };
  if (message.variablesReference) keep(seen.references, message.variablesReference);
  if (message.memoryReference) keep(seen.addresses, message.memoryReference);
  if (message.dataId) keep(seen.dataIds, message.dataId);
  if (message.threadId) keep(seen.threads, message.threadId);
  if (typeof message.id === 'number') keep(message.line === undefined ? seen.threads : seen.frames, message.id);
  for (const child of Object.values(message)) collect(child, seen, depth + 1);
}
