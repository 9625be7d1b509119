// biome-ignore-all format: a table, one row per entry
/** Input devices and LEDs, 6.1. The linter and the editor know them; they do not run. Events may be reported from interrupts. */
import type { ApiEntry } from '../form/entry';
import { type Detail, freed, frees, gives, inNmi, keeps, known, lastPut, macro, mustCheck, since, sleeping, spinsInside, writes } from '../form/make';

const INPUT = 'drivers/input/input.c';
const INPUTH = 'include/linux/input.h';
const MT = 'drivers/input/input-mt.c';
const MTH = 'include/linux/input/mt.h';
const LED = 'drivers/leds/led-class.c';
const LEDH = 'include/linux/leds.h';
const LEDCORE = 'drivers/leds/led-core.c';
const error = { result: 'error code' } as const;
const mayFail = { result: 'may be NULL' } as const;
const header = { header: 'linux/input.h' };
const mtHeader = { header: 'linux/input/mt.h' };
const ledHeader = { header: 'linux/leds.h' };
const managed: Detail = { ...sleeping, freeNote: 'by itself when the device is detached' };
const forAxes: Detail = { sleeps: 'may', sleepsNote: 'where it allocates the data of the absolute axes' };
const event = (name: string, args: string, what: string, ...more: Detail[]) =>
  known(INPUTH, `void ${name}(struct input_dev *dev${args})`, what, header, spinsInside, ...more);

