// biome-ignore-all format: a table, one row per macro
/** Bodies of macros of subsystems: include/linux/cpumask.h, bio.h, blk-mq.h, skbuff.h, spi/spi.h, input.h, of.h, property.h, 6.1. */

/** All CPUs: kmem's machines start with all of them online, and have 32 at most. */
const ALL = '((const struct cpumask *)&(struct cpumask){ .bits = { nr_cpu_ids >= BITS_PER_LONG ? ~0UL : (1UL << nr_cpu_ids) - 1 } })';
/** A set made of two others, word by word; whether anything is in it. */
const both = (value: string): string =>
  `({ struct cpumask *dst = (dstp); const struct cpumask *one = (src1p), *two = (src2p); unsigned long any = 0; for (int i = 0; i < ARRAY_SIZE(dst->bits); i++) { dst->bits[i] = ${value}; any |= dst->bits[i]; } any != 0; })`;
const bit = (name: string): string => `${name}(cpu, (dstp)->bits)`;

export const subsystemExpressions: Readonly<Record<string, string>> = {
  'cpu_possible_mask()': ALL,
  'cpu_present_mask()': ALL,
  'cpu_online_mask()': ALL,
  'cpumask_size()': '((unsigned int)sizeof(struct cpumask))',
  'cpumask_bits(maskp)': '((maskp)->bits)',
  'cpumask_test_cpu(cpu, cpumask)': '((bool)test_bit(cpu, (cpumask)->bits))',
  'cpumask_set_cpu(cpu, dstp)': bit('set_bit'),
  '__cpumask_set_cpu(cpu, dstp)': bit('set_bit'),
  'cpumask_clear_cpu(cpu, dstp)': bit('clear_bit'),
  '__cpumask_clear_cpu(cpu, dstp)': bit('clear_bit'),
  'cpumask_test_and_set_cpu(cpu, dstp)': `((bool)${bit('test_and_set_bit')})`,
  'cpumask_test_and_clear_cpu(cpu, dstp)': `((bool)${bit('test_and_clear_bit')})`,
  'cpumask_clear(dstp)': '((void)memset((dstp), 0, sizeof(struct cpumask)))',
  'cpumask_setall(dstp)': '({ struct cpumask *all = (dstp); memset(all, 0, sizeof(*all)); bitmap_fill(all->bits, nr_cpu_ids); })',
  'cpumask_copy(dstp, srcp)': '((void)memcpy((dstp), (srcp), sizeof(struct cpumask)))',
  'cpumask_and(dstp, src1p, src2p)': both('one->bits[i] & two->bits[i]'),
  'cpumask_or(dstp, src1p, src2p)': `((void)${both('one->bits[i] | two->bits[i]')})`,
  'cpumask_andnot(dstp, src1p, src2p)': both('one->bits[i] & ~two->bits[i]'),
  'cpumask_equal(src1p, src2p)': '((bool)(memcmp((src1p), (src2p), sizeof(struct cpumask)) == 0))',
  'cpumask_empty(srcp)': '((bool)(find_first_bit((srcp)->bits, nr_cpu_ids) >= nr_cpu_ids))',
  'cpumask_weight(srcp)': 'bitmap_weight((srcp)->bits, nr_cpu_ids)',
  'cpumask_first(srcp)': '((unsigned int)find_first_bit((srcp)->bits, nr_cpu_ids))',
  'cpumask_next(n, srcp)': '((unsigned int)find_next_bit((srcp)->bits, nr_cpu_ids, (n) + 1))',
  'cpumask_any(srcp)': 'cpumask_first(srcp)',
  'cpumask_of(cpu)': '((const struct cpumask *)&(struct cpumask){ .bits = { 1UL << (cpu) } })',
  'alloc_cpumask_var(mask, flags)': '((bool)((*(mask) = kmalloc(sizeof(struct cpumask), flags)) != NULL))',
  'zalloc_cpumask_var(mask, flags)': '((bool)((*(mask) = kzalloc(sizeof(struct cpumask), flags)) != NULL))',
  'free_cpumask_var(mask)': 'kfree(mask)',
  'skb_shinfo(skb)': '((struct skb_shared_info *)(skb)->end)',
  'spi_set_drvdata(spi, data)': 'dev_set_drvdata(&(spi)->dev, data)',
  'spi_get_drvdata(spi)': 'dev_get_drvdata(&(spi)->dev)',
  'to_i2c_client(d)': 'container_of(d, struct i2c_client, dev)',
  'to_input_dev(d)': 'container_of(d, struct input_dev, dev)',
  'devm_rtc_register_device(device)': '__devm_rtc_register_device(THIS_MODULE, device)',
  'devm_iio_device_register(dev, indio_dev)': '__devm_iio_device_register(dev, indio_dev, THIS_MODULE)',
  'iio_device_register(indio_dev)': '__iio_device_register(indio_dev, THIS_MODULE)',
  'bcd2bin(x)': '(((x) & 0x0f) + ((x) >> 4) * 10)',
  'bin2bcd(x)': '((((x) / 10) << 4) + (x) % 10)',
  'HWMON_CHANNEL_INFO(stype, ...)': '(&(const struct hwmon_channel_info){ .type = hwmon_##stype, .config = (const u32[]){ __VA_ARGS__, 0 } })',
  'to_platform_device(x)': 'container_of(x, struct platform_device, dev)',
  'kobj_to_dev(kobj)': 'container_of(kobj, struct device, kobj)',
  'to_sensor_dev_attr(_dev_attr)': 'container_of(_dev_attr, struct sensor_device_attribute, dev_attr)',
  'ACPI_PTR(_ptr)': '(_ptr)',
  'dev_alert(dev, fmt, ...)': '({ (void)(dev); pr_alert(fmt, __VA_ARGS__); })',
  '__raw_readl(addr)': 'readl(addr)',
  '__raw_writel(value, addr)': 'writel(value, addr)',
  'MATRIX_SCAN_CODE(row, col, row_shift)': '(((row) << (row_shift)) + (col))',
  'GPIOCHIP_IRQ_RESOURCE_HELPERS()': '(struct irq_chip){ .irq_request_resources = gpiochip_irq_reqres, .irq_release_resources = gpiochip_irq_relres }',
  'IIO_CHAN_SOFT_TIMESTAMP(_si)': "(struct iio_chan_spec){ .type = IIO_TIMESTAMP, .channel = -1, .scan_index = (_si), .scan_type = { .sign = 's', .realbits = 64, .storagebits = 64 } }",
  'uart_port_lock(up)': 'spin_lock(&(up)->lock)',
  'uart_port_lock_irq(up)': 'spin_lock_irq(&(up)->lock)',
  'uart_port_lock_irqsave(up, flags)': 'spin_lock_irqsave(&(up)->lock, *(flags))',
  'uart_port_unlock(up)': 'spin_unlock(&(up)->lock)',
  'uart_port_unlock_irq(up)': 'spin_unlock_irq(&(up)->lock)',
  'uart_port_unlock_irqrestore(up, flags)': 'spin_unlock_irqrestore(&(up)->lock, flags)',
  'uart_circ_empty(circ)': '((circ)->head == (circ)->tail)',
  'uart_circ_clear(circ)': '((void)((circ)->head = (circ)->tail = 0))',
  'uart_circ_chars_pending(circ)': 'CIRC_CNT((circ)->head, (circ)->tail, UART_XMIT_SIZE)',
  'uart_circ_chars_free(circ)': 'CIRC_SPACE((circ)->head, (circ)->tail, UART_XMIT_SIZE)',
  'CIRC_CNT(head, tail, size)': '(((head) - (tail)) & ((size) - 1))',
  'CIRC_SPACE(head, tail, size)': 'CIRC_CNT((tail), ((head) + 1), (size))',
  'hid_register_driver(driver)': '__hid_register_driver(driver, THIS_MODULE, KBUILD_MODNAME)',
  'HID_USB_DEVICE(ven, prod)': '(struct hid_device_id){ .bus = BUS_USB, .vendor = (ven), .product = (prod) }',
  'HID_BLUETOOTH_DEVICE(ven, prod)': '(struct hid_device_id){ .bus = BUS_BLUETOOTH, .vendor = (ven), .product = (prod) }',
  'HID_DEVICE(b, g, ven, prod)': '(struct hid_device_id){ .bus = (b), .group = (g), .vendor = (ven), .product = (prod) }',
  'to_spi_device(_dev)': 'container_of(_dev, struct spi_device, dev)',
  'spi_register_driver(driver)': '__spi_register_driver(THIS_MODULE, driver)',
  'dma_submit_error(cookie)': '((cookie) < 0)',
};


