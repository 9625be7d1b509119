/** An error in a file that should be a recording. */
export class RecordingError extends Error {}
