import type { Page } from 'playwright';

/** Path of the page that the viewer in front saves its run as; it ends in `.html`. */
export async function savedPage(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Save', exact: true }).first().click();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save as page' }).click();
  const path = `${await (await download).path()}.html`;
  await (await download).saveAs(path);
  return path;
}
