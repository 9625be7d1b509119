// The single typed source of package.json's contributions to VS Code: language, debugger, commands, menus, settings.
// `npm run contributes` writes it into package.json; a test fails if the two differ. Imports nothing of the editor, so that tests read it too.
import { walkthroughs } from './walkthrough';

/** The language's id, the debugger's type and the prefix of settings and commands. */
export const LANGUAGE_ID = 'kmem';
export const DEBUG_TYPE = 'kmem';

/** The commands, by what they do. */
export const COMMANDS = {
  run: 'kmem.runScenario',
  debug: 'kmem.debugScenario',
  startEarly: 'kmem.startDebugging',
  openExamples: 'kmem.openExamples',
  newScenario: 'kmem.newScenario',
  goToPage: 'kmem.goToPage',
  openInspector: 'kmem.openInspector',
  showInInspector: 'kmem.showInInspector',
  restartServer: 'kmem.restartLanguageServer',
} as const;

/** The panel of the memory inspector: what the editor keeps of it over a reload has this name. */
export const INSPECTOR_PANEL = 'kmem.inspector';

/** A command that lenses carry out and no menu has: shows the places that call a function. */
export const SHOW_PLACES = 'kmem.showPlaces';

/** The attributes of a launch configuration of type kmem. */
export interface LaunchAttributes {
  /** Path of the scenario. */
  program?: string;
  stopOnEntry?: boolean;
  /** Stop once more when the scenario has ended, so that the user can step back from there. */
  stopAtEnd?: boolean;
  /** Seed of `schedule = random` and of all other random numbers. */
  seed?: number;
  /** Values of the scenario's inputs, by name. */
  set?: Record<string, number | string | boolean>;
  /** Folder (or JSON file) of a recorded machine that the scenario runs on. */
  recorded?: string;
  /** Memory for the journal that stepping back goes through, in MB. */
  memoryBudgetMB?: number;
  /** Whether the debug console may call kernel functions that change the machine. */
  allowConsoleCalls?: boolean;
  noDebug?: boolean;
}

/** The settings and their keys. */
export const SETTINGS = {
  memoryBudgetMB: 'kmem.memory.budgetMB',
  allowConsoleCalls: 'kmem.debug.console.allowCalls',
  trace: 'kmem.trace.server',
  rules: 'kmem.lint.rules',
  machine: 'kmem.machine',
  contextHints: 'kmem.inlayHints.contexts',
  sleepHints: 'kmem.inlayHints.maySleep',
  parameterHints: 'kmem.inlayHints.parameterNames',
  runLens: 'kmem.codeLens.run',
  callersLens: 'kmem.codeLens.callers',
  contextsLens: 'kmem.codeLens.contexts',
} as const;
const MEMORY_BUDGET = { type: 'integer', minimum: 1, maximum: 65536 } as const;

/** A new launch configuration, as the editor writes it into launch.json and as F5 uses it without one. */
export const DEFAULT_LAUNCH = {
  type: DEBUG_TYPE,
  request: 'launch',
  name: 'Debug scenario',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: VS Code's own variable, replaced by the editor
  program: '${file}',
  stopOnEntry: true,
} as const;

const launchProperties: Record<keyof Omit<LaunchAttributes, 'noDebug'>, object> = {
  program: {
    type: 'string',
    description: 'Path of the scenario (.kmem).',
    default: DEFAULT_LAUNCH.program,
  },
  stopOnEntry: {
    type: 'boolean',
    description: 'Stop before the first statement of the first task.',
    default: true,
  },
  stopAtEnd: {
    type: 'boolean',
    description: 'Stop once more when the scenario has ended, so that you can step back from there.',
    default: true,
  },
  seed: {
    type: 'integer',
    minimum: 0,
    description: 'Seed of the random schedule. The same seed gives the same run, byte for byte.',
    default: 0,
  },
  set: {
    type: 'object',
    description:
      "Values of the scenario's inputs (its extern or never assigned globals), by name; 0 where none is given.",
    additionalProperties: { type: ['integer', 'boolean', 'string'] },
    default: {},
  },
  recorded: {
    type: 'string',
    description:
      "A recorded machine to run on: a folder with a machine's /proc files (zoneinfo, iomem, buddyinfo …), or a recording (.json). Relative to the scenario's folder. Its CPUs, its zones and what was free in them replace those of the scenario.",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: VS Code's own variable, replaced by the editor
    default: '${workspaceFolder}/proc',
  },
  memoryBudgetMB: {
    ...MEMORY_BUDGET,
    description: `Memory for the past of the session (writes, log, trace), in MB. If omitted, the setting ${SETTINGS.memoryBudgetMB}.`,
  },
  allowConsoleCalls: {
    type: 'boolean',
    description: `Let the debug console call kernel functions that change the machine. If omitted, the setting ${SETTINGS.allowConsoleCalls}.`,
  },
};

