// biome-ignore-all format: a table, one row per macro
/** Bodies of macros that drivers use: include/linux/device.h, pm.h, pci.h, netdevice.h, include/uapi/asm-generic/ioctl.h, 6.1. */

const PM_SLEEP = ['suspend', 'freeze', 'poweroff'].map((f) => `.${f} = (suspend_fn)`).concat(['resume', 'thaw', 'restore'].map((f) => `.${f} = (resume_fn)`)).join(', ');
const RUNTIME = '(struct dev_pm_ops){ .runtime_suspend = (suspend_fn), .runtime_resume = (resume_fn), .runtime_idle = (idle_fn) }';
const FORCED = ['suspend', 'freeze', 'poweroff'].map((f) => `.${f} = pm_runtime_force_suspend`).concat(['resume', 'thaw', 'restore'].map((f) => `.${f} = pm_runtime_force_resume`)).join(', ');
const ioctl = (direction: number): string => `((${direction}U << 30) | ((unsigned int)sizeof(size) << 16) | ((type) << 8) | (nr))`;
const PCI_IDS = '.vendor = (vend), .device = (dev)';
const attribute = (mode: string, ...functions: string[]): string =>
  `struct device_attribute dev_attr_##_name = { .attr = { .name = "#_name", .mode = ${mode} }, ${functions.map((f) => `.${f} = _name##_${f}`).join(', ')} };`;
const NUMBER =
  'static const struct file_operations __fops = { .read = simple_attr_read, .write = simple_attr_write, .llseek = no_llseek }; ' +
  'static int (*const __fops##_getter)(void *data, u64 *val) __maybe_unused = __get; static int (*const __fops##_setter)(void *data, u64 val) __maybe_unused = __set;';

