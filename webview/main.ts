/** The page's entry. */
import './inspector.css';
import { connect } from './host';
import { Shell } from './shell';
import { Store } from './store';
import { defineToolkit } from './ui/toolkit';

defineToolkit();
const shell = new Shell();
shell.store = new Store(connect());
document.body.append(shell);
