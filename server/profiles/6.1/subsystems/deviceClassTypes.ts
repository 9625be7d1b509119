// biome-ignore-all format: a table, one row per structure
/**
 * LEDs, watchdogs, clocks of the day, sensors, power supplies, PWM: include/linux/leds.h, watchdog.h, rtc.h, hwmon.h, power_supply.h, pwm.h, 6.1,
 * from the fields that drivers touch.
 */
import { bits, from } from './numbered';
import type { SubsystemTypes } from './subsystemTypes';

const LED = 'struct led_classdev *led_cdev';
const WDD = 'struct watchdog_device *wdd';
const DEV = 'struct device *dev';
const SENSOR = `${DEV}, enum hwmon_sensor_types type, u32 attr, int channel`;
const PSY = 'struct power_supply *psy, enum power_supply_property psp';
const PWM = 'struct pwm_chip *chip, struct pwm_device *pwm';

/** An attribute of a sensor and its bit: `hwmon_temp_input`, `HWMON_T_INPUT`. */
function attributes(kind: string, letter: string, names: string): Record<string, number> {
  return { ...from(`hwmon_${kind}_`, 0, names), ...bits(`HWMON_${letter}_`, names.toUpperCase()) };
}

export const leds: SubsystemTypes = {
  structs: {
    led_classdev: [
      'const char *name', 'unsigned int brightness', 'unsigned int max_brightness', 'int flags', 'unsigned long work_flags', `void (*brightness_set)(${LED}, enum led_brightness brightness)`,
      `int (*brightness_set_blocking)(${LED}, enum led_brightness brightness)`, `enum led_brightness (*brightness_get)(${LED})`, `int (*blink_set)(${LED}, unsigned long *delay_on, unsigned long *delay_off)`,
      `int (*pattern_set)(${LED}, struct led_pattern *pattern, u32 len, int repeat)`, `int (*pattern_clear)(${LED})`, 'struct device *dev', 'const struct attribute_group **groups', 'struct list_head node', 'const char *default_trigger',
      'unsigned long blink_delay_on', 'unsigned long blink_delay_off', 'struct led_trigger *trigger', 'struct mutex led_access',
    ],
    led_init_data: ['struct fwnode_handle *fwnode', 'const char *default_label', 'const char *devicename', 'bool devname_mandatory'],
    led_pattern: ['u32 delta_t', 'int brightness'],
  },
  constants: {
    LED_OFF: 0, LED_ON: 1, LED_HALF: 127, LED_FULL: 255, LEDS_DEFSTATE_OFF: 0, LEDS_DEFSTATE_ON: 1, LEDS_DEFSTATE_KEEP: 2, LED_SUSPENDED: 1, LED_CORE_SUSPENDRESUME: 1 << 16, LED_HW_PLUGGABLE: 1 << 19, LED_PANIC_INDICATOR: 1 << 20,
    LED_RETAIN_AT_SHUTDOWN: 1 << 22,
  },
};

