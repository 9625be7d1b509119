// biome-ignore-all format: a table, one row per structure
/** Converters and sensors of the industrial I/O subsystem: include/linux/iio/iio.h, types.h, include/uapi/linux/iio/types.h, 6.1, from the fields that drivers touch. */
import { bits, from } from './numbered';
import type { SubsystemTypes } from './subsystemTypes';

const IIO = 'struct iio_dev *indio_dev';
const CHAN = `${IIO}, struct iio_chan_spec const *chan`;
const EVENT = `${CHAN}, enum iio_event_type type, enum iio_event_direction dir`;

const INFOS = 'RAW PROCESSED SCALE OFFSET CALIBSCALE CALIBBIAS PEAK PEAK_SCALE QUADRATURE_CORRECTION_RAW AVERAGE_RAW LOW_PASS_FILTER_3DB_FREQUENCY HIGH_PASS_FILTER_3DB_FREQUENCY SAMP_FREQ FREQUENCY PHASE HARDWAREGAIN HYSTERESIS HYSTERESIS_RELATIVE INT_TIME ENABLE CALIBHEIGHT CALIBWEIGHT DEBOUNCE_COUNT DEBOUNCE_TIME CALIBEMISSIVITY OVERSAMPLING_RATIO THERMOCOUPLE_TYPE CALIBAMBIENT ZEROPOINT';

export const iio: SubsystemTypes = {
  structs: {
    iio_scan_type: ['char sign', 'u8 realbits', 'u8 storagebits', 'u8 shift', 'u8 repeat', 'enum iio_endian endianness'],
    iio_chan_spec: [
      'enum iio_chan_type type', 'int channel', 'int channel2', 'unsigned long address', 'int scan_index', 'struct iio_scan_type scan_type', 'long info_mask_separate', 'long info_mask_separate_available', 'long info_mask_shared_by_type',
      'long info_mask_shared_by_type_available', 'long info_mask_shared_by_dir', 'long info_mask_shared_by_dir_available', 'long info_mask_shared_by_all', 'long info_mask_shared_by_all_available', 'const struct iio_event_spec *event_spec', 'unsigned int num_event_specs',
      'const struct iio_chan_spec_ext_info *ext_info', 'const char *extend_name', 'const char *datasheet_name', 'unsigned int modified', 'unsigned int indexed', 'unsigned int output', 'unsigned int differential',
    ],
    iio_event_spec: ['enum iio_event_type type', 'enum iio_event_direction dir', 'unsigned long mask_separate', 'unsigned long mask_shared_by_type', 'unsigned long mask_shared_by_dir', 'unsigned long mask_shared_by_all'],
    iio_info: [
      'const struct attribute_group *event_attrs', 'const struct attribute_group *attrs', `int (*read_raw)(${CHAN}, int *val, int *val2, long mask)`, `int (*read_avail)(${CHAN}, const int **vals, int *type, int *length, long mask)`,
      `int (*write_raw)(${CHAN}, int val, int val2, long mask)`, `int (*read_label)(${CHAN}, char *label)`, `int (*write_raw_get_fmt)(${CHAN}, long mask)`, `int (*read_event_config)(${EVENT})`, `int (*write_event_config)(${EVENT}, int state)`,
      `int (*read_event_value)(${EVENT}, enum iio_event_info info, int *val, int *val2)`, `int (*write_event_value)(${EVENT}, enum iio_event_info info, int val, int val2)`, `int (*validate_trigger)(${IIO}, struct iio_trigger *trig)`,
      `int (*update_scan_mode)(${IIO}, const unsigned long *scan_mask)`, `int (*debugfs_reg_access)(${IIO}, unsigned int reg, unsigned int writeval, unsigned int *readval)`,
    ],
    iio_buffer_setup_ops: [`int (*preenable)(${IIO})`, `int (*postenable)(${IIO})`, `int (*predisable)(${IIO})`, `int (*postdisable)(${IIO})`, `bool (*validate_scan_mask)(${IIO}, const unsigned long *scan_mask)`],
    iio_dev: [
      'int modes', 'struct device dev', 'struct iio_buffer *buffer', 'int scan_bytes', 'struct mutex mlock', 'const unsigned long *available_scan_masks', 'unsigned int masklength', 'const unsigned long *active_scan_mask', 'bool scan_timestamp', 'struct iio_trigger *trig',
      'struct iio_poll_func *pollfunc', 'struct iio_chan_spec const *channels', 'int num_channels', 'const char *name', 'const char *label', 'const struct iio_info *info', 'const struct iio_buffer_setup_ops *setup_ops', 'void *priv',
    ],
    iio_poll_func: ['struct iio_dev *indio_dev', 'irq_handler_t h', 'irq_handler_t thread', 'int type', 'char *name', 'int irq', 's64 timestamp'],
  },
  constants: {
    ...from('IIO_', 0, 'VOLTAGE CURRENT POWER ACCEL ANGL_VEL MAGN LIGHT INTENSITY PROXIMITY TEMP INCLI ROT ANGL TIMESTAMP CAPACITANCE ALTVOLTAGE CCT PRESSURE HUMIDITYRELATIVE ACTIVITY STEPS ENERGY DISTANCE VELOCITY CONCENTRATION RESISTANCE PH UVINDEX ELECTRICALCONDUCTIVITY COUNT INDEX GRAVITY POSITIONRELATIVE PHASE MASSCONCENTRATION'),
    ...from('IIO_', 0, 'NO_MOD MOD_X MOD_Y MOD_Z'), ...from('IIO_CHAN_INFO_', 0, INFOS), ...from('IIO_EV_DIR_', 0, 'EITHER RISING FALLING NONE'), ...from('IIO_EV_TYPE_', 0, 'THRESH MAG ROC THRESH_ADAPTIVE MAG_ADAPTIVE CHANGE'),
    ...from('IIO_VAL_', 1, 'INT INT_PLUS_MICRO INT_PLUS_NANO INT_PLUS_MICRO_DB INT_MULTIPLE INT_64'), IIO_VAL_FRACTIONAL: 10, IIO_VAL_FRACTIONAL_LOG2: 11, IIO_VAL_CHAR: 12, ...from('IIO_', 0, 'CPU BE LE'), IIO_AVAIL_LIST: 0, IIO_AVAIL_RANGE: 1,
    ...bits('INDIO_', 'DIRECT_MODE BUFFER_TRIGGERED BUFFER_SOFTWARE BUFFER_HARDWARE EVENT_TRIGGERED HARDWARE_TRIGGERED'),
  },
};
