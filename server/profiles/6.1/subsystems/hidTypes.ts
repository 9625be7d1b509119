// biome-ignore-all format: a table, one row per structure
/** Human interface devices: include/linux/hid.h, mod_devicetable.h, 6.1, from the fields that drivers touch. */
import { bits } from './numbered';
import type { SubsystemTypes } from './subsystemTypes';

const HDEV = 'struct hid_device *hdev';
const MAPPING = `${HDEV}, struct hid_input *hidinput, struct hid_field *field, struct hid_usage *usage, unsigned long **bit, int *max`;

export const hid: SubsystemTypes = {
  structs: {
    hid_device_id: ['__u16 bus', '__u16 group', '__u32 vendor', '__u32 product', 'unsigned long driver_data'],
    hid_usage: ['unsigned int hid', 'unsigned int collection_index', 'unsigned int usage_index', '__u16 code', '__u8 type'],
    hid_field: ['unsigned int physical', 'unsigned int logical', 'unsigned int application', 'struct hid_usage *usage', 'unsigned int maxusage', 'unsigned int flags', 'unsigned int report_offset', 'unsigned int report_size', 'unsigned int report_count', '__s32 *value', 'struct hid_report *report', 'unsigned int index', 'struct hid_input *hidinput'],
    hid_report: ['struct list_head list', 'unsigned int id', 'unsigned int application', 'struct hid_field *field[256]', 'unsigned int maxfield', 'unsigned int size', 'struct hid_device *device'],
    hid_input: ['struct list_head list', 'struct hid_report *report', 'struct input_dev *input', 'const char *name', 'unsigned int application'],
    hid_device: [
      '__u8 *rdesc', 'unsigned int rsize', '__u16 bus', '__u16 group', '__u32 vendor', '__u32 product', '__u32 version', 'unsigned int country', 'struct device dev', 'struct hid_driver *driver', 'unsigned long status', 'unsigned int claimed', 'unsigned int quirks',
      'struct list_head inputs', 'char name[128]', 'char phys[64]', 'char uniq[64]', 'void *driver_data', 'unsigned int id',
    ],
    hid_driver: [
      'char *name', 'const struct hid_device_id *id_table', `int (*probe)(${HDEV}, const struct hid_device_id *id)`, `void (*remove)(${HDEV})`, `int (*raw_event)(${HDEV}, struct hid_report *report, u8 *data, int size)`,
      `int (*event)(${HDEV}, struct hid_field *field, struct hid_usage *usage, __s32 value)`, `void (*report)(${HDEV}, struct hid_report *report)`, `__u8 *(*report_fixup)(${HDEV}, __u8 *buf, unsigned int *size)`, `int (*input_mapping)(${MAPPING})`,
      `int (*input_mapped)(${MAPPING})`, `int (*input_configured)(${HDEV}, struct hid_input *hidinput)`, `void (*feature_mapping)(${HDEV}, struct hid_field *field, struct hid_usage *usage)`, `int (*suspend)(${HDEV}, pm_message_t message)`, `int (*resume)(${HDEV})`,
      `int (*reset_resume)(${HDEV})`, 'struct device_driver driver',
    ],
  },
  constants: {
    ...bits('HID_CONNECT_', 'HIDINPUT HIDINPUT_FORCE HIDRAW HIDDEV HIDDEV_FORCE FF DRIVER'), HID_CONNECT_DEFAULT: 0x2d, HID_ANY_ID: -1, HID_BUS_ANY: 0xffff, HID_GROUP_ANY: 0, HID_GROUP_GENERIC: 1, HID_INPUT_REPORT: 0, HID_OUTPUT_REPORT: 1, HID_FEATURE_REPORT: 2,
    HID_REQ_GET_REPORT: 1, HID_REQ_SET_REPORT: 9,
  },
};