export const watchdogs: SubsystemTypes = {
  structs: {
    watchdog_info: ['__u32 options', '__u32 firmware_version', '__u8 identity[32]'],
    watchdog_ops: [
      'struct module *owner', `int (*start)(${WDD})`, `int (*stop)(${WDD})`, `int (*ping)(${WDD})`, `unsigned int (*status)(${WDD})`, `int (*set_timeout)(${WDD}, unsigned int timeout)`, `int (*set_pretimeout)(${WDD}, unsigned int timeout)`,
      `unsigned int (*get_timeleft)(${WDD})`, `int (*restart)(${WDD}, unsigned long action, void *data)`, `long (*ioctl)(${WDD}, unsigned int cmd, unsigned long arg)`,
    ],
    watchdog_device: [
      'int id', 'struct device *parent', 'const struct attribute_group **groups', 'const struct watchdog_info *info', 'const struct watchdog_ops *ops', 'unsigned int bootstatus', 'unsigned int timeout', 'unsigned int pretimeout',
      'unsigned int min_timeout', 'unsigned int max_timeout', 'unsigned int min_hw_heartbeat_ms', 'unsigned int max_hw_heartbeat_ms', 'void *driver_data', 'unsigned long status', 'struct list_head deferred',
    ],
  },
  constants: {
    ...bits('WDIOF_', 'OVERHEAT FANFAULT EXTERN1 EXTERN2 POWERUNDER CARDRESET POWEROVER SETTIMEOUT MAGICCLOSE PRETIMEOUT ALARMONLY'), WDIOF_KEEPALIVEPING: 0x8000, WDIOS_DISABLECARD: 1, WDIOS_ENABLECARD: 2,
    ...from('WDOG_', 0, 'ACTIVE NO_WAY_OUT STOP_ON_REBOOT HW_RUNNING STOP_ON_UNREGISTER NO_PING_ON_SUSPEND'), WATCHDOG_NOWAYOUT: 0, WATCHDOG_NOWAYOUT_INIT_STATUS: 0,
  },
};

export const rtc: SubsystemTypes = {
  structs: {
    rtc_time: ['tm_sec', 'tm_min', 'tm_hour', 'tm_mday', 'tm_mon', 'tm_year', 'tm_wday', 'tm_yday', 'tm_isdst'].map((name) => `int ${name}`),
    rtc_wkalrm: ['unsigned char enabled', 'unsigned char pending', 'struct rtc_time time'],
    rtc_param: ['__u64 param', '__u64 uvalue', '__u32 index', '__u32 __pad'],
    rtc_class_ops: [
      `int (*ioctl)(${DEV}, unsigned int cmd, unsigned long arg)`, `int (*read_time)(${DEV}, struct rtc_time *tm)`, `int (*set_time)(${DEV}, struct rtc_time *tm)`, `int (*read_alarm)(${DEV}, struct rtc_wkalrm *alarm)`,
      `int (*set_alarm)(${DEV}, struct rtc_wkalrm *alarm)`, `int (*proc)(${DEV}, struct seq_file *seq)`, `int (*alarm_irq_enable)(${DEV}, unsigned int enabled)`, `int (*read_offset)(${DEV}, long *offset)`, `int (*set_offset)(${DEV}, long offset)`,
      `int (*param_get)(${DEV}, struct rtc_param *param)`, `int (*param_set)(${DEV}, struct rtc_param *param)`,
    ],
    rtc_device: [
      'struct device dev', 'struct module *owner', 'int id', 'const struct rtc_class_ops *ops', 'struct mutex ops_lock', 'unsigned long flags', 'unsigned long irq_data', 'spinlock_t irq_lock', 'int irq_freq', 'int max_user_freq',
      'unsigned long set_offset_nsec', 'unsigned long features[1]', 'time64_t range_min', 'timeu64_t range_max', 'time64_t start_secs', 'time64_t offset_secs', 'bool set_start_time',
    ],
  },
  typedefs: { timeu64_t: 'unsigned long long' },
  constants: {
    RTC_IRQF: 0x80, RTC_PF: 0x40, RTC_AF: 0x20, RTC_UF: 0x10, ...from('RTC_FEATURE_', 0, 'ALARM ALARM_RES_MINUTE NEED_WEEK_DAY ALARM_RES_2S UPDATE_INTERRUPT CORRECTION BACKUP_SWITCH_MODE ALARM_WAKEUP_ONLY CNT'),
  },
  times: {
    RTC_TIMESTAMP_BEGIN_1900: -2208988800, RTC_TIMESTAMP_BEGIN_2000: 946684800, RTC_TIMESTAMP_END_2063: 2966371199, RTC_TIMESTAMP_END_2079: 3471292799, RTC_TIMESTAMP_END_2099: 4102444799, RTC_TIMESTAMP_END_2199: 7258118399, RTC_TIMESTAMP_END_9999: 253402300799,
  },
};

