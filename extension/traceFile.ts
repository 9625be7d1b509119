// A run's trace as a file: its parts are asked for and written one after the other, so that its length does not matter.
import { open, rename, rm } from 'node:fs/promises';
import { checked } from '../server/dap/inspectorProtocol';
import { INSPECTOR_VIEWS } from '../server/dap/inspectorViews';

/**
 * Writes the trace to a file, which is there only when it is complete. Returns false if it was ended.
 * @param ask the adapter's answer to the question for a part
 * @param told told after each part how much is done, from 0 to 1; false ends it, and leaves no file
 */
export async function writeTrace(
  path: string,
  ask: (part: number) => Thenable<unknown>,
  told: (done: number) => boolean,
): Promise<boolean> {
  const unfinished = `${path}.part`;
  const file = await open(unfinished, 'w');
  try {
    let from: number | undefined;
    for (let part = 0, more = true; more; part++) {
      const found = checked(INSPECTOR_VIEWS.trace.answer, await ask(part));
      if ('problem' in found) throw new Error(`the adapter's trace is not as the protocol says: ${found.problem}`);
      const { text, at, end } = found.value;
      from ??= at;
      await file.write(text);
      if (!told(end > from ? (at - from) / (end - from) : 1)) return false;
      more = found.value.more;
    }
    await file.close();
    await rename(unfinished, path);
    return true;
  } finally {
    await file.close().catch(() => {});
    await rm(unfinished, { force: true });
  }
}
