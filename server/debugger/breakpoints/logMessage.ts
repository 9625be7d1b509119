/** Log messages of breakpoints: text with C expressions in braces, `filled {ring->head} of {RX_SLOTS,x}`. `{{` is a brace. */

/** The message with each `{expression}` replaced; braces inside an expression may nest. */
export function expandLogMessage(message: string, evaluate: (expression: string) => string): string {
  let out = '';
  for (let i = 0; i < message.length; i++) {
    const two = message.slice(i, i + 2);
    if (two === '{{' || two === '}}') {
      out += message[i];
      i++;
      continue;
    }
    if (message[i] !== '{') {
      out += message[i];
      continue;
    }
    let depth = 1;
    let end = i + 1;
    for (; end < message.length && depth > 0; end++) {
      if (message[end] === '{') depth++;
      else if (message[end] === '}') depth--;
    }
    if (depth > 0) return out + message.slice(i);
    out += evaluate(message.slice(i + 1, end - 1).trim());
    i = end - 1;
  }
  return out;
}

/** The expressions of a log message, and what is wrong with its braces. */
export function readLogMessage(message: string): { expressions: string[]; problem: string | undefined } {
  const expressions: string[] = [];
  // a brace that stays although no expression gives one was not closed
  const rest = expandLogMessage(message.replaceAll('{{', '').replaceAll('}}', ''), (expression) => {
    expressions.push(expression);
    return '';
  });
  const problem = rest.includes('{')
    ? "the log message has a '{' without its '}'; write '{{' for the brace"
    : undefined;
  return { expressions, problem };
}