export const hwmon: SubsystemTypes = {
  structs: {
    hwmon_ops: [
      'umode_t (*is_visible)(const void *drvdata, enum hwmon_sensor_types type, u32 attr, int channel)', `int (*read)(${SENSOR}, long *val)`, `int (*read_string)(${SENSOR}, const char **str)`, `int (*write)(${SENSOR}, long val)`,
    ],
    hwmon_channel_info: ['enum hwmon_sensor_types type', 'const u32 *config'],
    // what it points to is const as well since 6.4; a table that is not fits, too
    hwmon_chip_info: ['const struct hwmon_ops *ops', 'const struct hwmon_channel_info * const *info'],
  },
  constants: {
    ...from('hwmon_', 0, 'chip temp in curr power energy humidity fan pwm intrusion max'),
    ...attributes('chip', 'C', 'temp_reset_history in_reset_history curr_reset_history power_reset_history register_tz update_interval alarms samples'),
    ...attributes('temp', 'T', 'enable input type lcrit lcrit_hyst min min_hyst max max_hyst crit crit_hyst emergency emergency_hyst alarm lcrit_alarm min_alarm max_alarm crit_alarm emergency_alarm fault offset label lowest highest'),
    ...attributes('in', 'I', 'enable input min max lcrit crit average lowest highest reset_history label alarm min_alarm max_alarm lcrit_alarm crit_alarm'),
    ...attributes('curr', 'C', 'enable input min max lcrit crit average lowest highest reset_history label alarm min_alarm max_alarm lcrit_alarm crit_alarm'),
    ...attributes('power', 'P', 'enable average average_interval average_interval_max average_interval_min average_highest average_lowest average_max average_min input input_highest input_lowest reset_history accuracy cap cap_hyst cap_max cap_min min max crit lcrit label alarm'),
    ...attributes('humidity', 'H', 'enable input label min min_hyst max max_hyst alarm fault'),
    ...attributes('fan', 'F', 'enable input label min max div pulses target alarm min_alarm max_alarm fault'),
    ...attributes('pwm', 'PWM', 'input enable mode freq auto_channels_temp'),
  },
};

