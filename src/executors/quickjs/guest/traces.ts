import { promiseThen, sameValue, textOf } from '../../primordials';

/** Where the model's code threw, or imported in vain, what was thrown last. Lines of the engine's stacks. */
let last: { thrown: unknown; trace: string } | undefined;

const ErrorOf = Error;

/** Takes down where a value is thrown, and gives it back. */
export function noteThrown(thrown: unknown): unknown {
  last = { thrown, trace: traceHere() };
  return thrown;
}

/** Takes down where an import was made if it fails, and gives its promise back. */
export function noteImport(loaded: unknown): unknown {
  const trace = traceHere();
  const onError = (thrown: unknown): void => {
    last = { thrown, trace };
  };
  promiseThen(loaded as Promise<unknown>, () => {}, onError); // an `import()` gives a promise of the language's own
  return loaded;
}

/** Empty where it is not known. */
export function traceOf(thrown: unknown): string {
  return last && sameValue(last.thrown, thrown) ? last.trace : '';
}

export function forgetTraces(): void {
  last = undefined;
}

function traceHere(): string {
  return textOf(new ErrorOf('').stack);
}
