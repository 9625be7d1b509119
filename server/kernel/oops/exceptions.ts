/** Which JavaScript errors are exceptions of the emulated processor or kernel; any other one is a mistake in kmem itself. */
import { BusError } from '../../memory/memory';
import { PageFaultError } from '../../memory/space';
import { BadCallError, DivideError, GeneralProtectionError, PanicError, StackOverflowError } from '../arch/faults';
import { KernelBug } from '../lib/bug';
import { NotEmulated } from '../lib/not_emulated';

const EXCEPTIONS = [
  PageFaultError,
  BusError,
  GeneralProtectionError,
  BadCallError,
  DivideError,
  StackOverflowError,
  KernelBug,
  PanicError,
  NotEmulated,
];
export const isException = (error: unknown): boolean => EXCEPTIONS.some((type) => error instanceof type);
