/** The address that a user means by a number, a name, or another C expression. */
import type { View } from '../inspect/view';
import { EvaluationError, type Frame, type Target } from '../target/target';

const NUMBER = /^(0[xX][0-9a-fA-F]+|\d+)$/;
const NAME = /^[A-Za-z_]\w*$/;

/**
 * The bits of the address that `text` means: a number is one; a pointer leads to one; the name of any other variable or of a function means
 * where it lies, and what else holds a number means that number. It need not be canonical.
 * @param frame asked for where the text is not a number
 * @throws EvaluationError that says why there is no address
 */
export function addressNamed(view: View, target: Target, text: string, frame: () => Frame | undefined): bigint {
  const wanted = text.trim();
  const width = view.abi.wordSize * 8;
  if (wanted === '') throw new EvaluationError('give an address, a symbol, or an expression that holds an address');
  if (NUMBER.test(wanted)) {
    const number = BigInt(wanted);
    if (number >> BigInt(width) === 0n) return number;
    throw new EvaluationError(`${wanted} is too large for an address of this machine, which has ${width} bits`);
  }
  const code = codeNamed(view, target, wanted);
  if (code !== undefined) return BigInt.asUintN(width, BigInt(code));
  const { type, value, address } = target.evaluate(wanted, frame());
  const lies = address === undefined ? undefined : BigInt.asUintN(width, BigInt(address));
  if (value === undefined || (NAME.test(wanted) && type.kind !== 'pointer')) {
    if (lies !== undefined) return lies;
    if (value === undefined) throw new EvaluationError(`${wanted} has no address`);
  }
  return BigInt.asUintN(width, value);
}
/** Where a function of the kernel's lies: an expression can only call it. */
function codeNamed(view: View, target: Target, name: string): number | undefined {
  const symbol = NAME.test(name) ? view.kernel.symbols.lookup(name) : undefined;
  if (!symbol || symbol.type) return undefined;
  try {
    target.evaluate(name, undefined);
  } catch (error) {
    if (error instanceof EvaluationError) return symbol.va;
    throw error;
  }
  return undefined;
}
