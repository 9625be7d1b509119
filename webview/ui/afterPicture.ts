/** What can wait until the picture is on the screen. */

/** Calls `act` in a task of its own when the frame that the page works on has been handed to the screen: at the next one. */
export function afterPicture(act: () => void): void {
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(act)));
}
