// biome-ignore-all format: a table, one row per entry
/** Watchdogs, clocks of the day, sensors, power supplies, converters of the industrial I/O subsystem, 6.1. The linter and the editor know them; they do not run. */
import type { ApiEntry } from '../form/entry';
import { type Detail, follows, freed, gives, givesHandle, inNmi, keeps, known, macro, mustCheck, needs, since, sleeping, spinsInside, writes } from '../form/make';

const WD = 'drivers/watchdog/watchdog_core.c';
const WDH = 'include/linux/watchdog.h';
const RTC = 'drivers/rtc/class.c';
const RTCI = 'drivers/rtc/interface.c';
const RTCLIB = 'drivers/rtc/lib.c';
const RTCH = 'include/linux/rtc.h';
const HWMON = 'drivers/hwmon/hwmon.c';
const HWMONH = 'include/linux/hwmon.h';
const PSY = 'drivers/power/supply/power_supply_core.c';
const IIO = 'drivers/iio/industrialio-core.c';
const IIOH = 'include/linux/iio/iio.h';
const TRIGGER = 'drivers/iio/industrialio-trigger.c';
const error = { result: 'error code' } as const;
const mayFail = { result: 'may be NULL' } as const;
const wdHeader = { header: 'linux/watchdog.h' };
const rtcHeader = { header: 'linux/rtc.h' };
const hwmonHeader = { header: 'linux/hwmon.h' };
const psyHeader = { header: 'linux/power_supply.h' };
const iioHeader = { header: 'linux/iio/iio.h' };
const managed: Detail = { ...sleeping, freeNote: 'by itself when the device is detached' };
const WDD = 'struct watchdog_device *wdd';
const INFO = 'struct device *dev, const char *name, void *drvdata, const struct hwmon_chip_info *info, const struct attribute_group **extra_groups';

