import { homedir } from 'node:os';
import { join } from 'node:path';

const HOME = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');

/** Folder outside the tree in which programs of others are kept between test runs; `SMOLAGENTS_WEB_CACHE` chooses another. */
export const cacheFolder = process.env.SMOLAGENTS_WEB_CACHE ?? join(HOME, 'smolagents-web');
