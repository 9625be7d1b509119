/** The debugger's own assignment, as Set Value does it: of what C would assign, a number for a pointer, or a value as it is shown. */

import { bitFieldBytes, withField } from '../../types/bitFieldBytes';
import { assignable, decay, fitsBits, isRecord } from '../../types/conversions';
import { typeName } from '../../types/ctype';
import type { View } from '../inspect/view';
import { byteSize, bytesOf, type TypedLocation, unwrapCounter } from '../inspect/view';
import { type Evaluated, EvaluationError, type Frame, type Target } from '../target/target';
import { readOnlyText } from './faultText';
import { typedBack } from './typedBack';

/**
 * The bytes that an assignment to `location`, which may be an atomic counter, stores, and where. Nothing is changed.
 * @param shown how the value reads now
 * @throws EvaluationError
 */
export function bytesToStore(
  view: View,
  target: Target,
  location: TypedLocation,
  text: string,
  frame: Frame | undefined,
  shown: string,
): { readonly address: number; readonly bytes: Uint8Array } {
  const place = unwrapCounter(location);
  const [expression, result] = evaluated(target, text, shown, frame);
  const { address, length } = bytesOf(place);
  if (!view.mapped(address, length)) throw new EvaluationError('nothing is mapped at its address');
  const readOnly = view.space.firstReadOnly(address, length);
  if (readOnly !== undefined) throw new EvaluationError(readOnlyText(view.abi, readOnly));
  if (isRecord(place.type)) return { address, bytes: recordBytes(view, place, expression, result) };
  if (result.value === undefined) throw new EvaluationError(`${expression} has no value that could be stored`);
  // a number typed for a pointer is an address, as a debugger's user expects
  const literal = /^\s*(0[xX][0-9a-fA-F]+|\d+)[uUlL]*\s*$/.test(expression);
  const problem = literal ? undefined : assignable(decay(result.type, view.abi), place.type, result.value === 0n);
  if (problem?.severity === 'error') throw new EvaluationError(`${expression}: this ${problem.what}`);
  const bits = checkStore(place, result.value);
  let word = bits;
  if (place.bitWidth !== undefined) {
    const { shift } = bitFieldBytes(place.bitOffset ?? 0, place.bitWidth);
    word = withField(view.bits(address, length) ?? 0n, shift, place.bitWidth, bits);
  }
  return { address, bytes: Uint8Array.from({ length }, (_, i) => Number((word >> BigInt(i * 8)) & 0xffn)) };
}
/** The text as an expression; if it is not one, as a shown value. */
function evaluated(
  target: Target,
  text: string,
  shown: string,
  frame: Frame | undefined,
): readonly [string, Evaluated] {
  try {
    return [text, target.evaluate(text, frame)];
  } catch (error) {
    const meant = error instanceof EvaluationError ? typedBack(text, shown) : undefined;
    if (meant === undefined) throw error;
    return [meant, target.evaluate(meant, frame)];
  }
}
function recordBytes(view: View, { type }: TypedLocation, text: string, { type: own, address }: Evaluated): Uint8Array {
  if (own !== type || address === undefined)
    throw new EvaluationError(
      `${text} has the type ${typeName(own)}, not ${typeName(type)}: assign an object of that type, or one of the fields`,
    );
  return view.space.readBytes(address, byteSize(type));
}
/** The bits a value is stored as in a type. @throws EvaluationError if it does not fit */
function checkStore(location: TypedLocation, value: bigint): bigint {
  const { type } = location;
  if (type.kind !== 'int' && type.kind !== 'enum' && type.kind !== 'pointer')
    throw new EvaluationError(
      `${typeName(type)} cannot be assigned as a whole: assign one of its ${type.kind === 'array' ? 'elements' : 'fields'}`,
    );
  if (type.kind === 'int' && type.bool) return value === 0n ? 0n : 1n;
  const width = location.bitWidth ?? type.size * 8;
  if (!fitsBits(value, width))
    throw new EvaluationError(
      `${value} does not fit into ${typeName(type)}${location.bitWidth === undefined ? '' : ` : ${location.bitWidth}`} (${width} bits)`,
    );
  return BigInt.asUintN(width, value);
}
