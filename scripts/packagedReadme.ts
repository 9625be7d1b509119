/**
 * The README as packaged in the vsix. VS Code shows it without the files around it, so the pictures are put into the page; the links are
 * made absolute by vsce, with the repository of package.json.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** `![…](docs/images/x.png)` becomes a data URL. @throws Error for a picture that does not exist */
export function packagedReadme(root: string, readme: string): string {
  return readme.replace(/(!\[[^\]]*\]\()([^):]+\.png)\)/g, (_, before: string, path: string) => {
    const picture = readFileSync(join(root, path)).toString('base64');
    return `${before}data:image/png;base64,${picture})`;
  });
}
