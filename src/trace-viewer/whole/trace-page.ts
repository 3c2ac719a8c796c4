import { redactor } from '../../telemetry/masking/redact';
import type { Trace } from '../trace';
import { traceFile } from './trace-file';

/**
 * One HTML page with a viewer and the trace inside, which opens from disk and asks nobody for anything. `viewer` is the text of a
 * module, in one piece, that defines `<agent-trace>`. What looks like a key is taken out, as `traceFile` does.
 */
export async function tracePage(trace: Trace, viewer: string): Promise<string> {
  const file = await traceFile(trace);
  const redact = await redactor('default');
  const title = redact(trace.task).slice(0, 80) || 'Run'; // a key that is cut is not known any more
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
<title>${title.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)}</title>
<style>html, body { height: 100%; margin: 0 } agent-trace { display: block; height: 100% }</style>
<agent-trace></agent-trace>
<script type="application/json" id="run">${JSON.stringify(file).replace(/[<\u2028\u2029]/g, escaped)}</script>
<script type="module">
${viewer.replace(/<(?=\/script|!--|script)/gi, '\\x3c')}
document.querySelector('agent-trace').load(JSON.parse(document.getElementById('run').textContent));
</script>
</html>
`;
}

/** As JSON and scripts may write a sign, so that nothing in a text can end the element it stands in. */
function escaped(sign: string): string {
  return `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
