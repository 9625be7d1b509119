// biome-ignore-all format: a table, one row per entry
/** GPIO chips, interrupt domains and chained handlers, human interface devices, 6.1. The linter and the editor know them; they do not run. */
import type { ApiEntry } from '../form/entry';
import { type Detail, follows, freed, initialises, inNmi, keeps, known, knownMacro, macro, mustCheck, needs, since, sleeping, writes } from '../form/make';

const GPIO = 'drivers/gpio/gpiolib.c';
const GPIOH = 'include/linux/gpio/driver.h';
const DOMAIN = 'include/linux/irqdomain.h';
const DOMAINC = 'kernel/irq/irqdomain.c';
const CHIP = 'kernel/irq/chip.c';
const IRQH = 'include/linux/irq.h';
const DESC = 'include/linux/irqdesc.h';
const HID = 'drivers/hid/hid-core.c';
const HIDH = 'include/linux/hid.h';
const error = { result: 'error code' } as const;
const mayFail = { result: 'may be NULL' } as const;
const gpioHeader = { header: 'linux/gpio/driver.h' };
const irqHeader = { header: 'linux/irq.h' };
const domainHeader = { header: 'linux/irqdomain.h' };
const hidHeader = { header: 'linux/hid.h' };
const managed: Detail = { ...sleeping, freeNote: 'by itself when the device is detached' };
const slowBus: Detail = { sleeps: 'may', sleepsNote: 'where the interrupt’s chip is behind a slow bus' };
const interrupts = needs('with interrupts off, from the handler of the interrupt that stands for several');
const flow = (name: string, what: string) => known(CHIP, `void ${name}(struct irq_desc *desc)`, what, irqHeader, interrupts);
const IRQDATA = 'struct irq_data *data';

