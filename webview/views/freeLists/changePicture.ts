/**
 * What became of one block, drawn to scale: above what it was, below what it is. Where the user has nothing against motion, the parts move
 * from one to the other.
 */
import { css, html, LitElement, svg, unsafeCSS } from 'lit';
import type { Block, BlockChangeShape } from '../../../server/debugger/inspector/shapes/freeLists';
import { wantsStillness } from '../../ui/colours';
import { base } from '../../ui/styles';
import { hex } from '../../ui/words';
import { changeText, migrateColour } from './listText';

const WIDTH = 512;
const HEIGHT = 22;
/** between what was and what is */
const GAP = 18;
const MOTION_MS = 700;

interface Piece {
  readonly pfn: number;
  readonly pages: number;
  /** −1: not on a list */
  readonly migratetype: number;
}
const pieceOf = ({ pfn, order, migratetype = -1 }: Block): Piece => ({ pfn, pages: 2 ** order, migratetype });
const taken = ({ pfn, pages }: { readonly pfn: number; readonly pages: number }): Piece => ({
  pfn,
  pages,
  migratetype: -1,
});
/** The block as it was and as it is, in pieces. */
function pieces(change: BlockChangeShape): readonly [was: readonly Piece[], is: readonly Piece[]] {
  const whole = pieceOf(change.block);
  const gone = taken({ pfn: whole.pfn, pages: whole.pages });
  switch (change.kind) {
    case 'split':
      return [[whole], [...change.parts.map(pieceOf), ...change.taken.map(taken)]];
    case 'merged':
      return [[...change.parts.map(pieceOf), ...change.freed.map(taken)], [whole]];
    case 'taken':
      return [[whole], [gone]];
    case 'freed':
      return [[gone], [whole]];
    case 'moved':
      return [[{ ...whole, migratetype: change.from }], [whole]];
  }
}
const types = unsafeCSS(
  [0, 1, 2, 3, 4].map((type) => `.m${type} { stroke: var(--vscode-${migrateColour(type)}); }`).join('\n'),
);

export class ChangePicture extends LitElement {
  static override styles = [
    base,
    css`
      figure {
        margin: 0.5em 0 0.9em;
      }
      svg {
        display: block;
        max-width: 100%;
        height: auto;
      }
      rect {
        fill: none;
        stroke-width: 2;
        stroke: var(--vscode-foreground);
      }
      ${types}
      rect.used {
        fill: var(--vscode-descriptionForeground);
        fill-opacity: 0.35;
        stroke-dasharray: 3 2;
      }
      text {
        fill: var(--vscode-foreground);
        font-family: var(--vscode-editor-font-family);
        font-size: 11px;
      }
    `,
  ];
  static override properties = { change: { attribute: false }, migratetypes: { attribute: false } };
  declare change: BlockChangeShape | undefined;
  declare migratetypes: readonly string[];
  private moved: BlockChangeShape | undefined;

  constructor() {
    super();
    this.migratetypes = [];
  }
  override render() {
    const { change, migratetypes } = this;
    if (!change) return html``;
    const [was, is] = pieces(change);
    const words = changeText(change, migratetypes);
    const height = 2 * HEIGHT + GAP + 4;
    return html`<figure>
      <svg viewBox="-2 -2 ${WIDTH + 4} ${height}" width=${WIDTH + 4} height=${height} role="img" aria-label=${words}>
        ${was.map((piece) => this.box(piece, 0, ''))} ${is.map((piece) => this.box(piece, HEIGHT + GAP, 'is'))}
      </svg>
      <figcaption>${words}</figcaption>
    </figure>`;
  }
  private box({ pfn, pages, migratetype }: Piece, y: number, name: string) {
    const { block } = this.change as BlockChangeShape;
    const scale = WIDTH / 2 ** block.order;
    const x = (pfn - block.pfn) * scale;
    const width = Math.max(2, pages * scale - 1);
    const label = hex(pfn);
    return svg`<g class=${name}>
      <rect class=${migratetype < 0 ? 'used' : `m${migratetype}`} x=${x} y=${y} width=${width} height=${HEIGHT}></rect>
      ${width > label.length * 7 + 6 ? svg`<text x=${x + 4} y=${y + 15}>${label}</text>` : ''}
    </g>`;
  }
  override updated(): void {
    if (this.change === this.moved) return;
    this.moved = this.change;
    // those of the change before, whose shapes are drawn on
    for (const shape of this.renderRoot.querySelectorAll('g')) for (const old of shape.getAnimations()) old.cancel();
    if (wantsStillness()) return;
    // parts come out of the block above them, one after the other; a block forms out of its parts
    this.renderRoot.querySelectorAll<SVGGElement>('g.is').forEach((part, i) => {
      part.animate(
        [
          { transform: `translateY(${-HEIGHT - GAP}px)`, opacity: 0.1 },
          { transform: 'none', opacity: 1 },
        ],
        { duration: MOTION_MS, delay: Math.min(i, 10) * 60, easing: 'ease-out', fill: 'backwards' },
      );
    });
  }
}
customElements.define('kmem-block-change', ChangePicture);
