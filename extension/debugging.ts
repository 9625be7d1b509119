// The editor's side of debugging: the adapter to start, the defaults of a launch configuration, and the expression that a hover evaluates.
import * as vscode from 'vscode';
import { adapterTrackers } from './adapterMessages';
import { DEBUG_TYPE, LANGUAGE_ID, SETTINGS } from './contributions';
import { evaluatableAt } from './evaluatableExpression';
import { kmemProcess } from './kmemProcess';
import { type ActiveDocument, completeLaunch, launchesOf, type Resolved } from './launch';

function activeDocument(): ActiveDocument | undefined {
  const document = vscode.window.activeTextEditor?.document;
  return document && { languageId: document.languageId, path: scenarioPath(document.uri) };
}

/** The path that the adapter can open, or undefined where the document is in no file system it can reach. */
export function scenarioPath(uri: vscode.Uri): string | undefined {
  return uri.scheme === 'file' ? uri.fsPath : undefined;
}

/** The configuration, or undefined (which cancels the start) after showing the user the error. */
function tell<T>(resolved: Resolved<T>): T | undefined {
  if ('config' in resolved) return resolved.config;
  void vscode.window.showErrorMessage(resolved.error);
  return undefined;
}

const configurationProvider: vscode.DebugConfigurationProvider = {
  resolveDebugConfiguration(folder, config) {
    const settings = vscode.workspace.getConfiguration(undefined, folder);
    const defaults = {
      memoryBudgetMB: settings.get<number>(SETTINGS.memoryBudgetMB),
      allowConsoleCalls: settings.get<boolean>(SETTINGS.allowConsoleCalls),
    };
    const given = Object.fromEntries(Object.entries(defaults).filter(([, value]) => value !== undefined));
    return tell(completeLaunch({ ...given, ...config }, activeDocument()));
  },
};

/** The entries under "kmem…" in the Run and Debug view: one for each scenario that is open in an editor. */
const dynamicConfigurations: vscode.DebugConfigurationProvider = {
  provideDebugConfigurations(folder) {
    const open = vscode.workspace.textDocuments
      .filter((document) => document.languageId === LANGUAGE_ID)
      .flatMap(({ uri }) => {
        const path = scenarioPath(uri);
        return path === undefined ? [] : [{ path, folder: vscode.workspace.getWorkspaceFolder(uri)?.uri.toString() }];
      });
    return launchesOf(open, folder?.uri.toString()) as vscode.DebugConfiguration[];
  },
};

const evaluatableExpressions: vscode.EvaluatableExpressionProvider = {
  provideEvaluatableExpression(document, position) {
    const range = evaluatableAt(document.getText(), document.offsetAt(position));
    return (
      range &&
      new vscode.EvaluatableExpression(
        new vscode.Range(document.positionAt(range.start), document.positionAt(range.end)),
      )
    );
  },
};

/** Registers debugging for scenarios. Each session has an adapter process of its own: `kmem dap` on stdio. */
export function registerDebugging(extensionPath: string): vscode.Disposable {
  const { command, args, env } = kmemProcess(extensionPath, ['dap']);
  return vscode.Disposable.from(
    vscode.debug.registerDebugConfigurationProvider(DEBUG_TYPE, configurationProvider),
    vscode.debug.registerDebugConfigurationProvider(
      DEBUG_TYPE,
      dynamicConfigurations,
      vscode.DebugConfigurationProviderTriggerKind.Dynamic,
    ),
    vscode.debug.registerDebugAdapterTrackerFactory(DEBUG_TYPE, adapterTrackers),
    vscode.debug.registerDebugAdapterDescriptorFactory(DEBUG_TYPE, {
      createDebugAdapterDescriptor: () => new vscode.DebugAdapterExecutable(command, args, { env }),
    }),
    vscode.languages.registerEvaluatableExpressionProvider({ language: LANGUAGE_ID }, evaluatableExpressions),
  );
}
