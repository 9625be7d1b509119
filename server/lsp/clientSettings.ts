/**
 * The client's settings in the section `kmem`: asked for at the start and whenever they change (workspace/configuration), or taken as the
 * client sends them (workspace/didChangeConfiguration, initializationOptions).
 */
import { type Connection, DidChangeConfigurationNotification, type InitializeParams } from 'vscode-languageserver/node';

const SECTION = 'kmem';
const isRecord = (data: unknown): data is Readonly<Record<string, unknown>> =>
  typeof data === 'object' && data !== null && !Array.isArray(data);

export class ClientSettings {
  private all: Readonly<Record<string, unknown>> = {};
  private asks = false;
  private registers = false;
  private readonly listeners: (() => void)[] = [];

  constructor(private readonly connection: Connection) {
    connection.onDidChangeConfiguration(({ settings }) => void this.changed(settings));
  }
  /** What the client said of itself at the start. */
  started({ capabilities, initializationOptions }: InitializeParams): void {
    this.asks = capabilities.workspace?.configuration === true;
    this.registers = capabilities.workspace?.didChangeConfiguration?.dynamicRegistration === true;
    if (isRecord(initializationOptions)) this.take(initializationOptions[SECTION] ?? initializationOptions);
  }
  /** The client is ready for requests. */
  async ready(): Promise<void> {
    if (this.registers) {
      await this.connection.client.register(DidChangeConfigurationNotification.type, { section: SECTION });
    }
    if (this.asks) await this.changed(undefined);
  }
  /** The value of `kmem.KEY`, whether the client sends `lint.rules` nested or as one name; undefined: not set. */
  value(key: string): unknown {
    const whole = this.all[key];
    if (whole !== undefined) return whole;
    let at: unknown = this.all;
    for (const name of key.split('.')) at = isRecord(at) ? at[name] : undefined;
    return at;
  }
  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  private async changed(sent: unknown): Promise<void> {
    if (this.asks) this.take(await this.connection.workspace.getConfiguration(SECTION));
    else if (isRecord(sent)) this.take(sent[SECTION] ?? sent);
    for (const listener of this.listeners) listener();
  }
  private take(settings: unknown): void {
    this.all = isRecord(settings) ? settings : {};
  }
}
