/** Source text on one line: white space is one blank, but for that in strings. */
export const oneLine = (text: string): string =>
  SPACE.test(text) ? text.replace(SPACES, (_, literal: string | undefined) => literal ?? ' ') : text;
const SPACE = /\s/;
const SPACES = /("(?:[^"\\\n]|\\.)*")|\s+/g;
