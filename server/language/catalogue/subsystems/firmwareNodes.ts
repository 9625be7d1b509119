// biome-ignore-all format: a table, one row per entry
/**
 * Nodes and properties of the device tree and of other firmware, 6.1. What finds a node takes a reference on it; a loop over children drops the
 * one before, so that only leaving the loop early leaves one behind. The linter and the editor know them; they do not run.
 */
import type { ApiEntry } from '../form/entry';
import { counts, freed, frees, gives, inNmi, keeps, known, knownMacro, lastPut, loops, macro, sleeping, writes, writesUnlessNull } from '../form/make';

const BASE = 'drivers/of/base.c';
const OF = 'include/linux/of.h';
const PROPERTY = 'drivers/of/property.c';
const FW = 'drivers/base/property.c';
const FWH = 'include/linux/property.h';
const IRQ = 'drivers/of/irq.c';
const error = { result: 'error code' } as const;
const mayFail = { result: 'may be NULL' } as const;
const header = { header: 'linux/of.h' };
const fwHeader = { header: 'linux/property.h' };
const node = { ...freed('of_node_put'), ...gives('device node'), ...mayFail, ...header } as const;
const fwnode = { ...freed('fwnode_handle_put'), ...gives('firmware node'), ...mayFail, ...fwHeader } as const;
const NP = 'const struct device_node *np, const char *propname';
const DEV = 'struct device *dev, const char *propname';
const FWNODE = 'const struct fwnode_handle *fwnode, const char *propname';
const held = (by: string): string => `Each child is held while the loop is at it: break and return leave its reference behind, which ${by}() drops.`;

