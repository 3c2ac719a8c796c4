/** Resolves after some turns of the event loop: what a run leaves behind without being waited for has then happened. */
export async function settled(turns = 3): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setTimeout(resolve, 0));
}
