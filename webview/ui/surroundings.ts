/** What a drawing depends on besides its data: the size of its component and the colours of the theme. */
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { onThemeChange } from './colours';

/** Tells a component, while it is in the page, of a new size and of another theme. */
export class Surroundings implements ReactiveController {
  private readonly resizes: ResizeObserver;
  private stopTheme: (() => void) | undefined;

  constructor(
    private readonly host: ReactiveControllerHost & Element,
    resized: () => void,
    private readonly recoloured: () => void = () => host.requestUpdate(),
  ) {
    this.resizes = new ResizeObserver(resized);
    host.addController(this);
  }
  hostConnected(): void {
    this.resizes.observe(this.host);
    this.stopTheme = onThemeChange(this.recoloured);
  }
  hostDisconnected(): void {
    this.resizes.disconnect();
    this.stopTheme?.();
  }
}
/** Gives a canvas its height in CSS pixels, as its style sheet takes it from `--height`, and a context that draws in CSS pixels. */
export function contextOf(canvas: HTMLCanvasElement, height: number): CanvasRenderingContext2D | undefined {
  canvas.style.setProperty('--height', `${height}px`);
  const ratio = devicePixelRatio;
  canvas.width = Math.round(canvas.clientWidth * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext('2d') ?? undefined;
  context?.scale(ratio, ratio);
  return context;
}
