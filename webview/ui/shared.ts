/** What views have in common, as one part of the bundle: the page needs it at its start, and asks for few files then. */
import './cellGrid';
import './colours';
import './emptyState';
import './exportMenu';
import './exports';
import './legend';
import './ownerColours';
import './surroundings';
import './whyLine';
import './words';
