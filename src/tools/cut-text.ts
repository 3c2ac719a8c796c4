/** Text of at most `most` characters and, where it was longer, a line that says it is truncated. No character is halved. */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text;
  const head = text.slice(0, most).replace(/[\ud800-\udbff]$/, '');
  return `${head}\n\n[truncated: the first ${most} of ${text.length} characters]`;
}

/** The text without the control characters that a terminal or a parser would act on; tabs and line ends stay. */
export function withoutControls(text: string): string {
  return text.replace(/[^\P{Cc}\t\n\r]/gu, '');
}
