/** Source text on one line: white space is one blank, but for that in strings. */
export const oneLine = (text: string): string =>
  text.replace(/("(?:[^"\\\n]|\\.)*")|\s+/g, (_, literal: string | undefined) => literal ?? ' ');