export const driverExpressions: Readonly<Record<string, string>> = {
  'dev_name(dev)': '((dev)->init_name ? (dev)->init_name : (dev)->kobj.name)',
  'IRQ_RETVAL(x)': '((x) ? IRQ_HANDLED : IRQ_NONE)',
  'of_match_ptr(_ptr)': '(_ptr)',
  'pm_ptr(_ptr)': '(_ptr)',
  'pm_sleep_ptr(_ptr)': '(_ptr)',
  'SET_SYSTEM_SLEEP_PM_OPS(suspend_fn, resume_fn)': `(struct dev_pm_ops){ ${PM_SLEEP} }`,
  'SET_RUNTIME_PM_OPS(suspend_fn, resume_fn, idle_fn)': RUNTIME,
  'SYSTEM_SLEEP_PM_OPS(suspend_fn, resume_fn)': `(struct dev_pm_ops){ ${PM_SLEEP} }`,
  'SET_LATE_SYSTEM_SLEEP_PM_OPS(suspend_fn, resume_fn)': '(struct dev_pm_ops){ .suspend_late = (suspend_fn), .resume_early = (resume_fn) }',
  'SET_NOIRQ_SYSTEM_SLEEP_PM_OPS(suspend_fn, resume_fn)': '(struct dev_pm_ops){ .suspend_noirq = (suspend_fn), .resume_noirq = (resume_fn) }',
  'RUNTIME_PM_OPS(suspend_fn, resume_fn, idle_fn)': RUNTIME,
  'dev_err_ratelimited(dev, fmt, ...)': 'dev_err(dev, fmt, __VA_ARGS__)',
  'dev_warn_ratelimited(dev, fmt, ...)': 'dev_warn(dev, fmt, __VA_ARGS__)',
  'dev_dbg_ratelimited(dev, fmt, ...)': 'dev_dbg(dev, fmt, __VA_ARGS__)',
  'platform_driver_register(drv)': '__platform_driver_register(drv, THIS_MODULE)',
  ...Object.fromEntries([['int', 1], ['ctrl', 2], ['bulk', 3]].flatMap(([kind, type]) => [
    [`usb_snd${kind}pipe(dev, endpoint)`, `((${type}U << 30) | ((dev)->devnum << 8) | ((endpoint) << 15))`],
    [`usb_rcv${kind}pipe(dev, endpoint)`, `((${type}U << 30) | ((dev)->devnum << 8) | ((endpoint) << 15) | USB_DIR_IN)`],
  ])),
  'interface_to_usbdev(intf)': 'to_usb_device((intf)->dev.parent)',
  'to_usb_device(d)': 'container_of(d, struct usb_device, dev)',
  'to_usb_interface(d)': 'container_of(d, struct usb_interface, dev)',
  'usb_register(driver)': 'usb_register_driver(driver, THIS_MODULE, "kmem")',
  'USB_DEVICE(vend, prod)': '(struct usb_device_id){ .match_flags = 3, .idVendor = (vend), .idProduct = (prod) }',
  'USB_INTERFACE_INFO(cl, sc, pr)': '(struct usb_device_id){ .match_flags = 0x380, .bInterfaceClass = (cl), .bInterfaceSubClass = (sc), .bInterfaceProtocol = (pr) }',
  'resource_size(res)': '((res)->end - (res)->start + 1)',
  'PCI_DEVICE(vend, dev)': `(struct pci_device_id){ ${PCI_IDS}, .subvendor = PCI_ANY_ID, .subdevice = PCI_ANY_ID }`,
  'PCI_DEVICE_SUB(vend, dev, subvend, subdev)': `(struct pci_device_id){ ${PCI_IDS}, .subvendor = (subvend), .subdevice = (subdev) }`,
  'PCI_DEVICE_CLASS(dev_class, dev_class_mask)': '(struct pci_device_id){ .class = (dev_class), .class_mask = (dev_class_mask), .vendor = PCI_ANY_ID, .device = PCI_ANY_ID, .subvendor = PCI_ANY_ID, .subdevice = PCI_ANY_ID }',
  'PCI_VDEVICE(vend, dev)': '(struct pci_device_id){ .vendor = PCI_VENDOR_ID_##vend, .device = (dev), .subvendor = PCI_ANY_ID, .subdevice = PCI_ANY_ID, 0, 0 }',
  'pci_resource_start(dev, bar)': '((dev)->resource[bar].start)',
  'pci_resource_len(dev, bar)': '((dev)->resource[bar].end == 0 ? 0 : (dev)->resource[bar].end - (dev)->resource[bar].start + 1)',
  'pci_name(pdev)': 'dev_name(&(pdev)->dev)',
  'pci_get_drvdata(pdev)': 'dev_get_drvdata(&(pdev)->dev)',
  'pci_set_drvdata(pdev, data)': 'dev_set_drvdata(&(pdev)->dev, data)',
  'pci_register_driver(driver)': '__pci_register_driver(driver, THIS_MODULE, KBUILD_MODNAME)',
  'DMA_BIT_MASK(n)': '(~0ULL >> (64 - (n)))',
  'dma_wmb()': '((void)0)',
  'dma_rmb()': '((void)0)',
  'i2c_set_clientdata(client, data)': 'dev_set_drvdata(&(client)->dev, data)',
  'i2c_get_clientdata(client)': 'dev_get_drvdata(&(client)->dev)',
  'MKDEV(ma, mi)': '(((ma) << 20) | (mi))',
  'MAJOR(dev)': '((unsigned int)((dev) >> 20))',
  'MINOR(dev)': '((unsigned int)((dev) & 0xfffffU))',
  '_IOC(dir, type, nr, size)': '(((unsigned int)(dir) << 30) | ((size) << 16) | ((type) << 8) | (nr))',
  '_IOC_DIR(nr)': '(((nr) >> 30) & 3)',
  '_IOC_TYPE(nr)': '(((nr) >> 8) & 0xff)',
  '_IOC_NR(nr)': '((nr) & 0xff)',
  '_IOC_SIZE(nr)': '(((nr) >> 16) & 0x3fff)',
  '_IO(type, nr)': '(((type) << 8) | (nr))',
  '_IOR(type, nr, size)': ioctl(2),
  '_IOW(type, nr, size)': ioctl(1),
  '_IOWR(type, nr, size)': ioctl(3),
  'debugfs_remove_recursive(dentry)': 'debugfs_remove(dentry)',
  'proc_create_single(name, mode, parent, show)': 'proc_create_single_data(name, mode, parent, show, NULL)',
  'alloc_etherdev(sizeof_priv)': 'alloc_etherdev_mqs(sizeof_priv, 1, 1)',
  'devm_alloc_etherdev(dev, sizeof_priv)': 'devm_alloc_etherdev_mqs(dev, sizeof_priv, 1, 1)',
  'SET_NETDEV_DEV(net, pdev)': '((void)((net)->dev.parent = (pdev)))',
  'netdev_info(dev, fmt, ...)': '({ (void)(dev)->name; pr_info(fmt, __VA_ARGS__); })',
  'netdev_warn(dev, fmt, ...)': '({ (void)(dev)->name; pr_warn(fmt, __VA_ARGS__); })',
  'netdev_err(dev, fmt, ...)': '({ (void)(dev)->name; pr_err(fmt, __VA_ARGS__); })',
  'netdev_dbg(dev, fmt, ...)': '({ (void)(dev)->name; pr_debug(fmt, __VA_ARGS__); })',
  'dev_kfree_skb(skb)': 'consume_skb(skb)',
};