/** A setting that shows something in the text unless it is switched off. */
const shown = (description: string) => ({ scope: 'resource', type: 'boolean', default: true, description }) as const;

const isScenario = `resourceLangId == ${LANGUAGE_ID}`;
const editsScenario = `editorLangId == ${LANGUAGE_ID}`;

/**
 * A scenario is open, and the editor does not know yet that it has debuggers: its extension host, which tells that, is still coming up.
 * Until then the editor's own F5 starts nothing: it opens the Run and Debug view.
 */
const isEarly = `resourceLangId == ${LANGUAGE_ID} && !debuggersAvailable`;

const isSession = `debugType == ${DEBUG_TYPE}`;
const isStopped = `debugType == ${DEBUG_TYPE} && debugState == 'stopped'`;
/** A variable that may lead to a page: a struct page, a pointer, or a number that can be a pfn or an address. */
const holdsPage = `debugType == ${DEBUG_TYPE} && variableEvaluateNamePresent && variableType =~ /^struct (page|folio)$|\\*$|long$/`;

/** A variable that stands for memory, or for a C expression: there is something to select. */
const hasSomething = `debugType == ${DEBUG_TYPE} && (variableEvaluateNamePresent || canViewMemory)`;

/** The `contributes` section of package.json. */
export const contributes = {
  languages: [
    {
      id: LANGUAGE_ID,
      aliases: ['kmem scenario', 'kmem'],
      extensions: ['.kmem'],
      configuration: './syntaxes/language-configuration.json',
      icon: { light: './extension/media/kmem-file.svg', dark: './extension/media/kmem-file.svg' },
    },
  ],
  grammars: [{ language: LANGUAGE_ID, scopeName: 'source.kmem', path: './syntaxes/kmem.tmLanguage.json' }],
  snippets: [{ language: LANGUAGE_ID, path: './syntaxes/snippets.json' }],
  breakpoints: [{ language: LANGUAGE_ID }],
  debuggers: [
    {
      type: DEBUG_TYPE,
      label: 'kmem',
      languages: [LANGUAGE_ID],
      configurationAttributes: { launch: { required: ['program'], properties: launchProperties } },
      initialConfigurations: [DEFAULT_LAUNCH],
      configurationSnippets: [
        {
          label: 'kmem: debug a scenario',
          description: 'Runs a .kmem scenario on the emulated kernel, forwards and backwards.',
          body: { ...DEFAULT_LAUNCH, program: `^"\\${DEFAULT_LAUNCH.program}"` },
        },
      ],
    },
  ],
  commands: [
    {
      command: COMMANDS.debug,
      category: 'kmem',
      title: 'Debug Scenario',
      icon: '$(debug-alt)',
      enablement: '!inDebugMode',
    },
    { command: COMMANDS.run, category: 'kmem', title: 'Run Scenario in Terminal', icon: '$(play)' },
    { command: COMMANDS.startEarly, category: 'kmem', title: 'Start Debugging' },
    { command: COMMANDS.openExamples, category: 'kmem', title: 'Open Examples', icon: '$(folder-opened)' },
    { command: COMMANDS.newScenario, category: 'kmem', title: 'New Scenario', icon: '$(new-file)' },
    { command: COMMANDS.goToPage, category: 'kmem', title: 'Go to Page…', enablement: isStopped },
    {
      command: COMMANDS.openInspector,
      category: 'kmem',
      title: 'Open Memory Inspector',
      icon: '$(circuit-board)',
    },
    { command: COMMANDS.showInInspector, category: 'kmem', title: 'Show in Memory Inspector' },
    { command: COMMANDS.restartServer, category: 'kmem', title: 'Restart Language Server' },
  ],
  menus: {
    'file/newFile': [{ command: COMMANDS.newScenario }],
    'editor/title/run': [
      { command: COMMANDS.debug, when: isScenario, group: '1_run@1' },
      { command: COMMANDS.run, when: isScenario, group: '1_run@2' },
    ],
    'explorer/context': [
      { command: COMMANDS.debug, when: isScenario, group: 'z_commands@1' },
      { command: COMMANDS.run, when: isScenario, group: 'z_commands@2' },
    ],
    'debug/toolBar': [{ command: COMMANDS.openInspector, when: isSession, group: 'navigation@200' }],
    'debug/variables/context': [
      { command: COMMANDS.goToPage, when: holdsPage, group: 'z_commands@1' },
      { command: COMMANDS.showInInspector, when: hasSomething, group: 'z_commands@2' },
    ],
    commandPalette: [
      { command: COMMANDS.showInInspector, when: 'false' },
      { command: COMMANDS.startEarly, when: 'false' },
      { command: COMMANDS.goToPage, when: isStopped },
      { command: COMMANDS.debug, when: editsScenario },
      { command: COMMANDS.run, when: editsScenario },
      { command: COMMANDS.restartServer, when: editsScenario },
    ],
  },
  keybindings: [
    // a command waits for the extension host
    { command: COMMANDS.startEarly, key: 'f5', when: isEarly },
    // beside F10 and F5; free in VS Code's own bindings while a session is stopped
    { command: 'workbench.action.debug.stepBack', key: 'ctrl+f10', when: isStopped },
    { command: 'workbench.action.debug.reverseContinue', key: 'ctrl+f9', when: isStopped },
  ],
  configuration: {
    title: 'kmem',
    properties: {
      [SETTINGS.memoryBudgetMB]: {
        ...MEMORY_BUDGET,
        scope: 'resource',
        default: 256,
        markdownDescription:
          'Memory for the past of a debug session (what was written, the log), in MB. Stepping back reaches as far as it does: the oldest part is dropped when it is full.',
      },
      [SETTINGS.allowConsoleCalls]: {
        scope: 'resource',
        type: 'boolean',
        default: false,
        markdownDescription:
          'Let the debug console call kernel functions that change the machine, such as `alloc_page(GFP_KERNEL)`. A call runs as a statement of the task that is stopped: what had been recorded after it is dropped.',
      },
      [SETTINGS.rules]: {
        scope: 'resource',
        type: 'object',
        default: {},
        additionalProperties: { enum: ['off', 'hint', 'info', 'warning', 'error'] },
        markdownDescription:
          'How the findings of a rule count, by its code: `{ "sleep-in-atomic": "error" }`, or `off`. A `kmem.json` in a folder says the same for everybody who works there: `{ "rules": { … } }`; this setting comes after it.',
      },
      [SETTINGS.machine]: {
        scope: 'resource',
        type: 'object',
        default: {},
        properties: {
          kernel: { type: 'string', description: 'Kernel version, from "2.6.32" on.' },
          preempt: { enum: ['none', 'voluntary', 'full', 'rt'], description: 'Preemption model; "rt" is PREEMPT_RT.' },
          arch: { enum: ['x86_64', 'i386', 'i386_pae'], description: 'Architecture.' },
          cpus: { type: 'integer', minimum: 1, description: 'Number of CPUs.' },
        },
        additionalProperties: false,
        markdownDescription:
          'What the linter assumes of the machine where a scenario has no `machine { … }`: kernel version, preemption model, architecture (i386 has highmem) and number of CPUs, such as `{ "kernel": "5.10", "preempt": "rt" }`. A `kmem.json` in a folder says the same for everybody, and for runs as well: `{ "machine": { … } }`; this setting comes after it.',
      },
      [SETTINGS.contextHints]: shown(
        'Show where a function runs (task, softirq, hard interrupt) and what is held behind calls that change it.',
      ),
      [SETTINGS.sleepHints]: shown('Mark the calls that may sleep.'),
      [SETTINGS.parameterHints]: {
        scope: 'resource',
        type: 'string',
        enum: ['none', 'literals', 'all'],
        enumDescriptions: [
          'Never.',
          'At arguments that are numbers, NULL, true or false.',
          'At all arguments that do not have the name of the parameter themselves.',
        ],
        default: 'literals',
        description: 'Show the names of parameters in front of arguments.',
      },
      [SETTINGS.runLens]: shown('Show "Run", "Debug" and "Inspect Memory" above each task.'),
      [SETTINGS.callersLens]: shown('Show above each function how many places call it.'),
      [SETTINGS.contextsLens]: shown('Show above each function in which contexts it runs.'),
      [SETTINGS.trace]: {
        scope: 'window',
        type: 'string',
        enum: ['off', 'messages', 'verbose'],
        default: 'off',
        description:
          'The messages between editor and language server that the output channel "kmem language server" shows.',
      },
    },
  },
  walkthroughs: walkthroughs({ ...COMMANDS, debugType: DEBUG_TYPE }),
  jsonValidation: [{ fileMatch: 'kmem.json', url: './syntaxes/kmem-json.schema.json' }],
  configurationDefaults: {
    // Kernel style, as Documentation/process/coding-style.rst has it: tabs of 8; an editor's own setting still wins.
    '[kmem]': { 'editor.insertSpaces': false, 'editor.tabSize': 8, 'editor.detectIndentation': true },
  },
};

/** The extension's activation events: a scenario is opened, or a debug session of this type starts. */
export const activationEvents = [
  `onLanguage:${LANGUAGE_ID}`,
  `onDebugResolve:${DEBUG_TYPE}`,
  `onDebugInitialConfigurations:${DEBUG_TYPE}`,
  `onDebugDynamicConfigurations:${DEBUG_TYPE}`,
  `onWebviewPanel:${INSPECTOR_PANEL}`,
];
