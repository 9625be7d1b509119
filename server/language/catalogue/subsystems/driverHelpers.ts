// biome-ignore-all format: a table, one row per entry
/** What drivers of many kinds name besides: devices and their data, I/O regions and ports, tables of keys, files of sensors, 6.1. The linter and the editor know it; it does not run. */
import type { ApiEntry } from '../form/entry';
import { type Detail, declares, follows, freed, givesHandle, initialises, initialisesWithComma, inNmi, isObject, keeps, keepsAnyhow, known, macro, sleeping, writes } from '../form/make';

const DEVICE = 'include/linux/device.h';
const PLATFORM = 'drivers/base/platform.c';
const PM = 'include/linux/pm.h';
const RPM = 'drivers/base/power/runtime.c';
const IOPORT = 'include/linux/ioport.h';
const IO = 'include/asm-generic/io.h';
const SENSOR = 'include/linux/hwmon-sysfs.h';
const PINCONF = 'include/linux/pinctrl/pinconf-generic.h';
const error = { result: 'error code' } as const;
const mayFail = { result: 'may be NULL' } as const;
const managed: Detail = { ...sleeping, freeNote: 'by itself when the device is detached' };
const sensors = { header: 'linux/hwmon-sysfs.h' };
const keypad = { header: 'linux/input/matrix_keypad.h' };
const region = (name: string, what: string, by: string, ...more: Detail[]) =>
  known(IOPORT, `struct resource *${name}(resource_size_t start, resource_size_t n, const char *name)`, what, sleeping, mayFail, freed(by), ...more);
const reads = (name: string, type: string, bits: number) => known(IO, `${type} ${name}(unsigned long port)`, `Reads ${bits} bits from an I/O port.`, inNmi);
const puts = (name: string, type: string, bits: number) => known(IO, `void ${name}(${type} value, unsigned long port)`, `Writes ${bits} bits to an I/O port.`, inNmi);

