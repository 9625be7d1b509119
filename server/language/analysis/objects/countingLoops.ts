/** Loops that count: `for (i = 0; i < n; i++)`, to a constant or an input. How often they go round is for the input to say. */
import type { Program } from '../../check/context/program';
import { walkTree } from '../../syntax/visitor';
import type { CallGraph } from '../engine/callGraph';
import { type Block, blockAt, type Cfg, headsOf } from '../engine/flow/cfg';
import type { PathId, VarPaths } from '../engine/values/varPaths';

const NONE: ReadonlySet<Block> = new Set();

/** The tests of such loops in a body. */
export function countingTests(program: Program, paths: VarPaths, graph: CallGraph, cfg: Cfg): ReadonlySet<Block> {
  if (cfg.backEdges.length === 0) return NONE;
  const found = new Set<Block>();
  let counters: ReadonlySet<PathId> | undefined;
  for (const id of headsOf(cfg)) {
    const block = blockAt(cfg, id);
    if (block.end.op !== 'branch') continue;
    let counts = false;
    let isOther = false;
    walkTree(block.end.test, (node) => {
      if (node.kind === 'call') isOther = true;
      const sym = node.kind === 'ident' ? program.symbolOf(node) : undefined;
      if (sym?.kind !== 'var' || sym.input) return;
      counters ??= countersIn(program, paths, cfg);
      if (counters.has(paths.of(sym)) && !graph.isHandedOut(sym)) counts = true;
      else isOther = true;
    });
    if (counts && !isOther) found.add(block);
  }
  return found;
}
/** Local variables that a body sets to constants and counts up. */
function countersIn(program: Program, paths: VarPaths, cfg: Cfg): ReadonlySet<PathId> {
  const counted = new Set<PathId>();
  const declared = new Set<PathId>();
  const others = new Set<PathId>(cfg.params.map((param) => paths.of(param)));
  const change = (path: PathId): void => {
    const isDeclared = declared.has(path) || paths.get(path).variable?.init !== undefined;
    (isDeclared ? others : declared).add(path);
  };
  for (const { steps } of cfg.blocks) {
    for (const step of steps) {
      if (step.op === 'forget') {
        // the first is where a variable without a value is declared
        for (const path of step.stored)
          if (step.next) counted.add(path);
          else change(path);
      } else if (step.op === 'assign') {
        if (step.assign !== '=' || program.constantOf(step.value) === undefined) others.add(step.path);
        for (const path of step.touches) others.add(path);
      }
    }
  }
  for (const path of counted)
    if (others.has(path) || paths.get(path).variable?.storage !== 'local') counted.delete(path);
  return counted;
}
