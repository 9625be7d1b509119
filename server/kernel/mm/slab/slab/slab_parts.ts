/** The parts that SLAB's algorithms work with; made once for a machine. */

import { Lists } from '../../../lib/list';
import { StructMemory } from '../../../lib/struct_memory';
import type { GfpMasks } from '../../gfp';
import { fallbackZonelists } from '../../zonelist';
import type { SlabKernel } from '../slab_kernel';
import { SlabArrays } from './slab_arrays';
import { SlabCreation } from './slab_create';
import { SlabFolios } from './slab_folios';
import { SlabObjects } from './slab_freelist';
import { CFLGS_OFF_SLAB, type SlabMachine, slabMaxOrder } from './slab_geometry';
import { SlabLists } from './slab_lists';
import type { SlabPorts } from './slab_ports';
import { SlabStructs } from './slab_structs';

export interface SlabParts {
  readonly structs: SlabStructs;
  readonly folios: SlabFolios;
  readonly objects: SlabObjects;
  readonly lists: SlabLists;
  readonly arrays: SlabArrays;
  readonly creation: SlabCreation;
  readonly ports: SlabPorts;
  readonly gfp: GfpMasks;
  readonly nodeIds: readonly number[];
  /** possible CPUs */
  readonly cpus: number;
  nodeOfCpu(cpu: number): number;
  /** nodes in the order in which a node's zonelist has them, for the zones that a mask may take from; with repetitions */
  zonelistNodes(node: number, gfp: number): readonly number[];
  /** REAPTIMEOUT_NODE in jiffies */
  readonly nodeTimeout: number;
  readonly listHeads: Lists;
  /** CONFIG_NUMA: masks of the fast path name the node and do not reclaim */
  readonly numa: boolean;
}

/** seconds between two looks at a node's lists (REAPTIMEOUT_NODE) */
const NODE_SECONDS = 4;

export function slabParts(k: SlabKernel, ports: SlabPorts): SlabParts {
  const { layouts, profile, config, gfp, nodes, abi } = k;
  const memory = new StructMemory(k.space, abi, layouts);
  const structs = new SlabStructs(memory, (tag) => layouts.size(tag));
  const folios = new SlabFolios({ pageAlloc: k.pageAlloc, pageApi: k.pageApi, ports });
  const objects = new SlabObjects({ structs, folios, ports });
  const listHeads = new Lists(memory, k.poison);
  const lists = new SlabLists({ structs, objects, folios, lists: listHeads, ports, gfp });
  const nodeIds = nodes.map(({ id }) => id);
  const nodeByCpu = Int32Array.from(
    { length: config.cpus },
    (_, cpu) => nodes.find((n) => n.cpus.includes(cpu))?.id ?? 0,
  );
  const nodeOfCpu = (cpu: number): number => nodeByCpu[cpu] ?? 0;
  const cpus = config.cpus;
  const nodeTimeout = NODE_SECONDS * profile.hz;
  const arrays = new SlabArrays({ structs, lists, folios, nodeIds, cpus, nodeOfCpu, ports });
  const machine: SlabMachine = {
    wordSize: abi.wordSize,
    sizeWithMetadata: ports.sanitizer && ((cache) => ports.sanitizer?.sizeWithMetadata(cache) ?? cache.size),
    maxOrder: slabMaxOrder(config.parameters, k.vars.read('_totalram_pages')),
    kmallocCache(size) {
      const cache = ports.kmallocCache(size);
      if (cache === 0) return undefined;
      const { cache: at } = structs;
      return { size: structs.get(cache + at.size), offSlab: (structs.get(cache + at.flags) & CFLGS_OFF_SLAB) !== 0 };
    },
  };
  const creation = new SlabCreation({
    structs,
    lists,
    arrays,
    machine,
    gfp,
    nodeIds,
    cpus,
    cpusOfNode: (node) => nodes.find(({ id }) => id === node)?.cpus.length ?? 0,
    nodeOfCpu,
    nodeTimeout,
    errno: profile.errno,
    ports,
  });
  const zonelists = fallbackZonelists(nodes, k.pageAlloc.zones);
  return {
    structs,
    folios,
    objects,
    lists,
    arrays,
    creation,
    ports,
    gfp,
    nodeIds,
    cpus,
    nodeOfCpu,
    zonelistNodes(node, mask) {
      const highest = gfp.zone(mask);
      return (zonelists[node] ?? []).flatMap((zone) => (zone.idx <= highest ? [zone.node] : []));
    },
    nodeTimeout,
    listHeads,
    numa: config.arch === 'x86_64',
  };
}
