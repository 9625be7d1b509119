/** The page's entry. The map, which is shown at first, is part of it; other views are loaded when they are shown. */
import './inspector.css';
import { connect } from './host';
import { Shell } from './shell';
import { Store } from './store';
import './views/physicalMap/physicalMapView';

const shell = new Shell();
shell.store = new Store(connect());
document.body.append(shell);
// buttons and fields become the toolkit's when the first picture is there
requestAnimationFrame(() => setTimeout(() => void import('./ui/toolkit').then(({ defineToolkit }) => defineToolkit())));
