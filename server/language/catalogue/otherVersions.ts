// biome-ignore-all format: a table, one row per form
/**
 * What has another form in other kernel versions than 6.1: members of the kernel's structures that hold callbacks, and functions that take
 * other arguments. Code in any of the forms is welcome; `not-in-kernel` tells of those that the chosen version does not have.
 */
import type { MacroBody } from './bodies/macroBody';

interface Versions {
  readonly since?: string;
  /** the first version without it */
  readonly until?: string;
}
/** A C type of a member. */
export interface CallbackForm extends Versions {
  readonly type: string;
}
/** A call with other arguments, as the call of 6.1 that does the same. */
export interface CallForm extends Versions, MacroBody {}

const CLIENT = 'struct i2c_client *client';
const PDEV = 'struct platform_device *pdev';
const NET = 'struct net_device *dev';
const PORT = 'struct uart_port *port';
const GC = 'struct gpio_chip *gc';
const BDEV = 'struct block_device *bdev';

/** By `TAG.MEMBER`: all forms, the oldest first. */
const callbacks: Readonly<Record<string, readonly CallbackForm[]>> = {
  'platform_driver.remove': [{ type: `int (*)(${PDEV})`, until: '6.11' }, { type: `void (*)(${PDEV})`, since: '6.11' }],
  'i2c_driver.probe': [{ type: `int (*)(${CLIENT}, const struct i2c_device_id *id)`, until: '6.3' }, { type: `int (*)(${CLIENT})`, since: '6.3' }],
  'i2c_driver.remove': [{ type: `int (*)(${CLIENT})`, until: '6.1' }, { type: `void (*)(${CLIENT})`, since: '6.1' }],
  'spi_driver.remove': [{ type: 'int (*)(struct spi_device *spi)', until: '5.18' }, { type: 'void (*)(struct spi_device *spi)', since: '5.18' }],
  'class.devnode': [{ type: 'char *(*)(struct device *dev, umode_t *mode)', until: '6.2' }, { type: 'char *(*)(const struct device *dev, umode_t *mode)', since: '6.2' }],
  'net_device_ops.ndo_tx_timeout': [{ type: `void (*)(${NET})`, until: '5.6' }, { type: `void (*)(${NET}, unsigned int txqueue)`, since: '5.6' }],
  'vm_operations_struct.fault': [
    { type: 'int (*)(struct vm_area_struct *vma, struct vm_fault *vmf)', until: '4.11' },
    { type: 'int (*)(struct vm_fault *vmf)', since: '4.11', until: '4.17' },
    { type: 'vm_fault_t (*)(struct vm_fault *vmf)', since: '4.17' },
  ],
  'block_device_operations.open': [{ type: `int (*)(${BDEV}, fmode_t mode)`, until: '6.5' }, { type: 'int (*)(struct gendisk *disk, unsigned int mode)', since: '6.5' }],
  'block_device_operations.release': [{ type: 'void (*)(struct gendisk *disk, fmode_t mode)', until: '6.5' }, { type: 'void (*)(struct gendisk *disk)', since: '6.5' }],
  'uart_ops.set_termios': [
    { type: `void (*)(${PORT}, struct ktermios *termios, struct ktermios *old)`, until: '6.1' },
    { type: `void (*)(${PORT}, struct ktermios *termios, const struct ktermios *old)`, since: '6.1' },
  ],
  'gpio_chip.set': [{ type: `void (*)(${GC}, unsigned int offset, int value)`, until: '6.17' }, { type: `int (*)(${GC}, unsigned int offset, int value)`, since: '6.17' }],
  'blk_mq_ops.timeout': [{ type: 'enum blk_eh_timer_return (*)(struct request *rq, bool reserved)', until: '6.0' }, { type: 'enum blk_eh_timer_return (*)(struct request *rq)', since: '6.0' }],
};
const call = (form: string, body: string, versions: Versions): CallForm => ({
  ...versions,
  params: form.slice(form.indexOf('(') + 1, -1).split(', '),
  form: 'expr',
  body,
});
/** By the function. */
const calls: Readonly<Record<string, readonly CallForm[]>> = {
  strscpy: [call('strscpy(dst, src)', 'strscpy(dst, src, sizeof(dst))', { since: '6.9' })],
  bio_alloc: [call('bio_alloc(gfp_mask, nr_iovecs)', 'bio_alloc(NULL, nr_iovecs, 0, gfp_mask)', { until: '5.18' })],
};

/** The forms of a member that has several, the oldest first. */
export const callbackForms = (tag: string | undefined, member: string): readonly CallbackForm[] =>
  callbacks[`${tag}.${member}`] ?? [];
/** The form of a function that takes so many arguments, where 6.1's takes others. */
export const callForm = (name: string, args: number): CallForm | undefined =>
  Object.hasOwn(calls, name) ? calls[name]?.find(({ params }) => params.length === args) : undefined;
/** Of all members: for tests. */
export const CALLBACKS: Readonly<Record<string, readonly CallbackForm[]>> = callbacks;