export const powerSupplies: SubsystemTypes = {
  structs: {
    power_supply_propval: [['int intval', 'const char *strval']],
    power_supply_desc: [
      'const char *name', 'enum power_supply_type type', 'const enum power_supply_property *properties', 'size_t num_properties', `int (*get_property)(${PSY}, union power_supply_propval *val)`,
      `int (*set_property)(${PSY}, const union power_supply_propval *val)`, `int (*property_is_writeable)(${PSY})`, 'void (*external_power_changed)(struct power_supply *psy)', 'bool no_thermal', 'int use_for_apm',
    ],
    power_supply_config: ['struct device_node *of_node', 'struct fwnode_handle *fwnode', 'void *drv_data', 'const struct attribute_group **attr_grp', 'char **supplied_to', 'size_t num_supplicants'],
    power_supply: ['const struct power_supply_desc *desc', 'char **supplied_to', 'size_t num_supplicants', 'struct device_node *of_node', 'void *drv_data', 'struct device dev'],
  },
  constants: {
    ...from('POWER_SUPPLY_STATUS_', 0, 'UNKNOWN CHARGING DISCHARGING NOT_CHARGING FULL'), ...from('POWER_SUPPLY_HEALTH_', 0, 'UNKNOWN GOOD OVERHEAT DEAD OVERVOLTAGE UNSPEC_FAILURE COLD WATCHDOG_TIMER_EXPIRE SAFETY_TIMER_EXPIRE OVERCURRENT CALIBRATION_REQUIRED WARM COOL HOT NO_BATTERY'),
    ...from('POWER_SUPPLY_TYPE_', 0, 'UNKNOWN BATTERY UPS MAINS USB USB_DCP USB_CDP'), ...from('POWER_SUPPLY_PROP_', 0, 'STATUS CHARGE_TYPE HEALTH PRESENT ONLINE AUTHENTIC TECHNOLOGY CYCLE_COUNT VOLTAGE_MAX VOLTAGE_MIN VOLTAGE_MAX_DESIGN VOLTAGE_MIN_DESIGN VOLTAGE_NOW VOLTAGE_AVG VOLTAGE_OCV VOLTAGE_BOOT CURRENT_MAX CURRENT_NOW CURRENT_AVG CURRENT_BOOT POWER_NOW POWER_AVG CHARGE_FULL_DESIGN CHARGE_EMPTY_DESIGN CHARGE_FULL CHARGE_EMPTY CHARGE_NOW CHARGE_AVG CHARGE_COUNTER CONSTANT_CHARGE_CURRENT CONSTANT_CHARGE_CURRENT_MAX CONSTANT_CHARGE_VOLTAGE CONSTANT_CHARGE_VOLTAGE_MAX CHARGE_CONTROL_LIMIT CHARGE_CONTROL_LIMIT_MAX CHARGE_CONTROL_START_THRESHOLD CHARGE_CONTROL_END_THRESHOLD CHARGE_BEHAVIOUR INPUT_CURRENT_LIMIT INPUT_VOLTAGE_LIMIT INPUT_POWER_LIMIT ENERGY_FULL_DESIGN ENERGY_EMPTY_DESIGN ENERGY_FULL ENERGY_EMPTY ENERGY_NOW ENERGY_AVG CAPACITY CAPACITY_ALERT_MIN CAPACITY_ALERT_MAX CAPACITY_ERROR_MARGIN CAPACITY_LEVEL TEMP TEMP_MAX TEMP_MIN TEMP_ALERT_MIN TEMP_ALERT_MAX TEMP_AMBIENT TEMP_AMBIENT_ALERT_MIN TEMP_AMBIENT_ALERT_MAX TIME_TO_EMPTY_NOW TIME_TO_EMPTY_AVG TIME_TO_FULL_NOW TIME_TO_FULL_AVG TYPE USB_TYPE SCOPE PRECHARGE_CURRENT CHARGE_TERM_CURRENT CALIBRATE MANUFACTURE_YEAR MANUFACTURE_MONTH MANUFACTURE_DAY MODEL_NAME MANUFACTURER SERIAL_NUMBER'),
    ...from('POWER_SUPPLY_CHARGE_TYPE_', 0, 'UNKNOWN NONE TRICKLE FAST STANDARD ADAPTIVE CUSTOM LONGLIFE BYPASS'), ...from('POWER_SUPPLY_TECHNOLOGY_', 0, 'UNKNOWN NiMH LION LIPO LiFe NiCd LiMn'),
  },
};

export const pwm: SubsystemTypes = {
  structs: {
    pwm_args: ['u64 period', 'enum pwm_polarity polarity'],
    pwm_state: ['u64 period', 'u64 duty_cycle', 'enum pwm_polarity polarity', 'bool enabled', 'bool usage_power'],
    pwm_device: ['const char *label', 'unsigned long flags', 'unsigned int hwpwm', 'unsigned int pwm', 'struct pwm_chip *chip', 'void *chip_data', 'struct pwm_args args', 'struct pwm_state state', 'struct pwm_state last'],
    pwm_ops: [`int (*request)(${PWM})`, `void (*free)(${PWM})`, `int (*apply)(${PWM}, const struct pwm_state *state)`, `int (*get_state)(${PWM}, struct pwm_state *state)`, 'struct module *owner'],
    pwm_chip: ['struct device *dev', 'const struct pwm_ops *ops', 'int base', 'unsigned int npwm', 'unsigned int of_pwm_n_cells', 'struct list_head list', 'struct pwm_device *pwms'],
  },
  constants: { PWM_POLARITY_NORMAL: 0, PWM_POLARITY_INVERSED: 1 },
};
