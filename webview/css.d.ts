/** Style sheets are bundled into dist/inspector/inspector.css. */
declare module '*.css';
