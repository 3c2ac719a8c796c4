/** Of the package; a test holds it to package.json, which lies outside of what is built. */
export const VERSION = '0.1.0';
