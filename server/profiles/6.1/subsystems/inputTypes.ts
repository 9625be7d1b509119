// biome-ignore-all format: a table, one row per structure
/** Input devices: include/linux/input.h, input/mt.h, 6.1, from the fields that drivers touch. Bitmaps are as long in words of 32 bits as of 64. */
import { inputCodes } from './inputCodes';
import { bits } from './numbered';
import type { SubsystemTypes } from './subsystemTypes';

const DEV = 'struct input_dev *dev';

export const input: SubsystemTypes = {
  structs: {
    input_id: ['__u16 bustype', '__u16 vendor', '__u16 product', '__u16 version'],
    input_absinfo: ['__s32 value', '__s32 minimum', '__s32 maximum', '__s32 fuzz', '__s32 flat', '__s32 resolution'],
    input_keymap_entry: ['__u8 flags', '__u8 len', '__u16 index', '__u32 keycode', '__u8 scancode[32]'],
    input_value: ['__u16 type', '__u16 code', '__s32 value'],
    input_mt_pos: ['s16 x', 's16 y'],
    touchscreen_properties: ['unsigned int max_x', 'unsigned int max_y', 'bool invert_x', 'bool invert_y', 'bool swap_x_y'],
    input_dev: [
      'const char *name', 'const char *phys', 'const char *uniq', 'struct input_id id', 'unsigned long propbit[1]', 'unsigned long evbit[1]', 'unsigned long keybit[24]', 'unsigned long relbit[1]', 'unsigned long absbit[2]',
      'unsigned long mscbit[1]', 'unsigned long ledbit[1]', 'unsigned long sndbit[1]', 'unsigned long ffbit[4]', 'unsigned long swbit[1]', 'unsigned int hint_events_per_packet', 'unsigned int keycodemax', 'unsigned int keycodesize', 'void *keycode',
      `int (*setkeycode)(${DEV}, const struct input_keymap_entry *ke, unsigned int *old_keycode)`, `int (*getkeycode)(${DEV}, struct input_keymap_entry *ke)`, 'struct ff_device *ff', 'unsigned int repeat_key', 'struct timer_list timer', 'int rep[2]',
      'struct input_mt *mt', 'struct input_absinfo *absinfo', 'unsigned long key[24]', 'unsigned long led[1]', 'unsigned long snd[1]', 'unsigned long sw[1]',
      `int (*open)(${DEV})`, `void (*close)(${DEV})`, `int (*flush)(${DEV}, struct file *file)`, `int (*event)(${DEV}, unsigned int type, unsigned int code, int value)`,
      'spinlock_t event_lock', 'struct mutex mutex', 'unsigned int users', 'bool going_away', 'struct device dev', 'struct list_head h_list', 'struct list_head node', 'bool inhibited',
    ],
  },
  constants: { ...inputCodes, ...bits('INPUT_MT_', 'POINTER DIRECT DROP_UNUSED TRACK SEMI_MT'), MT_TOOL_FINGER: 0, MT_TOOL_PEN: 1, MT_TOOL_PALM: 2 },
};
