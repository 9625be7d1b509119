/**
 * The kernel would go on here in a way that kmem does not emulate yet. It ends the run, with a report in kmem's own words: nothing that the
 * scenario could see afterwards would be what a kernel does.
 */
export class NotEmulated extends Error {}