/** A loop over nodes, each of which `next` finds from the one before: its reference goes to the next. */
const over = (variable: string, next: (from: string) => string): string => `for ((${variable}) = ${next('NULL')}; (${variable}); (${variable}) = ${next(variable)})`;

export const subsystemLoops: Readonly<Record<string, string>> = {
  'for_each_child_of_node(parent, child)': over('child', (from) => `of_get_next_child(parent, ${from})`),
  'for_each_available_child_of_node(parent, child)': over('child', (from) => `of_get_next_available_child(parent, ${from})`),
  'for_each_compatible_node(dn, type, compatible)': over('dn', (from) => `of_find_compatible_node(${from}, type, compatible)`),
  'for_each_matching_node(dn, matches)': over('dn', (from) => `of_find_matching_node(${from}, matches)`),
  'device_for_each_child_node(dev, child)': over('child', (from) => `device_get_next_child_node(dev, ${from})`),
  'fwnode_for_each_child_node(fwnode, child)': over('child', (from) => `fwnode_get_next_child_node(fwnode, ${from})`),
  'for_each_cpu(cpu, mask)': 'for ((cpu) = cpumask_first(mask); (unsigned int)(cpu) < nr_cpu_ids; (cpu) = cpumask_next((int)(cpu), mask))',
  'bio_for_each_segment(bvl, bio, iter)': 'for ((iter) = (bio)->bi_iter; (iter).bi_size && ({ (bvl) = bio_iter_iovec((bio), (iter)); 1; }); bio_advance_iter_single((bio), &(iter), (bvl).bv_len))',
  'rq_for_each_segment(bvl, _rq, _iter)': 'for ((_iter).bio = (_rq)->bio; (_iter).bio; (_iter).bio = (_iter).bio->bi_next) bio_for_each_segment(bvl, (_iter).bio, (_iter).iter)',
};
