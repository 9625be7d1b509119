/** What comes after the map's picture: the search above it, whose room is kept, and the tables below it. */
import './mapSearch';

export { indexTables, zonesTable } from './mapTables';
