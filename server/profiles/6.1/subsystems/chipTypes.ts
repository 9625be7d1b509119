// biome-ignore-all format: a table, one row per structure
/**
 * GPIO chips, interrupt chips and domains, supplies and clocks in bulk, PHYs: include/linux/gpio/driver.h, irq.h, irqdomain.h, regulator/consumer.h,
 * clk.h, phy/phy.h, 6.1, from the fields that drivers touch.
 */
import { bits } from './numbered';
import type { SubsystemTypes } from './subsystemTypes';

const GC = 'struct gpio_chip *gc';
const OFFSET = `${GC}, unsigned int offset`;
const IRQ = 'struct irq_data *data';
const DOMAIN = 'struct irq_domain *d';

export const chips: SubsystemTypes = {
  structs: {
    irq_data: ['u32 mask', 'unsigned int irq', 'unsigned long hwirq', 'struct irq_chip *chip', 'struct irq_domain *domain', 'struct irq_data *parent_data', 'void *chip_data'],
    irq_chip: [
      'const char *name', `unsigned int (*irq_startup)(${IRQ})`, ...['shutdown', 'enable', 'disable', 'ack', 'mask', 'mask_ack', 'unmask', 'eoi', 'bus_lock', 'bus_sync_unlock', 'suspend', 'resume', 'pm_shutdown', 'release_resources'].map((name) => `void (*irq_${name})(${IRQ})`),
      `int (*irq_set_affinity)(${IRQ}, const struct cpumask *dest, bool force)`, `int (*irq_retrigger)(${IRQ})`, `int (*irq_set_type)(${IRQ}, unsigned int flow_type)`, `int (*irq_set_wake)(${IRQ}, unsigned int on)`,
      `int (*irq_request_resources)(${IRQ})`, `void (*irq_print_chip)(${IRQ}, struct seq_file *p)`, 'unsigned long flags',
    ],
    irq_domain_ops: [
      `int (*map)(${DOMAIN}, unsigned int virq, irq_hw_number_t hw)`, `void (*unmap)(${DOMAIN}, unsigned int virq)`,
      `int (*xlate)(${DOMAIN}, struct device_node *node, const u32 *intspec, unsigned int intsize, unsigned long *out_hwirq, unsigned int *out_type)`,
    ],
    irq_domain: ['const char *name', 'const struct irq_domain_ops *ops', 'void *host_data', 'unsigned int flags', 'struct fwnode_handle *fwnode'],
    gpio_irq_chip: [
      'struct irq_chip *chip', 'struct irq_domain *domain', 'const struct irq_domain_ops *domain_ops', 'irq_flow_handler_t handler', 'unsigned int default_type', 'irq_flow_handler_t parent_handler', 'void *parent_handler_data',
      'unsigned int num_parents', 'unsigned int *parents', 'unsigned int *map', 'bool threaded', `int (*init_hw)(${GC})`, `void (*init_valid_mask)(${GC}, unsigned long *valid_mask, unsigned int ngpios)`, 'unsigned long *valid_mask', 'unsigned int first',
    ],
    gpio_chip: [
      'const char *label', 'struct gpio_device *gpiodev', 'struct device *parent', 'struct fwnode_handle *fwnode', 'struct module *owner', `int (*request)(${OFFSET})`, `void (*free)(${OFFSET})`, `int (*get_direction)(${OFFSET})`,
      `int (*direction_input)(${OFFSET})`, `int (*direction_output)(${OFFSET}, int value)`, `int (*get)(${OFFSET})`, `int (*get_multiple)(${GC}, unsigned long *mask, unsigned long *bits)`, `void (*set)(${OFFSET}, int value)`,
      `void (*set_multiple)(${GC}, unsigned long *mask, unsigned long *bits)`, `int (*set_config)(${OFFSET}, unsigned long config)`, `int (*to_irq)(${OFFSET})`, `void (*dbg_show)(struct seq_file *s, ${GC})`,
      `int (*init_valid_mask)(${GC}, unsigned long *valid_mask, unsigned int ngpios)`, `int (*add_pin_ranges)(${GC})`, 'int base', 'u16 ngpio', 'u16 offset', 'const char *const *names', 'bool can_sleep', 'unsigned long (*read_reg)(void __iomem *reg)', 'void (*write_reg)(void __iomem *reg, unsigned long data)', 'bool be_bits', 'void __iomem *reg_dat', 'void __iomem *reg_set', 'void __iomem *reg_clr', 'void __iomem *reg_dir_out',
      'void __iomem *reg_dir_in', 'bool bgpio_dir_unreadable', 'int bgpio_bits', 'raw_spinlock_t bgpio_lock', 'unsigned long bgpio_data', 'unsigned long bgpio_dir',
      'struct gpio_irq_chip irq', 'unsigned long *valid_mask', 'struct device_node *of_node', 'unsigned int of_gpio_n_cells',
    ],
    gpio_descs: ['struct gpio_array *info', 'unsigned int ndescs', 'struct gpio_desc *desc[0]'],
    regulator_bulk_data: ['const char *supply', 'int init_load_uA', 'struct regulator *consumer', 'int ret'],
    clk_bulk_data: ['const char *id', 'struct clk *clk'],
    reg_default: ['unsigned int reg', 'unsigned int def'],
    reg_sequence: ['unsigned int reg', 'unsigned int def', 'unsigned int delay_us'],
    regmap_range: ['unsigned int range_min', 'unsigned int range_max'],
    regmap_access_table: ['const struct regmap_range *yes_ranges', 'unsigned int n_yes_ranges', 'const struct regmap_range *no_ranges', 'unsigned int n_no_ranges'],
  },
  typedefs: { irq_hw_number_t: 'unsigned long', irq_flow_handler_t: 'void (*)(struct irq_desc *desc)' },
  constants: {
    GPIO_LINE_DIRECTION_OUT: 0, GPIO_LINE_DIRECTION_IN: 1, GPIOD_OUT_LOW_OPEN_DRAIN: 11, GPIOD_OUT_HIGH_OPEN_DRAIN: 15,
    IRQ_TYPE_NONE: 0, IRQ_TYPE_EDGE_RISING: 1, IRQ_TYPE_EDGE_FALLING: 2, IRQ_TYPE_EDGE_BOTH: 3, IRQ_TYPE_LEVEL_HIGH: 4, IRQ_TYPE_LEVEL_LOW: 8, IRQ_TYPE_LEVEL_MASK: 12, IRQ_TYPE_SENSE_MASK: 15, IRQF_TRIGGER_NONE: 0, IRQF_TRIGGER_MASK: 15,
    ...bits('IRQCHIP_', 'SET_TYPE_MASKED EOI_IF_HANDLED MASK_ON_SUSPEND ONOFFLINE_ENABLED SKIP_SET_WAKE ONESHOT_SAFE EOI_THREADED SUPPORTS_LEVEL_MSI SUPPORTS_NMI ENABLE_WAKEUP_ON_SUSPEND AFFINITY_PRE_STARTUP IMMUTABLE'),
    REGULATOR_MODE_FAST: 1, REGULATOR_MODE_NORMAL: 2, REGULATOR_MODE_IDLE: 4, REGULATOR_MODE_STANDBY: 8,
  },
};
