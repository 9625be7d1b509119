// biome-ignore-all format: a table, one row per structure
/** Serial ports and terminals: include/linux/serial_core.h, tty_port.h, circ_buf.h, console.h, include/uapi/asm-generic/termbits.h, 6.1, from the fields that drivers touch. */
import { bits, from } from './numbered';
import type { SubsystemTypes } from './subsystemTypes';

const PORT = 'struct uart_port *port';
const TERMIOS = 'struct ktermios *termios, const struct ktermios *old';
const CONSOLE = 'struct console *co';

export const serial: SubsystemTypes = {
  structs: {
    circ_buf: ['char *buf', 'int head', 'int tail'],
    ktermios: ['tcflag_t c_iflag', 'tcflag_t c_oflag', 'tcflag_t c_cflag', 'tcflag_t c_lflag', 'cc_t c_line', 'cc_t c_cc[19]', 'speed_t c_ispeed', 'speed_t c_ospeed'],
    serial_struct: ['int type', 'int line', 'unsigned int port', 'int irq', 'int flags', 'int xmit_fifo_size', 'int custom_divisor', 'int baud_base', 'unsigned short close_delay', 'char io_type', 'int hub6', 'unsigned short closing_wait', 'unsigned char *iomem_base', 'unsigned short iomem_reg_shift'],
    serial_rs485: ['__u32 flags', '__u32 delay_rts_before_send', '__u32 delay_rts_after_send', '__u32 padding[5]'],
    tty_port: ['struct tty_struct *tty', 'spinlock_t lock', 'int count', 'wait_queue_head_t open_wait', 'unsigned long flags', 'struct mutex mutex', 'unsigned char *xmit_buf', 'struct kref kref', 'void *client_data'],
    uart_icount: ['cts', 'dsr', 'rng', 'dcd', 'rx', 'tx', 'frame', 'overrun', 'parity', 'brk', 'buf_overrun'].map((name) => `__u32 ${name}`),
    uart_state: ['struct tty_port port', 'struct circ_buf xmit', 'struct uart_port *uart_port'],
    uart_ops: [
      `unsigned int (*tx_empty)(${PORT})`, `void (*set_mctrl)(${PORT}, unsigned int mctrl)`, `unsigned int (*get_mctrl)(${PORT})`, ...['stop_tx', 'start_tx', 'throttle', 'unthrottle'].map((name) => `void (*${name})(${PORT})`), `void (*send_xchar)(${PORT}, char ch)`,
      ...['stop_rx', 'start_rx', 'enable_ms'].map((name) => `void (*${name})(${PORT})`), `void (*break_ctl)(${PORT}, int ctl)`, `int (*startup)(${PORT})`, `void (*shutdown)(${PORT})`, `void (*flush_buffer)(${PORT})`, `void (*set_termios)(${PORT}, ${TERMIOS})`,
      `void (*set_ldisc)(${PORT}, struct ktermios *termios)`, `void (*pm)(${PORT}, unsigned int state, unsigned int oldstate)`, `const char *(*type)(${PORT})`, `void (*release_port)(${PORT})`, `int (*request_port)(${PORT})`,
      `void (*config_port)(${PORT}, int flags)`, `int (*verify_port)(${PORT}, struct serial_struct *ser)`, `int (*ioctl)(${PORT}, unsigned int cmd, unsigned long arg)`, `int (*poll_init)(${PORT})`, `void (*poll_put_char)(${PORT}, unsigned char ch)`, `int (*poll_get_char)(${PORT})`,
    ],
    uart_port: [
      'spinlock_t lock', 'unsigned long iobase', 'unsigned char __iomem *membase', `unsigned int (*serial_in)(${PORT}, int offset)`, `void (*serial_out)(${PORT}, int offset, int value)`, `void (*set_termios)(${PORT}, ${TERMIOS})`,
      `int (*startup)(${PORT})`, `void (*shutdown)(${PORT})`, `int (*handle_irq)(${PORT})`, `void (*pm)(${PORT}, unsigned int state, unsigned int old)`, `int (*rs485_config)(${PORT}, struct ktermios *termios, struct serial_rs485 *rs485)`, 'unsigned int irq', 'unsigned long irqflags',
      'unsigned int uartclk', 'unsigned int fifosize', 'unsigned char x_char', 'unsigned char regshift', 'unsigned char iotype', 'unsigned char quirks', 'unsigned int read_status_mask', 'unsigned int ignore_status_mask', 'struct uart_state *state',
      'struct uart_icount icount', 'struct console *cons', 'upf_t flags', 'upstat_t status', 'int hw_stopped', 'unsigned int mctrl', 'unsigned int frame_time', 'unsigned int type', 'const struct uart_ops *ops', 'unsigned int custom_divisor', 'unsigned int line',
      'unsigned int minor', 'resource_size_t mapbase', 'resource_size_t mapsize', 'struct device *dev', 'unsigned long sysrq', 'unsigned int sysrq_ch', 'unsigned char has_sysrq', 'unsigned char suspended', 'const char *name', 'struct serial_rs485 rs485',
      'struct serial_rs485 rs485_supported', 'void *private_data',
    ],
    uart_driver: ['struct module *owner', 'const char *driver_name', 'const char *dev_name', 'int major', 'int minor', 'int nr', 'struct console *cons', 'struct uart_state *state', 'struct tty_driver *tty_driver'],
    console: [
      'char name[16]', `void (*write)(${CONSOLE}, const char *s, unsigned int count)`, `int (*read)(${CONSOLE}, char *s, unsigned int count)`, `struct tty_driver *(*device)(${CONSOLE}, int *index)`, `int (*setup)(${CONSOLE}, char *options)`, `int (*exit)(${CONSOLE})`, 'short flags',
      'short index', 'int cflag', 'uint ispeed', 'uint ospeed', 'void *data', 'struct console *next',
    ],
  },
  typedefs: { tcflag_t: 'unsigned int', cc_t: 'unsigned char', speed_t: 'unsigned int', upf_t: 'unsigned long long', upstat_t: 'unsigned int' },
  constants: {
    ...from('TTY_', 0, 'NORMAL BREAK FRAME PARITY OVERRUN'), TIOCSER_TEMT: 1, UART_XMIT_SIZE: 4096, UPIO_PORT: 0, UPIO_MEM: 2, UPIO_MEM32: 3, UPIO_MEM32BE: 6, UPIO_MEM16: 7, PORT_UNKNOWN: 0, PORT_16550A: 4, UART_CONFIG_TYPE: 1, UART_CONFIG_IRQ: 2,
    TIOCM_DTR: 2, TIOCM_RTS: 4, TIOCM_CTS: 0x20, TIOCM_CAR: 0x40, TIOCM_CD: 0x40, TIOCM_RNG: 0x80, TIOCM_RI: 0x80, TIOCM_DSR: 0x100, TIOCM_OUT1: 0x2000, TIOCM_OUT2: 0x4000, TIOCM_LOOP: 0x8000,
    IGNBRK: 1, BRKINT: 2, IGNPAR: 4, PARMRK: 8, INPCK: 0x10, ISTRIP: 0x20, IXANY: 0x800, IXON: 0x400, IXOFF: 0x1000, CSIZE: 0x30, CS5: 0, CS6: 0x10, CS7: 0x20, CS8: 0x30, CSTOPB: 0x40, CREAD: 0x80, PARENB: 0x100, PARODD: 0x200, HUPCL: 0x400, CLOCAL: 0x800,
    CBAUD: 0x100f, B4800: 12, B9600: 13, B19200: 14, B38400: 15, B57600: 0x1001, B115200: 0x1002,
    UPF_SKIP_TEST: 1 << 6, UPF_LOW_LATENCY: 1 << 13, UPF_HARD_FLOW: 3 << 20, UPF_SOFT_FLOW: 1 << 22, UPF_SHARE_IRQ: 1 << 24, UPF_FIXED_TYPE: 1 << 27, UPF_BOOT_AUTOCONF: 1 << 28, UPF_FIXED_PORT: 1 << 29,
    ...bits('UPSTAT_', 'CTS_ENABLE DCD_ENABLE AUTORTS AUTOCTS AUTOXOFF SYNC_FIFO'), ...bits('SER_RS485_', 'ENABLED RTS_ON_SEND RTS_AFTER_SEND'), CON_PRINTBUFFER: 1, CON_CONSDEV: 2, CON_ENABLED: 4, CON_BOOT: 8, CON_ANYTIME: 16,
  },
  flags: { CMSPAR: 0x40000000, CRTSCTS: 0x80000000, UPF_IOREMAP: 0x80000000 },
};
