/** The name that was probably meant: these letters in another spelling (`max_steps`), else one inside the other (`model`). */
export function nearName(given: string, names: Iterable<string>): string | undefined {
  const wanted = letters(given);
  let near: string | undefined;
  for (const name of names) {
    const known = letters(name);
    if (known === wanted) return name;
    const isInside = known.length > 2 && wanted.length > 2 && (known.includes(wanted) || wanted.includes(known));
    if (isInside) near ??= name;
  }
  return near;
}

function letters(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}
