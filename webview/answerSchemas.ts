/** What answers are checked with. The schema of the first picture comes with the page; the others, which are many, when they are needed. */
import type { GenericSchema } from 'valibot';
import { FIRST_QUESTION } from '../server/dap/inspectorProtocol';
import type { ViewName } from '../server/dap/inspectorViewNames';
import { PHYSICAL_MAP_ANSWER } from '../server/debugger/inspector/shapes/physicalMap';

/** Loads them all, so that no view waits for them. */
export const loadAnswerSchemas = () => import('../server/dap/inspectorViews');

export function answerSchema(view: ViewName): GenericSchema | Promise<GenericSchema> {
  if (view === FIRST_QUESTION.view) return PHYSICAL_MAP_ANSWER;
  return loadAnswerSchemas().then(({ INSPECTOR_VIEWS }) => INSPECTOR_VIEWS[view].answer);
}
