// biome-ignore-all format: a table, one row per entry
/**
 * USB devices, and the requests (URBs) that drivers send to them, 6.1. The linter and the editor know them; they do not run. An URB's completion
 * handler runs in softirq or in hard interrupt context (drivers/usb/core/hcd.c), which is where drivers allocate with the wrong mask.
 */
import type { ApiEntry } from './form/entry';
import { byGfp, counts, type Detail, freed, frees, gives, inDirectMap, initialises, inNmi, keeps, keepsAnyhow, known, lastPut, macro, needs, since, sleeping, sleepsByGfp, spinsInside, writes, writesUnlessNull } from './form/make';

const USB = 'include/linux/usb.h';
const URB = 'drivers/usb/core/urb.c';
const MESSAGE = 'drivers/usb/core/message.c';
const CORE = 'drivers/usb/core/usb.c';
const DRIVER = 'drivers/usb/core/driver.c';
const error = { result: 'error code' } as const;
const header = { header: 'linux/usb.h' };
const dma = needs('the buffer is kmalloc memory: not on the stack, not vmalloc, and not part of a larger structure');
const completes = (arg: number): Detail => ({ registers: [{ arg, context: 'softirq' }] });
const pipe = (name: string, what: string) => macro(USB, `${name}(dev, endpoint)`, what, header, inNmi);

