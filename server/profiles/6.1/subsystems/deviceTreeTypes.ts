// biome-ignore-all format: a table, one row per structure
/** Nodes of the device tree and of other firmware: include/linux/of.h, fwnode.h, 6.1. */
import type { SubsystemTypes } from './subsystemTypes';

export const deviceTree: SubsystemTypes = {
  structs: {
    fwnode_handle: ['struct fwnode_handle *secondary', 'const struct fwnode_operations *ops', 'struct device *dev', 'struct list_head suppliers', 'struct list_head consumers', 'u8 flags'],
    property: ['char *name', 'int length', 'void *value', 'struct property *next'],
    device_node: ['const char *name', 'phandle phandle', 'const char *full_name', 'struct fwnode_handle fwnode', 'struct property *properties', 'struct device_node *parent', 'struct device_node *child', 'struct device_node *sibling', 'struct kobject kobj', 'unsigned long _flags', 'void *data'],
    of_phandle_args: ['struct device_node *np', 'int args_count', 'uint32_t args[16]'],
  },
  typedefs: { phandle: 'u32' },
};
