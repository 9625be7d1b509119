// biome-ignore-all format: a table, one row per entry
/** SPI devices and controllers, 6.1. The linter and the editor know them; they do not run. */
import type { ApiEntry } from '../form/entry';
import { follows, freed, givesHandle, keeps, known, knownMacro, lastPut, macro, needs, since, sleeping, until, writes } from '../form/make';

const SPI = 'drivers/spi/spi.c';
const SPIH = 'include/linux/spi/spi.h';
const error = { result: 'error code' } as const;
const header = { header: 'linux/spi/spi.h' };
const dma = needs('the buffer is not on the stack: the controller may read and write it by DMA');
const managed = { ...sleeping, freeNote: 'by itself when the device is detached' } as const;

export const spi = {
  // messages
  spi_sync: known(SPI, 'int spi_sync(struct spi_device *spi, struct spi_message *message)', 'Sends a message and waits for its end.', sleeping, error, header, follows(0, 1)),
  spi_sync_locked: known(SPI, 'int spi_sync_locked(struct spi_device *spi, struct spi_message *message)', 'spi_sync() for who has the bus (spi_bus_lock()).', sleeping, error, header, follows(0, 1)),
  spi_async: known(SPI, 'int spi_async(struct spi_device *spi, struct spi_message *message)', 'Sends a message; its complete() is called later, where nothing may sleep.', error, header, follows(0), keeps(1)),
  spi_sync_transfer: known(SPIH, 'int spi_sync_transfer(struct spi_device *spi, struct spi_transfer *xfers, unsigned int num_xfers)', 'Sends transfers as one message and waits.', sleeping, error, header, follows(0)),
  spi_write: known(SPIH, 'int spi_write(struct spi_device *spi, const void *buf, size_t len)', 'Sends bytes and waits.', sleeping, error, header, dma, follows(0)),
  spi_read: known(SPIH, 'int spi_read(struct spi_device *spi, void *buf, size_t len)', 'Receives bytes and waits.', sleeping, error, header, dma, follows(0), writes(1)),
  spi_write_then_read: known(SPI, 'int spi_write_then_read(struct spi_device *spi, const void *txbuf, unsigned int n_tx, void *rxbuf, unsigned int n_rx)', 'Sends bytes, then receives some; through a buffer of its own, so that both may be on the stack.', sleeping, error, header, follows(0), { writes: [3], optional: [3] }),
  spi_w8r8: known(SPIH, 'ssize_t spi_w8r8(struct spi_device *spi, u8 cmd)', 'Sends a byte and receives one: the byte, or a negative errno.', sleeping, header, follows(0)),
  spi_w8r16: known(SPIH, 'ssize_t spi_w8r16(struct spi_device *spi, u8 cmd)', 'Sends a byte and receives two.', sleeping, header, follows(0)),
  spi_message_init: known(SPIH, 'void spi_message_init(struct spi_message *m)', 'Makes a message usable.', header),
  spi_message_init_with_transfers: known(SPIH, 'void spi_message_init_with_transfers(struct spi_message *m, struct spi_transfer *xfers, unsigned int num_xfers)', 'A message of these transfers.', header),
  spi_message_add_tail: known(SPIH, 'void spi_message_add_tail(struct spi_transfer *t, struct spi_message *m)', 'Adds a transfer to a message.', header, keeps(0)),
  spi_bus_lock: known(SPI, 'int spi_bus_lock(struct spi_controller *ctlr)', 'Takes the bus for oneself.', sleeping, header, freed('spi_bus_unlock')),
  spi_bus_unlock: known(SPI, 'int spi_bus_unlock(struct spi_controller *ctlr)', 'Ends spi_bus_lock().', sleeping, header),
  // devices and drivers
  spi_setup: known(SPI, 'int spi_setup(struct spi_device *spi)', 'Tells the controller a device’s mode and speed.', sleeping, error, header, follows(0)),
  spi_set_drvdata: macro(SPIH, 'void spi_set_drvdata(struct spi_device *spi, void *data)', 'Keeps the driver’s own data.', header, keeps(1)),
  spi_get_drvdata: macro(SPIH, 'void *spi_get_drvdata(struct spi_device *spi)', 'What spi_set_drvdata() has kept.', header),
  spi_get_device_id: known(SPI, 'const struct spi_device_id *spi_get_device_id(const struct spi_device *sdev)', 'The entry of the driver’s table for a device; NULL if there is none.', header, { result: 'may be NULL' }),
  to_spi_device: macro(SPIH, 'to_spi_device(_dev)', 'The SPI device around a struct device.', header),
  spi_register_driver: macro(SPIH, 'spi_register_driver(driver)', 'Registers a driver.', sleeping, error, header, freed('spi_unregister_driver'), keeps(0)),
  __spi_register_driver: known(SPI, 'int __spi_register_driver(struct module *owner, struct spi_driver *sdrv)', 'What spi_register_driver() is made of.', sleeping, error, keeps(1)),
  spi_unregister_driver: known(SPIH, 'void spi_unregister_driver(struct spi_driver *sdrv)', 'Ends spi_register_driver().', sleeping, header),
  devm_regmap_init_spi: known('include/linux/regmap.h', 'struct regmap *devm_regmap_init_spi(struct spi_device *dev, const struct regmap_config *config)', 'A register map over SPI.', managed, givesHandle),
  // controllers
  spi_alloc_master: known(SPIH, 'struct spi_controller *spi_alloc_master(struct device *host, unsigned int size)', 'A controller with so much memory for the driver; NULL where it fails.', sleeping, { result: 'may be NULL' }, header, until('6.13'), freed('spi_controller_put')),
  devm_spi_alloc_master: known(SPIH, 'struct spi_controller *devm_spi_alloc_master(struct device *dev, unsigned int size)', 'spi_alloc_master() that ends with the device.', managed, { result: 'may be NULL' }, header, since('5.10', '6.13')),
  spi_alloc_host: known(SPIH, 'struct spi_controller *spi_alloc_host(struct device *dev, unsigned int size)', 'spi_alloc_master() by its newer name.', sleeping, { result: 'may be NULL' }, header, since('6.2'), freed('spi_controller_put')),
  devm_spi_alloc_host: known(SPIH, 'struct spi_controller *devm_spi_alloc_host(struct device *dev, unsigned int size)', 'devm_spi_alloc_master() by its newer name.', managed, { result: 'may be NULL' }, header, since('6.2')),
  spi_controller_get_devdata: known(SPIH, 'void *spi_controller_get_devdata(struct spi_controller *ctlr)', 'The driver’s own data behind a controller.', header, follows(0)),
  spi_master_get_devdata: knownMacro(SPIH, 'void *spi_master_get_devdata(struct spi_controller *ctlr)', 'spi_controller_get_devdata() by its older name.', header, until('6.9'), follows(0)),
  spi_controller_put: known(SPIH, 'void spi_controller_put(struct spi_controller *ctlr)', 'Drops the reference on a controller.', lastPut, header),
  spi_master_put: knownMacro(SPIH, 'void spi_master_put(struct spi_controller *ctlr)', 'spi_controller_put() by its older name.', lastPut, header, until('6.9')),
  spi_register_controller: known(SPI, 'int spi_register_controller(struct spi_controller *ctlr)', 'Lets a controller be used, and makes the devices on it.', sleeping, error, header, freed('spi_unregister_controller'), keeps(0)),
  devm_spi_register_controller: known(SPI, 'int devm_spi_register_controller(struct device *dev, struct spi_controller *ctlr)', 'spi_register_controller() that ends with the device.', managed, error, header, keeps(1)),
  spi_unregister_controller: known(SPI, 'void spi_unregister_controller(struct spi_controller *ctlr)', 'Ends spi_register_controller().', sleeping, header),
  spi_finalize_current_transfer: known(SPI, 'void spi_finalize_current_transfer(struct spi_controller *ctlr)', 'transfer_one() that has returned 1 is done; in an interrupt as well.', header, follows(0)),
} as const satisfies Record<string, ApiEntry>;
