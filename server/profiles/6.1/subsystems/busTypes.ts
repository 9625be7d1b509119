// biome-ignore-all format: a table, one row per structure
/** I2C adapters, settings of pins, files of sensors, ports of watchdogs: include/uapi/linux/i2c.h, linux/i2c.h, pinctrl/pinconf-generic.h, hwmon-sysfs.h, uapi/linux/watchdog.h, 6.1. */
import { from } from './numbered';
import type { SubsystemTypes } from './subsystemTypes';

const ADAPTER = 'struct i2c_adapter *adap';
/** _IOR('W', number, …) with so many bytes; `both`: _IOWR */
const wdioc = (number: number, bytes = 4, both = false): number => (both ? 0xc0000000 : 0x80000000) + bytes * 0x10000 + 0x5700 + number;

export const buses: SubsystemTypes = {
  structs: {
    i2c_smbus_data: [['__u8 byte', '__u16 word', '__u8 block[34]']],
    i2c_adapter_quirks: ['u64 flags', 'int max_num_msgs', 'u16 max_write_len', 'u16 max_read_len', 'u16 max_comb_1st_msg_len', 'u16 max_comb_2nd_msg_len'],
    i2c_bus_recovery_info: [
      `int (*recover_bus)(${ADAPTER})`, `int (*get_scl)(${ADAPTER})`, `void (*set_scl)(${ADAPTER}, int val)`, `int (*get_sda)(${ADAPTER})`, `void (*set_sda)(${ADAPTER}, int val)`, `int (*get_bus_free)(${ADAPTER})`,
      `void (*prepare_recovery)(${ADAPTER})`, `void (*unprepare_recovery)(${ADAPTER})`, 'struct gpio_desc *scl_gpiod', 'struct gpio_desc *sda_gpiod', 'struct pinctrl *pinctrl', 'struct pinctrl_state *pins_default', 'struct pinctrl_state *pins_gpio',
    ],
    i2c_board_info: ['char type[20]', 'unsigned short flags', 'unsigned short addr', 'const char *dev_name', 'void *platform_data', 'struct device_node *of_node', 'struct fwnode_handle *fwnode', 'int irq'],
    matrix_keymap_data: ['const uint32_t *keymap', 'unsigned int keymap_size'],
    sensor_device_attribute: ['struct device_attribute dev_attr', 'int index'],
  },
  constants: {
    I2C_FUNC_10BIT_ADDR: 2, I2C_FUNC_PROTOCOL_MANGLING: 4, I2C_FUNC_SMBUS_PEC: 8, I2C_FUNC_NOSTART: 0x10, I2C_FUNC_SLAVE: 0x20, I2C_FUNC_SMBUS_QUICK: 0x10000, I2C_FUNC_SMBUS_READ_BYTE: 0x20000, I2C_FUNC_SMBUS_WRITE_BYTE: 0x40000,
    I2C_FUNC_SMBUS_READ_BYTE_DATA: 0x80000, I2C_FUNC_SMBUS_WRITE_BYTE_DATA: 0x100000, I2C_FUNC_SMBUS_READ_WORD_DATA: 0x200000, I2C_FUNC_SMBUS_WRITE_WORD_DATA: 0x400000, I2C_FUNC_SMBUS_PROC_CALL: 0x800000, I2C_FUNC_SMBUS_READ_BLOCK_DATA: 0x1000000,
    I2C_FUNC_SMBUS_WRITE_BLOCK_DATA: 0x2000000, I2C_FUNC_SMBUS_READ_I2C_BLOCK: 0x4000000, I2C_FUNC_SMBUS_WRITE_I2C_BLOCK: 0x8000000, I2C_FUNC_SMBUS_BYTE: 0x60000, I2C_FUNC_SMBUS_BLOCK_DATA: 0x3000000, I2C_FUNC_SMBUS_EMUL: 0xeff0008,
    I2C_M_DMA_SAFE: 0x200, I2C_M_RECV_LEN: 0x400, I2C_M_NO_RD_ACK: 0x800, I2C_M_IGNORE_NAK: 0x1000, I2C_M_REV_DIR_ADDR: 0x2000, I2C_SMBUS_BLOCK_MAX: 32, I2C_NAME_SIZE: 20, I2C_CLIENT_END: 0xfffe, I2C_CLASS_HWMON: 1, I2C_CLASS_DEPRECATED: 256,
    I2C_MAX_STANDARD_MODE_FREQ: 100000, I2C_MAX_FAST_MODE_FREQ: 400000, I2C_MAX_FAST_MODE_PLUS_FREQ: 1000000, I2C_MAX_HIGH_SPEED_MODE_FREQ: 3400000, I2C_AQ_COMB: 1, I2C_AQ_NO_CLK_STRETCH: 16, I2C_AQ_NO_ZERO_LEN: 0x60, I2C_AQ_NO_REP_START: 128,
    ...from('PIN_CONFIG_', 0, 'BIAS_BUS_HOLD BIAS_DISABLE BIAS_HIGH_IMPEDANCE BIAS_PULL_DOWN BIAS_PULL_PIN_DEFAULT BIAS_PULL_UP DRIVE_OPEN_DRAIN DRIVE_OPEN_SOURCE DRIVE_PUSH_PULL DRIVE_STRENGTH DRIVE_STRENGTH_UA INPUT_DEBOUNCE INPUT_ENABLE INPUT_SCHMITT INPUT_SCHMITT_ENABLE'),
    I2C_SMBUS_READ: 1, I2C_SMBUS_WRITE: 0, ...from('I2C_SMBUS_', 0, 'QUICK BYTE BYTE_DATA WORD_DATA PROC_CALL BLOCK_DATA I2C_BLOCK_BROKEN BLOCK_PROC_CALL I2C_BLOCK_DATA'), PCI_VENDOR_ID_INTEL: 0x8086, PCI_VENDOR_ID_AMD: 0x1022, IIO_DMA_MINALIGN: 8,
    WATCHDOG_MINOR: 130, TTY_MAJOR: 4, WAKEUP_CHARS: 256,
  },
  flags: {
    WDIOC_GETSUPPORT: wdioc(0, 40), WDIOC_GETSTATUS: wdioc(1), WDIOC_GETBOOTSTATUS: wdioc(2), WDIOC_GETTEMP: wdioc(3), WDIOC_SETOPTIONS: wdioc(4), WDIOC_KEEPALIVE: wdioc(5), WDIOC_SETTIMEOUT: wdioc(6, 4, true), WDIOC_GETTIMEOUT: wdioc(7),
    WDIOC_SETPRETIMEOUT: wdioc(8, 4, true), WDIOC_GETPRETIMEOUT: wdioc(9), WDIOC_GETTIMELEFT: wdioc(10),
  },
};