export const gpioChips = {
  // GPIO chips
  gpiochip_add_data: knownMacro(GPIOH, 'int gpiochip_add_data(struct gpio_chip *gc, void *data)', 'Adds a chip of GPIO lines: they can be used at once.', sleeping, error, gpioHeader, freed('gpiochip_remove'), keeps(0, 1)),
  devm_gpiochip_add_data: knownMacro(GPIOH, 'int devm_gpiochip_add_data(struct device *dev, struct gpio_chip *gc, void *data)', 'gpiochip_add_data() that ends when the device is detached.', managed, error, gpioHeader, keeps(1, 2)),
  gpiochip_remove: known(GPIO, 'void gpiochip_remove(struct gpio_chip *gc)', 'Ends gpiochip_add_data().', sleeping, gpioHeader),
  gpiochip_get_data: known(GPIO, 'void *gpiochip_get_data(struct gpio_chip *gc)', 'The driver’s own data.', inNmi, gpioHeader, follows(0)),
  gpiochip_enable_irq: known(GPIO, 'void gpiochip_enable_irq(struct gpio_chip *gc, unsigned int offset)', 'Says that a line is used as an interrupt that is on: in irq_unmask(), before the chip does it.', gpioHeader),
  gpiochip_disable_irq: known(GPIO, 'void gpiochip_disable_irq(struct gpio_chip *gc, unsigned int offset)', 'Says that a line’s interrupt is off: in irq_mask(), after the chip has done it.', gpioHeader),
  gpio_irq_chip_set_chip: known(GPIOH, 'void gpio_irq_chip_set_chip(struct gpio_irq_chip *girq, const struct irq_chip *chip)', 'Chooses the interrupt chip of a GPIO chip.', gpioHeader, since('5.19'), keeps(1)),
  gpiochip_generic_request: known(GPIO, 'int gpiochip_generic_request(struct gpio_chip *gc, unsigned int offset)', 'request() of chips whose pins have a controller.', sleeping, error, gpioHeader),
  gpiochip_generic_free: known(GPIO, 'void gpiochip_generic_free(struct gpio_chip *gc, unsigned int offset)', 'Ends gpiochip_generic_request().', sleeping, gpioHeader),
  gpiochip_generic_config: known(GPIO, 'int gpiochip_generic_config(struct gpio_chip *gc, unsigned int offset, unsigned long config)', 'set_config() of chips whose pins have a controller.', sleeping, error, gpioHeader),
  gpiochip_irq_reqres: known(GPIO, `int gpiochip_irq_reqres(${IRQDATA})`, 'irq_request_resources() of GPIO chips.', sleeping, error, gpioHeader, since('5.19')),
  gpiochip_irq_relres: known(GPIO, `void gpiochip_irq_relres(${IRQDATA})`, 'irq_release_resources() of GPIO chips.', sleeping, gpioHeader, since('5.19')),
  irq_data_get_irq_chip_data: known(IRQH, 'void *irq_data_get_irq_chip_data(struct irq_data *d)', 'What irq_set_chip_data() has kept; for GPIO chips the struct gpio_chip.', inNmi, irqHeader, follows(0)),
  irqd_to_hwirq: known(IRQH, 'irq_hw_number_t irqd_to_hwirq(struct irq_data *d)', 'The interrupt’s number in its domain.', inNmi, irqHeader, follows(0)),
  irqd_get_trigger_type: known(IRQH, 'u32 irqd_get_trigger_type(struct irq_data *d)', 'IRQ_TYPE_… of the interrupt.', inNmi, irqHeader, follows(0)),

  // interrupt domains
  irq_domain_add_linear: known(DOMAIN, 'struct irq_domain *irq_domain_add_linear(struct device_node *of_node, unsigned int size, const struct irq_domain_ops *ops, void *host_data)', 'A domain of so many interrupts.', sleeping, mayFail, domainHeader, freed('irq_domain_remove'), keeps(3)),
  irq_domain_create_linear: known(DOMAIN, 'struct irq_domain *irq_domain_create_linear(struct fwnode_handle *fwnode, unsigned int size, const struct irq_domain_ops *ops, void *host_data)', 'A domain of so many interrupts.', sleeping, mayFail, domainHeader, freed('irq_domain_remove'), keeps(3)),
  irq_domain_remove: known(DOMAINC, 'void irq_domain_remove(struct irq_domain *domain)', 'Ends a domain whose mappings are gone.', sleeping, domainHeader),
  irq_create_mapping: known(DOMAIN, 'unsigned int irq_create_mapping(struct irq_domain *host, irq_hw_number_t hwirq)', 'The number of a domain’s interrupt; 0 where it fails.', { sleeps: 'may', sleepsNote: 'where it has none yet' }, domainHeader, freed('irq_dispose_mapping')),
  irq_find_mapping: known(DOMAIN, 'unsigned int irq_find_mapping(struct irq_domain *domain, irq_hw_number_t hwirq)', 'The number of a domain’s interrupt; 0 if it has none.', domainHeader),
  irq_dispose_mapping: known(DOMAINC, 'void irq_dispose_mapping(unsigned int virq)', 'Ends irq_create_mapping().', sleeping, domainHeader),
  generic_handle_irq: known('kernel/irq/irqdesc.c', 'int generic_handle_irq(unsigned int irq)', 'Runs the handlers of an interrupt.', error, irqHeader, interrupts),
  generic_handle_domain_irq: known('kernel/irq/irqdesc.c', 'int generic_handle_domain_irq(struct irq_domain *domain, unsigned int hwirq)', 'Runs the handlers of a domain’s interrupt.', error, irqHeader, interrupts, since('5.14')),
  handle_nested_irq: known(CHIP, 'void handle_nested_irq(unsigned int irq)', 'Runs the handlers of an interrupt in the thread that it is called from.', sleeping, irqHeader),
  irq_set_chained_handler_and_data: known(CHIP, 'void irq_set_chained_handler_and_data(unsigned int irq, irq_flow_handler_t handle, void *data)', 'handle() runs in hard interrupt context, on PREEMPT_RT, too, and calls the handlers of other interrupts; NULL ends it.', slowBus, irqHeader, { registers: [{ arg: 1, context: 'hardirq' }] }, keeps(2)),
  irq_set_chained_handler: known(IRQH, 'void irq_set_chained_handler(unsigned int irq, irq_flow_handler_t handle)', 'irq_set_chained_handler_and_data() without data.', slowBus, irqHeader, { registers: [{ arg: 1, context: 'hardirq' }] }),
  chained_irq_enter: known('include/linux/irqchip/chained_irq.h', 'void chained_irq_enter(struct irq_chip *chip, struct irq_desc *desc)', 'Begins a chained handler.', follows(0)),
  chained_irq_exit: known('include/linux/irqchip/chained_irq.h', 'void chained_irq_exit(struct irq_chip *chip, struct irq_desc *desc)', 'Ends a chained handler.', follows(0)),
  irq_desc_get_handler_data: known(DESC, 'void *irq_desc_get_handler_data(struct irq_desc *desc)', 'The data of a chained handler.', inNmi, irqHeader),
  irq_desc_get_chip: known(DESC, 'struct irq_chip *irq_desc_get_chip(struct irq_desc *desc)', 'The chip of an interrupt.', inNmi, irqHeader),
  irq_set_chip_and_handler: known(IRQH, 'void irq_set_chip_and_handler(unsigned int irq, const struct irq_chip *chip, irq_flow_handler_t handle)', 'Chip and flow of an interrupt: in map() of its domain.', slowBus, irqHeader, keeps(1)),
  irq_set_chip_data: known(CHIP, 'int irq_set_chip_data(unsigned int irq, void *data)', 'Stores the chip’s data of an interrupt.', error, irqHeader, keeps(1)),
  irq_set_handler_locked: known(DESC, 'void irq_set_handler_locked(struct irq_data *data, irq_flow_handler_t handler)', 'Changes the flow of an interrupt: in irq_set_type(), where its lock is held.', irqHeader),
  irq_set_nested_thread: known(IRQH, 'void irq_set_nested_thread(unsigned int irq, bool nest)', 'The interrupt’s handlers run in the thread of another.', irqHeader),
  irq_set_noprobe: known(IRQH, 'void irq_set_noprobe(unsigned int irq)', 'The interrupt is not probed for.', irqHeader),
  irq_set_irq_type: known(CHIP, 'int irq_set_irq_type(unsigned int irq, unsigned int type)', 'Which edge or level an interrupt comes at.', slowBus, error, irqHeader),
  irq_set_irq_wake: known('kernel/irq/manage.c', 'int irq_set_irq_wake(unsigned int irq, unsigned int on)', 'Whether an interrupt wakes the system; counted.', slowBus, error, irqHeader),
  handle_simple_irq: flow('handle_simple_irq', 'The flow of interrupts that need no acknowledgement.'),
  handle_level_irq: flow('handle_level_irq', 'The flow of interrupts by level.'),
  handle_edge_irq: flow('handle_edge_irq', 'The flow of interrupts by edge.'),
  handle_bad_irq: known('kernel/irq/handle.c', 'void handle_bad_irq(struct irq_desc *desc)', 'The flow of interrupts that should not come.', irqHeader, interrupts),
  irq_domain_xlate_onecell: known(DOMAINC, 'int irq_domain_xlate_onecell(struct irq_domain *d, struct device_node *ctrlr, const u32 *intspec, unsigned int intsize, unsigned long *out_hwirq, unsigned int *out_type)', 'xlate() of a domain whose interrupts are described by a number.', error, domainHeader, writes(4, 5)),
  irq_domain_xlate_twocell: known(DOMAINC, 'int irq_domain_xlate_twocell(struct irq_domain *d, struct device_node *ctrlr, const u32 *intspec, unsigned int intsize, unsigned long *out_hwirq, unsigned int *out_type)', 'xlate() of a domain whose interrupts are described by a number and a type.', error, domainHeader, writes(4, 5)),

  // human interface devices
  hid_parse: known(HIDH, 'int hid_parse(struct hid_device *hdev)', 'Reads the descriptions of a device’s reports: in probe(), first.', sleeping, error, mustCheck, hidHeader),
  hid_hw_start: known(HID, 'int hid_hw_start(struct hid_device *hdev, unsigned int connect_mask)', 'Starts a device and connects it to input, hidraw and others.', sleeping, error, mustCheck, hidHeader, freed('hid_hw_stop')),
  hid_hw_stop: known(HID, 'void hid_hw_stop(struct hid_device *hdev)', 'Ends hid_hw_start().', sleeping, hidHeader),
  hid_hw_open: known(HID, 'int hid_hw_open(struct hid_device *hdev)', 'Lets events come that nobody else has asked for.', sleeping, error, mustCheck, hidHeader, freed('hid_hw_close')),
  hid_hw_close: known(HID, 'void hid_hw_close(struct hid_device *hdev)', 'Ends hid_hw_open().', sleeping, hidHeader),
  hid_hw_request: known(HID, 'void hid_hw_request(struct hid_device *hdev, struct hid_report *report, enum hid_class_request reqtype)', 'Reads or writes a report.', { sleeps: 'may', sleepsNote: 'unless the bus does it later' }, hidHeader),
  hid_hw_raw_request: known(HID, 'int hid_hw_raw_request(struct hid_device *hdev, unsigned char reportnum, __u8 *buf, size_t len, enum hid_report_type rtype, enum hid_class_request reqtype)', 'Reads or writes the bytes of a report; how many, or a negative errno.', sleeping, error, hidHeader, needs('the buffer is kmalloc memory: not on the stack')),
  hid_hw_output_report: known(HID, 'int hid_hw_output_report(struct hid_device *hdev, __u8 *buf, size_t len)', 'Sends the bytes of a report; how many, or a negative errno.', sleeping, error, hidHeader, needs('the buffer is kmalloc memory: not on the stack')),
  hid_set_drvdata: known(HIDH, 'void hid_set_drvdata(struct hid_device *hdev, void *data)', 'Stores the driver’s own data.', hidHeader, keeps(1)),
  hid_get_drvdata: known(HIDH, 'void *hid_get_drvdata(struct hid_device *hdev)', 'The driver’s own data.', inNmi, hidHeader),
  hid_register_driver: macro(HIDH, 'hid_register_driver(driver)', 'Registers a driver: probe() is called for each device that matches.', sleeping, error, hidHeader, freed('hid_unregister_driver')),
  __hid_register_driver: known(HID, 'int __hid_register_driver(struct hid_driver *hdrv, struct module *owner, const char *mod_name)', 'What hid_register_driver() is made of.', sleeping, error, mustCheck, hidHeader, freed('hid_unregister_driver'), keeps(0)),
  hid_unregister_driver: known(HID, 'void hid_unregister_driver(struct hid_driver *hdrv)', 'Ends a driver: remove() is called for each device.', sleeping, hidHeader),
  HID_USB_DEVICE: macro(HIDH, 'HID_USB_DEVICE(ven, prod)', 'In the braces of a struct hid_device_id: this USB device.', hidHeader, initialises),
  HID_BLUETOOTH_DEVICE: macro(HIDH, 'HID_BLUETOOTH_DEVICE(ven, prod)', 'In the braces of a struct hid_device_id: this Bluetooth device.', hidHeader, initialises),
  HID_DEVICE: macro(HIDH, 'HID_DEVICE(b, g, ven, prod)', 'In the braces of a struct hid_device_id: a device of this bus and group.', hidHeader, initialises),
} as const satisfies Record<string, ApiEntry>;