export const inputDevices = {
  // devices
  input_allocate_device: known(INPUT, 'struct input_dev *input_allocate_device(void)', 'An input device; input_free_device() frees it until it is registered, input_unregister_device() after that.', sleeping, mayFail, header, freed('input_free_device'), gives('input_dev', { zeroed: true })),
  devm_input_allocate_device: known(INPUT, 'struct input_dev *devm_input_allocate_device(struct device *dev)', 'An input device that is unregistered and freed when `dev` is detached.', managed, mayFail, header, gives('devm', { managed: true })),
  input_free_device: known(INPUT, 'void input_free_device(struct input_dev *dev)', 'Frees a device that was not registered; not after input_unregister_device(). NULL is ignored.', lastPut, header, frees(0, ['input_dev', 'devm'])),
  input_register_device: known(INPUT, 'int input_register_device(struct input_dev *dev)', 'Lets handlers use a device: open() may be called at once. Where it fails, input_free_device() is still due.', sleeping, error, mustCheck, header, freed('input_unregister_device'), keeps(0)),
  input_unregister_device: known(INPUT, 'void input_unregister_device(struct input_dev *dev)', 'Ends input_register_device(), and drops the reference of input_allocate_device().', sleeping, header),
  input_set_capability: known(INPUT, 'void input_set_capability(struct input_dev *dev, unsigned int type, unsigned int code)', 'Says that the device sends this code of this type, EV_KEY for instance.', forAxes, header),
  input_set_abs_params: known(INPUT, 'void input_set_abs_params(struct input_dev *dev, unsigned int axis, int min, int max, int fuzz, int flat)', 'Says that the device has an absolute axis, and its range.', forAxes, header),
  input_alloc_absinfo: known(INPUT, 'void input_alloc_absinfo(struct input_dev *dev)', 'Makes dev->absinfo, where there is none.', sleeping, header),
  input_abs_set_res: known(INPUTH, 'void input_abs_set_res(struct input_dev *dev, unsigned int axis, int val)', 'The resolution of an axis, in units per mm or radian.', forAxes, header),
  input_abs_get_max: known(INPUTH, 'int input_abs_get_max(struct input_dev *dev, unsigned int axis)', 'The largest value of an axis.', header),
  input_abs_get_min: known(INPUTH, 'int input_abs_get_min(struct input_dev *dev, unsigned int axis)', 'The smallest value of an axis.', header),
  input_set_drvdata: known(INPUTH, 'void input_set_drvdata(struct input_dev *dev, void *data)', 'Stores the driver’s own data.', header, keeps(1)),
  input_get_drvdata: known(INPUTH, 'void *input_get_drvdata(struct input_dev *dev)', 'The driver’s own data.', inNmi, header),
  to_input_dev: macro(INPUTH, 'to_input_dev(d)', 'The input device around a struct device.', inNmi, header),
  input_setup_polling: known('drivers/input/input-poller.c', 'int input_setup_polling(struct input_dev *dev, void (*poll_fn)(struct input_dev *dev))', 'Has poll_fn() called from a work, from the first open() to the last close().', sleeping, error, header, { registers: [{ arg: 1, context: 'kworker' }] }),
  input_set_poll_interval: known('drivers/input/input-poller.c', 'void input_set_poll_interval(struct input_dev *dev, unsigned int interval)', 'Milliseconds from one poll to the next; before the device is registered.', header),

  // events
  input_event: event('input_event', ', unsigned int type, unsigned int code, int value', 'Reports an event, or has the device act on it (EV_LED, EV_SND).'),
  input_report_key: event('input_report_key', ', unsigned int code, int value', 'Reports that a key or button is down (value is not 0) or up.'),
  input_report_rel: event('input_report_rel', ', unsigned int code, int value', 'Reports that a relative axis moved by `value`.'),
  input_report_abs: event('input_report_abs', ', unsigned int code, int value', 'Reports where an absolute axis is.'),
  input_report_switch: event('input_report_switch', ', unsigned int code, int value', 'Reports the state of a switch.'),
  input_sync: event('input_sync', '', 'Ends a packet of events: readers are told now.'),
  input_mt_sync: event('input_mt_sync', '', 'Ends a contact, in the protocol without slots.'),
  input_mt_init_slots: known(MT, 'int input_mt_init_slots(struct input_dev *dev, unsigned int num_slots, unsigned int flags)', 'Says that the device tells so many contacts apart.', sleeping, error, mtHeader),
  input_mt_slot: known(MTH, 'void input_mt_slot(struct input_dev *dev, int slot)', 'The events that follow are of this contact.', mtHeader, spinsInside),
  input_mt_report_slot_state: known(MT, 'bool input_mt_report_slot_state(struct input_dev *dev, unsigned int tool_type, bool active)', 'Reports whether the contact touches; true if it does.', mtHeader, spinsInside),
  input_mt_report_slot_inactive: known(MTH, 'void input_mt_report_slot_inactive(struct input_dev *dev)', 'Reports that the contact has ended.', mtHeader, spinsInside, since('5.7')),
  input_mt_sync_frame: known(MT, 'void input_mt_sync_frame(struct input_dev *dev)', 'Ends a packet: contacts that were not reported end, if INPUT_MT_DROP_UNUSED is set.', mtHeader, spinsInside),
  input_mt_report_pointer_emulation: known(MT, 'void input_mt_report_pointer_emulation(struct input_dev *dev, bool use_count)', 'Reports the oldest contact as that of a device with one.', mtHeader, spinsInside),
  touchscreen_parse_properties: known('drivers/input/touchscreen.c', 'void touchscreen_parse_properties(struct input_dev *input, bool multitouch, struct touchscreen_properties *prop)', 'Takes size and orientation of a touchscreen from the firmware’s description.', forAxes, { header: 'linux/input/touchscreen.h' }, { writes: [2], optional: [2] }),
  touchscreen_report_pos: known('drivers/input/touchscreen.c', 'void touchscreen_report_pos(struct input_dev *input, const struct touchscreen_properties *prop, unsigned int x, unsigned int y, bool multitouch)', 'Reports a position, turned as the properties say.', { header: 'linux/input/touchscreen.h' }, spinsInside),

  // LEDs
  led_classdev_register: known(LEDH, 'int led_classdev_register(struct device *parent, struct led_classdev *led_cdev)', 'Adds an LED to /sys/class/leds.', sleeping, error, ledHeader, freed('led_classdev_unregister'), keeps(1)),
  led_classdev_register_ext: known(LED, 'int led_classdev_register_ext(struct device *parent, struct led_classdev *led_cdev, struct led_init_data *init_data)', 'led_classdev_register() that makes the name from the firmware’s description.', sleeping, error, ledHeader, since('5.4'), freed('led_classdev_unregister'), keeps(1)),
  led_classdev_unregister: known(LED, 'void led_classdev_unregister(struct led_classdev *led_cdev)', 'Ends led_classdev_register(), and switches the LED off.', sleeping, ledHeader),
  devm_led_classdev_register: known(LEDH, 'int devm_led_classdev_register(struct device *parent, struct led_classdev *led_cdev)', 'led_classdev_register() that ends when the device is detached.', managed, error, ledHeader, keeps(1)),
  devm_led_classdev_register_ext: known(LED, 'int devm_led_classdev_register_ext(struct device *parent, struct led_classdev *led_cdev, struct led_init_data *init_data)', 'led_classdev_register_ext() that ends when the device is detached.', managed, error, ledHeader, since('5.4'), keeps(1)),
  led_set_brightness: known(LEDCORE, 'void led_set_brightness(struct led_classdev *led_cdev, unsigned int brightness)', 'Sets the brightness, and ends blinking; never sleeps: a work does it where the LED needs that.', ledHeader, spinsInside),
  led_set_brightness_sync: known(LEDCORE, 'int led_set_brightness_sync(struct led_classdev *led_cdev, unsigned int value)', 'Sets the brightness at once.', sleeping, error, ledHeader),
  led_update_brightness: known(LEDCORE, 'int led_update_brightness(struct led_classdev *led_cdev)', 'Reads the brightness from the LED.', { sleeps: 'may', sleepsNote: 'where its brightness_get() does' }, error, ledHeader),
  led_classdev_suspend: known(LED, 'void led_classdev_suspend(struct led_classdev *led_cdev)', 'Switches the LED off until led_classdev_resume().', sleeping, ledHeader),
  led_classdev_resume: known(LED, 'void led_classdev_resume(struct led_classdev *led_cdev)', 'Ends led_classdev_suspend().', sleeping, ledHeader),
  led_trigger_event: known('drivers/leds/led-triggers.c', 'void led_trigger_event(struct led_trigger *trig, enum led_brightness event)', 'Sets the brightness of all LEDs of a trigger.', ledHeader, spinsInside),
  led_get_default_pattern: known(LEDCORE, 'u32 *led_get_default_pattern(struct led_classdev *led_cdev, unsigned int *size)', 'The pattern of the firmware’s description, as kmalloc memory; NULL if there is none.', sleeping, mayFail, ledHeader, since('5.0'), freed('kfree'), gives('kmalloc'), writes(1)),
} as const satisfies Record<string, ApiEntry>;
