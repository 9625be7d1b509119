// biome-ignore-all format: a table, one row per entry
/** I2C clients and adapters, register maps, 6.1: what drivers.ts does not have. The linter and the editor know them; they do not run. */
import type { ApiEntry } from '../form/entry';
import { type Detail, follows, freed, givesHandle, inNmi, keeps, known, macro, sleeping, writes, writesUnlessNull } from '../form/make';

const I2C = 'drivers/i2c/i2c-core-base.c';
const I2CH = 'include/linux/i2c.h';
const SMBUS = 'drivers/i2c/i2c-core-smbus.c';
const REGMAP = 'drivers/base/regmap/regmap.c';
const REGMAPH = 'include/linux/regmap.h';
const CACHE = 'drivers/base/regmap/regcache.c';
const error = { result: 'error code' } as const;
const mayFail = { result: 'may be NULL' } as const;
const header = { header: 'linux/i2c.h' };
const regmap = { header: 'linux/regmap.h' };
const managed: Detail = { ...sleeping, freeNote: 'by itself when the device is detached' };
const unlessFast: Detail = { sleeps: 'may', sleepsNote: 'unless the map has fast_io' };

export const buses = {
  // I2C clients
  i2c_master_send: known(I2CH, 'int i2c_master_send(const struct i2c_client *client, const char *buf, int count)', 'Sends bytes; how many were sent, or a negative errno.', sleeping, error, header),
  i2c_master_recv: known(I2CH, 'int i2c_master_recv(const struct i2c_client *client, char *buf, int count)', 'Receives bytes; how many were received, or a negative errno.', sleeping, error, header, writes(1)),
  i2c_smbus_read_byte: known(SMBUS, 's32 i2c_smbus_read_byte(const struct i2c_client *client)', 'Reads a byte, or a negative errno.', sleeping, error, header),
  i2c_smbus_write_byte: known(SMBUS, 's32 i2c_smbus_write_byte(const struct i2c_client *client, u8 value)', 'Writes a byte.', sleeping, error, header),
  i2c_smbus_read_word_data: known(SMBUS, 's32 i2c_smbus_read_word_data(const struct i2c_client *client, u8 command)', 'Reads a register of 16 bits, the low byte first, or a negative errno.', sleeping, error, header),
  i2c_smbus_write_word_data: known(SMBUS, 's32 i2c_smbus_write_word_data(const struct i2c_client *client, u8 command, u16 value)', 'Writes a register of 16 bits, the low byte first.', sleeping, error, header),
  i2c_smbus_read_word_swapped: known(I2CH, 's32 i2c_smbus_read_word_swapped(const struct i2c_client *client, u8 command)', 'Reads a register of 16 bits, the high byte first, or a negative errno.', sleeping, error, header),
  i2c_smbus_write_word_swapped: known(I2CH, 's32 i2c_smbus_write_word_swapped(const struct i2c_client *client, u8 command, u16 value)', 'Writes a register of 16 bits, the high byte first.', sleeping, error, header),
  i2c_smbus_read_i2c_block_data: known(SMBUS, 's32 i2c_smbus_read_i2c_block_data(const struct i2c_client *client, u8 command, u8 length, u8 *values)', 'Reads up to 32 registers; how many were read, or a negative errno.', sleeping, error, header, writes(3)),
  i2c_smbus_write_i2c_block_data: known(SMBUS, 's32 i2c_smbus_write_i2c_block_data(const struct i2c_client *client, u8 command, u8 length, const u8 *values)', 'Writes up to 32 registers.', sleeping, error, header),
  i2c_match_id: known(I2C, 'const struct i2c_device_id *i2c_match_id(const struct i2c_device_id *id, const struct i2c_client *client)', 'The entry of a table for a client; NULL if there is none.', header, mayFail),
  i2c_client_get_device_id: known(I2C, 'const struct i2c_device_id *i2c_client_get_device_id(const struct i2c_client *client)', 'The entry of the driver’s table for a client; NULL if there is none.', header, mayFail),
  devm_i2c_new_dummy_device: known(I2C, 'struct i2c_client *devm_i2c_new_dummy_device(struct device *dev, struct i2c_adapter *adap, u16 address)', 'A further address of the same chip, until the device is detached.', managed, givesHandle, header),
  i2c_unregister_device: known(I2C, 'void i2c_unregister_device(struct i2c_client *client)', 'Removes a client that the driver has made. NULL and error pointers are ignored.', sleeping, header),
  to_i2c_client: macro(I2CH, 'to_i2c_client(d)', 'The I2C client around a struct device.', inNmi, header),

  // I2C adapters
  i2c_add_adapter: known(I2C, 'int i2c_add_adapter(struct i2c_adapter *adap)', 'Adds an adapter, whose number is chosen, and makes the devices on it.', sleeping, error, header, freed('i2c_del_adapter'), keeps(0)),
  i2c_add_numbered_adapter: known(I2C, 'int i2c_add_numbered_adapter(struct i2c_adapter *adap)', 'i2c_add_adapter() by the number in adap->nr.', sleeping, error, header, freed('i2c_del_adapter'), keeps(0)),
  devm_i2c_add_adapter: known(I2C, 'int devm_i2c_add_adapter(struct device *dev, struct i2c_adapter *adapter)', 'i2c_add_adapter() that ends when the device is detached.', managed, error, header, keeps(1)),
  i2c_del_adapter: known(I2C, 'void i2c_del_adapter(struct i2c_adapter *adap)', 'Removes an adapter and the devices on it; nobody uses it when it returns.', sleeping, header),
  i2c_set_adapdata: known(I2CH, 'void i2c_set_adapdata(struct i2c_adapter *adap, void *data)', 'Stores the driver’s own data.', header, keeps(1)),
  i2c_get_adapdata: known(I2CH, 'void *i2c_get_adapdata(const struct i2c_adapter *adap)', 'The driver’s own data.', inNmi, header),
  i2c_recover_bus: known(I2C, 'int i2c_recover_bus(struct i2c_adapter *adap)', 'Frees a bus that a device holds.', { sleeps: 'may', sleepsNote: 'where its lines are behind a slow bus' }, error, header),
  i2c_8bit_addr_from_msg: known(I2CH, 'u8 i2c_8bit_addr_from_msg(const struct i2c_msg *msg)', 'The address of a message with its direction, as it is sent.', inNmi, header),

  // register maps
  regmap_bulk_read: known(REGMAP, 'int regmap_bulk_read(struct regmap *map, unsigned int reg, void *val, size_t val_count)', 'Reads so many registers, each in the size of the map’s values.', unlessFast, error, regmap, writes(2)),
  regmap_bulk_write: known(REGMAP, 'int regmap_bulk_write(struct regmap *map, unsigned int reg, const void *val, size_t val_count)', 'Writes so many registers.', unlessFast, error, regmap),
  regmap_raw_read: known(REGMAP, 'int regmap_raw_read(struct regmap *map, unsigned int reg, void *val, size_t val_len)', 'Reads so many bytes as the device sends them.', unlessFast, error, regmap, writes(2)),
  regmap_raw_write: known(REGMAP, 'int regmap_raw_write(struct regmap *map, unsigned int reg, const void *val, size_t val_len)', 'Writes so many bytes as they are.', unlessFast, error, regmap),
  regmap_noinc_read: known(REGMAP, 'int regmap_noinc_read(struct regmap *map, unsigned int reg, void *val, size_t val_len)', 'Reads so many bytes from one register, a FIFO for instance.', unlessFast, error, regmap, writes(2)),
  regmap_write_bits: known(REGMAPH, 'int regmap_write_bits(struct regmap *map, unsigned int reg, unsigned int mask, unsigned int val)', 'regmap_update_bits() that writes also where nothing changes.', unlessFast, error, regmap),
  regmap_update_bits_check: known(REGMAPH, 'int regmap_update_bits_check(struct regmap *map, unsigned int reg, unsigned int mask, unsigned int val, bool *change)', 'regmap_update_bits() that tells whether something has changed.', unlessFast, error, regmap, writesUnlessNull(4)),
  regmap_set_bits: known(REGMAPH, 'int regmap_set_bits(struct regmap *map, unsigned int reg, unsigned int bits)', 'Sets some bits of a register.', unlessFast, error, regmap),
  regmap_clear_bits: known(REGMAPH, 'int regmap_clear_bits(struct regmap *map, unsigned int reg, unsigned int bits)', 'Clears some bits of a register.', unlessFast, error, regmap),
  regmap_test_bits: known(REGMAP, 'int regmap_test_bits(struct regmap *map, unsigned int reg, unsigned int bits)', '1 if all of these bits are set, 0 if not, or a negative errno.', unlessFast, regmap),
  regmap_multi_reg_write: known(REGMAP, 'int regmap_multi_reg_write(struct regmap *map, const struct reg_sequence *regs, int num_regs)', 'Writes a table of registers, one after the other.', unlessFast, error, regmap),
  regcache_sync: known(CACHE, 'int regcache_sync(struct regmap *map)', 'Writes the registers that the cache knows to the device.', unlessFast, error, regmap),
  regcache_cache_only: known(CACHE, 'void regcache_cache_only(struct regmap *map, bool enable)', 'Lets writes go to the cache only, while the device has no power.', unlessFast, regmap),
  regcache_mark_dirty: known(CACHE, 'void regcache_mark_dirty(struct regmap *map)', 'Says that the device has lost its registers.', unlessFast, regmap),
  syscon_regmap_lookup_by_phandle: known('drivers/mfd/syscon.c', 'struct regmap *syscon_regmap_lookup_by_phandle(struct device_node *np, const char *property)', 'The register map of the node that a phandle leads to.', sleeping, givesHandle, { header: 'linux/mfd/syscon.h' }, follows(0)),
} as const satisfies Record<string, ApiEntry>;