export const driverHelpers = {
  // devices
  dev_get_platdata: known(DEVICE, 'void *dev_get_platdata(const struct device *dev)', 'What code of the board says about the device; NULL if nothing.', inNmi, mayFail),
  kobj_to_dev: macro(DEVICE, 'kobj_to_dev(kobj)', 'The device around a kobject.', inNmi),
  dev_set_name: known('drivers/base/core.c', 'int dev_set_name(struct device *dev, const char *name, ...)', 'Names a device that is not added yet.', sleeping, error),
  device_set_node: known('drivers/base/core.c', 'void device_set_node(struct device *dev, struct fwnode_handle *fwnode)', 'Gives a device its node; takes no reference.', inNmi, keeps(1)),
  dev_alert: macro('include/linux/dev_printk.h', 'dev_alert(dev, fmt, ...)', 'pr_alert() with the device’s name before it.', inNmi),
  to_platform_device: macro('include/linux/platform_device.h', 'to_platform_device(x)', 'The platform device around a struct device.', inNmi),
  platform_device_alloc: known(PLATFORM, 'struct platform_device *platform_device_alloc(const char *name, int id)', 'Makes a device that is not added yet.', sleeping, mayFail, freed('platform_device_put')),
  platform_device_add: known(PLATFORM, 'int platform_device_add(struct platform_device *pdev)', 'Adds a device of platform_device_alloc().', sleeping, error, freed('platform_device_unregister')),
  platform_device_put: known(PLATFORM, 'void platform_device_put(struct platform_device *pdev)', 'Drops a device that was not added.', sleeping),
  platform_device_register: known(PLATFORM, 'int platform_device_register(struct platform_device *pdev)', 'Adds a device.', sleeping, error, freed('platform_device_unregister'), keeps(0)),
  platform_driver_probe: known('include/linux/platform_device.h', 'int platform_driver_probe(struct platform_driver *drv, int (*probe)(struct platform_device *pdev))', 'Registers a driver whose devices are there already; -ENODEV if there are none.', sleeping, error, freed('platform_driver_unregister'), keeps(0)),
  dev_get_regmap: known('drivers/base/regmap/regmap.c', 'struct regmap *dev_get_regmap(struct device *dev, const char *name)', 'A register map that was made for the device; NULL if there is none.', sleeping, mayFail),
  syscon_node_to_regmap: known('drivers/mfd/syscon.c', 'struct regmap *syscon_node_to_regmap(struct device_node *np)', 'The register map of a node.', sleeping, givesHandle),
  ACPI_PTR: macro('include/linux/acpi.h', 'ACPI_PTR(_ptr)', 'The pointer; NULL in kernels without ACPI.'),
  stream_open: known('fs/open.c', 'int stream_open(struct inode *inode, struct file *filp)', 'Says that a file is a stream: it has no positions, and reads and writes do not wait for each other; always 0.'),
  devm_delayed_work_autocancel: known('include/linux/devm-helpers.h', 'int devm_delayed_work_autocancel(struct device *dev, struct delayed_work *w, work_func_t worker)', 'INIT_DELAYED_WORK() whose work is cancelled when the device is detached.', managed, error, { registers: [{ arg: 2, context: 'kworker', of: { arg: 1, by: 'address' } }] }, keeps(1)),
  pm_runtime_enabled: known('include/linux/pm_runtime.h', 'bool pm_runtime_enabled(struct device *dev)', 'True after pm_runtime_enable().', inNmi),
  pm_runtime_allow: known(RPM, 'void pm_runtime_allow(struct device *dev)', 'Lets the device be suspended at run time, as "auto" in sysfs.', { sleeps: 'may', sleepsNote: 'where it suspends the device' }),
  pm_runtime_forbid: known(RPM, 'void pm_runtime_forbid(struct device *dev)', 'Keeps the device awake, as "on" in sysfs.', { sleeps: 'may', sleepsNote: 'where it wakes the device' }),
  SET_LATE_SYSTEM_SLEEP_PM_OPS: macro(PM, 'SET_LATE_SYSTEM_SLEEP_PM_OPS(suspend_fn, resume_fn)', 'In the braces of a struct dev_pm_ops: suspend_late, resume_early and their like.', initialisesWithComma),
  SET_NOIRQ_SYSTEM_SLEEP_PM_OPS: macro(PM, 'SET_NOIRQ_SYSTEM_SLEEP_PM_OPS(suspend_fn, resume_fn)', 'In the braces of a struct dev_pm_ops: suspend_noirq, resume_noirq and their like.', initialisesWithComma),

  // I/O regions and ports
  request_region: region('request_region', 'Reserves I/O ports; NULL if somebody has them.', 'release_region'),
  release_region: known(IOPORT, 'void release_region(resource_size_t start, resource_size_t n)', 'Ends request_region().', sleeping),
  request_mem_region: region('request_mem_region', 'Reserves addresses of a device; NULL if somebody has them.', 'release_mem_region'),
  release_mem_region: known(IOPORT, 'void release_mem_region(resource_size_t start, resource_size_t n)', 'Ends request_mem_region().', sleeping),
  devm_request_region: known(IOPORT, 'struct resource *devm_request_region(struct device *dev, resource_size_t start, resource_size_t n, const char *name)', 'request_region() that ends when the device is detached.', managed, mayFail),
  devm_request_mem_region: known(IOPORT, 'struct resource *devm_request_mem_region(struct device *dev, resource_size_t start, resource_size_t n, const char *name)', 'request_mem_region() that ends when the device is detached.', managed, mayFail),
  inb: reads('inb', 'u8', 8),
  inw: reads('inw', 'u16', 16),
  inl: reads('inl', 'u32', 32),
  outb: puts('outb', 'u8', 8),
  outw: puts('outw', 'u16', 16),
  outl: puts('outl', 'u32', 32),
  inb_p: reads('inb_p', 'u8', 8),
  outb_p: puts('outb_p', 'u8', 8),
  __raw_readl: macro(IO, '__raw_readl(addr)', 'readl() without ordering, in the CPU’s byte order.', inNmi),
  __raw_writel: macro(IO, '__raw_writel(value, addr)', 'writel() without ordering, in the CPU’s byte order.', inNmi),

  // chips and keys
  GPIOCHIP_IRQ_RESOURCE_HELPERS: macro('include/linux/gpio/driver.h', 'GPIOCHIP_IRQ_RESOURCE_HELPERS()', 'In the braces of a struct irq_chip: what GPIO chips do when an interrupt is requested and released.', isObject, initialises),
  bgpio_init: known('drivers/gpio/gpio-mmio.c', 'int bgpio_init(struct gpio_chip *gc, struct device *dev, unsigned long sz, void __iomem *dat, void __iomem *set, void __iomem *clr, void __iomem *dirout, void __iomem *dirin, unsigned long flags)', 'Fills in a chip whose lines are bits of registers of so many bytes.', error),
  pinconf_to_config_param: known(PINCONF, 'enum pin_config_param pinconf_to_config_param(unsigned long config)', 'PIN_CONFIG_… of a setting.', inNmi),
  pinconf_to_config_argument: known(PINCONF, 'u32 pinconf_to_config_argument(unsigned long config)', 'The value of a setting.', inNmi),
  pwm_set_chip_data: known('drivers/pwm/core.c', 'int pwm_set_chip_data(struct pwm_device *pwm, void *data)', 'Stores the chip’s data of a PWM.', error, keepsAnyhow(1)),
  pwm_get_chip_data: known('drivers/pwm/core.c', 'void *pwm_get_chip_data(struct pwm_device *pwm)', 'The chip’s data of a PWM.', inNmi),
  input_device_enabled: known('drivers/input/input.c', 'bool input_device_enabled(struct input_dev *dev)', 'True if somebody has opened the device and it is not inhibited; dev->mutex is held.', { header: 'linux/input.h' }, follows(0)),
  MATRIX_SCAN_CODE: macro('include/linux/input/matrix_keypad.h', 'MATRIX_SCAN_CODE(row, col, row_shift)', 'The number of a key by its row and column.', inNmi, keypad),
  matrix_keypad_build_keymap: known('drivers/input/matrix-keymap.c', 'int matrix_keypad_build_keymap(const struct matrix_keymap_data *keymap_data, const char *keymap_name, unsigned int rows, unsigned int cols, unsigned short *keymap, struct input_dev *input_dev)', 'Makes the table of keys, of the board’s data or of the firmware’s description.', managed, error, keypad),
  matrix_keypad_parse_properties: known('drivers/input/matrix-keymap.c', 'int matrix_keypad_parse_properties(struct device *dev, unsigned int *rows, unsigned int *cols)', 'Takes rows and columns from the firmware’s description.', error, keypad, writes(1, 2)),

  // files of sensors
  to_sensor_dev_attr: macro(SENSOR, 'to_sensor_dev_attr(_dev_attr)', 'The file of a sensor around a struct device_attribute.', inNmi, sensors),
  SENSOR_DEVICE_ATTR: macro(SENSOR, 'SENSOR_DEVICE_ATTR(_name, _mode, _show, _store, _index)', 'Defines sensor_dev_attr_NAME, a file of a sensor with its number.', declares, sensors),
  SENSOR_DEVICE_ATTR_RO: macro(SENSOR, 'SENSOR_DEVICE_ATTR_RO(_name, _func, _index)', 'Defines sensor_dev_attr_NAME, read by FUNC_show().', declares, sensors),
  SENSOR_DEVICE_ATTR_RW: macro(SENSOR, 'SENSOR_DEVICE_ATTR_RW(_name, _func, _index)', 'Defines sensor_dev_attr_NAME, read by FUNC_show() and written by FUNC_store().', declares, sensors),
  SENSOR_DEVICE_ATTR_WO: macro(SENSOR, 'SENSOR_DEVICE_ATTR_WO(_name, _func, _index)', 'Defines sensor_dev_attr_NAME, written by FUNC_store().', declares, sensors),
  IIO_CHAN_SOFT_TIMESTAMP: macro('include/linux/iio/iio.h', 'IIO_CHAN_SOFT_TIMESTAMP(_si)', 'The channel of the time that is written behind each sample.'),
} as const satisfies Record<string, ApiEntry>;
