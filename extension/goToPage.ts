// "Go to Page…": asks for a pfn or an address, and shows the struct page as a watch, where it stays while the session moves.
import * as vscode from 'vscode';
import { DEBUG_TYPE } from './contributions';

/** What the adapter answers to its own request. */
interface FoundPage {
  readonly pfn: number;
  /** Evaluates to the struct page. */
  readonly expression: string;
  readonly value: string;
}
/** What VS Code passes to a command in the menu of a variable. */
interface VariableContext {
  readonly variable?: { readonly evaluateName?: string };
}

/** The page that a text means in the frame that is looked at. Rejects with the adapter's words. */
function findPage(session: vscode.DebugSession, expression: string): Thenable<FoundPage> {
  const item = vscode.debug.activeStackItem;
  const frame = item instanceof vscode.DebugStackFrame && item.session.id === session.id ? item.frameId : undefined;
  return session.customRequest('kmem/page', { expression, ...(frame === undefined ? {} : { frameId: frame }) });
}
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Asks for the page; what is wrong with the text is said below it while it is typed. */
async function askForPage(session: vscode.DebugSession): Promise<string | undefined> {
  return vscode.window.showInputBox({
    title: 'Go to Page',
    prompt: 'A pfn, the address of a struct page, a direct-map or physical address, or a C expression that holds one',
    placeHolder: '0x4440 · 0xffffea0000111000 · phys 0x1000 · page',
    async validateInput(text) {
      if (text.trim() === '') return undefined;
      try {
        const { pfn, value } = await findPage(session, text);
        return { message: `pfn 0x${pfn.toString(16)}: ${value}`, severity: vscode.InputBoxValidationSeverity.Info };
      } catch (error) {
        return messageOf(error);
      }
    },
  });
}

/** Shows a page in the Watch view: the one that a variable leads to, or that the user is asked for. */
export async function goToPage(context?: VariableContext): Promise<void> {
  const session = vscode.debug.activeDebugSession;
  if (session?.type !== DEBUG_TYPE) {
    void vscode.window.showErrorMessage('kmem: no scenario is being debugged. Start one, and stop in it.');
    return;
  }
  const text = context?.variable?.evaluateName ?? (await askForPage(session));
  if (text === undefined || text.trim() === '') return;
  try {
    const { expression } = await findPage(session, text);
    await vscode.commands.executeCommand('debug.addToWatchExpressions', { variable: { evaluateName: expression } });
    await vscode.commands.executeCommand('workbench.debug.action.focusWatchView');
  } catch (error) {
    void vscode.window.showErrorMessage(`kmem: ${messageOf(error)}`);
  }
}