/** The file of a sensor: a device's file with a number. */
const sensor = (mode: string, show: string, store: string): string =>
  `struct sensor_device_attribute sensor_dev_attr_##_name = { .dev_attr = { .attr = { .name = "#_name", .mode = ${mode} }, .show = ${show}, .store = ${store} }, .index = (_index) };`;

export const driverDeclarations: Readonly<Record<string, string>> = {
  'DEVICE_ATTR(_name, _mode, _show, _store)': 'struct device_attribute dev_attr_##_name = { .attr = { .name = "#_name", .mode = (_mode) }, .show = (_show), .store = (_store) };',
  'DEVICE_ATTR_RO(_name)': attribute('0444', 'show'),
  'DEVICE_ATTR_RW(_name)': attribute('0644', 'show', 'store'),
  'DEVICE_ATTR_WO(_name)': attribute('0200', 'store'),
  'SENSOR_DEVICE_ATTR(_name, _mode, _show, _store, _index)': sensor('(_mode)', '(_show)', '(_store)'),
  'SENSOR_DEVICE_ATTR_RO(_name, _func, _index)': sensor('0444', '_func##_show', 'NULL'),
  'SENSOR_DEVICE_ATTR_RW(_name, _func, _index)': sensor('0644', '_func##_show', '_func##_store'),
  'SENSOR_DEVICE_ATTR_WO(_name, _func, _index)': sensor('0200', 'NULL', '_func##_store'),
  'ATTRIBUTE_GROUPS(_name)':
    'static const struct attribute_group _name##_group = { .attrs = _name##_attrs }; static const struct attribute_group *_name##_groups[] = { &_name##_group, NULL };',
  'SIMPLE_DEV_PM_OPS(name, suspend_fn, resume_fn)': `const struct dev_pm_ops name = { ${PM_SLEEP} };`,
  'DEFINE_SIMPLE_DEV_PM_OPS(name, suspend_fn, resume_fn)': `const struct dev_pm_ops name = { ${PM_SLEEP} };`,
  'DEFINE_RUNTIME_DEV_PM_OPS(name, suspend_fn, resume_fn, idle_fn)': `const struct dev_pm_ops name = { ${FORCED}, .runtime_suspend = (suspend_fn), .runtime_resume = (resume_fn), .runtime_idle = (idle_fn) };`,
  'DEFINE_SHOW_ATTRIBUTE(__name)':
    'static const struct file_operations __name##_fops = { .read = seq_read, .llseek = seq_lseek, .release = single_release }; static int (*const __name##_printer)(struct seq_file *m, void *v) __maybe_unused = __name##_show;',
  'DEFINE_DEBUGFS_ATTRIBUTE(__fops, __get, __set, __fmt)': NUMBER,
  'DEFINE_SIMPLE_ATTRIBUTE(__fops, __get, __set, __fmt)': NUMBER,
};
