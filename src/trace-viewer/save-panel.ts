import { copyText } from './copy-text';
import { kilobytes } from './figures';
import { make, setText } from './make-node';
import type { PanelOptions } from './panel-options';
import type { Trace } from './trace';
import { fill } from './viewer-labels';
import { traceFile } from './whole/trace-file';
import { traceMarkdown } from './whole/trace-markdown';
import { tracePage } from './whole/trace-page';

type SaveOptions = Pick<PanelOptions, 'labels' | 'run'>;

/** Saves the run as a file or as one HTML page, or copies it as Markdown, each without what looks like a key. */
export async function savePanel(trace: Trace, { labels, run }: SaveOptions): Promise<HTMLElement> {
  const file = await traceFile(trace, run);
  const json = JSON.stringify(file);
  const status = make('span', { class: 'note', role: 'status' });
  const kind = typeof file.kind === 'string' ? file.kind : 'OTLP/JSON';
  const contents = fill(labels.saveContents, trace.rows.size, kilobytes(json.length), kind);
  const button = (label: string, act: () => Promise<unknown>) =>
    make(
      'button',
      { click: () => void act().catch((error) => setText(status, fill(labels.saveFailed, String(error)))) },
      label,
    );
  const markdown = async (near: HTMLElement) => {
    const text = await traceMarkdown(trace);
    setText(status, (await copyText(text, near)) ? labels.copied : fill(labels.saveFailed, labels.copy));
  };
  const copying: HTMLButtonElement = button(labels.copyMarkdown, () => markdown(copying));
  return make(
    'div',
    {},
    make('p', {}, contents),
    make(
      'p',
      { class: 'group' },
      button(labels.saveFile, async () => download('run.agentrun.json', json, 'application/json')),
      button(labels.savePage, async () => download('run.html', await pageOf(trace), 'text/html')),
      copying,
      status,
    ),
  );
}

async function pageOf(trace: Trace): Promise<string> {
  const reply = await fetch(new URL('./whole-viewer.js', import.meta.url)); // made by the build, beside this file
  if (!reply.ok) throw new Error(`whole-viewer.js: ${reply.status}`);
  return tracePage(trace, await reply.text());
}

function download(name: string, text: string, type: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  make('a', { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000); // the browser reads it after the click
}
