/** View "Address space": the kernel's half to scale, at the resolution of the window. */
import { isException } from '../../../kernel/oops/exceptions';
import type { Asking } from '../asking';
import { momentOf } from '../moments';
import type { AddressSpaceAnswer, AddressSpaceQuestion } from '../shapes/addressSpace';
import { fixedSlots } from './fixedSlots';
import { mappedRuns } from './mappedRuns';
import { perCpuChunks } from './perCpuChunks';
import { spaceRegions } from './spaceRegions';
import { kernelHalf, rangeOf, spaceWindow } from './spaceWindow';
import { vmallocAreas } from './vmallocAreas';

const NO_AREAS: ReturnType<typeof vmallocAreas> = {
  damaged: 0,
  areas: [],
  holes: [],
  vmalloc: { areas: 0, pages: 0, lazyAreas: 0, lazyPages: 0, lazyMaxPages: 0, freeBytes: 0, largestFreeBytes: 0 },
};
const ABSENT = [
  { what: 'user memory', why: 'kmem runs no user code: nothing is mapped below the kernel’s addresses' },
  {
    what: 'memory of modules',
    why: 'the scenario is the only module, and its code and variables lie in the kernel image',
  },
];

/** @throws InspectorError for a window outside the kernel's half */
export function addressSpace({ session }: Asking, question: AddressSpaceQuestion): AddressSpaceAnswer {
  const { view } = session;
  const window = spaceWindow(view, question);
  const whole = kernelHalf(view);
  const problems: string[] = [];
  const readable = <T>(what: string, read: () => T, otherwise: T): T => {
    try {
      return read();
    } catch (error) {
      if (!isException(error)) throw error;
      problems.push(`${what} cannot be followed: a pointer has been overwritten`);
      return otherwise;
    }
  };
  const { damaged, ...areas } = readable(
    "the vmalloc space's lists of areas",
    () => vmallocAreas(view, window),
    NO_AREAS,
  );
  if (damaged > 0)
    problems.push(`${damaged} areas do not lie in the vmalloc space: their addresses have been overwritten`);
  const chunks = readable('the lists of per-CPU chunks', () => perCpuChunks(view), []);
  return {
    moment: momentOf(session),
    absent: ABSENT.map((a) => ({ ...a })),
    whole: rangeOf(view, whole.start, whole.end),
    window: rangeOf(view, window.start, window.end),
    regions: spaceRegions(view),
    mapped: mappedRuns(view, window),
    ...areas,
    slots: fixedSlots(session, window),
    chunks,
    ...(problems.length > 0 ? { problem: problems.join('; ') } : {}),
  };
}
