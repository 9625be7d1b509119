// The walkthrough of the editor's Welcome page, "Get Started with kmem": what to do first, and how the editor sees that it was done.
// Imports nothing that needs the editor, so that tests read it too.

/** A step: what it says, its picture, and the events after which the editor ticks it off. */
interface Step {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly media: { readonly image: string; readonly altText: string };
  readonly completionEvents: readonly string[];
}
interface Names {
  readonly openExamples: string;
  readonly newScenario: string;
  readonly openInspector: string;
  readonly debugType: string;
}
const picture = (name: string, altText: string): Step['media'] => ({ image: `docs/images/${name}.png`, altText });

/** The `walkthroughs` section of package.json. */
export function walkthroughs({ openExamples, newScenario, openInspector, debugType }: Names) {
  const steps: readonly Step[] = [
    {
      id: 'examples',
      title: 'Take an example',
      description: `kmem steps through *scenarios*: small C programs with the kernel's memory API, and the machine they run on. The examples show one thing each; their first lines say what.\n[Open Examples](command:${openExamples})\nTo begin with one of your own, take the template of a new scenario.\n[New Scenario](command:${newScenario})`,
      media: picture('editor', 'A scenario in the editor'),
      completionEvents: [`onCommand:${openExamples}`, `onCommand:${newScenario}`],
    },
    {
      id: 'linter',
      title: 'See what the linter finds',
      description:
        'Open `nic-rx.kmem`: a call that may sleep is underlined, because an interrupt handler reaches it with a spinlock held. Hover over it to read why, and press **Ctrl+.** for the repairs.\n[Show the next problem](command:editor.action.marker.nextInFiles)',
      media: picture(
        'linter',
        'A call that may sleep in an interrupt handler, with the way that leads there and its repairs',
      ),
      completionEvents: ['onCommand:editor.action.marker.nextInFiles', 'onCommand:editor.action.quickFix'],
    },
    {
      id: 'debug',
      title: 'Run it on the emulated kernel',
      description:
        'Press **F5** in a scenario: it stops before its first statement. **F10** steps; *Variables* shows the locals, the context, zones, free lists, slabs and every `struct page`.\n[Start Debugging](command:workbench.action.debug.start)',
      media: picture('debugging', 'A stopped session: zones and pages under Variables'),
      completionEvents: [`onContext:debugType == ${debugType}`],
    },
    {
      id: 'back',
      title: 'Step back',
      description:
        'Where did this page come from? **Ctrl+F10** undoes the last step, **Ctrl+F9** runs backwards to the breakpoint, or to the write to a variable, before this one. Nothing has to be recorded first.',
      media: picture('slab', 'The objects of a slab under Variables'),
      completionEvents: [
        'onCommand:workbench.action.debug.stepBack',
        'onCommand:workbench.action.debug.reverseContinue',
      ],
    },
    {
      id: 'inspector',
      title: 'See all of memory',
      description: `The memory inspector follows the session and leads it: who has which page, why a zone is short, what lies next to an object, what leaked.\n[Open Memory Inspector](command:${openInspector})`,
      media: picture('inspector', 'The physical map in the memory inspector'),
      completionEvents: [`onCommand:${openInspector}`],
    },
  ];
  return [
    {
      id: 'getStarted',
      title: 'Get Started with kmem',
      description: 'Step through Linux kernel memory management, in both directions of time.',
      steps,
    },
  ];
}
