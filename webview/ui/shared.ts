/** What the page's script has and several views use, as one part of the bundle: a view that is opened asks for few files then. */
import './cellGrid';
import './colours';
import './exports';
import './ownerColours';
import './surroundings';
import './words';
