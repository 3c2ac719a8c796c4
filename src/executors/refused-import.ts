/** What the model reads when it imports something that is not offered. */
export function refusedImport(name: string, offered: readonly string[]): string {
  const allowed =
    offered.length === 0 ? 'Nothing can be imported here.' : `These can be imported: ${offered.join(', ')}.`;
  return `import of '${name.slice(0, 200)}' is refused. ${allowed}`;
}