export const usb = {
  // requests
  usb_alloc_urb: known(URB, 'struct urb *usb_alloc_urb(int iso_packets, gfp_t mem_flags)', 'A request, with one reference.', byGfp(1), header, freed('usb_free_urb'), gives('urb')),
  usb_free_urb: known(URB, 'void usb_free_urb(struct urb *urb)', 'Drops a reference on a request; the last one frees it, not its buffer. NULL is ignored.', header, frees(0, 'urb')),
  usb_get_urb: known(URB, 'struct urb *usb_get_urb(struct urb *urb)', 'Takes a reference on a request.', header, freed('usb_free_urb'), counts(0)),
  usb_fill_bulk_urb: known(USB, 'void usb_fill_bulk_urb(struct urb *urb, struct usb_device *dev, unsigned int pipe, void *transfer_buffer, int buffer_length, usb_complete_t complete_fn, void *context)', 'Sets up a bulk request: complete_fn(urb) runs when it has ended, where nothing may sleep.', header, dma, completes(5), keeps(3, 6)),
  usb_fill_int_urb: known(USB, 'void usb_fill_int_urb(struct urb *urb, struct usb_device *dev, unsigned int pipe, void *transfer_buffer, int buffer_length, usb_complete_t complete_fn, void *context, int interval)', 'Sets up an interrupt request, which is asked for every `interval`.', header, dma, completes(5), keeps(3, 6)),
  usb_fill_control_urb: known(USB, 'void usb_fill_control_urb(struct urb *urb, struct usb_device *dev, unsigned int pipe, unsigned char *setup_packet, void *transfer_buffer, int buffer_length, usb_complete_t complete_fn, void *context)', 'Sets up a control request; setup_packet is a struct usb_ctrlrequest.', header, dma, completes(6), keeps(3, 4, 7)),
  usb_submit_urb: known(URB, 'int usb_submit_urb(struct urb *urb, gfp_t mem_flags)', 'Sends a request; its completion handler runs later. GFP_ATOMIC in a completion handler, an interrupt or under a spinlock; GFP_NOIO in storage drivers.', sleepsByGfp(1), error, header, keeps(0)),
  usb_unlink_urb: known(URB, 'int usb_unlink_urb(struct urb *urb)', 'Asks for a request to end; its completion handler runs later.', error, header, spinsInside),
  usb_kill_urb: known(URB, 'void usb_kill_urb(struct urb *urb)', 'Ends a request and waits for its completion handler. NULL is ignored.', sleeping, header, freed('usb_free_urb')),
  usb_poison_urb: known(URB, 'void usb_poison_urb(struct urb *urb)', 'usb_kill_urb() after which the request cannot be sent again.', sleeping, header),
  usb_unpoison_urb: known(URB, 'void usb_unpoison_urb(struct urb *urb)', 'Lets a request be sent again.', header),
  init_usb_anchor: known(USB, 'void init_usb_anchor(struct usb_anchor *anchor)', 'Makes an anchor usable, which remembers requests that are on their way.', header),
  usb_anchor_urb: known(URB, 'void usb_anchor_urb(struct urb *urb, struct usb_anchor *anchor)', 'Adds a request to an anchor, which takes a reference.', header, spinsInside, keeps(0)),
  usb_unanchor_urb: known(URB, 'void usb_unanchor_urb(struct urb *urb)', 'Takes a request from its anchor.', header, spinsInside, counts(0)),
  usb_kill_anchored_urbs: known(URB, 'void usb_kill_anchored_urbs(struct usb_anchor *anchor)', 'Ends all requests of an anchor, and waits for each.', sleeping, header),
  usb_wait_anchor_empty_timeout: known(URB, 'int usb_wait_anchor_empty_timeout(struct usb_anchor *anchor, unsigned int timeout)', 'Waits so many milliseconds at most until no request is on its way; 0 if the time was over.', sleeping, header),
  usb_sndctrlpipe: pipe('usb_sndctrlpipe', 'The pipe to a control endpoint.'),
  usb_rcvctrlpipe: pipe('usb_rcvctrlpipe', 'The pipe from a control endpoint.'),
  usb_sndbulkpipe: pipe('usb_sndbulkpipe', 'The pipe to a bulk endpoint.'),
  usb_rcvbulkpipe: pipe('usb_rcvbulkpipe', 'The pipe from a bulk endpoint.'),
  usb_sndintpipe: pipe('usb_sndintpipe', 'The pipe to an interrupt endpoint.'),
  usb_rcvintpipe: pipe('usb_rcvintpipe', 'The pipe from an interrupt endpoint.'),

  // requests that are waited for
  usb_control_msg: known(MESSAGE, 'int usb_control_msg(struct usb_device *dev, unsigned int pipe, __u8 request, __u8 requesttype, __u16 value, __u16 index, void *data, __u16 size, int timeout)', 'Sends a control request and waits for it; the bytes that were transferred, or an errno.', sleeping, error, header, dma, inDirectMap(6)),
  usb_control_msg_send: known(MESSAGE, 'int usb_control_msg_send(struct usb_device *dev, __u8 endpoint, __u8 request, __u8 requesttype, __u16 value, __u16 index, const void *data, __u16 size, int timeout, gfp_t memflags)', 'usb_control_msg() to the device, with a copy of the data: it may lie on the stack.', sleeping, error, header, since('5.10')),
  usb_control_msg_recv: known(MESSAGE, 'int usb_control_msg_recv(struct usb_device *dev, __u8 endpoint, __u8 request, __u8 requesttype, __u16 value, __u16 index, void *data, __u16 size, int timeout, gfp_t memflags)', 'usb_control_msg() from the device, all or nothing, with a copy of the data.', sleeping, error, header, since('5.10'), writes(6)),
  usb_bulk_msg: known(MESSAGE, 'int usb_bulk_msg(struct usb_device *usb_dev, unsigned int pipe, void *data, int len, int *actual_length, int timeout)', 'Sends a bulk request and waits for it.', sleeping, error, header, dma, inDirectMap(2), writesUnlessNull(4)),
  usb_interrupt_msg: known(MESSAGE, 'int usb_interrupt_msg(struct usb_device *usb_dev, unsigned int pipe, void *data, int len, int *actual_length, int timeout)', 'Sends an interrupt request and waits for it.', sleeping, error, header, dma, inDirectMap(2), writesUnlessNull(4)),
  usb_clear_halt: known(MESSAGE, 'int usb_clear_halt(struct usb_device *dev, int pipe)', 'Ends the halt of an endpoint.', sleeping, error, header),
  usb_set_interface: known(MESSAGE, 'int usb_set_interface(struct usb_device *dev, int interface, int alternate)', 'Chooses an alternate setting.', sleeping, error, header),
  usb_string: known(MESSAGE, 'int usb_string(struct usb_device *dev, int index, char *buf, size_t size)', 'Reads a string of the device; its length, or an errno.', sleeping, error, header, writes(2)),
  usb_reset_device: known('drivers/usb/core/hub.c', 'int usb_reset_device(struct usb_device *udev)', 'Resets a device that is locked.', sleeping, error, header),

  // buffers
  usb_alloc_coherent: known(CORE, 'void *usb_alloc_coherent(struct usb_device *dev, size_t size, gfp_t mem_flags, dma_addr_t *dma)', 'A buffer that needs no mapping, for a request with URB_NO_TRANSFER_DMA_MAP.', byGfp(2), header, freed('usb_free_coherent', 'with the same size'), gives('USB buffer', { size: 1 })),
  usb_free_coherent: known(CORE, 'void usb_free_coherent(struct usb_device *dev, size_t size, void *addr, dma_addr_t dma)', 'Frees such a buffer. NULL is ignored.', header, spinsInside, frees(2, 'USB buffer')),

  // devices and drivers
  interface_to_usbdev: macro(USB, 'interface_to_usbdev(intf)', 'The device of an interface.', header, inNmi),
  to_usb_device: macro(USB, 'to_usb_device(d)', 'The USB device that a struct device is part of.', header, inNmi),
  to_usb_interface: macro(USB, 'to_usb_interface(d)', 'The interface that a struct device is part of.', header, inNmi),
  usb_get_intfdata: known(USB, 'void *usb_get_intfdata(struct usb_interface *intf)', 'The driver’s own data.', header, inNmi),
  usb_set_intfdata: known(USB, 'void usb_set_intfdata(struct usb_interface *intf, void *data)', 'Stores the driver’s own data.', header, keeps(1)),
  usb_get_dev: known(CORE, 'struct usb_device *usb_get_dev(struct usb_device *dev)', 'Takes a reference on a device.', header, freed('usb_put_dev')),
  usb_put_dev: known(CORE, 'void usb_put_dev(struct usb_device *dev)', 'Drops a reference on a device.', lastPut, header),
  usb_get_intf: known(CORE, 'struct usb_interface *usb_get_intf(struct usb_interface *intf)', 'Takes a reference on an interface.', header, freed('usb_put_intf')),
  usb_put_intf: known(CORE, 'void usb_put_intf(struct usb_interface *intf)', 'Drops a reference on an interface.', lastPut, header),
  usb_find_common_endpoints: known(CORE, 'int usb_find_common_endpoints(struct usb_host_interface *alt, struct usb_endpoint_descriptor **bulk_in, struct usb_endpoint_descriptor **bulk_out, struct usb_endpoint_descriptor **int_in, struct usb_endpoint_descriptor **int_out)', 'Finds the first endpoint of each kind that is asked for; -ENXIO if one is missing.', error, header, since('4.12'), writesUnlessNull(1, 2, 3, 4)),
  usb_endpoint_maxp: known('include/uapi/linux/usb/ch9.h', 'int usb_endpoint_maxp(const struct usb_endpoint_descriptor *epd)', 'The most bytes of one packet.', header, inNmi),
  usb_endpoint_num: known('include/uapi/linux/usb/ch9.h', 'int usb_endpoint_num(const struct usb_endpoint_descriptor *epd)', 'The number of an endpoint.', header, inNmi),
  usb_autopm_get_interface: known(DRIVER, 'int usb_autopm_get_interface(struct usb_interface *intf)', 'Wakes the device and keeps it awake.', sleeping, error, header, freed('usb_autopm_put_interface')),
  usb_autopm_put_interface: known(DRIVER, 'void usb_autopm_put_interface(struct usb_interface *intf)', 'Lets the device sleep again.', sleeping, header),
  usb_autopm_get_interface_async: known(DRIVER, 'int usb_autopm_get_interface_async(struct usb_interface *intf)', 'usb_autopm_get_interface() that does not wait until the device is awake.', error, header),
  usb_autopm_put_interface_async: known(DRIVER, 'void usb_autopm_put_interface_async(struct usb_interface *intf)', 'usb_autopm_put_interface() that does not wait.', header),
  usb_register_driver: known(DRIVER, 'int usb_register_driver(struct usb_driver *new_driver, struct module *owner, const char *mod_name)', 'What usb_register() calls.', sleeping, error, header, freed('usb_deregister'), keepsAnyhow(0)),
  usb_register: macro(USB, 'usb_register(driver)', 'Makes a driver known: its probe() is called for each of its devices.', sleeping, error, header, freed('usb_deregister'), keepsAnyhow(0)),
  usb_deregister: known(DRIVER, 'void usb_deregister(struct usb_driver *driver)', 'Ends usb_register(): disconnect() is called for each device.', sleeping, header),
  usb_register_dev: known('drivers/usb/core/file.c', 'int usb_register_dev(struct usb_interface *intf, struct usb_class_driver *class_driver)', 'Makes a device file for an interface.', sleeping, error, header, freed('usb_deregister_dev')),
  usb_deregister_dev: known('drivers/usb/core/file.c', 'void usb_deregister_dev(struct usb_interface *intf, struct usb_class_driver *class_driver)', 'Ends usb_register_dev().', sleeping, header),
  USB_DEVICE: macro(USB, 'USB_DEVICE(vend, prod)', 'In the braces of a struct usb_device_id: this vendor and product.', header, initialises),
  USB_INTERFACE_INFO: macro(USB, 'USB_INTERFACE_INFO(cl, sc, pr)', 'In the braces of a struct usb_device_id: every interface of this class, subclass and protocol.', header, initialises),
} as const satisfies Record<string, ApiEntry>;