export const firmwareNodes = {
  // nodes of the device tree
  of_node_get: known('drivers/of/dynamic.c', 'struct device_node *of_node_get(struct device_node *node)', 'Takes a reference on a node, which it returns. NULL is ignored.', header, freed('of_node_put'), counts(0)),
  of_node_put: known('drivers/of/dynamic.c', 'void of_node_put(struct device_node *node)', 'Drops a reference on a node. NULL is ignored.', lastPut, header, frees(0, 'device node')),
  of_get_parent: known(BASE, 'struct device_node *of_get_parent(const struct device_node *node)', 'The parent, with a reference.', node),
  of_get_child_by_name: known(BASE, 'struct device_node *of_get_child_by_name(const struct device_node *node, const char *name)', 'The child of this name, with a reference; NULL if there is none.', node),
  of_get_compatible_child: known(BASE, 'struct device_node *of_get_compatible_child(const struct device_node *parent, const char *compatible)', 'The first child that is compatible, with a reference.', node),
  of_get_next_child: known(BASE, 'struct device_node *of_get_next_child(const struct device_node *node, struct device_node *prev)', 'The child after `prev`, or the first, with a reference; drops the one on `prev`.', node, frees(1, 'device node')),
  of_get_next_available_child: known(BASE, 'struct device_node *of_get_next_available_child(const struct device_node *node, struct device_node *prev)', 'of_get_next_child() that leaves out children whose status says that they are off.', node, frees(1, 'device node')),
  of_find_node_by_name: known(BASE, 'struct device_node *of_find_node_by_name(struct device_node *from, const char *name)', 'The next node of this name after `from` in the whole tree, with a reference; drops the one on `from`.', node, frees(0, 'device node')),
  of_find_compatible_node: known(BASE, 'struct device_node *of_find_compatible_node(struct device_node *from, const char *type, const char *compat)', 'The next node after `from` that is compatible, with a reference; drops the one on `from`.', node, frees(0, 'device node')),
  of_find_matching_node: known(OF, 'struct device_node *of_find_matching_node(struct device_node *from, const struct of_device_id *matches)', 'The next node after `from` that matches a table, with a reference; drops the one on `from`.', node, frees(0, 'device node')),
  of_find_node_by_path: known(OF, 'struct device_node *of_find_node_by_path(const char *path)', 'The node at a path, or of an alias, with a reference.', node),
  of_find_node_by_phandle: known(BASE, 'struct device_node *of_find_node_by_phandle(phandle handle)', 'The node of a phandle, with a reference.', node),
  of_parse_phandle: known(OF, 'struct device_node *of_parse_phandle(const struct device_node *np, const char *phandle_name, int index)', 'The node that the n-th phandle of a property leads to, with a reference.', node),
  of_parse_phandle_with_args: known(OF, 'int of_parse_phandle_with_args(const struct device_node *np, const char *list_name, const char *cells_name, int index, struct of_phandle_args *out_args)', 'The n-th entry of a list of phandles with arguments; of_node_put(out_args->np) is due.', error, header, writes(4)),
  for_each_child_of_node: macro(OF, 'for_each_child_of_node(parent, child)', `Loop over the children of a node. ${held('of_node_put')}`, loops, header),
  for_each_available_child_of_node: macro(OF, 'for_each_available_child_of_node(parent, child)', `for_each_child_of_node() without children whose status says that they are off. ${held('of_node_put')}`, loops, header),
  for_each_compatible_node: macro(OF, 'for_each_compatible_node(dn, type, compatible)', 'Loop over all nodes of the tree that are compatible; each is held while the loop is at it.', loops, header),
  for_each_matching_node: macro(OF, 'for_each_matching_node(dn, matches)', 'Loop over all nodes of the tree that match a table; each is held while the loop is at it.', loops, header),
  of_get_child_count: known(OF, 'int of_get_child_count(const struct device_node *np)', 'How many children a node has.', header),
  of_get_available_child_count: known(OF, 'int of_get_available_child_count(const struct device_node *np)', 'How many children a node has, without those that are off.', header),
  of_device_is_available: known(BASE, 'bool of_device_is_available(const struct device_node *device)', 'False if the node’s status says that it is off.', header),
  of_device_is_compatible: known(BASE, 'int of_device_is_compatible(const struct device_node *device, const char *compat)', 'Not zero if the node is compatible.', header),
  of_machine_is_compatible: known(BASE, 'int of_machine_is_compatible(const char *compat)', 'Not zero if the machine is compatible.', header),
  of_node_name_eq: known(BASE, 'bool of_node_name_eq(const struct device_node *np, const char *name)', 'True if the node has this name.', header),
  of_match_device: known('drivers/of/device.c', 'const struct of_device_id *of_match_device(const struct of_device_id *matches, const struct device *dev)', 'The entry of a table that the device matches; NULL if there is none.', mayFail, { header: 'linux/of_device.h' }),
  of_match_node: known(BASE, 'const struct of_device_id *of_match_node(const struct of_device_id *matches, const struct device_node *node)', 'The entry of a table that a node matches; NULL if there is none.', mayFail, header),
  of_alias_get_id: known(BASE, 'int of_alias_get_id(struct device_node *np, const char *stem)', 'The number of a node’s alias, or a negative errno.', error, header),
  of_iomap: known('drivers/of/address.c', 'void __iomem *of_iomap(struct device_node *device, int index)', 'Maps the n-th range of registers of a node.', sleeping, mayFail, { header: 'linux/of_address.h' }, freed('iounmap'), gives('ioremap')),
  of_address_to_resource: known('drivers/of/address.c', 'int of_address_to_resource(struct device_node *dev, int index, struct resource *r)', 'The n-th range of registers of a node.', error, { header: 'linux/of_address.h' }, writes(2)),
  of_irq_get: known(IRQ, 'int of_irq_get(struct device_node *dev, int index)', 'The n-th interrupt of a node, or a negative errno.', sleeping, error, { header: 'linux/of_irq.h' }),
  of_irq_get_byname: known(IRQ, 'int of_irq_get_byname(struct device_node *dev, const char *name)', 'The interrupt of this name of a node, or a negative errno.', sleeping, error, { header: 'linux/of_irq.h' }),
  irq_of_parse_and_map: known(IRQ, 'unsigned int irq_of_parse_and_map(struct device_node *node, int index)', 'The n-th interrupt of a node; 0 if there is none.', sleeping, { header: 'linux/of_irq.h' }),
  devm_of_platform_populate: known('drivers/of/platform.c', 'int devm_of_platform_populate(struct device *dev)', 'Makes platform devices of the children of the device’s node, until it is detached.', sleeping, error, { header: 'linux/of_platform.h' }),
  of_find_device_by_node: known('drivers/of/platform.c', 'struct platform_device *of_find_device_by_node(struct device_node *np)', 'The platform device of a node, with a reference that put_device() drops.', sleeping, mayFail, { header: 'linux/of_platform.h' }),
  dev_of_node: known('include/linux/device.h', 'struct device_node *dev_of_node(struct device *dev)', 'The device’s node, or NULL; takes no reference.', inNmi, mayFail),

  // properties of the device tree
  of_get_property: known(BASE, 'const void *of_get_property(const struct device_node *node, const char *name, int *lenp)', 'The value of a property, big-endian, and its length in bytes.', mayFail, header, writesUnlessNull(2)),
  of_find_property: known(BASE, 'struct property *of_find_property(const struct device_node *np, const char *name, int *lenp)', 'A property, and its length in bytes.', mayFail, header, writesUnlessNull(2)),
  of_property_read_string: known(PROPERTY, `int of_property_read_string(${NP}, const char **out_string)`, 'Finds the string of a property; it stays the tree’s.', error, header, writes(2)),
  of_property_read_string_index: known(OF, `int of_property_read_string_index(${NP}, int index, const char **output)`, 'Finds the n-th string of a property.', error, header, writes(3)),
  of_property_count_strings: known(OF, `int of_property_count_strings(${NP})`, 'How many strings a property has, or a negative errno.', error, header),
  of_property_match_string: known(PROPERTY, `int of_property_match_string(${NP}, const char *string)`, 'Which string of a property is this one, or a negative errno.', error, header),
  of_property_read_u8: known(OF, `int of_property_read_u8(${NP}, u8 *out_value)`, 'Reads a number of 8 bits.', error, header, writes(2)),
  of_property_read_u16: known(OF, `int of_property_read_u16(${NP}, u16 *out_value)`, 'Reads a number of 16 bits.', error, header, writes(2)),
  of_property_read_u64: known(PROPERTY, `int of_property_read_u64(${NP}, u64 *out_value)`, 'Reads a number of 64 bits.', error, header, writes(2)),
  of_property_read_s32: known(OF, `int of_property_read_s32(${NP}, s32 *out_value)`, 'Reads a signed number.', error, header, writes(2)),
  of_property_read_u32_index: known(PROPERTY, `int of_property_read_u32_index(${NP}, u32 index, u32 *out_value)`, 'Reads the n-th number of a property.', error, header, writes(3)),
  of_property_read_u32_array: known(OF, `int of_property_read_u32_array(${NP}, u32 *out_values, size_t sz)`, 'Reads so many numbers of a property.', error, header, writes(2)),
  of_property_count_u32_elems: known(OF, `int of_property_count_u32_elems(${NP})`, 'How many numbers of 32 bits a property has, or a negative errno.', error, header),

  // nodes and properties of any firmware
  fwnode_handle_get: known(FW, 'struct fwnode_handle *fwnode_handle_get(struct fwnode_handle *fwnode)', 'Takes a reference on a node, which it returns.', fwHeader, freed('fwnode_handle_put'), counts(0)),
  fwnode_handle_put: known(FW, 'void fwnode_handle_put(struct fwnode_handle *fwnode)', 'Drops a reference on a node. NULL is ignored.', lastPut, fwHeader, frees(0, 'firmware node')),
  device_get_next_child_node: known(FW, 'struct fwnode_handle *device_get_next_child_node(const struct device *dev, struct fwnode_handle *child)', 'The child after `child`, or the first, with a reference; drops the one on `child`.', fwnode, frees(1, 'firmware node')),
  device_get_named_child_node: known(FW, 'struct fwnode_handle *device_get_named_child_node(const struct device *dev, const char *childname)', 'The child of this name, with a reference.', fwnode),
  device_get_child_node_count: known(FW, 'unsigned int device_get_child_node_count(const struct device *dev)', 'How many children the device’s node has.', fwHeader),
  device_for_each_child_node: macro(FWH, 'device_for_each_child_node(dev, child)', `Loop over the children of a device’s node. ${held('fwnode_handle_put')}`, loops, fwHeader),
  fwnode_get_next_child_node: known(FW, 'struct fwnode_handle *fwnode_get_next_child_node(const struct fwnode_handle *fwnode, struct fwnode_handle *child)', 'The child after `child`, or the first, with a reference; drops the one on `child`.', fwnode, frees(1, 'firmware node')),
  fwnode_for_each_child_node: macro(FWH, 'fwnode_for_each_child_node(fwnode, child)', `Loop over the children of a node. ${held('fwnode_handle_put')}`, loops, fwHeader),
  dev_fwnode: knownMacro(FW, 'struct fwnode_handle *dev_fwnode(const struct device *dev)', 'The device’s node, or NULL; takes no reference.', inNmi, mayFail, fwHeader),
  to_of_node: knownMacro(OF, 'struct device_node *to_of_node(const struct fwnode_handle *fwnode)', 'The device tree’s node of a firmware node, or NULL; takes no reference.', inNmi, mayFail, header, keeps(0)),
  of_fwnode_handle: knownMacro(OF, 'struct fwnode_handle *of_fwnode_handle(struct device_node *node)', 'The firmware node of a node of the device tree; takes no reference.', inNmi, header, keeps(0)),
  device_property_present: known(FW, `bool device_property_present(${DEV})`, 'True if the device has the property.', fwHeader),
  device_property_read_bool: known(FWH, `bool device_property_read_bool(${DEV})`, 'True if the device has the property.', fwHeader),
  device_property_read_u8: known(FWH, `int device_property_read_u8(${DEV}, u8 *val)`, 'Reads a number of 8 bits.', error, fwHeader, writes(2)),
  device_property_read_u16: known(FWH, `int device_property_read_u16(${DEV}, u16 *val)`, 'Reads a number of 16 bits.', error, fwHeader, writes(2)),
  device_property_read_u64: known(FWH, `int device_property_read_u64(${DEV}, u64 *val)`, 'Reads a number of 64 bits.', error, fwHeader, writes(2)),
  device_property_read_u32_array: known(FW, `int device_property_read_u32_array(${DEV}, u32 *val, size_t nval)`, 'Reads so many numbers; with NULL and 0, how many there are.', error, fwHeader, writesUnlessNull(2)),
  device_property_count_u32: known(FWH, `int device_property_count_u32(${DEV})`, 'How many numbers a property has, or a negative errno.', error, fwHeader),
  device_property_read_string: known(FW, `int device_property_read_string(${DEV}, const char **val)`, 'Finds the string of a property; it stays the firmware’s.', error, fwHeader, writes(2)),
  device_property_read_string_array: known(FW, `int device_property_read_string_array(${DEV}, const char **val, size_t nval)`, 'Finds so many strings; with NULL and 0, how many there are.', error, fwHeader, writesUnlessNull(2)),
  device_property_match_string: known(FW, `int device_property_match_string(${DEV}, const char *string)`, 'Which string of a property is this one, or a negative errno.', error, fwHeader),
  fwnode_property_present: known(FW, `bool fwnode_property_present(${FWNODE})`, 'True if a node has the property.', fwHeader),
  fwnode_property_read_bool: known(FWH, `bool fwnode_property_read_bool(${FWNODE})`, 'True if a node has the property.', fwHeader),
  fwnode_property_read_u32: known(FWH, `int fwnode_property_read_u32(${FWNODE}, u32 *val)`, 'Reads a number.', error, fwHeader, writes(2)),
  fwnode_property_read_string: known(FW, `int fwnode_property_read_string(${FWNODE}, const char **val)`, 'Finds the string of a property.', error, fwHeader, writes(2)),
  of_get_named_gpio: known('include/linux/of_gpio.h', `int of_get_named_gpio(${NP}, int index)`, 'The number of the n-th GPIO line of a property, or a negative errno.', sleeping, error, { header: 'linux/of_gpio.h' }),
} as const satisfies Record<string, ApiEntry>;
