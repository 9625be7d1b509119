/** The page's entry. Views other than the first are loaded when they are shown. */
import './inspector.css';
import { loadAnswerSchemas } from './answerSchemas';
import { connect } from './host';
import { Shell } from './shell';
import { Store } from './store';
import { afterPicture } from './ui/afterPicture';

const store = new Store(connect());
const shell = new Shell();
shell.store = store;
document.body.append(shell);

/** Milliseconds after which buttons and fields are the toolkit's, whether there is a picture or not. */
const PATIENCE = 400;
let isLoaded = false;
/** They come after the first picture, which would wait for their start otherwise. */
function loadToolkit(): void {
  if (isLoaded) return;
  isLoaded = true;
  void import('./ui/toolkit').then(({ defineToolkit }) => {
    defineToolkit();
    return loadAnswerSchemas();
  });
}
const stop = store.subscribe(() => {
  if (!store.state.moment) return;
  stop();
  afterPicture(loadToolkit);
});
setTimeout(loadToolkit, PATIENCE);
