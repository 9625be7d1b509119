// biome-ignore-all format: a table, one row per entry
/** Serial ports and what terminals receive, 6.1. The linter and the editor know them; they do not run. Most of it is called in interrupt handlers, with the port's lock held. */
import type { ApiEntry } from '../form/entry';
import { follows, freed, inNmi, keeps, known, macro, needs, since, sleeping, spinsInside } from '../form/make';

const CORE = 'drivers/tty/serial/serial_core.c';
const COREH = 'include/linux/serial_core.h';
const FLIP = 'include/linux/tty_flip.h';
const BUFFER = 'drivers/tty/tty_buffer.c';
const BAUD = 'drivers/tty/tty_baudrate.c';
const CIRC = 'include/linux/circ_buf.h';
const error = { result: 'error code' } as const;
const header = { header: 'linux/serial_core.h' };
const flipHeader = { header: 'linux/tty_flip.h' };
const portLock = needs('the port’s lock is held');
const PORT = 'struct uart_port *port';
const TTY = 'struct tty_port *port';

export const serialPorts = {
  // drivers and ports
  uart_register_driver: known(CORE, 'int uart_register_driver(struct uart_driver *uart)', 'Adds a driver of so many ports, without the ports.', sleeping, error, header, freed('uart_unregister_driver'), keeps(0)),
  uart_unregister_driver: known(CORE, 'void uart_unregister_driver(struct uart_driver *uart)', 'Ends uart_register_driver(), when its ports are gone.', sleeping, header),
  uart_add_one_port: known(CORE, `int uart_add_one_port(struct uart_driver *reg, ${PORT})`, 'Adds a port: it can be opened at once.', sleeping, error, header, freed('uart_remove_one_port'), keeps(1)),
  uart_remove_one_port: known(CORE, `int uart_remove_one_port(struct uart_driver *reg, ${PORT})`, 'Removes a port, and hangs up who has it open.', sleeping, header),
  uart_suspend_port: known(CORE, `int uart_suspend_port(struct uart_driver *reg, ${PORT})`, 'Stops a port with the system.', sleeping, error, header),
  uart_resume_port: known(CORE, `int uart_resume_port(struct uart_driver *reg, ${PORT})`, 'Ends uart_suspend_port().', sleeping, error, header),
  uart_get_baud_rate: known(CORE, `unsigned int uart_get_baud_rate(${PORT}, struct ktermios *termios, const struct ktermios *old, unsigned int min, unsigned int max)`, 'The baud rate that was asked for, or the nearest in this range; termios says which.', header),
  uart_get_divisor: known(CORE, `unsigned int uart_get_divisor(${PORT}, unsigned int baud)`, 'By what uartclk is divided for a baud rate.', header),
  uart_update_timeout: known(CORE, `void uart_update_timeout(${PORT}, unsigned int cflag, unsigned int baud)`, 'Says how long a character takes.', header, portLock),
  uart_get_rs485_mode: known(CORE, `int uart_get_rs485_mode(${PORT})`, 'Takes the settings of RS-485 from the firmware’s description.', sleeping, error, header),
  uart_port_lock: macro(COREH, 'uart_port_lock(up)', 'Takes the port’s lock.', header, since('6.7'), freed('uart_port_unlock')),
  uart_port_lock_irq: macro(COREH, 'uart_port_lock_irq(up)', 'Takes the port’s lock, and turns interrupts off.', header, since('6.7'), freed('uart_port_unlock_irq')),
  uart_port_lock_irqsave: macro(COREH, 'uart_port_lock_irqsave(up, flags)', 'Takes the port’s lock, and keeps the state of interrupts in *flags.', header, since('6.7'), freed('uart_port_unlock_irqrestore')),
  uart_port_unlock: macro(COREH, 'uart_port_unlock(up)', 'Ends uart_port_lock().', header, since('6.7')),
  uart_port_unlock_irq: macro(COREH, 'uart_port_unlock_irq(up)', 'Ends uart_port_lock_irq().', header, since('6.7')),
  uart_port_unlock_irqrestore: macro(COREH, 'uart_port_unlock_irqrestore(up, flags)', 'Ends uart_port_lock_irqsave(); flags by value.', header, since('6.7')),

  // what is sent
  uart_write_wakeup: known(CORE, `void uart_write_wakeup(${PORT})`, 'Says that there is room for more to be sent.', header),
  uart_tx_stopped: known(COREH, `int uart_tx_stopped(${PORT})`, 'Not zero while nothing may be sent.', header, portLock),
  uart_xmit_advance: known(COREH, `void uart_xmit_advance(${PORT}, unsigned int chars)`, 'So many characters of the buffer were sent.', header, since('6.1'), portLock),
  uart_circ_empty: macro(COREH, 'uart_circ_empty(circ)', 'True if a buffer has nothing to send.', inNmi, header),
  uart_circ_clear: macro(COREH, 'uart_circ_clear(circ)', 'Empties a buffer.', inNmi, header),
  uart_circ_chars_pending: macro(COREH, 'uart_circ_chars_pending(circ)', 'How many characters a buffer has to send.', inNmi, header),
  uart_circ_chars_free: macro(COREH, 'uart_circ_chars_free(circ)', 'How many characters a buffer has room for.', inNmi, header),
  CIRC_CNT: macro(CIRC, 'CIRC_CNT(head, tail, size)', 'Bytes in a ring, whose size is a power of two.', inNmi),
  CIRC_SPACE: macro(CIRC, 'CIRC_SPACE(head, tail, size)', 'Room in a ring: one byte stays free.', inNmi),

  // what is received
  uart_insert_char: known(CORE, `void uart_insert_char(${PORT}, unsigned int status, unsigned int overrun, unsigned int ch, unsigned int flag)`, 'Adds a received character, unless its status is ignored.', header, portLock),
  uart_handle_sysrq_char: known(COREH, `int uart_handle_sysrq_char(${PORT}, unsigned int ch)`, 'Not zero if a character was a command to the kernel.', header, portLock),
  uart_prepare_sysrq_char: known(COREH, `int uart_prepare_sysrq_char(${PORT}, unsigned int ch)`, 'Not zero if a character is a command, which uart_unlock_and_check_sysrq() runs.', header, portLock),
  uart_handle_break: known(COREH, `int uart_handle_break(${PORT})`, 'Handles a break; not zero if it was one for the kernel.', header, portLock),
  uart_handle_cts_change: known(CORE, `void uart_handle_cts_change(${PORT}, bool active)`, 'The other side lets characters come, or not.', header, portLock),
  uart_handle_dcd_change: known(CORE, `void uart_handle_dcd_change(${PORT}, bool active)`, 'The other side is there, or not.', header, portLock),
  tty_insert_flip_char: known(FLIP, `int tty_insert_flip_char(${TTY}, unsigned char ch, char flag)`, 'Adds a received character, TTY_NORMAL or with an error; 0 if there was no room.', flipHeader, spinsInside),
  tty_insert_flip_string: known(FLIP, `int tty_insert_flip_string(${TTY}, const unsigned char *chars, size_t size)`, 'Adds received characters; how many there was room for.', flipHeader, spinsInside),
  tty_insert_flip_string_fixed_flag: known(BUFFER, `int tty_insert_flip_string_fixed_flag(${TTY}, const unsigned char *chars, char flag, size_t size)`, 'Adds received characters with one flag; how many there was room for.', flipHeader, spinsInside),
  tty_buffer_request_room: known(BUFFER, `int tty_buffer_request_room(${TTY}, size_t size)`, 'Makes room for so many characters, by GFP_ATOMIC; how many there is room for.', flipHeader, spinsInside),
  tty_flip_buffer_push: known(BUFFER, `void tty_flip_buffer_push(${TTY})`, 'Hands what was received to who reads: a work does it.', flipHeader),
  tty_termios_baud_rate: known(BAUD, 'speed_t tty_termios_baud_rate(const struct ktermios *termios)', 'The baud rate that settings ask for.', follows(0)),
  tty_termios_encode_baud_rate: known(BAUD, 'void tty_termios_encode_baud_rate(struct ktermios *termios, speed_t ibaud, speed_t obaud)', 'Says in the settings which baud rate there is.', follows(0)),
  request_firmware_nowait: known('drivers/base/firmware_loader/main.c', 'int request_firmware_nowait(struct module *module, bool uevent, const char *name, struct device *device, gfp_t gfp, void *context, void (*cont)(const struct firmware *fw, void *context))', 'Reads a file of firmware later: cont() gets it, or NULL, and calls release_firmware().', { sleeps: 'gfp', gfp: { arg: 4 }, contexts: { T: 'yes', M: 'yes', SL: 'gfp', BH: 'gfp', IO: 'gfp', HI: 'gfp', R: 'gfp', NMI: 'no' } }, error, { header: 'linux/firmware.h' }, { registers: [{ arg: 6, context: 'kworker' }] }, keeps(5)),
} as const satisfies Record<string, ApiEntry>;
