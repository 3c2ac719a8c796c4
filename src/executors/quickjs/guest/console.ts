import { setOwn } from '../../primordials';
import { cut, show } from '../../show';

/** Gives the guest `console` and `print`, which tell the host one text a call, with its line end. */
export function makeConsole(tell: (text: string) => void, maxCharacters: number): void {
  const log = (...values: unknown[]): void => {
    let text = '';
    for (let index = 0; index < values.length && text.length <= maxCharacters; index++) {
      text += (index > 0 ? ' ' : '') + show(values[index], maxCharacters);
    }
    tell(`${cut(text, maxCharacters + 2)}\n`); // the host cuts to the very character, and finds both ends whole
  };
  const console = {
    log,
    info: log,
    debug: log,
    warn: log,
    error: log,
    trace: log,
    table: log,
    group: log,
    dir: (value: unknown) => log(value),
    assert: (condition: unknown, ...values: unknown[]) => {
      if (!condition) log('Assertion failed:', ...values);
    },
    groupEnd: () => {},
    time: () => {},
    timeEnd: () => {},
  };
  setOwn(globalThis, 'console', console);
  setOwn(globalThis, 'print', log);
}