export const deviceClasses = {
  // watchdogs
  watchdog_register_device: known(WD, `int watchdog_register_device(${WDD})`, 'Makes a watchdog usable: start() and ping() may be called at once.', sleeping, error, wdHeader, freed('watchdog_unregister_device'), keeps(0)),
  watchdog_unregister_device: known(WD, `void watchdog_unregister_device(${WDD})`, 'Ends watchdog_register_device().', sleeping, wdHeader),
  devm_watchdog_register_device: known(WD, `int devm_watchdog_register_device(struct device *dev, ${WDD})`, 'watchdog_register_device() that ends when the device is detached.', managed, error, wdHeader, keeps(1)),
  watchdog_init_timeout: known(WD, `int watchdog_init_timeout(${WDD}, unsigned int timeout_parm, struct device *dev)`, 'Takes the timeout in seconds from a parameter, or if that is 0 from the firmware’s description; an error leaves the one that is set.', error, wdHeader),
  watchdog_set_drvdata: known(WDH, `void watchdog_set_drvdata(${WDD}, void *data)`, 'Stores the driver’s own data.', inNmi, wdHeader, keeps(1)),
  watchdog_get_drvdata: known(WDH, `void *watchdog_get_drvdata(${WDD})`, 'The driver’s own data.', inNmi, wdHeader),
  watchdog_active: known(WDH, `bool watchdog_active(${WDD})`, 'True if somebody has opened the watchdog and not stopped it.', inNmi, wdHeader),
  watchdog_hw_running: known(WDH, `bool watchdog_hw_running(${WDD})`, 'True if the hardware is running, also when nobody has opened it.', inNmi, wdHeader),
  watchdog_set_nowayout: known(WDH, `void watchdog_set_nowayout(${WDD}, bool nowayout)`, 'The watchdog cannot be stopped once it was started.', inNmi, wdHeader),
  watchdog_stop_on_reboot: known(WDH, `void watchdog_stop_on_reboot(${WDD})`, 'Stops the watchdog when the system reboots.', inNmi, wdHeader),
  watchdog_stop_on_unregister: known(WDH, `void watchdog_stop_on_unregister(${WDD})`, 'Stops the watchdog when it is unregistered.', inNmi, wdHeader),
  watchdog_set_restart_priority: known(WD, `void watchdog_set_restart_priority(${WDD}, int priority)`, 'How early restart() is tried when the system reboots.', wdHeader),
  watchdog_notify_pretimeout: known('drivers/watchdog/watchdog_pretimeout.c', `void watchdog_notify_pretimeout(${WDD})`, 'Says that the time will be over soon; in an interrupt, too.', wdHeader, spinsInside),

  // clocks of the day
  devm_rtc_allocate_device: known(RTC, 'struct rtc_device *devm_rtc_allocate_device(struct device *dev)', 'A clock, which devm_rtc_register_device() registers when its fields are set.', managed, givesHandle, rtcHeader),
  devm_rtc_register_device: macro(RTCH, 'devm_rtc_register_device(device)', 'Registers a clock until its device is detached.', managed, error, rtcHeader, since('5.11')),
  __devm_rtc_register_device: known(RTC, 'int __devm_rtc_register_device(struct module *owner, struct rtc_device *rtc)', 'What devm_rtc_register_device() is made of.', managed, error, rtcHeader, since('5.11'), follows(1)),
  devm_rtc_device_register: known(RTC, 'struct rtc_device *devm_rtc_device_register(struct device *dev, const char *name, const struct rtc_class_ops *ops, struct module *owner)', 'A clock that is registered at once.', managed, givesHandle, rtcHeader, keeps(2)),
  rtc_update_irq: known(RTCI, 'void rtc_update_irq(struct rtc_device *rtc, unsigned long num, unsigned long events)', 'Says that the clock has sent `num` interrupts, RTC_IRQF | RTC_AF for instance: a work goes on with it.', rtcHeader),
  rtc_read_time: known(RTCI, 'int rtc_read_time(struct rtc_device *rtc, struct rtc_time *tm)', 'Reads a clock.', sleeping, error, rtcHeader, writes(1)),
  rtc_set_time: known(RTCI, 'int rtc_set_time(struct rtc_device *rtc, struct rtc_time *tm)', 'Sets a clock.', sleeping, error, rtcHeader),
  rtc_valid_tm: known(RTCLIB, 'int rtc_valid_tm(struct rtc_time *tm)', '-EINVAL unless date and time are possible.', inNmi, error, rtcHeader, follows(0)),
  rtc_tm_to_time64: known(RTCLIB, 'time64_t rtc_tm_to_time64(struct rtc_time *tm)', 'Seconds since 1970.', inNmi, rtcHeader, follows(0)),
  rtc_time64_to_tm: known(RTCLIB, 'void rtc_time64_to_tm(time64_t time, struct rtc_time *tm)', 'Date and time of seconds since 1970.', inNmi, rtcHeader, writes(1)),
  rtc_month_days: known(RTCLIB, 'int rtc_month_days(unsigned int month, unsigned int year)', 'Days of a month, which counts from 0.', inNmi, rtcHeader),
  bcd2bin: macro('include/linux/bcd.h', 'bcd2bin(x)', 'The number that two decimal digits of 4 bits are.', inNmi),
  bin2bcd: macro('include/linux/bcd.h', 'bin2bcd(x)', 'A number below 100 as two decimal digits of 4 bits.', inNmi),

  // sensors
  hwmon_device_register_with_info: known(HWMON, `struct device *hwmon_device_register_with_info(${INFO})`, 'Adds a chip of sensors; its operations are called from tasks.', sleeping, givesHandle, hwmonHeader, since('4.9'), freed('hwmon_device_unregister'), keeps(2)),
  devm_hwmon_device_register_with_info: known(HWMON, `struct device *devm_hwmon_device_register_with_info(${INFO})`, 'hwmon_device_register_with_info() that ends when the device is detached.', managed, givesHandle, hwmonHeader, since('4.9'), keeps(2)),
  devm_hwmon_device_register_with_groups: known(HWMON, 'struct device *devm_hwmon_device_register_with_groups(struct device *dev, const char *name, void *drvdata, const struct attribute_group **groups)', 'Adds a chip of sensors by its files in sysfs.', managed, givesHandle, hwmonHeader, keeps(2)),
  hwmon_device_unregister: known(HWMON, 'void hwmon_device_unregister(struct device *dev)', 'Ends hwmon_device_register_with_info().', sleeping, hwmonHeader),
  hwmon_notify_event: known(HWMON, 'int hwmon_notify_event(struct device *dev, enum hwmon_sensor_types type, u32 attr, int channel)', 'Tells readers of a file that it has changed.', sleeping, error, hwmonHeader, since('5.9')),
  HWMON_CHANNEL_INFO: macro(HWMONH, 'HWMON_CHANNEL_INFO(stype, ...)', 'A row of hwmon_chip_info.info: the sensors of one kind, and the attributes that each has.', hwmonHeader),

  // power supplies
  power_supply_register: known(PSY, 'struct power_supply *power_supply_register(struct device *parent, const struct power_supply_desc *desc, const struct power_supply_config *cfg)', 'Adds a battery or charger: get_property() may be called at once.', sleeping, givesHandle, mustCheck, psyHeader, freed('power_supply_unregister')),
  devm_power_supply_register: known(PSY, 'struct power_supply *devm_power_supply_register(struct device *parent, const struct power_supply_desc *desc, const struct power_supply_config *cfg)', 'power_supply_register() that ends when the device is detached.', managed, givesHandle, mustCheck, psyHeader),
  power_supply_unregister: known(PSY, 'void power_supply_unregister(struct power_supply *psy)', 'Ends power_supply_register().', sleeping, psyHeader),
  power_supply_changed: known(PSY, 'void power_supply_changed(struct power_supply *psy)', 'Says that properties have changed; in an interrupt, too: a work tells the others.', psyHeader, spinsInside),
  power_supply_get_drvdata: known(PSY, 'void *power_supply_get_drvdata(struct power_supply *psy)', 'What drv_data of the configuration was.', inNmi, psyHeader, follows(0)),

  // industrial I/O
  devm_iio_device_alloc: known(IIO, 'struct iio_dev *devm_iio_device_alloc(struct device *parent, int sizeof_priv)', 'A converter with so many bytes for the driver, until the device is detached.', managed, mayFail, iioHeader, gives('devm', { managed: true })),
  iio_priv: known(IIOH, 'void *iio_priv(const struct iio_dev *indio_dev)', 'The driver’s own data of a converter.', inNmi, iioHeader, follows(0)),
  devm_iio_device_register: macro(IIOH, 'devm_iio_device_register(dev, indio_dev)', 'Makes a converter usable until the device is detached.', managed, error, iioHeader),
  __devm_iio_device_register: known(IIO, 'int __devm_iio_device_register(struct device *dev, struct iio_dev *indio_dev, struct module *this_mod)', 'What devm_iio_device_register() is made of.', managed, error, iioHeader, follows(1)),
  iio_device_register: macro(IIOH, 'iio_device_register(indio_dev)', 'Makes a converter usable.', sleeping, error, iioHeader, freed('iio_device_unregister')),
  __iio_device_register: known(IIO, 'int __iio_device_register(struct iio_dev *indio_dev, struct module *this_mod)', 'What iio_device_register() is made of.', sleeping, error, iioHeader, freed('iio_device_unregister'), keeps(0)),
  iio_device_unregister: known(IIO, 'void iio_device_unregister(struct iio_dev *indio_dev)', 'Ends iio_device_register().', sleeping, iioHeader),
  iio_device_claim_direct_mode: known(IIO, 'int iio_device_claim_direct_mode(struct iio_dev *indio_dev)', 'Keeps buffers from being filled; -EBUSY if one is.', sleeping, error, iioHeader, freed('iio_device_release_direct_mode')),
  iio_device_release_direct_mode: known(IIO, 'void iio_device_release_direct_mode(struct iio_dev *indio_dev)', 'Ends iio_device_claim_direct_mode().', sleeping, iioHeader),
  iio_get_time_ns: known(IIO, 's64 iio_get_time_ns(const struct iio_dev *indio_dev)', 'Nanoseconds by the clock that was chosen for the converter.', iioHeader),
  iio_push_to_buffers_with_timestamp: known('include/linux/iio/buffer.h', 'int iio_push_to_buffers_with_timestamp(struct iio_dev *indio_dev, void *data, int64_t timestamp)', 'Adds a sample to the buffers; the time is written behind the data.', iioHeader, needs('the data has room for 8 bytes at its end, aligned to 8')),
  devm_iio_triggered_buffer_setup: known('include/linux/iio/triggered_buffer.h', 'int devm_iio_triggered_buffer_setup(struct device *dev, struct iio_dev *indio_dev, irq_handler_t h, irq_handler_t thread, const struct iio_buffer_setup_ops *setup_ops)', 'A buffer that a trigger fills: h() runs in hard interrupt context, thread() in a task.', managed, error, iioHeader, { registers: [{ arg: 2, context: 'hardirq' }, { arg: 3, context: 'task' }] }),
  iio_pollfunc_store_time: known(TRIGGER, 'irqreturn_t iio_pollfunc_store_time(int irq, void *p)', 'Keeps the time of a trigger: the first half of a handler.', iioHeader),
  iio_trigger_notify_done: known(TRIGGER, 'void iio_trigger_notify_done(struct iio_trigger *trig)', 'The handler is done: the trigger may come again.', { sleeps: 'may', sleepsNote: 'where the trigger is behind a slow bus' }, iioHeader),
  iio_push_event: known('drivers/iio/industrialio-event.c', 'int iio_push_event(struct iio_dev *indio_dev, u64 ev_code, s64 timestamp)', 'Adds an event to the queue of the converter; in an interrupt, too.', iioHeader, spinsInside),
} as const satisfies Record<string, ApiEntry>;
