import { existsSync } from 'node:fs';
import { run } from './steps.mjs';

/** Where Chromium and its kin are installed on Debian, Fedora, macOS and Windows. */
const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];
const INSTALL = 'apt-get update && apt-get install --yes --no-install-recommends chromium';

/**
 * Path of a Chromium that is there: that of `CHROMIUM_PATH`, else one in a usual place, else the Debian package, which is
 * installed where apt and root are there. Undefined where none of these gives one; the reason has then been printed.
 * @returns {Promise<string | undefined>}
 */
export async function findChromium() {
  const chosen = process.env.CHROMIUM_PATH;
  if (chosen) {
    if (existsSync(chosen)) return chosen;
    console.log(`CHROMIUM_PATH is ${chosen}, and no file is there`);
    return undefined;
  }
  const found = PLACES.find(existsSync);
  if (found) return found;
  if (existsSync('/usr/bin/apt-get') && process.getuid?.() === 0) {
    console.log(`Installing Chromium: ${INSTALL}`);
    const { status, output } = await run(INSTALL, { env: { DEBIAN_FRONTEND: 'noninteractive' } });
    if (status === 0) return PLACES.find(existsSync);
    console.log(output.trimEnd().split('\n').slice(-10).join('\n'));
  }
  console.log(
    'No Chromium is installed. Install one (Debian: apt-get install chromium), or set CHROMIUM_PATH to its path',
  );
  return undefined;
}
