/** `0.66 s`, `12.4 s`, `2 min 5 s`; what is shorter than 10 ms in milliseconds. */
export function seconds(ms: number): string {
  if (ms < 0) return `−${seconds(-ms)}`;
  if (ms === 0) return '0 s';
  if (ms < 10) return `${ms < 1 ? '<1' : Math.round(ms)} ms`;
  if (ms < 9_995) return `${(ms / 1000).toFixed(2)} s`;
  if (ms < 99_950) return `${(ms / 1000).toFixed(1)} s`;
  const whole = Math.round(ms / 1000);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** `1,234`. */
export function count(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ','); // a tenth of the time of toLocaleString
}

/** US dollars with two digits that say something: `$0.0004`, `$1.25`. */
export function dollars(cost: number): string {
  if (cost === 0) return '$0';
  const digits = Math.min(8, Math.max(2, 1 - Math.floor(Math.log10(Math.abs(cost)))));
  return `$${cost.toFixed(digits).replace(/(\.\d\d.*?)0+$/, '$1')}`;
}

/** `120 kB`, of a text: its characters. */
export function kilobytes(size: number): string {
  return size < 1000 ? `${size} B` : size < 1e6 ? `${Math.round(size / 1000)} kB` : `${(size / 1e6).toFixed(1)} MB`;
}
