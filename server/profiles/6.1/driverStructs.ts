// biome-ignore-all format: a table, one row per structure
/**
 * Structures that drivers use, laid out by the ABI's rules from the fields that drivers touch: include/linux/device.h, platform_device.h,
 * pci.h, fs.h, netdevice.h, skbuff.h, i2c.h …, 6.1. Their sizes are kmem's own.
 */

const ops = (...members: string[]): readonly string[] => members;
const FILE = 'struct file *file';
const DEV = 'struct device *dev';
const SKB = 'struct sk_buff *skb';
const NET = 'struct net_device *dev';

/** tag → members */
export const driverStructs: Readonly<Record<string, readonly string[]>> = {
  // the driver core
  kobject: ['const char *name', 'struct list_head entry', 'struct kobject *parent', 'struct kset *kset', 'const struct kobj_type *ktype', 'struct kernfs_node *sd', 'struct kref kref', 'unsigned int state'],
  attribute: ['const char *name', 'umode_t mode'],
  attribute_group: ['const char *name', 'umode_t (*is_visible)(struct kobject *kobj, struct attribute *attr, int n)', 'struct attribute **attrs'],
  device_attribute: ['struct attribute attr', `ssize_t (*show)(${DEV}, struct device_attribute *attr, char *buf)`, `ssize_t (*store)(${DEV}, struct device_attribute *attr, const char *buf, size_t count)`],
  kobj_attribute: ['struct attribute attr', 'ssize_t (*show)(struct kobject *kobj, struct kobj_attribute *attr, char *buf)', 'ssize_t (*store)(struct kobject *kobj, struct kobj_attribute *attr, const char *buf, size_t count)'],
  dev_pm_ops: ['prepare', 'suspend', 'resume', 'freeze', 'thaw', 'poweroff', 'restore', 'suspend_late', 'resume_early', 'suspend_noirq', 'resume_noirq', 'runtime_suspend', 'runtime_resume', 'runtime_idle'].map((name) => `int (*${name})(${DEV})`),
  device: [
    'struct kobject kobj', 'struct device *parent', 'const char *init_name', 'const struct bus_type *bus', 'struct device_driver *driver', 'void *platform_data', 'void *driver_data', 'struct mutex mutex',
    'u64 *dma_mask', 'u64 coherent_dma_mask', 'int numa_node', 'struct device_node *of_node', 'struct fwnode_handle *fwnode', 'dev_t devt', 'spinlock_t devres_lock', 'struct list_head devres_head', 'const struct attribute_group **groups',
    `void (*release)(${DEV})`,
  ],
  device_driver: [
    'const char *name', 'const struct bus_type *bus', 'struct module *owner', 'const struct of_device_id *of_match_table', 'const struct acpi_device_id *acpi_match_table',
    'const struct attribute_group **groups', 'const struct attribute_group **dev_groups', 'const struct dev_pm_ops *pm', 'int probe_type',
  ],
  class: ['const char *name', 'struct module *owner', 'const struct attribute_group **class_groups', 'const struct attribute_group **dev_groups', `char *(*devnode)(${DEV}, umode_t *mode)`],
  of_device_id: ['char name[32]', 'char type[32]', 'char compatible[128]', 'const void *data'],
  acpi_device_id: ['u8 id[16]', 'unsigned long driver_data', 'u32 cls', 'u32 cls_msk'],
  platform_device_id: ['char name[20]', 'unsigned long driver_data'],
  platform_device: ['const char *name', 'int id', 'struct device dev', 'u32 num_resources', 'struct resource *resource', 'const struct platform_device_id *id_entry'],
  platform_driver: ops('int (*probe)(struct platform_device *pdev)', 'int (*remove)(struct platform_device *pdev)', 'void (*shutdown)(struct platform_device *pdev)', 'struct device_driver driver', 'const struct platform_device_id *id_table'),
  // PCI
  pci_dev: ['struct pci_bus *bus', 'unsigned int devfn', 'unsigned short vendor', 'unsigned short device', 'unsigned short subsystem_vendor', 'unsigned short subsystem_device', 'unsigned int class', 'u8 revision', 'unsigned int irq', 'struct resource resource[17]', 'struct device dev'],
  pci_device_id: ['u32 vendor', 'u32 device', 'u32 subvendor', 'u32 subdevice', 'u32 class', 'u32 class_mask', 'unsigned long driver_data', 'u32 override_only'],
  pci_driver: ops('const char *name', 'const struct pci_device_id *id_table', 'int (*probe)(struct pci_dev *dev, const struct pci_device_id *id)', 'void (*remove)(struct pci_dev *dev)', 'void (*shutdown)(struct pci_dev *dev)', 'struct device_driver driver'),
  // I2C, regmap
  i2c_adapter: ['struct module *owner', 'unsigned int class', 'const struct i2c_algorithm *algo', 'void *algo_data', 'int timeout', 'int retries', 'struct device dev', 'int nr', 'char name[48]', 'struct i2c_bus_recovery_info *bus_recovery_info', 'const struct i2c_adapter_quirks *quirks'],
  i2c_algorithm: ops('int (*master_xfer)(struct i2c_adapter *adap, struct i2c_msg *msgs, int num)', 'int (*master_xfer_atomic)(struct i2c_adapter *adap, struct i2c_msg *msgs, int num)', 'int (*smbus_xfer)(struct i2c_adapter *adap, u16 addr, unsigned short flags, char read_write, u8 command, int size, union i2c_smbus_data *data)', 'u32 (*functionality)(struct i2c_adapter *adap)'),
  i2c_client: ['unsigned short flags', 'unsigned short addr', 'char name[20]', 'struct i2c_adapter *adapter', 'struct device dev', 'int irq'],
  i2c_device_id: ['char name[20]', 'unsigned long driver_data'],
  i2c_msg: ['__u16 addr', '__u16 flags', '__u16 len', '__u8 *buf'],
  i2c_driver: ops('int (*probe)(struct i2c_client *client, const struct i2c_device_id *id)', 'void (*remove)(struct i2c_client *client)', 'void (*shutdown)(struct i2c_client *client)', 'int (*probe_new)(struct i2c_client *client)', 'struct device_driver driver', 'const struct i2c_device_id *id_table', 'unsigned int class', 'int (*detect)(struct i2c_client *client, struct i2c_board_info *info)', 'const unsigned short *address_list'),
  regmap_config: ['const char *name', 'int reg_bits', 'int reg_stride', 'int pad_bits', 'int val_bits', `bool (*writeable_reg)(${DEV}, unsigned int reg)`, `bool (*readable_reg)(${DEV}, unsigned int reg)`, `bool (*volatile_reg)(${DEV}, unsigned int reg)`, 'bool fast_io', 'unsigned int max_register', 'int cache_type'],
  // files
  file: ['const struct file_operations *f_op', 'struct inode *f_inode', 'unsigned int f_flags', 'fmode_t f_mode', 'loff_t f_pos', 'void *private_data', 'struct address_space *f_mapping'],
  file_operations: ops(
    'struct module *owner', `loff_t (*llseek)(${FILE}, loff_t offset, int whence)`, `ssize_t (*read)(${FILE}, char __user *buf, size_t count, loff_t *pos)`,
    `ssize_t (*write)(${FILE}, const char __user *buf, size_t count, loff_t *pos)`, `__poll_t (*poll)(${FILE}, struct poll_table_struct *wait)`,
    `long (*unlocked_ioctl)(${FILE}, unsigned int cmd, unsigned long arg)`, `long (*compat_ioctl)(${FILE}, unsigned int cmd, unsigned long arg)`, `int (*mmap)(${FILE}, struct vm_area_struct *vma)`,
    `int (*open)(struct inode *inode, ${FILE})`, `int (*flush)(${FILE}, void *id)`, `int (*release)(struct inode *inode, ${FILE})`, `int (*fsync)(${FILE}, loff_t start, loff_t end, int datasync)`, `int (*fasync)(int fd, ${FILE}, int on)`,
  ),
  poll_table_struct: ['void *_qproc', '__poll_t _key'],
  miscdevice: ['int minor', 'const char *name', 'const struct file_operations *fops', 'struct list_head list', 'struct device *parent', 'struct device *this_device', 'const struct attribute_group **groups', 'const char *nodename', 'umode_t mode'],
  cdev: ['struct kobject kobj', 'struct module *owner', 'const struct file_operations *ops', 'struct list_head list', 'dev_t dev', 'unsigned int count'],
  seq_file: ['char *buf', 'size_t size', 'size_t from', 'size_t count', 'loff_t index', 'loff_t read_pos', 'struct mutex lock', 'const struct seq_operations *op', 'const struct file *file', 'void *private'],
  seq_operations: ops('void *(*start)(struct seq_file *m, loff_t *pos)', 'void (*stop)(struct seq_file *m, void *v)', 'void *(*next)(struct seq_file *m, void *v, loff_t *pos)', 'int (*show)(struct seq_file *m, void *v)'),
  proc_ops: ops(`int (*proc_open)(struct inode *inode, ${FILE})`, `ssize_t (*proc_read)(${FILE}, char __user *buf, size_t count, loff_t *pos)`, `ssize_t (*proc_write)(${FILE}, const char __user *buf, size_t count, loff_t *pos)`, `loff_t (*proc_lseek)(${FILE}, loff_t offset, int whence)`, `int (*proc_release)(struct inode *inode, ${FILE})`),
  vm_fault: ['struct vm_area_struct *vma', 'gfp_t gfp_mask', 'pgoff_t pgoff', 'unsigned long address', 'unsigned int flags', 'struct page *page'],
  vm_operations_struct: ops('void (*open)(struct vm_area_struct *vma)', 'void (*close)(struct vm_area_struct *vma)', 'vm_fault_t (*fault)(struct vm_fault *vmf)'),
  // networks
  net_device_stats: ['rx_packets', 'tx_packets', 'rx_bytes', 'tx_bytes', 'rx_errors', 'tx_errors', 'rx_dropped', 'tx_dropped', 'multicast', 'collisions', 'rx_length_errors', 'rx_over_errors', 'rx_crc_errors', 'rx_frame_errors', 'rx_fifo_errors', 'tx_fifo_errors'].map((name) => `unsigned long ${name}`),
  net_device: [
    'char name[16]', 'unsigned long mem_start', 'unsigned long base_addr', 'unsigned long state', 'u64 features', 'u64 hw_features', 'unsigned int flags', 'unsigned int mtu', 'unsigned int min_mtu', 'unsigned int max_mtu',
    'unsigned short type', 'unsigned char addr_len', 'const unsigned char *dev_addr', 'int irq', 'int ifindex', 'int watchdog_timeo', 'const struct net_device_ops *netdev_ops', 'const struct ethtool_ops *ethtool_ops',
    'struct net_device_stats stats', 'unsigned int tx_queue_len', 'struct device dev', 'void *ml_priv',
  ],
  net_device_ops: ops(
    `int (*ndo_init)(${NET})`, `void (*ndo_uninit)(${NET})`, `int (*ndo_open)(${NET})`, `int (*ndo_stop)(${NET})`, `netdev_tx_t (*ndo_start_xmit)(${SKB}, ${NET})`, `void (*ndo_set_rx_mode)(${NET})`, `int (*ndo_set_mac_address)(${NET}, void *addr)`,
    `int (*ndo_validate_addr)(${NET})`, `int (*ndo_change_mtu)(${NET}, int new_mtu)`, `void (*ndo_tx_timeout)(${NET}, unsigned int txqueue)`, `struct net_device_stats *(*ndo_get_stats)(${NET})`,
  ),
  napi_struct: ['struct list_head poll_list', 'unsigned long state', 'int weight', 'int (*poll)(struct napi_struct *napi, int budget)', 'struct net_device *dev'],
  sk_buff: [
    'struct sk_buff *next', 'struct sk_buff *prev', 'struct net_device *dev', 'char cb[48]', 'unsigned int len', 'unsigned int data_len', '__u16 mac_len', '__u16 queue_mapping', '__u8 ip_summed', '__u32 priority', '__be16 protocol',
    'unsigned int truesize', 'refcount_t users', 'unsigned char *head', 'unsigned char *data', 'unsigned char *tail', 'unsigned char *end',
  ],
  sk_buff_head: ['struct sk_buff *next', 'struct sk_buff *prev', '__u32 qlen', 'spinlock_t lock'],
  // USB
  pm_message: ['int event'],
  usb_device_descriptor: ['__u8 bLength', '__u8 bDescriptorType', '__le16 bcdUSB', '__u8 bDeviceClass', '__u8 bDeviceSubClass', '__u8 bDeviceProtocol', '__u8 bMaxPacketSize0', '__le16 idVendor', '__le16 idProduct', '__le16 bcdDevice', '__u8 iManufacturer', '__u8 iProduct', '__u8 iSerialNumber', '__u8 bNumConfigurations'],
  usb_endpoint_descriptor: ['__u8 bLength', '__u8 bDescriptorType', '__u8 bEndpointAddress', '__u8 bmAttributes', '__le16 wMaxPacketSize', '__u8 bInterval'],
  usb_interface_descriptor: ['__u8 bLength', '__u8 bDescriptorType', '__u8 bInterfaceNumber', '__u8 bAlternateSetting', '__u8 bNumEndpoints', '__u8 bInterfaceClass', '__u8 bInterfaceSubClass', '__u8 bInterfaceProtocol', '__u8 iInterface'],
  usb_host_endpoint: ['struct usb_endpoint_descriptor desc', 'struct list_head urb_list', 'int enabled', 'int streams'],
  usb_host_interface: ['struct usb_interface_descriptor desc', 'int extralen', 'unsigned char *extra', 'struct usb_host_endpoint *endpoint', 'char *string'],
  usb_interface: ['struct usb_host_interface *altsetting', 'struct usb_host_interface *cur_altsetting', 'unsigned int num_altsetting', 'int minor', 'unsigned int condition', 'struct device dev', 'struct device *usb_dev'],
  usb_device: ['int devnum', 'char devpath[16]', 'int state', 'int speed', 'struct usb_device *parent', 'struct usb_device_descriptor descriptor', 'struct device dev', 'char *product', 'char *manufacturer', 'char *serial', 'int maxchild'],
  usb_device_id: ['__u16 match_flags', '__u16 idVendor', '__u16 idProduct', '__u16 bcdDevice_lo', '__u16 bcdDevice_hi', '__u8 bDeviceClass', '__u8 bDeviceSubClass', '__u8 bDeviceProtocol', '__u8 bInterfaceClass', '__u8 bInterfaceSubClass', '__u8 bInterfaceProtocol', '__u8 bInterfaceNumber', 'unsigned long driver_info'],
  usb_driver: ops(
    'const char *name', 'int (*probe)(struct usb_interface *intf, const struct usb_device_id *id)', 'void (*disconnect)(struct usb_interface *intf)', 'int (*suspend)(struct usb_interface *intf, pm_message_t message)',
    'int (*resume)(struct usb_interface *intf)', 'int (*reset_resume)(struct usb_interface *intf)', 'int (*pre_reset)(struct usb_interface *intf)', 'int (*post_reset)(struct usb_interface *intf)', 'const struct usb_device_id *id_table',
    'unsigned int supports_autosuspend',
  ),
  usb_class_driver: ops('char *name', `char *(*devnode)(${DEV}, umode_t *mode)`, 'const struct file_operations *fops', 'int minor_base'),
  usb_ctrlrequest: ['__u8 bRequestType', '__u8 bRequest', '__le16 wValue', '__le16 wIndex', '__le16 wLength'],
  usb_anchor: ['struct list_head urb_list', 'wait_queue_head_t wait', 'spinlock_t lock', 'atomic_t suspend_wakeups', 'unsigned int poisoned'],
  usb_iso_packet_descriptor: ['unsigned int offset', 'unsigned int length', 'unsigned int actual_length', 'int status'],
  urb: [
    'struct kref kref', 'int unlinked', 'void *hcpriv', 'atomic_t use_count', 'atomic_t reject', 'struct list_head urb_list', 'struct list_head anchor_list', 'struct usb_anchor *anchor', 'struct usb_device *dev', 'struct usb_host_endpoint *ep',
    'unsigned int pipe', 'unsigned int stream_id', 'int status', 'unsigned int transfer_flags', 'void *transfer_buffer', 'dma_addr_t transfer_dma', 'struct scatterlist *sg', 'int num_sgs', 'u32 transfer_buffer_length', 'u32 actual_length',
    'unsigned char *setup_packet', 'dma_addr_t setup_dma', 'int start_frame', 'int number_of_packets', 'int interval', 'int error_count', 'void *context', 'void (*complete)(struct urb *urb)',
  ],
  // blocks of memory for devices
  scatterlist: ['unsigned long page_link', 'unsigned int offset', 'unsigned int length', 'dma_addr_t dma_address', 'unsigned int dma_length'],
  sg_table: ['struct scatterlist *sgl', 'unsigned int nents', 'unsigned int orig_nents'],
  shrink_control: ['gfp_t gfp_mask', 'int nid', 'unsigned long nr_to_scan', 'unsigned long nr_scanned'],
  shrinker: ['unsigned long (*count_objects)(struct shrinker *shrinker, struct shrink_control *sc)', 'unsigned long (*scan_objects)(struct shrinker *shrinker, struct shrink_control *sc)', 'long batch', 'int seeks', 'unsigned int flags', 'struct list_head list'],
  // numbers and counters
  idr: ['struct xarray idr_rt', 'unsigned int idr_base', 'unsigned int idr_next'],
  ida: ['struct xarray xa'],
  xa_limit: ['u32 max', 'u32 min'],
  percpu_ref: ['unsigned long percpu_count_ptr', 'struct percpu_ref_data *data'],
  list_lru: ['struct list_lru_node *node', 'struct list_head list', 'int shrinker_id', 'bool memcg_aware', 'struct xarray xa'],
  kthread_worker: ['unsigned int flags', 'raw_spinlock_t lock', 'struct list_head work_list', 'struct list_head delayed_work_list', 'struct task_struct *task', 'struct kthread_work *current_work'],
  kthread_work: ['struct list_head node', 'void (*func)(struct kthread_work *work)', 'struct kthread_worker *worker', 'int canceling'],
  kthread_delayed_work: ['struct kthread_work work', 'struct timer_list timer'],
  rcu_work: ['struct work_struct work', 'struct rcu_head rcu', 'struct workqueue_struct *wq'],
  __kfifo: ['unsigned int in', 'unsigned int out', 'unsigned int mask', 'unsigned int esize', 'void *data'],
  u64_stats_sync: ['u64_stats_words seq'],
  radix_tree_root: ['spinlock_t xa_lock', 'gfp_t xa_flags', 'void *xa_head'],
  percpu_counter: ['raw_spinlock_t lock', 's64 count', 'struct list_head list', 's32 __percpu *counters'],
  // callbacks
  notifier_block: ['int (*notifier_call)(struct notifier_block *nb, unsigned long action, void *data)', 'struct notifier_block *next', 'int priority'],
  atomic_notifier_head: ['spinlock_t lock', 'struct notifier_block *head'],
  blocking_notifier_head: ['struct rw_semaphore rwsem', 'struct notifier_block *head'],
  raw_notifier_head: ['struct notifier_block *head'],
  srcu_struct: ['struct mutex srcu_cb_mutex', 'spinlock_t lock', 'unsigned int srcu_idx', 'unsigned long srcu_gp_seq', 'void __percpu *sda'],
  static_key: ['atomic_t enabled', 'unsigned long type'],
  static_key_true: ['struct static_key key'],
  static_key_false: ['struct static_key key'],
  // locks of several kinds
  rt_mutex_base: ['raw_spinlock_t wait_lock', 'struct rb_root_cached waiters', 'struct task_struct *owner'],
  rt_mutex: ['struct rt_mutex_base rtmutex'],
  ww_class: ['atomic_long_t stamp', 'const char *acquire_name', 'const char *mutex_name', 'unsigned int is_wait_die'],
  ww_acquire_ctx: ['struct task_struct *task', 'unsigned long stamp', 'unsigned int acquired', 'unsigned short wounded', 'unsigned short is_wait_die'],
  ww_mutex: ['struct mutex base', 'struct ww_acquire_ctx *ctx'],
};

/** typedef name → C type */
export const driverTypedefs: Readonly<Record<string, string>> = {
  __poll_t: 'unsigned int',
  poll_table: 'struct poll_table_struct',
  xa_mark_t: 'unsigned int',
  netdev_features_t: 'unsigned long long',
  netdev_tx_t: 'int',
  pm_message_t: 'struct pm_message',
  usb_complete_t: 'void (*)(struct urb *urb)',
  notifier_fn_t: 'int (*)(struct notifier_block *nb, unsigned long action, void *data)',
};
